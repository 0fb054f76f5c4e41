"""Which priors and figures the variance of projections comes from, year by year, from one ensemble.

See :mod:`given_data` for what the shares are and how they are estimated. They are those of single
priors and figures: :mod:`uncertainty_budget` divides the same variance among kinds of sources, so
that its shares sum to one. Those here need not: parameters that figures tie to one another, and the
figures behind them, share what they say, and each counts it in full.

Positive quantities are taken in logarithms, as there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.factors import Factor, factors_of
from vnjp_sim.analysis.given_data import bases_of, shares
from vnjp_sim.analysis.uncertainty_budget import (
    FEWEST_DRAWS,
    FEWEST_MOVED,
    ROUNDING,
    moved,
    scaled,
)
from vnjp_sim.foundation.choices import names_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.variants import Variant

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

MOST_DRAWS = 50_000
"""More would take gigabytes for the bases, and show no more."""


@dataclass(frozen=True, repr=False)
class Sensitivities:
    """What :func:`vnjp_sim.sensitivity` finds.

    Attributes
    ----------
    years : tuple[int, ...]
        Of the last axes.
    factors : tuple[Factor, ...]
        Of the first axes.
    first, error, total : Mapping[str, FloatArray]
        By indicator, (factor, year): first-order shares, their standard errors, total shares; NaN
        in years in which the indicator does not vary.
    draws : int
        Of the ensemble.
    of_effects : bool
        Whether the variance is that of the effects of a scenario.
    """

    years: tuple[int, ...]
    factors: tuple[Factor, ...]
    first: Mapping[str, FloatArray]
    error: Mapping[str, FloatArray]
    total: Mapping[str, FloatArray]
    draws: int
    of_effects: bool

    def leading(self, indicator: str, count: int, years: Sequence[int] | None = None) -> list[int]:
        """Return the places of the factors with the largest first-order share in some years.

        All years by default. What is below :data:`LEAST`, or twice its error, does not lead.
        """
        chosen = [self.years.index(year) for year in years or self.years]
        shares = np.nan_to_num(self.first[indicator][:, chosen]).max(axis=1)
        errors = np.nan_to_num(self.error[indicator][:, chosen]).max(axis=1)
        order = np.argsort(-shares, kind="stable")[:count]
        return [int(i) for i in order if shares[i] > max(2.0 * errors[i], LEAST)]

    def table(self) -> pd.DataFrame:
        """Return every share.

        Returns
        -------
        pandas.DataFrame
            Columns indicator, year, factor, kind, grade, first (first-order share), error (its
            standard error), total.
        """
        import pandas as pd

        count, years = len(self.factors), len(self.years)
        parts = [
            pd.DataFrame(
                {
                    "indicator": name,
                    "year": np.tile(self.years, count),
                    "factor": np.repeat([factor.name for factor in self.factors], years),
                    "kind": np.repeat([factor.kind for factor in self.factors], years),
                    "grade": np.repeat([factor.grade for factor in self.factors], years),
                    "first": self.first[name].ravel(),
                    "error": self.error[name].ravel(),
                    "total": self.total[name].ravel(),
                }
            )
            for name in self.first
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        what = "effects" if self.of_effects else "levels"
        counts = (
            f"{count_text(len(self.first), 'indicator')}, {len(self.factors)} priors and figures"
        )
        return f"<Sensitivities of {what}: {counts}, {self.years[0]}–{self.years[-1]}>"


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
        raise InputError.single(scenario.name, "is a baseline: it has no effects", "drop it")
    if indicators is not None:
        indicators = names_asked(indicators, model.registry.labels, "is not projected")
    factors = tuple(factors_of(projector))
    bases = bases_of([factor.drawn for factor in factors])
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
        for kept, part in zip(found, _shares(values, rounding, bases), strict=True):
            kept.update(part)
    years = tuple(range(scenario.start, scenario.end + 1))
    first, error, total = found
    return Sensitivities(years, factors, first, error, total, draws, of_effects)


def _shares(
    values: Mapping[str, FloatArray], rounding: Mapping[str, FloatArray], bases: NDArray[np.float32]
) -> tuple[dict[str, FloatArray], ...]:
    """Return first-order shares, errors and total shares by indicator, (factor, year)."""
    varies = {
        name: (own.std(axis=1) > rounding[name]) & (moved(own, rounding[name]) >= FEWEST_MOVED)
        for name, own in values.items()
    }
    rows = [own[varies[name]] for name, own in values.items()]
    outputs = np.concatenate(rows)
    empty = np.empty((len(bases), 0))
    all_shares = shares(bases, outputs) if len(outputs) else (empty,) * 3
    result: tuple[dict[str, FloatArray], ...] = ({}, {}, {})
    for kept, part in zip(result, all_shares, strict=True):
        start = 0
        for name, chosen in varies.items():
            table = np.full((len(bases), chosen.size), np.nan)
            count = int(np.count_nonzero(chosen))
            table[:, chosen] = part[:, start : start + count]
            kept[name] = table
            start += count
    return result
