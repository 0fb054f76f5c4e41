"""Draws in a page: few ranked values of many draws, which tell the share at or above any number.

Of a year with many draws, those at the ranks of :func:`ranks_of` are kept, and beside them both
ends of every number that many draws share. A number between two of them has a share between theirs,
so that no share is off by more than :func:`accuracy` says; shares are exact at numbers that many
draws share, and where there are few draws.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Ranks = NDArray[np.int64]

TAILS = (0.001, 0.0025, 0.005)
"""Parts of the draws beyond the first and the last per cent at which draws are kept too."""
MANY_SCENARIOS = 6
"""Of more scenarios half as many draws are kept, so that the page stays small."""
MANY = 0.02
"""A number that this part of the draws has is kept with both its ends."""
FEW = 50
"""If there are no more different numbers than this, all are kept."""
STEPS = 400
"""Steps of a kept value in the 90 % interval, at least."""
FINEST = 1e-9
"""A step is no smaller part of the largest value, since what differs by less is rounding."""


def accuracy(scenarios: int) -> int:
    """Return by how many percentage points a share may be off at most, of so many scenarios."""
    return 1 if scenarios <= MANY_SCENARIOS else 2


def ranks_of(draws: int, scenarios: int) -> Ranks:
    """Return the ranks, from 0, of the draws that are kept of a year."""
    step = accuracy(scenarios)
    body = np.arange(step, 100, step) / 100
    levels = np.concatenate([[0.0], TAILS, body, 1.0 - np.array(TAILS), [1.0]])
    return np.unique(np.rint(levels * (draws - 1)).astype(np.int64))


def ranked(values: FloatArray, usual: Ranks) -> list[Any]:
    """Return what is kept of values (year, draw), a row a year.

    A row holds the power of ten that its numbers count in, the first number, and how much each is
    above the one before. Where the ranks are not the usual ones, a list of them, written in the
    same way, stands before the power.
    """
    ordered = np.sort(values, axis=1)
    powers = _powers(ordered)
    shared = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    rows = zip(ordered, powers.tolist(), shared.tolist(), strict=True)
    return [_row(row, usual, power, shared=some) for row, power, some in rows]


def packed(text: str) -> str:
    """Return a text deflated and in base64, as a page holds it."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _row(ordered: FloatArray, usual: Ranks, power: int, *, shared: bool) -> list[Any]:
    ranks = _ranks(ordered, usual) if shared or len(ordered) <= FEW else usual
    counts = np.rint(ordered[ranks] / 10.0**power).astype(np.int64)
    row = [power, int(counts[0]), *np.diff(counts).tolist()]
    if ranks is usual or np.array_equal(ranks, usual):
        return row
    return [[int(ranks[0]), *np.diff(ranks).tolist()], *row]


def _ranks(ordered: FloatArray, usual: Ranks) -> Ranks:
    """Return which draws of a year are kept: the usual ones, and ends of what many share."""
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    first = np.append(0, last[:-1] + 1)
    if len(last) <= FEW:
        return np.unique(np.concatenate([first, last]))
    many = last - first + 1 >= MANY * len(ordered)
    if not many.any():
        return usual
    return np.unique(np.concatenate([usual, first[many], last[many]]))


def _powers(ordered: FloatArray) -> NDArray[np.int64]:
    """Return for each year the power of ten of the steps that its values are counted in."""
    low, high = np.quantile(ordered, [0.05, 0.95], axis=1)
    size = np.where(high > low, high - low, ordered[:, -1] - ordered[:, 0])
    step = np.maximum(size / STEPS, FINEST * np.abs(ordered[:, [0, -1]]).max(axis=1))
    return np.floor(np.log10(np.where(step > 0.0, step, 1.0))).astype(np.int64)
