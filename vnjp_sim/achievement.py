"""Targets against projections: the probability of reaching each pledge by its date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.number_text import chance_error
from vnjp_sim.registry import Registry
from vnjp_sim.targets import Target
from vnjp_sim.vocabulary import DRAW, SCENARIO, YEAR

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

BEFORE = "its date is before the projection"
AFTER = "its date is after the projection"
ABSENT = "its indicator is not projected"


@dataclass(frozen=True)
class Achievement:
    """How likely a scenario reaches a target.

    `year` is the last whole year (or fiscal year) at the target's date; `probability` is the part
    of the `draws` that hold it in that year, None where `note` says why there is none.
    """

    target: Target
    scenario: str
    year: int
    probability: float | None
    note: str
    draws: int = 0

    @property
    def error(self) -> float | None:
        """The Monte Carlo standard error of the probability; None where there is none."""
        return None if self.probability is None else chance_error(self.probability, self.draws)


def achievements(
    runs: xr.Dataset, targets: Sequence[Target], registry: Registry
) -> tuple[Achievement, ...]:
    """Return every target against every scenario of `runs`, dims (scenario, year, draw)."""
    found = []
    years = [int(year) for year in runs[YEAR].to_numpy()]
    for target in targets:
        year = year_of(target)
        note = (
            ABSENT
            if target.indicator not in runs
            else BEFORE
            if year < years[0]
            else AFTER
            if year > years[-1]
            else ""
        )
        for name in (str(name) for name in runs[SCENARIO].to_numpy()):
            probability = None
            if not note:
                values = runs[target.indicator].sel(scenario=name, year=year).to_numpy()
                probability = float(np.mean(_reached(values, target, registry)))
            draws = int(runs.sizes[DRAW])
            found.append(Achievement(target, name, year, probability, note, draws))
    return tuple(found)


def year_of(target: Target) -> int:
    """Return the year whose value counts: the last one that has ended by the target's date.

    A date at the end of March ends the fiscal year that is named by the calendar year before.
    """
    day = date.fromisoformat(target.by)
    return day.year if (day.month, day.day) == (12, 31) else day.year - 1


def _reached(values: FloatArray, target: Target, registry: Registry) -> NDArray[np.bool_]:
    """Return in which draws, (draw,), a target is held."""
    factor = registry.factor(target.unit, registry.indicators[target.indicator].unit)
    bound = target.value * factor
    if target.sense == "at_most":
        return values <= bound
    upper = np.inf if target.upper is None else target.upper * factor
    return (values >= bound) & (values <= upper)
