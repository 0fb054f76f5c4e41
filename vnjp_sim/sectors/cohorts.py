r"""Loans on their way: what of each cohort waits to be disbursed at the end of each year.

Of loans L agreed u years ago, the part 1 − G(u) = s / (s + u^b) waits, with the scale s of the
cohort's lag. Parts of a cohort are agreed on dates of their own; two of them are one line here,

.. math:: L s \left( \frac{p}{s + u^b} + \frac{q}{s + v^b} \right)
          = L s (p + q) \frac{s + (p v^b + q u^b) / (p + q)}{(s + u^b) (s + v^b)},

since a division costs as much as all the rest. A cohort is worked out once, for all the years to
come, when it is agreed. Cohorts of the same scale that are agreed on the same days of their years
have one curve by age.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import floor

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Part = tuple[float, float]
"""A share of a cohort, and the date of its middle in decimal years."""
Line = tuple[Part, Part]

SAME_DAY = 12
"""Decimals of a year to which days of two years are compared."""
NEVER = 1e9
"""The date of a part that a line lacks."""


class Cohorts:
    """Cohorts of loans, and what of them waits.

    Parameters
    ----------
    shape : float
        b, of the lag.
    years : range
        All years that are asked for; cohorts are agreed in these.
    waiting : FloatArray
        (year, draw) memory for what waits, of any content.
    """

    def __init__(self, shape: float, years: range, waiting: FloatArray) -> None:
        self.shape = shape
        self.years = years
        self._waiting = waiting
        waiting[...] = 0.0
        self._agreed: dict[int, list[tuple[float, FloatArray]]] = defaultdict(list)

    def add(self, scale: FloatArray, *cohorts: tuple[FloatArray, Sequence[Part]]) -> None:
        """Add cohorts of one lag.

        Parameters
        ----------
        scale : FloatArray
            (draw,) (median lag × delay factor) to the power of the shape.
        *cohorts : tuple[FloatArray, Sequence[tuple[float, float]]]
            Of each its loans, (draw,), and its parts: (share of the loans, date of its middle), in
            the order of dates.
        """
        alike: dict[Line, list[tuple[int, FloatArray]]] = defaultdict(list)
        for loans, parts in cohorts:
            for share, middle in parts:
                self._agreed[floor(middle)].append((share, loans))
            for line in _lines(parts):
                if (year := floor(line[0][1])) in self.years:
                    row = self.years.index(year)
                    alike[_on_days_of(year, line)].append((row, loans))
        for line, members in alike.items():
            ages = len(self.years) - min(row for row, _ in members)
            curve, spare = self._curve(line, ages, scale)
            for row, loans in members:
                left = len(self.years) - row
                self._waiting[row:] += np.multiply(curve[:left], loans, out=spare[:left])

    def agreed(self, year: int) -> Sequence[tuple[float, FloatArray]]:
        """Return (share, loans) of all that is agreed in a year."""
        return self._agreed[year]

    def waiting(self, year: int) -> FloatArray:
        """Return what is agreed and waits to be disbursed at the end of a year, (draw,).

        It is for reading alone, and later cohorts do not change it.
        """
        return np.asarray(self._waiting[self.years.index(year)])

    def _curve(self, line: Line, ages: int, scale: FloatArray) -> FloatArray:
        """Return the part that waits of a line at the end of its year, and of those after it.

        The second of the two arrays, (age, draw) each, is spare memory.
        """
        lag, later, mixed, both = (
            part[:ages] for part in _by_age(line, self.shape, len(self.years))
        )
        pair = np.empty((2, ages, scale.size))
        curve, below = pair
        np.add(scale, later, out=curve)
        np.add(scale, lag, out=below)
        below *= curve
        np.add(scale, mixed, out=curve)
        if both[0] != 1.0 or both[-1] != 1.0:  # it never falls with age
            curve *= both
        curve /= below
        curve *= scale
        return pair


@lru_cache(maxsize=64)
def _by_age(line: Line, shape: float, ages: int) -> tuple[FloatArray, ...]:
    """Return u^b, v^b, (p v^b + q u^b) / (p + q) and p + q by age in whole years, (age, 1) each."""
    (first, day), (rest, later_day) = line
    ends = np.arange(1.0, ages + 1.0)[:, None]  # of years, from the beginning of the first
    agreed = ends > later_day
    second = np.where(agreed, rest, 0.0)
    lag = (ends - day) ** shape
    later = np.where(agreed, ends - later_day, 1.0) ** shape
    both = first + second
    mixed = (first * later + second * lag) / np.where(both > 0.0, both, 1.0)
    return lag, later, mixed, both


def _lines(parts: Sequence[Part]) -> Iterable[Line]:
    """Yield the parts of a cohort in twos; the second of the last may be nothing."""
    for at in range(0, len(parts), 2):
        first, *rest = parts[at : at + 2]
        yield first, rest[0] if rest else (0.0, NEVER)


def _on_days_of(year: int, line: Line) -> Line:
    """Return a line with dates from the beginning of a year."""
    (first, day), (second, later_day) = line
    return (first, round(day - year, SAME_DAY)), (second, round(later_day - year, SAME_DAY))


def past_loans(total: FloatArray, growth: FloatArray, years: range) -> dict[int, FloatArray]:
    """Return loans by year, (draw,), that sum to a total and grow by log points a year."""
    sizes = {year: np.exp(growth * (year - years.start)) for year in years}
    whole = sum(sizes.values(), np.zeros_like(total))
    return {year: total * size / whole for year, size in sizes.items()}
