"""Everything that is worth knowing of some scenarios: effects, causes, uncertainty, targets.

What the command line prints and the report shows comes from here, so that both say the same.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from vnjp_sim.achievement import Achievement, achievements
from vnjp_sim.attribution import Attribution, LinkLoss, attribute_effects, cut_links
from vnjp_sim.budget import FEWEST_DRAWS, SOURCES, Budget, variance_budget
from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.bank import source_hash
from vnjp_sim.comparison import NONE, Comparison, Request, compare_requests
from vnjp_sim.runs import QUIET, Model, Options, Progress, posterior_of, prepare_scenario
from vnjp_sim.scenario import Scenario
from vnjp_sim.store import MANIFEST, write_json, write_run
from vnjp_sim.targets import read_targets
from vnjp_sim.vocabulary import QUANTILES

MOST_DRAWS_OF_BUDGET = 4_000
MOST_ATTRIBUTED = 6
MOST_NAMED = 4
MILESTONES = (2030, 2040)
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
    scenarios : the compared scenarios by name, those that were given as files or names.
    attributions : contributions of the players, by scenario with at least two of them.
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
        inside = {year for year in MILESTONES if years[0] <= year <= years[-1]}
        return sorted({*inside, years[-1]})[-2:]

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
    analysing: Callable[[str], None] = lambda _what: None,
) -> Findings:
    """Compare scenarios and, if `deep`, look for causes and sources of uncertainty.

    Parameters
    ----------
    requests : names, files, or folders of stored runs; of the last only effects are shown.
    analysing : called before each step of the analysis, with its name.

    Raises
    ------
    InputError, CalibrationGateError, EnvironmentFailureError
        See :func:`vnjp_sim.compare`.
    """
    posterior, _ = posterior_of(model, out, progress)
    comparison = compare_requests(requests, model, options, out, baseline, progress)
    size = int(comparison.runs.sizes["draw"])
    options = replace(options, draws=size)
    targets = read_targets(model.folder, model.registry, model.evidence)
    reached = achievements(comparison.runs, targets, model.registry)
    scenarios = {
        prepared.name: prepared
        for request in requests
        if not Path(request).is_dir()
        if (prepared := prepare_scenario(request, model, options)).baseline is not None
        if prepared.chain[0] == comparison.baseline
    }
    attributions: dict[str, Attribution] = {}
    losses: dict[str, tuple[LinkLoss, ...]] = {}
    budgets: dict[str, Budget] = {}
    levels = None
    if deep:
        fewer = replace(options, draws=min(size, MOST_DRAWS_OF_BUDGET))
        for name, scenario in scenarios.items():
            moved = _most_moved(comparison, name)
            analysing(f"{name}: what contributes")
            attributions[name] = attribute_effects(posterior, scenario, model, options, moved)
            analysing(f"{name}: which links carry")
            years = [comparison.years[-1]]
            losses[name] = cut_links(posterior, scenario, model, fewer, moved, years)
            if size >= FEWEST_DRAWS:
                analysing(f"{name}: where its uncertainty comes from")
                budgets[name] = variance_budget(posterior, scenario, model, fewer, of_effects=True)
        if size >= FEWEST_DRAWS and scenarios:
            analysing(f"{comparison.baseline}: where its uncertainty comes from")
            root = next(iter(scenarios.values())).baseline
            assert root is not None  # noqa: S101 - a compared scenario has one
            levels = variance_budget(posterior, root, model, fewer)
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


def write_findings(findings: Findings, out: Path) -> Path:
    """Write the tables of findings to `out/<scenarios>/<hash>/` and return that folder.

    Raises EnvironmentFailureError if the disk refuses; nothing is left behind.
    """
    comparison = findings.comparison
    content = {
        "runs": {name: m.get("run") for name, m in comparison.manifests.items()},
        "baseline": comparison.baseline,
        "draws": findings.options.draws,
        "seed": findings.options.seed,
        "sources": source_hash(),
    }
    text = json.dumps(content, sort_keys=True)
    content["run"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    names = comparison.scenarios
    more = f"+{len(names) - MOST_NAMED}_more" if len(names) > MOST_NAMED else ""
    folder = "+".join(names[:MOST_NAMED]) + more
    writers: dict[str, Callable[[Path], None]] = {
        "effects.csv": lambda file: write_effects(file, findings),
        "contributions.csv": lambda file: write_contributions(file, findings),
        "budgets.csv": lambda file: write_budgets(file, findings),
        MANIFEST: lambda file: write_json(file, content),
    }
    return write_run(out, f"compare-{folder}", str(content["run"]), writers)


def write_effects(file: Path, findings: Findings) -> None:
    """Write all effects as a tidy table, full precision: every indicator and year."""
    registry = findings.model.registry
    relative = [f"relative_{name}" for name in QUANTILES]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            [
                *("scenario", "baseline", "indicator", "label", "unit", "year", "mean", "sd"),
                *QUANTILES,
                *relative,
                *("positive", "negative", "mark"),
            ]
        )
        for e in findings.comparison.summaries():
            indicator = registry.indicators[e.indicator]
            numbers = [repr(x) for x in (e.mean, e.sd, *e.quantiles)]
            ratios = [repr(x) for x in e.relative] if e.relative else [""] * len(relative)
            writer.writerow(
                [
                    *(e.scenario, findings.comparison.baseline),
                    *(e.indicator, indicator.label, indicator.unit, e.year),
                    *numbers,
                    *ratios,
                    *(repr(e.positive), repr(e.negative), e.mark),
                ]
            )


def write_contributions(file: Path, findings: Findings) -> None:
    """Write the contributions of every player to the mean effects, all years."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        columns = ("player", "label", "mean", "p05", "p95", "solo", "error")
        writer.writerow(["scenario", "indicator", "year", *columns])
        for name, attribution in findings.attributions.items():
            for indicator in attribution.total:
                for year in attribution.years:
                    for row in attribution.contributions_in(indicator, year):
                        told = asdict(row)
                        writer.writerow([name, indicator, year, *(told[c] for c in columns)])


def write_budgets(file: Path, findings: Findings) -> None:
    """Write the uncertainty budgets: first-order shares by source, all indicators and years."""
    whole = {findings.comparison.baseline: findings.levels, **findings.comparison.budgets}
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["scenario", "of", "indicator", "year", "source", "share", "error"])
        for name, budget in whole.items():
            if budget is None:
                continue
            of = "effect" if budget.of_effects else "level"
            for indicator, shares in budget.first_order.items():
                errors = budget.error[indicator]
                for j, year in enumerate(budget.years):
                    for i, source in enumerate(SOURCES):
                        numbers = (float(shares[i, j]), float(errors[i, j]))
                        writer.writerow([name, of, indicator, year, source, *numbers])


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
