r"""Loans on their way: what of each cohort waits to be disbursed, and when.

Of loans L agreed u years ago, the part 1 − G(u) = s / (s + u^b) waits, with the scale s of the
cohort's lag. Parts of a cohort are agreed on dates of their own; two of them are one line here,

.. math:: L s \left( \frac{p}{s + u^b} + \frac{q}{s + v^b} \right)
          = L s (p + q) \frac{s + (p v^b + q u^b) / (p + q)}{(s + u^b) (s + v^b)},

since a division costs as much as all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.identities import sum_of_rows

FloatArray = NDArray[np.float64]
Part = tuple[float, float]
"""A share of a cohort, and the date of its middle in decimal years."""

WIDTH = 8_192
"""Draws that are worked on at a time, so that all lines of them stay in the fast memory."""
NEVER = 1e9
"""The date of a part that a line lacks."""


class Cohorts:
    """Cohorts of loans, two parts a line.

    Parameters
    ----------
    shape : float
        b, of the lag.
    size : int
        Number of draws.
    """

    def __init__(self, shape: float, size: int) -> None:
        self.shape = shape
        self.loans: list[FloatArray] = []
        self.parts: list[tuple[Part, Part]] = []
        self.scale = np.empty((0, size))
        self.scaled = np.empty((0, size))

    def add(self, loans: FloatArray, scale: FloatArray, parts: Sequence[Part]) -> None:
        """Add a cohort.

        Parameters
        ----------
        loans : FloatArray
            (draw,) all of it.
        scale : FloatArray
            (draw,) (median lag × delay factor) to the power of the shape.
        parts : Sequence[tuple[float, float]]
            (share of the loans, date of its middle).
        """
        for at in range(0, len(parts), 2):
            line = len(self.loans)
            if line == len(self.scale):
                more = np.empty((line + 16, loans.size))
                self.scale, self.scaled = (
                    np.concatenate([known, more]) for known in (self.scale, self.scaled)
                )
            self.scale[line] = scale
            np.multiply(loans, scale, out=self.scaled[line])
            self.loans.append(loans)
            first, *rest = parts[at : at + 2]
            self.parts.append((first, rest[0] if rest else (0.0, NEVER)))

    def agreed(self, time: float) -> Iterator[tuple[float, FloatArray]]:
        """Yield (share, loans) of what was agreed in the year before a time."""
        for loans, parts in zip(self.loans, self.parts, strict=True):
            for share, middle in parts:
                if 0.0 < time - middle <= 1.0:
                    yield share, loans

    def waiting(self, time: float) -> FloatArray:
        """Return what is agreed and waits to be disbursed at a time, (draw,)."""
        shares, middles = np.moveaxis(np.array(self.parts), -1, 0)  # (line, part) each
        lines = 1 + int(np.flatnonzero(middles[:, 0] < time).max(initial=0))
        shares, middles = shares[:lines], middles[:lines]
        agreed = middles < time
        first, second = np.where(agreed, shares, 0.0).T[..., None]
        lag, later = np.where(agreed, time - middles, 1.0).T[..., None] ** self.shape
        both = first + second
        partly = np.flatnonzero(both != 1.0)
        mixed = (first * later + second * lag) / np.where(both > 0.0, both, 1.0)
        total = np.empty(self.scale.shape[1])
        spare = np.empty((2, lines, min(WIDTH, total.size)))
        for at in range(0, total.size, WIDTH):
            draws = slice(at, at + WIDTH)
            scale = self.scale[:lines, draws]
            above, below = spare[..., : scale.shape[1]]
            np.add(scale, lag, out=below)
            below *= np.add(scale, later, out=above)
            np.add(scale, mixed, out=above)
            for line in partly:
                above[line] *= both[line]
            above /= below
            above *= self.scaled[:lines, draws]
            sum_of_rows(above, out=total[draws])
        return total
