"""Everything that is worth knowing of some scenarios: effects, causes, uncertainty, targets.

What the command line prints and the report shows comes from here, so that both say the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vnjp_sim.achievement import Achievement, achievements
from vnjp_sim.attribution import Attribution, LinkLoss, attribute_effects, cut_links
from vnjp_sim.budget import FEWEST_DRAWS, Budget, variance_budget
from vnjp_sim.calibration import Posterior
from vnjp_sim.comparison import NONE, Comparison, compare_requests
from vnjp_sim.errors import InputError
from vnjp_sim.model import Model
from vnjp_sim.runs import QUIET, Options, Progress, posterior_of, prepare_scenario
from vnjp_sim.scenario import Scenario
from vnjp_sim.scenario_requests import Request
from vnjp_sim.store import MANIFEST
from vnjp_sim.summaries import milestones

MOST_DRAWS_OF_BUDGET = 4_000
MOST_ATTRIBUTED = 6
HEADLINE_EFFECTS = (
    "trade_turnover",
    "trade_exports",
    "trade_imports",
    "trade_balance",
    "investment_flow",
    "investment_stock",
    "oda_commitments",
    "oda_disbursements",
    "oda_infrastructure",
    "oda_cumulative_loans",
    "security_osa_grants",
    "security_vessels",
    "security_exchanges",
    "labour_intake",
    "labour_stock",
    "labour_remittances",
    "people_residents",
    "people_visitors",
    "diplomacy_visits",
    "energy_projects_started",
    "macro_jpy_per_usd",
    "index_partnership",
)
"""Whose effects are shown when none are asked for."""


@dataclass(frozen=True)
class Findings:
    """What was found of some scenarios against their baseline.

    Attributes
    ----------
    comparison : the effects, with the budgets of the effects.
    scenarios : the compared scenarios by name, as far as they are still what was run.
    attributions : contributions of the players, by scenario.
    losses : how much of the effects is lost without single links, by scenario.
    levels : the budget of the baseline's levels; None with too few draws.
    achievements : targets against all scenarios.
    """

    comparison: Comparison
    scenarios: Mapping[str, Scenario]
    attributions: Mapping[str, Attribution]
    losses: Mapping[str, tuple[LinkLoss, ...]]
    levels: Budget | None
    achievements: tuple[Achievement, ...]
    model: Model
    posterior: Posterior
    options: Options

    @property
    def years(self) -> list[int]:
        """The milestone years that all scenarios have, with the last year; two at most."""
        years = self.comparison.years
        return milestones(years[0], years[-1])[-2:]

    @property
    def indicators(self) -> list[str]:
        """The headline indicators that are there, in the order of the registry."""
        known = self.model.registry.indicators
        return [n for n in known if n in HEADLINE_EFFECTS and n in self.comparison.runs]


def find(
    requests: Sequence[Request],
    model: Model,
    options: Options,
    out: Path,
    baseline: str | None = None,
    *,
    deep: bool = True,
    progress: Progress = QUIET,
) -> Findings:
    """Compare scenarios and, if `deep`, look for causes and sources of uncertainty.

    Parameters
    ----------
    requests : names, files, or folders of stored runs; of stored runs whose scenario is no longer
        the same, only effects are shown. A baseline alone has levels, no effects.
    progress : told of each step before it begins.

    Raises
    ------
    InputError, CalibrationGateError, EnvironmentFailureError
        See :func:`vnjp_sim.compare`.
    """
    posterior, _ = posterior_of(model, out, progress)
    comparison = compare_requests(requests, model, options, out, baseline, progress)
    size = int(comparison.runs.sizes["draw"])
    options = replace(options, draws=size)
    reached = achievements(comparison.runs, model.targets, model.registry)
    known = scenarios_of(requests, comparison, model, options)
    scenarios = {name: scenario for name, scenario in known.items() if scenario.baseline}
    attributions: dict[str, Attribution] = {}
    losses: dict[str, tuple[LinkLoss, ...]] = {}
    budgets: dict[str, Budget] = {}
    levels = None
    if deep:
        fewer = replace(options, draws=min(size, MOST_DRAWS_OF_BUDGET))
        for name, scenario in scenarios.items():
            if not scenario.departs:
                continue
            moved = _most_moved(comparison, name)
            progress.analysing(f"{name}: what contributes")
            attributions[name] = attribute_effects(posterior, scenario, model, options, moved)
            progress.analysing(f"{name}: which links carry")
            years = [comparison.years[-1]]
            losses[name] = cut_links(posterior, scenario, model, fewer, moved, years)
            if size >= FEWEST_DRAWS:
                progress.analysing(f"{name}: where its uncertainty comes from")
                budgets[name] = variance_budget(posterior, scenario, model, fewer, of_effects=True)
        roots = [scenario.baseline or scenario for scenario in known.values()]
        if size >= FEWEST_DRAWS and roots:
            progress.analysing(f"{comparison.baseline}: where its uncertainty comes from")
            levels = variance_budget(posterior, roots[0], model, fewer)
    return Findings(
        replace(comparison, budgets=budgets),
        scenarios,
        attributions,
        losses,
        levels,
        reached,
        model,
        posterior,
        options,
    )


def scenarios_of(
    requests: Sequence[Request], comparison: Comparison, model: Model, options: Options
) -> dict[str, Scenario]:
    """Return the scenarios of requests by name; of stored runs those that are still the same."""
    found = {}
    for request in requests:
        asked: Request = request
        if (Path(request) / MANIFEST).is_file():
            asked = Path(request).parent.name
        try:
            scenario = prepare_scenario(asked, model, options)
        except InputError:
            continue  # a stored run of a scenario that is no longer there
        manifest = comparison.manifests.get(scenario.name, {})
        content = json.loads(json.dumps(scenario.content))
        if content == manifest.get("scenario") and scenario.chain[0] == comparison.baseline:
            found[scenario.name] = scenario
    return found


def _most_moved(comparison: Comparison, scenario: str) -> list[str]:
    """Return the headline indicators that a scenario moves, the surest and largest first."""
    known = [name for name in HEADLINE_EFFECTS if name in comparison.runs]
    found = [
        e
        for e in comparison.summaries(known, [comparison.years[-1]])
        if e.scenario == scenario and e.mark != NONE
    ]
    found.sort(key=lambda e: -max(e.positive, e.negative) * abs(e.mean) / (e.sd or 1.0))
    return [e.indicator for e in found[:MOST_ATTRIBUTED]]
