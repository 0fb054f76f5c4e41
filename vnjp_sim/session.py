"""A session: a model, its calibration and its random numbers held in memory.

Every question that takes the same draws can be asked of one session: nothing is read, calibrated or
drawn twice, and nothing is written but on request. The functions of :mod:`vnjp_sim.api` ask a
session of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from vnjp_sim.analysis.attribution import Attribution, attribute_effects
from vnjp_sim.analysis.compared import compare_runs, runs_of
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.discovery import Discovery, discovery_of
from vnjp_sim.analysis.given import with_budgets
from vnjp_sim.analysis.link_losses import cut_links
from vnjp_sim.analysis.lookup import Lookup, lookup_for
from vnjp_sim.analysis.reach import Reach, reach_of
from vnjp_sim.analysis.regret import Regret, regret_over
from vnjp_sim.analysis.sensitivities import Sensitivities, sensitivities
from vnjp_sim.analysis.uncertainty_budget import Budget, variance_budget
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import names_asked, years_asked
from vnjp_sim.foundation.shown import Keyed
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_lookup import shipped_titles
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.fit import fit_records, fits_of
from vnjp_sim.simulation.history import History, history_of
from vnjp_sim.simulation.manifests import manifest_of
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import RunResult, projected_runs, run_all
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projection_file import gather
from vnjp_sim.simulation.projector import Memory, Projector
from vnjp_sim.simulation.request import Asked, Request, takes_options
from vnjp_sim.simulation.scenario_requests import distinct_scenarios
from vnjp_sim.simulation.summaries import summary_table

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    import xarray as xr

Named: TypeAlias = "str | PathLike[str] | Scenario"
"""How a scenario is asked for: by name, path or text (see `Scenario.to_text`), or itself."""
ENDS = ("driver", "response", "grade")
"""What a table of links tells of each."""


class Session(Keyed):
    """A model at one size and seed of the ensemble, ready to answer.

    Calls from several threads are safe: they wait for one another.

    Parameters
    ----------
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`vnjp_sim.run`, for all questions. `out` is where the calibration is looked for
        and kept.

    Raises
    ------
    InputError
        An argument cannot be taken, or the models folder cannot be used.
    CalibrationGateError, EnvironmentFailureError
        Of the first question: the calibration fails its gates; or it cannot be stored.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> session = vj.Session(draws=1_000)
    >>> more = vj.scenario("oda_expansion").with_lever(
    ...     "oda_commitments", vj.ramp(2026, 2030, multiply=2.5)
    ... )
    >>> table = session.summaries(more, ["trade_turnover"])
    """

    @takes_options
    @settled
    def __init__(self, **options: Unpack[Asked]) -> None:
        self.request = Request(**options)  # type: ignore[arg-type]
        self.model: Model = load_model(
            self.request.models, self.request.as_of, self.request.evidence
        )
        self._lock = RLock()

    @cached_property
    def posterior(self) -> Posterior:
        """The calibration, read or made when first asked for."""
        return posterior_of(self.model, self.request.out)[0]

    @cached_property
    def projector(self) -> Projector:
        """What projects variants over the draws of the session."""
        return Projector(self.posterior, self.model, self.request.options, Memory())

    @settled
    def scenario(self, scenario: Named) -> Scenario:
        """Return a scenario with the horizon of the session, checked; raises InputError."""
        named = Request.of(scenario).scenarios[0]
        return prepare_scenario(named, self.model, self.request.options)

    @settled
    def run(self, scenarios: Named | Sequence[Named] = "base") -> xr.Dataset:
        """Project scenarios in memory; see :func:`vnjp_sim.run`.

        Returns
        -------
        xarray.Dataset
            Dims (scenario, year, draw), one variable an indicator, units in its attributes.

        Raises
        ------
        InputError
            A scenario cannot be used, or two have one name.
        """
        asked = self._asked(scenarios)
        with self._lock:
            return gather(projected_runs(self.projector, asked))

    @settled
    def summaries(
        self,
        scenarios: Named | Sequence[Named] = "base",
        indicators: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return mean, standard deviation and quantiles over the draws, as a stored run has them.

        Parameters
        ----------
        scenarios : Named | Sequence[Named]
            As for :meth:`run`.
        indicators : Sequence[str] | None
            All by default.

        Returns
        -------
        pandas.DataFrame
            Columns scenario, indicator, label, unit, year, mean, sd, and the quantiles.

        Raises
        ------
        InputError
            A scenario cannot be used, or an indicator is not projected.
        """
        asked = self._asked(scenarios)
        if indicators is not None:
            known = self.model.registry.labels
            indicators = names_asked(indicators, known, "is not projected")
        with self._lock:
            parts = projected_runs(self.projector, asked, indicators)
        arrays = {part.scenario: part.arrays for part in parts}
        starts = {part.scenario: part.start for part in parts}
        return summary_table(arrays, starts, self.model.registry)

    @settled
    def compare(
        self,
        scenarios: Named | Sequence[Named],
        baseline: Named | None = None,
        *,
        budgets: bool = False,
    ) -> Comparison:
        """Compare scenarios with their baseline; see :func:`vnjp_sim.compare`."""
        request = Request.of(scenarios, baseline)
        options = self.request.options
        runs = runs_of(request.scenarios, self.model, options, request.baseline)
        with self._lock:
            projector = replace(self.projector, options=runs.options)
            compared = compare_runs(runs, projector, self.request.out).require_scenarios()
            if budgets:
                compared = with_budgets(compared, runs.scenarios, projector)
        return compared

    @settled
    def attribute(self, scenario: Named, indicators: Sequence[str] | None = None) -> Attribution:
        """Return what each part of a scenario contributes; see :func:`vnjp_sim.attribute`."""
        prepared = self.scenario(scenario)
        with self._lock:
            return attribute_effects(self.projector, prepared, indicators)

    @settled
    def link_losses(
        self, scenario: Named, indicators: Sequence[str], years: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return what is lost without each link; see :func:`vnjp_sim.link_losses`."""
        import pandas as pd

        prepared = self.scenario(scenario)
        span = range(prepared.start, prepared.end + 1)
        chosen = [prepared.end] if years is None else years_asked(years, span, "the scenario")
        with self._lock:
            losses = cut_links(self.projector, prepared, indicators, chosen)
        rows = []
        for loss in losses:
            link = self.model.links.links[loss.link]
            ends = {name: getattr(link, name) for name in ENDS}
            rows.append({**asdict(loss), **ends, "lost": loss.lost})
        measures = ["effect", "without", "lost"]
        return pd.DataFrame(rows, columns=["link", *ENDS, "indicator", "year", *measures])

    @settled
    def budget(
        self,
        scenario: Named = "base",
        indicators: Sequence[str] | None = None,
        *,
        of_effects: bool = False,
    ) -> Budget:
        """Return where uncertainty comes from; see :func:`vnjp_sim.uncertainty_budget`."""
        prepared = self.scenario(scenario)
        with self._lock:
            found = variance_budget(self.projector, prepared, indicators, of_effects=of_effects)
        run = manifest_of(prepared, self.model, self.projector.options)["run"]
        return replace(found, run=str(run))

    @settled
    def reach(
        self,
        target: str,
        lever: str | Sequence[str],
        scenario: Named = "base",
        *,
        chance: float = 0.8,
        points: int = 7,
    ) -> Reach:
        """Return the chance of a target along a lever; see :func:`vnjp_sim.reach`."""
        prepared = self.scenario(scenario)
        with self._lock:
            return reach_of(self.projector, prepared, target, lever, chance=chance, points=points)

    @settled
    def regret(
        self,
        policies: Named | Sequence[Named],
        measure: str,
        year: int,
        *,
        under: Named | Sequence[Named] | None = None,
        target: str | None = None,
        least: bool = False,
        costs: Mapping[str, float] | None = None,
    ) -> Regret:
        """Return what is regretted of each policy; see :func:`vnjp_sim.regret`."""
        asked: Any = (policies, measure, year)
        more: Any = {"under": under, "target": target, "least": least, "costs": costs}
        with self._lock:
            return regret_over(self.projector, *asked, **more)

    @settled
    def sensitivity(
        self,
        indicators: Sequence[str] | None = None,
        scenario: Named = "base",
        *,
        of_effects: bool = False,
    ) -> Sensitivities:
        """Return which priors and figures decide; see :func:`vnjp_sim.sensitivity`."""
        prepared = self.scenario(scenario)
        with self._lock:
            return sensitivities(self.projector, prepared, indicators, of_effects=of_effects)

    @settled
    def lookup(
        self,
        indicator: str,
        year: int,
        scenario: Named = "base",
        *,
        when: int | None = None,
        error: float = 0.02,
        of_effects: bool = False,
    ) -> Lookup:
        """Return what to look up next; see :func:`vnjp_sim.lookup`."""
        prepared = self.scenario(scenario)
        asked: Any = {"when": when, "error": error, "of_effects": of_effects}
        with self._lock:
            return lookup_for(self.projector, prepared, indicator, year, **asked)

    @settled
    def discover(
        self,
        target: str,
        scenario: Named = "base",
        *,
        reached: bool = False,
        conditions: int = 3,
    ) -> Discovery:
        """Return what has to be true for a target to be missed; see :func:`vnjp_sim.discover`."""
        prepared = self.scenario(scenario)
        asked: Any = {"reached": reached, "conditions": conditions}
        with self._lock:
            return discovery_of(self.projector, prepared, target, **asked)

    @settled
    def history(
        self,
        indicators: Sequence[str] | None = None,
        years: Sequence[int] | None = None,
    ) -> History:
        """Return the past of indicators; see :func:`vnjp_sim.history`."""
        request = self.request
        with self._lock:
            return history_of(
                self.posterior, self.model, indicators, years, request.draws, request.seed
            )

    def fit(self) -> pd.DataFrame:
        """Return each calibrating figure against the posterior of what it measures.

        Returns
        -------
        pandas.DataFrame
            Columns indicator, period, figure (as printed), reported, use, document; median, low and
            high (90 %) of what it measures, unit; tail (probability of a figure as far off), note
            (why there is no predictive). The worst first.
        """
        import pandas as pd

        return pd.DataFrame(fit_records(fits_of(self.posterior, self.model), self.model.registry))

    @settled
    def store(self, scenarios: Named | Sequence[Named] = "base") -> list[Path]:
        """Run scenarios and store them as `vnjp_sim run` does; return their folders.

        Raises EnvironmentFailureError if the disk refuses.
        """
        return [result.folder for result in self.stored(scenarios)]

    def stored(self, scenarios: Named | Sequence[Named]) -> list[RunResult]:
        """Run scenarios and store them, or find them stored."""
        asked = self._asked(scenarios)
        with self._lock:
            return run_all(asked, self.model, self.request.options, self.request.out)

    def _asked(self, scenarios: Any) -> list[Scenario]:
        named = Request.of(scenarios).scenarios
        return list(distinct_scenarios(named, self.model, self.request.options).values())

    def __getitem__(self, scenario: str) -> Scenario:
        """Return a scenario by name, see :meth:`scenario`."""
        return self.scenario(scenario)

    def _keys(self) -> list[str]:
        return list(shipped_titles())

    def __repr__(self) -> str:
        return f"<Session: {self.request.draws} draws, seed {self.request.seed}; {self.model!r}>"
