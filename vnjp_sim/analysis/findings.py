"""Everything that is worth knowing of some scenarios: effects, causes, uncertainty, targets.

What the command line prints and the report shows comes from here, so that both say the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vnjp_sim.analysis.attribution import Attribution, attribute_effects
from vnjp_sim.analysis.compared import Runs, compare_runs, runs_of
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.given import budgets_of
from vnjp_sim.analysis.link_losses import LinkLoss, cut_links
from vnjp_sim.analysis.marks import STILL
from vnjp_sim.analysis.target_probability import TargetProbability, target_probabilities
from vnjp_sim.analysis.uncertainty_budget import FEWEST_DRAWS, Budget
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.progress import QUIET, Progress
from vnjp_sim.simulation.projector import Memory, Projector
from vnjp_sim.simulation.request import Options, Request
from vnjp_sim.simulation.summaries import milestones

MOST_DRAWS_OF_BUDGET = 4_000
MOST_ATTRIBUTED = 6


@dataclass(frozen=True)
class Findings:
    """What was found of some scenarios against their baseline.

    Attributes
    ----------
    comparison : Comparison
        The effects, with the budgets of the effects.
    scenarios : Mapping[str, Scenario]
        The compared scenarios by name, as far as they are still what was run.
    attributions : Mapping[str, Attribution]
        Contributions of the players, by scenario.
    losses : Mapping[str, tuple[LinkLoss, ...]]
        How much of the effects is lost without single links, by scenario.
    levels : Budget | None
        The budget of the baseline's levels; None with too few draws.
    achievements : tuple[TargetProbability, ...]
        Targets against all scenarios.
    projector : Projector
        What projects over the draws of the runs.
    request : Request
        What was asked for.
    asked : tuple[str, ...]
        The indicators that were asked for; empty for the headlines.
    chosen : int | None
        The year that was asked for; None for the last one.
    against : Scenario | None
        What the scenarios are compared with, where that is not their baseline.
    """

    comparison: Comparison
    scenarios: Mapping[str, Scenario]
    attributions: Mapping[str, Attribution]
    losses: Mapping[str, tuple[LinkLoss, ...]]
    levels: Budget | None
    achievements: tuple[TargetProbability, ...]
    projector: Projector
    request: Request
    asked: tuple[str, ...] = ()
    chosen: int | None = None
    against: Scenario | None = None

    @property
    def model(self) -> Model:
        """Indicators, priors and links."""
        return self.projector.model

    @property
    def posterior(self) -> Posterior:
        """The calibration."""
        return self.projector.posterior

    @property
    def options(self) -> Options:
        """Draws, seed and years."""
        return self.projector.options

    @property
    def departing(self) -> dict[str, Scenario]:
        """The scenarios that do anything which what they are compared with does not."""
        both = {name: self.beside(name) for name in self.scenarios}
        return {name: self.scenarios[name] for name, one in both.items() if one and one.departs}

    def beside(self, name: str) -> Scenario | None:
        """Return a scenario as it departs from what it is compared with, for words alone.

        None for one that is no longer what was run.
        """
        scenario = self.scenarios.get(name)
        if scenario is None or self.against is None:
            return scenario
        return replace(scenario, baseline=self.against)

    @property
    def year(self) -> int:
        """The year that is told of."""
        return self.comparison.years[-1] if self.chosen is None else self.chosen

    @property
    def years(self) -> list[int]:
        """The milestone years that all scenarios have, up to the year told of; two at most."""
        first, last = self.comparison.years[0], self.year
        before = milestones(first, self.comparison.years[-1])
        return [*(year for year in before if year < last), last][-2:]

    @property
    def indicators(self) -> list[str]:
        """The indicators asked for, else the headlines that are there, in the registry's order."""
        return list(self.asked) or _headlines(self.comparison, self.model)


def find(
    requests: Sequence[str | Path],
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
    requests : Sequence[str | Path]
        Names, files, or folders of stored runs; of stored runs whose scenario is no longer
        the same, only effects are shown. A baseline alone has levels, no effects.
    progress : Progress
        Told of each step before it begins.

    Raises
    ------
    InputError, CalibrationGateError, EnvironmentFailureError
        See :func:`vnjp_sim.compare`.
    """
    request = request_of(requests, model, options, baseline)
    runs = runs_of(request.scenarios, model, request.options, request.baseline)
    findings = shallow(request, runs, model, out, progress)
    return deepened(findings, runs, progress) if deep else findings


def request_of(
    requests: Sequence[str | Path], model: Model, options: Options, baseline: str | None
) -> Request:
    """Return the request that asks for the same with words alone; raises InputError."""
    return Request.of(
        requests,
        baseline,
        draws=options.draws,
        seed=options.seed,
        horizon=(options.start, options.end) if options.start is not None else None,
        models=None if model.folder == shipped_folder("models") else model.folder,
        as_of=model.as_of,
        evidence=model.evidence.basis,
        workers=options.workers,
    )


def shallow(
    request: Request, runs: Runs, model: Model, out: Path, progress: Progress = QUIET
) -> Findings:
    """Return the effects and the probabilities of targets, without what takes further runs."""
    posterior, _ = posterior_of(model, out, progress)
    projector = Projector(posterior, model, runs.options, Memory())
    comparison = compare_runs(runs, projector, out, progress)
    return Findings(
        comparison,
        runs.departing,
        {},
        {},
        None,
        target_probabilities(comparison.projections, model.targets, model.registry),
        projector,
        request,
        against=runs.against,
    )


def deepened(findings: Findings, runs: Runs, progress: Progress = QUIET) -> Findings:
    """Return findings with what contributes to the effects, and where uncertainty comes from."""
    return with_sources(with_causes(findings, progress), runs, progress)


def with_causes(findings: Findings, progress: Progress = QUIET) -> Findings:
    """Return findings with what each part of the scenarios contributes to their main effects."""
    attributions: dict[str, Attribution] = {}
    for name, scenario in findings.departing.items():
        progress.analysing(f"{name}: what contributes")
        if moved := _most_moved(findings, name):
            attributions[name] = attribute_effects(
                findings.projector, scenario, moved, against=findings.against
            )
    return replace(findings, attributions=attributions)


def with_sources(findings: Findings, runs: Runs, progress: Progress = QUIET) -> Findings:
    """Return findings with what links carry, and where the uncertainty comes from."""
    comparison, draws, against = findings.comparison, findings.options.draws, findings.against
    fewer = replace(findings.options, draws=min(draws, MOST_DRAWS_OF_BUDGET))
    projector = replace(findings.projector, options=fewer)
    losses: dict[str, tuple[LinkLoss, ...]] = {}
    for name, scenario in findings.departing.items():
        progress.analysing(f"{name}: which links carry")
        if moved := _most_moved(findings, name):
            losses[name] = cut_links(projector, scenario, moved, [findings.year], against)
    budgets: list[Budget] = []
    roots = [scenario.baseline or scenario for scenario in runs.scenarios.values()][:1]
    if draws >= FEWEST_DRAWS and roots and against is None:
        progress.analysing("where the uncertainty comes from")
        of_effects = [(scenario, True) for scenario in findings.departing.values()]
        budgets = budgets_of(projector, [*of_effects, (roots[0], False)])
    effects = dict(zip(findings.departing, budgets, strict=False))
    comparison = replace(comparison, budgets=effects)
    levels = budgets[-1] if budgets else None
    return replace(findings, comparison=comparison, losses=losses, levels=levels)


def _headlines(comparison: Comparison, model: Model) -> list[str]:
    """Return the headline indicators that were compared."""
    projected = comparison.projections.arrays
    return [name for name in model.registry.headline_effects if name in projected]


def _most_moved(findings: Findings, scenario: str) -> list[str]:
    """Return the indicators shown that a scenario moves, the surest and largest first."""
    comparison = findings.comparison
    effects = [
        e
        for e in comparison.summaries(findings.indicators, findings.years)
        if e.scenario == scenario and e.year == findings.year and e.mark not in STILL
    ]
    effects.sort(key=lambda e: -max(e.positive, e.negative) * abs(e.mean) / (_known(e.sd) or 1.0))
    return [e.indicator for e in effects[:MOST_ATTRIBUTED]]


def _known(number: float) -> float:
    """Return a number, zero for NaN."""
    return 0.0 if math.isnan(number) else number
