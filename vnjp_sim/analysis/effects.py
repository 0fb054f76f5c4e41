"""The effect of a scenario on an indicator in a year, and how sure its sign is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.marks import NONE, NOT_NOW, OPEN, TOO_FEW, UNSURE
from vnjp_sim.inputs.number_text import Measure, alike, quantile_errors
from vnjp_sim.simulation.summaries import deviation, fewest_draws, quantiles_of

FloatArray = NDArray[np.float64]

SURE = 0.95
"""An effect is told apart from zero where its sign is the same in more than this part of the draws
that are moved at all, and most are."""
MOSTLY = 0.5
"""Most of the draws, or of a variance."""
FEWEST = fewest_draws(1.0 - SURE)
"""Of fewer draws no sign is sure."""
MOST_DECIMALS = 6
"""Of an effect in an overview."""


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

    @property
    def sure(self) -> bool:
        """Whether its sign is known: the same in nearly all draws that it moves, and most."""
        known = self.draws == 0 or self.draws >= FEWEST
        return self.mark not in OPEN and known and _one_sign(self.positive, self.negative)


def effect_of(
    scenario: str,
    indicator: str,
    year: int,
    values: FloatArray,
    base: FloatArray,
    never: bool,
) -> Effect:
    """Return the effect in one year from (draw,) arrays; `never` says that no year has any."""
    difference = values - base
    positive = float(np.mean(difference > 0))
    negative = float(np.mean(difference < 0))
    relative = None
    if bool((base > 0).all()):
        relative = quantiles_of(100.0 * (values / base - 1.0))
    return Effect(
        scenario,
        indicator,
        year,
        float(difference.mean()),
        float(deviation(difference)),
        quantiles_of(difference),
        relative,
        positive,
        negative,
        NONE if never else _sign_mark(positive, negative, difference.size),
        difference.size,
    )


def _sign_mark(positive: float, negative: float, draws: int) -> str:
    """Return why the sign of an effect is not sure; empty if it is."""
    if positive == negative == 0.0:
        return NOT_NOW
    if draws < FEWEST:
        return TOO_FEW
    return "" if _one_sign(positive, negative) else UNSURE


def _one_sign(positive: float, negative: float) -> bool:
    """Return whether most draws are moved, and nearly all of these to one side."""
    moved = positive + negative
    return moved > MOSTLY and max(positive, negative) > SURE * moved


def effect_text(effect: Effect, measure: Measure) -> str:
    """Return an effect as text: median, interval, mark."""
    if effect.mark == NONE:
        return NONE
    chosen = [2] if math.isnan(effect.quantiles[0]) else [2, 0, 4]
    values = [effect.quantiles[i] * measure.factor for i in chosen]
    errors = quantile_errors(effect.quantiles, effect.draws)
    decimals = 0 if all(value.is_integer() for value in values) else MOST_DECIMALS
    shown = [errors[i] * measure.factor for i in chosen]
    middle, *ends = alike(values, decimals, shown, signed=True)
    text = f"{middle} [{', '.join(ends)}]" if ends else middle
    return f"{text} ({effect.mark})" if effect.mark else text
