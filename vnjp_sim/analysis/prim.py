"""The patient rule induction method: a box of few inputs in which a yes is frequent.

From the box of all draws, the tenth or twentieth part at one end of one input is peeled away, again
and again, each time the part whose loss raises the share of yes most for each draw that is lost, or
lowers it least: where yes is little more frequent in any part, chance decides the first steps
(Friedman and Fisher 1999, Statistics and Computing 9; the objective is "lenient" as of Kwakkel and
Jaxa-Rozen 2016, Environmental Modelling and Software 79). Once as many inputs are bounded as may
be, only these are peeled further. Of the boxes on the way the one is taken that tells yes from no
best: with the largest difference between the part of the yes and the part of the no that it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

PEELED = 0.05
LEAST_MASS = 0.05
"""A box with a smaller part of the draws is not peeled further."""
NEEDED = 0.02
"""A bound without which a box tells yes from no worse by less than this is left out."""


@dataclass(frozen=True)
class Box:
    """Bounds of inputs, (input,) each, infinite where there are none; both ends belong to it."""

    low: FloatArray
    high: FloatArray

    @property
    def bounded(self) -> list[int]:
        """The inputs that it bounds."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high)).tolist()

    def holds(self, inputs: FloatArray) -> BoolArray:
        """Return which draws, of inputs (input, draw), lie in it, (draw,)."""
        held = np.ones(inputs.shape[1], bool)
        for place in self.bounded:
            held &= (inputs[place] >= self.low[place]) & (inputs[place] <= self.high[place])
        return held

    def freed(self, place: int) -> Box:
        """Return the box without the bounds of an input."""
        low, high = self.low.copy(), self.high.copy()
        low[place], high[place] = -np.inf, np.inf
        return Box(low, high)


def peeled(inputs: FloatArray, yes: BoolArray, most: int, part: float = PEELED) -> list[Box]:
    """Return the boxes on the way, the first without bounds.

    Parameters
    ----------
    inputs : FloatArray
        (input, draw).
    yes : BoolArray
        (draw,).
    most : int
        How many inputs may be bounded.
    part : float
        Of the draws of a box that one step peels away.
    """
    count, draws = inputs.shape
    box = Box(np.full(count, -np.inf), np.full(count, np.inf))
    boxes, held = [box], np.arange(draws)
    while held.size > LEAST_MASS * draws:
        bounded = box.bounded
        free = range(count) if len(bounded) < most else bounded
        steps = (
            step for place in free for step in _steps(inputs[place, held], yes[held], part, place)
        )
        best = max(steps, key=lambda step: step[0], default=None)
        if best is None:
            break
        _, place, end, bound = best
        low, high = box.low.copy(), box.high.copy()
        (high if end else low)[place] = bound
        box = Box(low, high)
        kept = inputs[place, held] <= bound if end else inputs[place, held] >= bound
        held = held[kept]
        if held.size < LEAST_MASS * draws:
            break
        boxes.append(box)
    return boxes


def _steps(
    values: FloatArray, yes: BoolArray, part: float, place: int
) -> Iterator[tuple[float, int, int, float]]:
    """Yield (gain for each draw lost, input, end, bound) of peeling one input at either end."""
    ordered = np.sort(values)
    size = ordered.size
    lost = max(1, round(part * size))
    if lost >= size or ordered[0] == ordered[-1]:
        return
    low, high = ordered[lost], ordered[-1 - lost]
    if low == ordered[0]:  # many alike: all of them go
        low = ordered[np.searchsorted(ordered, low, side="right")]
    if high == ordered[-1]:
        high = ordered[np.searchsorted(ordered, high, side="left") - 1]
    share = float(yes.mean())
    for end, bound, kept in ((0, low, values >= low), (1, high, values <= high)):
        left = int(np.count_nonzero(kept))
        if 0 < left < size:
            yield (float(yes[kept].mean()) - share) / (size - left), place, end, float(bound)


def told_apart(box: Box, inputs: FloatArray, yes: BoolArray) -> float:
    """Return the part of the yes that a box holds less the part of the no."""
    held = box.holds(inputs)
    return float(held[yes].mean() - held[~yes].mean())


def best_box(inputs: FloatArray, yes: BoolArray, most: int) -> Box:
    """Return the box that tells yes from no best, without bounds that it does not need.

    `yes` holds both. Arguments as of :func:`peeled`.
    """
    box = max(peeled(inputs, yes, most), key=lambda one: told_apart(one, inputs, yes))
    while box.bounded:
        freed = [box.freed(place) for place in box.bounded]
        worth = [told_apart(one, inputs, yes) for one in freed]
        place = int(np.argmax(worth))
        if told_apart(box, inputs, yes) - worth[place] >= NEEDED:
            break
        box = freed[place]
    return box
