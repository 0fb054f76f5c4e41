"""The effect of a scenario on an indicator in a year, and how sure its sign is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.marks import NONE, NOT_NOW, OPEN, TOO_FEW, UNSURE
from vnjp_sim.simulation.summaries import deviation, fewest_draws, quantiles

FloatArray = NDArray[np.float64]

SURE = 0.95
"""The sign of an effect is sure where more than this part of the draws that it moves agree."""
MOSTLY = 0.5
"""Most of a variance."""
FEWEST = fewest_draws(1.0 - SURE)
"""If an effect moves fewer draws, no sign is sure."""
OFTEN = 0.25
"""An effect that is zero in this part of the draws has a mean and chances, no median."""
FEW = 10
"""So has a number of things whose 90 % interval ends below this."""
NEGLIGIBLE = 1e-3
"""What is smaller than this part of the baseline is not worth a row of a table."""


@dataclass(frozen=True)
class Effect:
    """The effect of a scenario on an indicator in a year: summaries over the draws.

    Attributes
    ----------
    mean, sd, quantiles
        Of the difference, in the unit of the indicator; the levels of the
        quantiles are those of :data:`vocabulary.QUANTILES`, NaN where the draws are too few.
    relative : tuple[float, ...] | None
        Quantiles of the ratio less one, in percent; None where the baseline can be zero or
        negative.
    positive, negative : float
        Part of the draws in which the effect is above and below zero.
    mark : str
        Why it is to be read with care, one of :mod:`marks`; empty if its sign is sure and it
        was examined that it does not rest mostly on assumptions.
    draws : int
        How many; 0 if unknown.
    level : float
        Mean size of the baseline's value, in the unit of the indicator; NaN if unknown.
    whole : bool
        Whether it is a whole number in every draw.
    signed : bool
        Whether the baseline's value is negative in some draw.
    """

    scenario: str
    indicator: str
    year: int
    mean: float
    sd: float
    quantiles: tuple[float, ...]
    relative: tuple[float, ...] | None
    positive: float
    negative: float
    mark: str
    draws: int = 0
    level: float = math.nan
    whole: bool = False
    signed: bool = False

    @property
    def sure(self) -> bool:
        """Whether its sign is known: the same in nearly all draws that it moves."""
        return self.mark not in OPEN and not _sign_mark(self.positive, self.negative, self.draws)

    @property
    def unsure(self) -> bool:
        """Whether the draws that it moves disagree on its sign, whatever else its mark says."""
        return _sign_mark(self.positive, self.negative, self.draws) == UNSURE

    @property
    def by_chance(self) -> bool:
        """Whether mean and chances describe it, not median and interval.

        So it is with what is often exactly zero, and with small numbers of things.
        """
        still = 1.0 - self.positive - self.negative
        return still >= OFTEN or (self.whole and self.size < FEW)

    @property
    def size(self) -> float:
        """How far the mean and the 90 % of the draws that the interval holds are from zero."""
        ends = (self.mean, self.quantiles[0], self.quantiles[-1])
        return max(abs(end) for end in ends if not math.isnan(end))

    @property
    def negligible(self) -> bool:
        """Whether it is there, but less than a thousandth of the baseline."""
        return 0.0 < self.size < NEGLIGIBLE * self.level


def effect_of(
    scenario: str,
    indicator: str,
    year: int,
    values: FloatArray,
    base: FloatArray,
    never: bool,
) -> Effect:
    """Return the effect in one year from (draw,) arrays; `never` says that no year has any."""
    return effects_by_year(scenario, indicator, [year], values[None], base[None], never=never)[0]


def effects_by_year(
    scenario: str,
    indicator: str,
    years: Sequence[int],
    values: FloatArray,
    base: FloatArray,
    *,
    never: bool | None = None,
) -> list[Effect]:
    """Return the effects of years from (year, draw) arrays.

    `never` says whether no year has any, also none that is not among these; by default, these tell.
    """
    difference = values - base
    positive, negative = (difference > 0).mean(axis=1), (difference < 0).mean(axis=1)
    never = not difference.any() if never is None else never
    ordered = np.sort(difference, axis=1)  # as levels are: a sum's last digits follow its order
    middle = quantiles(ordered).T.tolist()
    mean, sd, level = ordered.mean(axis=1), deviation(ordered), np.abs(base).mean(axis=1)
    whole = [bool(row.all()) for row in difference == np.rint(difference)]
    signed = [bool(row.any()) for row in base < 0]
    ratios = (base > 0).all(axis=1)
    relative: dict[int, list[float]] = {}
    if ratios.any():
        some = 100.0 * (values[ratios] / base[ratios] - 1.0)
        parts = quantiles(np.sort(some, axis=1)).T.tolist()
        relative = dict(zip(np.flatnonzero(ratios).tolist(), parts, strict=True))
    return [
        Effect(
            scenario,
            indicator,
            year,
            float(mean[i]),
            float(sd[i]),
            tuple(middle[i]),
            tuple(relative[i]) if i in relative else None,
            float(positive[i]),
            float(negative[i]),
            NONE if never else _sign_mark(positive[i], negative[i], difference.shape[1]),
            difference.shape[1],
            float(level[i]),
            whole[i],
            signed[i],
        )
        for i, year in enumerate(years)
    ]


def _sign_mark(positive: float, negative: float, draws: int) -> str:
    """Return why the sign of an effect is not sure; empty if it is. 0 draws are unknown ones."""
    moved = positive + negative
    if moved == 0.0:
        return NOT_NOW
    if draws and round(moved * draws) < FEWEST:
        return TOO_FEW
    return "" if max(positive, negative) > SURE * moved else UNSURE
