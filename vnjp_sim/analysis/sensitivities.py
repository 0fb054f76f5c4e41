"""Which priors and figures the variance of projections comes from, year by year, from one ensemble.

See :mod:`given_data` for what the shares are and how they are estimated. They are those of single
priors and figures: :mod:`uncertainty_budget` divides the same variance among kinds of sources, so
that its shares sum to one. Those here need not: parameters that figures tie to one another, and the
figures behind them, share what they say, and each counts it in full.

Positive quantities are taken in logarithms, as there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.bases import Inputs, centred_rows, inputs_of
from vnjp_sim.analysis.factors import Factor, factors_of
from vnjp_sim.analysis.given_data import shares_of
from vnjp_sim.analysis.shown_decisions import ShownSensitivities
from vnjp_sim.analysis.uncertainty_budget import (
    FEWEST_DRAWS,
    FEWEST_MOVED,
    ROUNDING,
    moved,
    scaled,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import id_asked, names_asked, years_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import percent
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.variants import Variant

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

MOST_DRAWS = 50_000
"""More would take gigabytes for the bases, and show no more."""
MOST_OF_ONE = 0.25
"""Where one draw has a larger part of the variance, shares would be those of this draw."""


@dataclass(frozen=True, repr=False)
class Sensitivities(ShownSensitivities):
    """What :func:`vnjp_sim.sensitivity` finds.

    Attributes
    ----------
    years : tuple[int, ...]
        Of the last axes.
    factors : tuple[Factor, ...]
        Of the first axes.
    first, error, total : Mapping[str, FloatArray]
        By indicator, (factor, year): first-order shares, their standard errors, total shares; NaN
        in years in which the indicator does not vary, or hardly in more than a few draws.
    draws : int
        Of the ensemble.
    of_effects : bool
        Whether the variance is that of the effects of a scenario.
    labels : Mapping[str, str]
        Of indicators.
    """

    years: tuple[int, ...]
    factors: tuple[Factor, ...]
    first: Mapping[str, FloatArray]
    error: Mapping[str, FloatArray]
    total: Mapping[str, FloatArray]
    draws: int
    of_effects: bool
    labels: Mapping[str, str] = field(default_factory=dict)

    @settled
    def leading(
        self, indicator: str, count: int = 5, years: Sequence[int] | None = None
    ) -> list[str]:
        """Return the names of the factors with the largest first-order share in some years.

        All years by default. What is below :data:`LEAST`, or twice its error, does not lead.

        Raises
        ------
        InputError
            The indicator or a year is not here, or `count` is no whole number.
        """
        name = self.indicator_asked(indicator)
        places = self.places(name, count, years_asked(years, self.years, "the shares"))
        return [self.factors[place].name for place in places]

    def places(self, indicator: str, count: int, years: Sequence[int] | None = None) -> list[int]:
        """Return the places of the leading factors, see :meth:`leading`."""
        chosen = [self.years.index(year) for year in years or self.years]
        shares = np.nan_to_num(self.first[indicator][:, chosen]).max(axis=1)
        errors = np.nan_to_num(self.error[indicator][:, chosen]).max(axis=1)
        order = np.argsort(-shares, kind="stable")[:count]
        return [int(i) for i in order if shares[i] > max(2.0 * errors[i], LEAST)]

    def indicator_asked(self, asked: str | None = None) -> str:
        """Return the id of one of the indicators, by default the first; raises InputError."""
        if asked is None:
            return next(iter(self.first))
        labels = {name: self.labels.get(name, name) for name in self.first}
        return id_asked(asked, labels, "has no shares here")

    @settled
    def table(
        self, indicator: str | None = None, year: int | None = None, top: int | None = None
    ) -> pd.DataFrame:
        """Return the shares.

        Parameters
        ----------
        indicator : str | None
            All by default.
        year : int | None
            All by default.
        top : int | None
            Of each indicator and year only so many, the largest first; all by default, in the order
            of the factors.

        Returns
        -------
        pandas.DataFrame
            Columns indicator, year, factor, label, kind, grade, kept (of a calibrated parameter,
            the part of its prior's variance that the figures leave), first (first-order share),
            error (its standard error), total.

        Raises
        ------
        InputError
            There are no shares of the indicator or year, or `top` is below one.
        """
        table = self._table(
            list(self.first) if indicator is None else [self.indicator_asked(indicator)]
        )
        if year is not None:
            (year,) = years_asked([year], self.years, "the shares")
            table = table[table["year"] == year]
        if top is not None:
            if top < 1:
                raise InputError.single("top", f"{top} rows are none", "give 1 or more")
            order = table.sort_values("first", ascending=False, kind="stable")
            order = order.groupby(["indicator", "year"], sort=False).head(top)
            table = order.sort_values(["indicator", "year"], kind="stable")
        return table.reset_index(drop=True)

    def _table(self, indicators: Sequence[str]) -> pd.DataFrame:
        import pandas as pd

        count, years = len(self.factors), len(self.years)
        parts = [
            pd.DataFrame(
                {
                    "indicator": name,
                    "year": np.tile(self.years, count),
                    "factor": np.repeat([factor.name for factor in self.factors], years),
                    "label": np.repeat([factor.label for factor in self.factors], years),
                    "kind": np.repeat([factor.kind for factor in self.factors], years),
                    "grade": np.repeat([factor.grade for factor in self.factors], years),
                    "kept": np.repeat([factor.kept for factor in self.factors], years),
                    "first": self.first[name].ravel(),
                    "error": self.error[name].ravel(),
                    "total": self.total[name].ravel(),
                }
            )
            for name in indicators
        ]
        return pd.concat(parts, ignore_index=True)

    def finding(self, indicator: str, year: int | None = None) -> str:
        """Return in words which factor leads in a year, by default the last."""
        last = self.years[-1] if year is None else year
        what = self.words_of(indicator)
        places = self.places(indicator, 1, [last])
        if not places:
            return f"No single prior or figure leads in the variance of {what} in {last}"
        share = percent(float(self.first[indicator][places[0], self.years.index(last)]))
        return f"{self.factors[places[0]].label}: {share} of the variance of {what} in {last}"

    def words_of(self, indicator: str) -> str:
        """Return whose variance it is, in words."""
        label = self.labels.get(indicator, indicator)
        return f"the effect on {label}" if self.of_effects else label

    def __repr__(self) -> str:
        first = next(iter(self.first))
        more = f"; {len(self.first) - 1} further indicators" if len(self.first) > 1 else ""
        return f"<Sensitivities: {self.finding(first)}{more}, {self.years[0]}–{self.years[-1]}>"


LEAST = 0.005
"""A smaller share is not shown."""


def sensitivities(
    projector: Projector,
    scenario: Scenario,
    indicators: Sequence[str] | None = None,
    *,
    of_effects: bool = False,
) -> Sensitivities:
    """Return the shares of priors and figures; see :func:`vnjp_sim.sensitivity`.

    Raises
    ------
    InputError
        Too few or too many draws, an unknown indicator, or effects of a baseline.
    """
    model, draws = projector.model, projector.options.draws
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        what = f"{draws} cannot be used for shares of variance"
        raise InputError.single("draws", what, f"ask for {FEWEST_DRAWS} to {MOST_DRAWS}")
    if of_effects and scenario.baseline is None:
        what = "is a baseline: it has no effects"
        raise InputError.single(scenario.name, what, "name a scenario that departs from it")
    if indicators is not None:
        indicators = names_asked(indicators, model.registry.labels, "is not projected")
    factors = tuple(factors_of(projector))
    inputs = projector.once("inputs", lambda: _inputs(factors))
    whole = projector.variant(scenario)
    variants = [whole]
    if of_effects and whole.reference is not None:
        variants.append(Variant(whole.reference))
    batch = projector.batch(variants, scenario.start, scenario.end, indicators)
    found: list[dict[str, FloatArray]] = [{}, {}, {}]
    for projected in projector.parts_by_indicator(batch):
        values, rounding = {}, {}
        for name in projected.rows:
            sides = [
                scaled(name, projected.of(place)[name], model.registry)
                for place in range(len(variants))
            ]
            size = np.abs(sides[0]).mean(axis=1)
            positive = model.registry.indicators[name].sign == "positive"
            rounding[name] = ROUNDING * (size.clip(1.0) if positive else size)
            values[name] = sides[0] if len(sides) == 1 else sides[0] - sides[1]
        for kept, part in zip(found, _shares(values, rounding, inputs), strict=True):
            kept.update(part)
    years = tuple(range(scenario.start, scenario.end + 1))
    first, error, total = found
    return Sensitivities(
        years, factors, first, error, total, draws, of_effects, model.registry.labels
    )


def _inputs(factors: Sequence[Factor]) -> Inputs:
    return inputs_of([factor.drawn for factor in factors], [factor.scores for factor in factors])


def _shares(
    values: Mapping[str, FloatArray], rounding: Mapping[str, FloatArray], inputs: Inputs
) -> tuple[dict[str, FloatArray], ...]:
    """Return first-order shares, errors and total shares by indicator, (factor, year)."""
    varies: dict[str, NDArray[np.bool_]] = {}
    rows: list[NDArray[np.float32]] = []
    for name, own in values.items():
        single, spread = centred_rows(own)
        chosen = (spread > rounding[name]) & (moved(own, rounding[name]) >= FEWEST_MOVED)
        largest = np.maximum(single.max(axis=1), -single.min(axis=1))
        chosen &= largest**2 <= MOST_OF_ONE * own.shape[1] * spread**2
        varies[name] = chosen
        scale: NDArray[np.float32] = spread[chosen, None].astype(np.float32)
        rows.append(np.divide(single[chosen], scale, dtype=np.float32))
    standard: NDArray[np.float32] = np.concatenate(rows)
    count = len(inputs.scores)
    empty = np.empty((count, 0))
    all_shares = shares_of(inputs, standard) if len(standard) else (empty,) * 3
    result: tuple[dict[str, FloatArray], ...] = ({}, {}, {})
    for kept, part in zip(result, all_shares, strict=True):
        start = 0
        for name, chosen in varies.items():
            table = np.full((count, chosen.size), np.nan)
            end = start + int(np.count_nonzero(chosen))
            table[:, chosen] = part[:, start:end]
            kept[name] = table
            start = end
    return result
