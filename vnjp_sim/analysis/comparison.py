"""Comparing scenarios: effects draw by draw, how sure they are, and what the inputs differ in.

Draw i has the same random numbers in every scenario, so that an effect is the difference of two
paired values, and its spread holds only what the difference depends on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.assumed_part import AssumedPriors, marks_of
from vnjp_sim.analysis.beginnings import (
    Beginning,
    Saving,
    beginnings_of,
    beginnings_table,
    savings_of,
    savings_table,
)
from vnjp_sim.analysis.effects import Effect, effects_by_year
from vnjp_sim.analysis.marks import (
    NOT_NOW,
    SET,
    STILL,
    UNPROVEN,
    UNSURE,
)
from vnjp_sim.analysis.overview import overview_table
from vnjp_sim.analysis.shown import ShownComparison
from vnjp_sim.analysis.uncertainty_budget import Budget
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import names_asked, years_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import (
    BASELINE,
    DIFFERENCE,
    DRAW,
    MEASURE,
    QUANTILES,
    RATIO,
    YEAR,
)
from vnjp_sim.inputs.number_text import count_text, draws_text
from vnjp_sim.inputs.reasons import Assumption
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario_differences import assumptions, begins, input_differences
from vnjp_sim.sectors.declarations import stated_by
from vnjp_sim.simulation.manifests import REASONS
from vnjp_sim.simulation.pairing import (
    NOT_SHOWN,
    PAIRING,
    SHOWN,
)
from vnjp_sim.simulation.projections import Projections

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Comparison(ShownComparison):
    """Scenarios beside their baseline, draw by draw.

    Attributes
    ----------
    projections : Projections
        Of the scenarios, the baseline among them; :attr:`runs` has them as a dataset.
    baseline : str
        What the effects are measured against.
    registry : Registry
        Labels and units.
    manifests : Mapping[str, Mapping[str, Any]]
        What each run was made of, by scenario; empty if unknown.
    budgets : Mapping[str, Budget]
        Uncertainty budgets of the effects by scenario.
    assumed : AssumedPriors | None
        The priors by judgement in each draw, which tell what effects rest on; without them, or
        with fewer than 1,000 draws, effects are marked as not examined.
    proven : bool
        Whether the runs are shown to share their draws; if not, every effect is marked so.
    """

    projections: Projections
    baseline: str
    registry: Registry
    manifests: Mapping[str, Mapping[str, Any]]
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    assumed: AssumedPriors | None = None
    proven: bool = True

    @property
    def runs(self) -> xr.Dataset:
        """The projections, dims (scenario, year, draw), the baseline among the scenarios."""
        return self.projections.dataset

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Every scenario but the baseline."""
        return tuple(name for name in self.projections.scenarios if name != self.baseline)

    @property
    def years(self) -> tuple[int, ...]:
        """The years that every scenario has."""
        return self.projections.years

    @property
    def draws(self) -> int:
        """How many draws there are of each."""
        return self.projections.draws

    def require_scenarios(self) -> Comparison:
        """Return itself; raises InputError if there is nothing beside the baseline."""
        if not self.scenarios:
            remedy = "name a scenario that differs from it"
            raise InputError.single(
                self.baseline, "is the baseline itself: nothing to compare", remedy
            )
        return self

    @settled
    def effects(self, *, relative: bool = False) -> xr.Dataset:
        """Return scenario less baseline, dims (scenario, year, draw), without the baseline.

        If `relative`, the ratio less one, for the indicators whose baseline is positive in every
        draw; the others are left out. The attributes `measure` (difference or ratio), `baseline`,
        `pairing` (shown or not) and, of a variable, `units` say what the values are.
        """
        own = [name for name in self.runs.coords if name not in (YEAR, DRAW)]
        base = self.runs.sel(scenario=self.baseline).drop_vars(own)
        others = self.runs.sel(scenario=list(self.scenarios))
        if not relative:
            effects = others - base
        else:
            positive = [str(n) for n in base.data_vars if bool((base[n] > 0).all())]
            effects = others[positive] / base[positive] - 1.0
        measure, pairing = RATIO if relative else DIFFERENCE, SHOWN if self.proven else NOT_SHOWN
        shared = {MEASURE: measure, BASELINE: self.baseline, PAIRING: pairing}
        for name in effects.data_vars:
            unit = "1" if relative else self.registry.indicators[str(name)].unit
            effects[name].attrs = {**self.runs[name].attrs, **shared, "units": unit}
        effects.attrs = dict(shared)
        return effects

    @settled
    def summaries(
        self, indicators: Sequence[str] | None = None, years: Sequence[int] | None = None
    ) -> tuple[Effect, ...]:
        """Return the effects by scenario, indicator and year.

        Parameters
        ----------
        indicators : Sequence[str] | None
            All by default.
        years : Sequence[int] | None
            All by default.

        Raises InputError for an indicator or a year that the runs do not have, or an empty list.
        """
        known = self.registry.labelled(self.projections.arrays)
        names = names_asked(indicators, known, "no such indicator here")
        asked = (tuple(names), tuple(years_asked(years, self.years)))
        if asked not in self._summarised:
            self._summarised[asked] = tuple(self._summaries(*asked))
        return self._summarised[asked]

    @settled
    def table(
        self, indicators: Sequence[str] | None = None, years: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return the effects as a table with one row a scenario, indicator and year.

        Columns: scenario, indicator, label, unit, year, mean, sd, p05 … p95 (of the difference),
        relative_p05 … relative_p95 (percent), positive, negative (part of the draws), mark. A
        number that the draws are too few for is NaN.
        """
        import pandas as pd

        rows = []
        for effect in self.summaries(indicators, years):
            known = self.registry.indicators[effect.indicator]
            relative = effect.relative or (np.nan,) * len(QUANTILES)
            rows.append(
                {
                    "scenario": effect.scenario,
                    "indicator": effect.indicator,
                    "label": known.label,
                    "unit": known.unit,
                    "year": effect.year,
                    "mean": effect.mean,
                    "sd": effect.sd,
                    **dict(zip(QUANTILES, effect.quantiles, strict=True)),
                    **dict(zip((f"relative_{q}" for q in QUANTILES), relative, strict=True)),
                    "positive": effect.positive,
                    "negative": effect.negative,
                    "mark": effect.mark,
                }
            )
        return pd.DataFrame(rows)

    @settled
    def overview(
        self, year: int, indicators: Sequence[str] | None = None, *, still: bool = False
    ) -> pd.DataFrame:
        """Return the effects in a year as text to be read: a row an indicator, a column a scenario.

        Parameters
        ----------
        year : int
            One of :attr:`years`.
        indicators : Sequence[str] | None
            By default those that some scenario moves.
        still : bool
            All indicators, also those that none moves in this year.

        Returns
        -------
        pandas.DataFrame
            A cell holds the median and the interval of 90 % of the draws, or mean and chances. A
            column behind it, "… mark", says why it is to be read with care; it is left out where no
            cell has a mark. :meth:`table` has the numbers.
        """
        effects = self.summaries(indicators, [year])
        return overview_table(effects, self.registry, still=still or indicators is not None)

    @settled
    def differences(self, scenario: str, other: str | None = None) -> tuple[str, ...]:
        """Return in words what the inputs of a scenario depart by from `other`, or the baseline."""
        first, second = (self.manifests.get(s) for s in (scenario, other or self.baseline))
        if first is None or second is None:
            return ()
        notes = (first.get("notes", ()), second.get("notes", ()))
        return input_differences(first["scenario"], second["scenario"], *notes)

    @settled
    def assumptions(self, scenario: str) -> tuple[Assumption, ...]:
        """Return why what a scenario departs by from the baseline has its size, if it says so."""
        both = self.contents.get(scenario)
        return assumptions(*both, self.manifests[scenario].get(REASONS, {})) if both else ()

    @cached_property
    def waiting(self) -> tuple[Beginning, ...]:
        """When each lever and event that waits begins, draw by draw."""
        return tuple(
            one
            for name, both in self.contents.items()
            if both is not None
            for one in beginnings_of(
                name, both[0], self.years, partial(self._known, name), self.registry
            )
        )

    @settled
    def beginnings(self) -> pd.DataFrame:
        """Return in how many futures what waits has begun, with a row a lever or event and year.

        Columns: scenario, kind (lever or event), name, when, year, begun (the share of the draws in
        which it has begun by the end of the year). Empty where nothing waits.
        """
        return beginnings_table(self.waiting)

    def saving(self, discount: float = 0.0) -> tuple[Saving, ...]:
        """Return what waiting saves, draw by draw, see :meth:`savings`."""
        of, years = self.projections.of, self.years
        return tuple(savings_of(self.contents, self.baseline, years, of, self.registry, discount))

    @settled
    def savings(self, *, discount: float = 0.0) -> pd.DataFrame:
        """Return what scenarios save by waiting, where the same without waiting stands beside.

        Parameters
        ----------
        discount : float
            By which part what comes a year later counts less, such as 0.03.

        Returns
        -------
        pandas.DataFrame
            A row a scenario and flow that it sets. Columns: scenario, fixed, indicator, from, to,
            spent, spent_fixed, saved (the sums over these years of what is beyond the baseline, in
            the unit of the indicator, means of the draws), saved_p05, saved_p50, saved_p95, part
            (saved, of what the fixed one spends), nothing_saved (the share of the draws in which
            nothing is saved).

        Raises InputError if `discount` is no number from 0 to 1.
        """
        if not 0.0 <= discount <= 1.0:
            raise InputError.single("discount", f"is {discount}", "give a part, such as 0.03")
        return savings_table(self.saving(discount))

    def _known(self, scenario: str, indicator: str) -> FloatArray | None:
        if indicator not in self.projections.arrays:
            return None
        return self.projections.of(scenario, indicator)

    def title(self, scenario: str) -> str:
        """Return the title of a scenario; empty if unknown."""
        return str(self.manifests.get(scenario, {}).get("title", ""))

    def __repr__(self) -> str:
        count, draws = len(self.projections.arrays), self.draws
        caution = "" if self.proven else f"; {UNPROVEN}"
        return (
            f"<Comparison of {', '.join(self.scenarios)} with {self.baseline}: "
            f"{count_text(count, 'indicator')}, "
            f"{self.years[0]}–{self.years[-1]}, {draws_text(draws)}{caution}>"
        )

    @cached_property
    def _summarised(self) -> dict[tuple[tuple[str, ...], tuple[int, ...]], tuple[Effect, ...]]:
        """The effects on indicators in years that were asked for, often by several parts."""
        return {}

    def _summaries(self, indicators: Sequence[str], years: Sequence[int]) -> Iterator[Effect]:
        positions = [self.years.index(year) for year in years]
        of = self.projections.of
        for scenario in self.scenarios:
            marked: list[Effect] = []
            open_ones: dict[int, FloatArray] = {}
            for name in indicators:
                values, base = of(scenario, name), of(self.baseline, name)
                never = bool(np.array_equal(values, base)) and self._whole[scenario]
                values, base = values[positions], base[positions]
                effects = effects_by_year(scenario, name, years, values, base, never=never)
                for row, effect in enumerate(effects):
                    mark = self._mark(effect)
                    if not mark:
                        open_ones[len(marked)] = self._scaled(name, values[row], base[row])
                    marked.append(effect if mark == effect.mark else replace(effect, mark=mark))
            both = self.contents[scenario]
            replaced = both[0]["parameters"] if both else ()
            marks = marks_of(self.assumed, self.draws, list(open_ones.values()), replaced)
            for place, mark in zip(open_ones, marks, strict=True):
                marked[place] = replace(marked[place], mark=mark)
            yield from marked

    def _mark(self, effect: Effect) -> str:
        """Return why an effect is to be read with care, but for what it rests on."""
        if not self.proven:
            return UNPROVEN
        if effect.indicator not in self.stated[effect.scenario] or effect.mark == UNSURE:
            return effect.mark  # nobody sets what may rise or fall
        return NOT_NOW if effect.mark in STILL else SET

    def _scaled(self, indicator: str, values: FloatArray, base: FloatArray) -> FloatArray:
        """Return an effect, (draw,), as budgets take it: log ratios of what is always positive."""
        if self.registry.indicators[indicator].sign == "positive":
            return np.log(values / base)
        return values - base

    @cached_property
    def stated(self) -> Mapping[str, frozenset[str]]:
        """The indicators that each scenario sets by itself, as far as its manifest is known."""
        contents = self.contents
        return {s: stated_by(*both) if (both := contents[s]) else frozenset() for s in contents}

    @cached_property
    def _whole(self) -> Mapping[str, bool]:
        """Whether the years are all that the scenario had, and none of its levers is yet to begin.

        Else what does not differ may still do so later.
        """
        last = self.years[-1]
        return {
            s: both is None or last >= max(*begins(*both), 0, int(both[0]["horizon"][1]))
            for s, both in self.contents.items()
        }

    @cached_property
    def contents(self) -> Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]] | None]:
        """What each scenario and the baseline were made of, from their manifests."""
        known = {n: m["scenario"] for n, m in self.manifests.items() if "levers" in m["scenario"]}
        base = known.get(self.baseline)
        return {s: (known[s], base) if base and s in known else None for s in self.scenarios}
