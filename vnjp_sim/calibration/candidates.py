"""Choosing among candidates: how several sharp figures of one quantity condition it together.

One figure of a quantity proposes it; a second one, a *repeated figure*, then weighs the proposal.
Over many years these weights multiply, and hardly a draw is left. With several candidates for each
draw, one is chosen in proportion to its weight, and the draw is weighed by their mean: properly
weighted for the same posterior, since the mean of the candidates' weights is an unbiased estimate
of what the repeated figures say, but far more even.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CANDIDATES = 16


def choose(
    rng: np.random.Generator, log_weight: FloatArray, values: dict[str, FloatArray]
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Choose a candidate for each draw.

    Parameters
    ----------
    rng : np.random.Generator
        The generator of the group.
    log_weight : FloatArray
        (candidate, draw).
    values : dict[str, FloatArray]
        What the candidates propose, each (candidate, draw).

    Returns
    -------
    tuple
        Log of the candidates' mean weight, (draw,), and the chosen values, each (draw,).
    """
    highest = log_weight.max(axis=0)
    possible = np.isfinite(highest)
    weight = np.exp(log_weight - np.where(possible, highest, 0.0))
    cumulative = np.cumsum(weight, axis=0)
    total = cumulative[-1]
    point = rng.random(total.size) * total
    chosen = np.minimum((cumulative <= point).sum(axis=0), log_weight.shape[0] - 1)
    draws = np.arange(total.size)
    with np.errstate(divide="ignore"):
        mean = np.where(possible, highest + np.log(total / log_weight.shape[0]), -np.inf)
    return mean, {name: value[chosen, draws] for name, value in values.items()}
