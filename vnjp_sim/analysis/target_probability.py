"""Targets against projections: the probability of reaching each pledge by its date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.number_text import chance_error
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.targets import Target
from vnjp_sim.sectors.central_course import RATE
from vnjp_sim.simulation.projection_checks import check_projections
from vnjp_sim.simulation.projections import Projections, from_dataset

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FloatArray = NDArray[np.float64]

BEFORE = "its date is before the projection"
AFTER = "its date is after the projection"
ABSENT = "its indicator is not projected"
WITHOUT_RATE = "it needs the yen's rate, which is not projected"
OUTSIDE = "its year is not among those of the scenario"
NORMAL_95 = 1.6448536269514722
"""The 95 % quantile of the normal distribution."""


@dataclass(frozen=True)
class TargetProbability:
    """How likely a scenario reaches a target.

    `year` is the last whole year (or fiscal year) at the target's date; `probability` is the part
    of the draws that hold it in that year, None where `note` says why there is none. `low` and
    `high` are the bounds of its 90 % interval over other sets of so many draws (Wilson's score
    interval); `draws` is how many there were.
    """

    target: Target
    scenario: str
    year: int
    probability: float | None
    note: str
    low: float | None = None
    high: float | None = None
    draws: int = 0

    @property
    def error(self) -> float | None:
        """The Monte Carlo standard error of the probability; None where there is none."""
        return None if self.probability is None else chance_error(self.probability, self.draws)


def achievements(
    runs: xr.Dataset, targets: Sequence[Target], registry: Registry
) -> tuple[TargetProbability, ...]:
    """Return every target against every scenario of `runs`, dims (scenario, year, draw).

    Raises InputError if these are no whole projections, see
    :func:`vnjp_sim.simulation.projection_checks.check_projections`.
    """
    checked = from_dataset(check_projections(runs, registry))
    return target_probabilities(checked, targets, registry)


def target_probabilities(
    projections: Projections, targets: Sequence[Target], registry: Registry
) -> tuple[TargetProbability, ...]:
    """Return every target against every scenario."""
    probabilities = []
    years = projections.years
    for target in targets:
        year = year_of(target)
        note = (
            f"it was {target.outcome}"
            if target.outcome
            else ABSENT
            if target.indicator not in projections.arrays
            else WITHOUT_RATE
            if _converts(target, registry) and RATE not in projections.arrays
            else BEFORE
            if year < years[0]
            else AFTER
            if year > years[-1]
            else OUTSIDE
            if year not in years
            else ""
        )
        for name in projections.scenarios:
            if note:
                probabilities.append(TargetProbability(target, name, year, None, note))
                continue
            values = projections.of(name, target.indicator)[years.index(year)]
            rate = None
            if _converts(target, registry):
                rate = projections.of(name, RATE)[years.index(year)]
            factor = _factor(target, registry, rate)
            probabilities.append(_achievement(target, name, year, values, factor))
    return tuple(probabilities)


def _converts(target: Target, registry: Registry) -> bool:
    """Whether a target is in dollars and its indicator in yen, or the other way round."""
    return registry.converts(target.unit, registry.indicators[target.indicator].unit)


def _factor(target: Target, registry: Registry, rate: FloatArray | None) -> FloatArray | float:
    """Return what turns a target's unit into its indicator's; `rate` is the yen's, (draw,)."""
    unit = registry.indicators[target.indicator].unit
    if rate is None:
        return registry.factor(target.unit, unit)
    return registry.in_other_currency(target.unit, unit, rate)


def target_table(probabilities: Sequence[TargetProbability]) -> pd.DataFrame:
    """Return probabilities as a table, see :func:`vnjp_sim.target_probabilities`."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "target": a.target.id,
                "label": a.target.title,
                "indicator": a.target.indicator,
                "by": a.target.by,
                "year": a.year,
                "scenario": a.scenario,
                "probability": a.probability,
                "error": a.error,
                "note": a.note,
                "low": a.low,
                "high": a.high,
                "draws": a.draws,
            }
            for a in probabilities
        ]
    )


def _achievement(
    target: Target, scenario: str, year: int, values: FloatArray, factor: FloatArray | float
) -> TargetProbability:
    """Return how many of the draws, (draw,), hold a target; `factor` turns it into their unit."""
    if np.isnan(values).any():
        return TargetProbability(target, scenario, year, None, OUTSIDE)
    chance = float(np.mean(_reached(values, target, factor)))
    low, high = chance_interval(chance, values.size)
    return TargetProbability(target, scenario, year, chance, "", low, high, values.size)


def chance_interval(chance: float, draws: int) -> tuple[float, float]:
    """Return the bounds within which a chance lies with 90 %, from a part of independent draws.

    Wilson's score interval (Journal of the American Statistical Association 22, 1927), which is
    wide for few draws also where all or none hold.
    """
    square = NORMAL_95**2 / draws
    middle = (chance + square / 2.0) / (1.0 + square)
    half = math.sqrt(square * (chance * (1.0 - chance) + square / 4.0)) / (1.0 + square)
    return min(chance, max(0.0, middle - half)), max(chance, min(1.0, middle + half))


def year_of(target: Target) -> int:
    """Return the year whose value counts: the last one that has ended by the target's date.

    A date at the end of March ends the fiscal year that is named by the calendar year before.
    """
    day = date.fromisoformat(target.by)
    return day.year if (day.month, day.day) == (12, 31) else day.year - 1


def _reached(values: FloatArray, target: Target, factor: FloatArray | float) -> NDArray[np.bool_]:
    """Return in which draws, (draw,), a target is held."""
    bound = target.value * factor
    if target.sense == "at_most":
        return values <= bound
    upper = np.inf if target.upper is None else target.upper * factor
    return (values >= bound) & (values <= upper)
