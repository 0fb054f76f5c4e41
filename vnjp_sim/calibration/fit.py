r"""How well a figure fits the posterior: its predictive median, interval and tail probability.

A figure v of a quantity with posterior draws x would be printed again, by the rule of its way of
reporting (see :mod:`observation_model`), as

.. math:: v' = x e^{\epsilon} - s\,e,

with the rounding unit s, the scaled error e of the rule, and a log error ε of its document, for an
announcement also that of announcements. The
tail probability is twice the smaller of P(v' ≤ v) and P(v' ≥ v); of a bound it is the probability
that the bound is true. The same serves figures that calibrate and those that do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.figures import is_rate
from vnjp_sim.calibration.observation_model import (
    ANNOUNCED_BIAS,
    ANNOUNCED_SD,
    rule,
    sample_error,
)
from vnjp_sim.inputs.observations import Observation

FloatArray = NDArray[np.float64]

INTERVAL = (0.05, 0.95)
PLAIN = ("forecast", "pledge")
"""Ways of reporting that say nothing of the past; compared as if rounded."""


@dataclass(frozen=True)
class Fit:
    """A figure against the posterior predictive of what it measures.

    Attributes
    ----------
    figure : Observation
        The figure.
    median, low, high : float
        Of the quantity, 90 % interval, in the unit of the indicator; NaN without a predictive.
    tail : float
        The tail probability of the figure; NaN without a predictive.
    note : str
        Why there is no predictive.
    """

    figure: Observation
    median: float = np.nan
    low: float = np.nan
    high: float = np.nan
    tail: float = np.nan
    note: str = ""


def fit_of(
    figure: Observation, truth: FloatArray, rng: np.random.Generator, error_sd: float = 0.0
) -> Fit:
    """Return a figure against posterior draws, (draw,), of what it measures.

    Parameters
    ----------
    figure : Observation
        Of any use.
    truth : FloatArray
        In the unit of the figure's value: that of the indicator, percent for growth and share.
    rng : Generator
        Draws the errors of reporting.
    error_sd : float
        Log standard deviation of the document's error; levels alone have one.
    """
    low, median, high = np.quantile(truth, [INTERVAL[0], 0.5, INTERVAL[1]])
    tail = tail_probability(figure, truth, rng, error_sd)
    return Fit(figure, float(median), float(low), float(high), tail)


def tail_probability(
    figure: Observation, truth: FloatArray, rng: np.random.Generator, error_sd: float = 0.0
) -> float:
    """Return the tail probability of a figure, given posterior draws, (draw,), of the truth."""
    size = truth.size
    error = 0.0 if is_rate(figure) else error_sd
    reported = truth * np.exp(error * rng.standard_normal(size))
    if figure.announced:
        reported = reported * np.exp(ANNOUNCED_BIAS + ANNOUNCED_SD * rng.standard_normal(size))
    name = "rounded" if figure.reported in PLAIN else rule(figure)
    if name == "at_least":
        return float((reported >= figure.value).mean())
    if name == "at_most":
        return float((reported <= figure.value).mean())
    again = reported - figure.step * sample_error(name, rng, size)
    below, above = (again <= figure.value).mean(), (again >= figure.value).mean()
    return float(min(1.0, 2.0 * min(below, above)))
