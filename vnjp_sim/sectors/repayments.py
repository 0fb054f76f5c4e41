r"""What is repaid of loans: equal instalments of the principal after a grace period.

A loan agreed in the middle of a year is repaid evenly between its grace period g and its term T, so
that k years later the part

.. math:: \rho(k) = \frac{|[k - 1/2, k + 1/2] \cap [g, T]|}{T - g}

of it falls due; over its life these parts sum to one. A share of each year's loans has the longer,
preferential term, the others the general one. Interest is left out, as it is of net aid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.identities import overlap

FloatArray = NDArray[np.float64]


@dataclass
class Repayments:
    """Loans by the calendar year in which they were agreed, and what falls due of them.

    Attributes
    ----------
    grace, term, preferential_term : float
        Years from the agreement to the first instalment, and to the last one of either kind.
    preferential_share : FloatArray
        (draw,) share of loans with the preferential term.
    loans : dict[int, FloatArray]
        By year, (draw,): what will be paid out of them in the end.
    """

    grace: float
    term: float
    preferential_term: float
    preferential_share: FloatArray
    loans: dict[int, FloatArray] = field(default_factory=dict)
    _sums: dict[int, FloatArray] = field(default_factory=dict)

    def due(self, year: int) -> FloatArray:
        """Return what is repaid in a year, (draw,), of all loans up to it, in their unit."""
        general, preferential = (self._due(year, t) for t in (self.term, self.preferential_term))
        result: FloatArray = general + self.preferential_share * (preferential - general)
        return result

    def _due(self, year: int, term: float) -> FloatArray:
        """Return what would be repaid in a year, (draw,), if all loans had one term."""
        youngest, oldest = ceil(self.grace + 0.5), floor(term - 0.5)  # of a whole instalment
        due = self._sum(year - youngest) - self._sum(year - oldest - 1)
        due /= term - self.grace
        for age in (youngest - 1, oldest + 1):
            part = instalment(age, self.grace, term)
            if part and year - age in self.loans:
                due += part * self.loans[year - age]
        return due

    def _sum(self, year: int) -> FloatArray:
        """Return the loans of all years up to one, (draw,)."""
        first = min(self.loans, default=year + 1)
        if year < first:
            return np.zeros(self.preferential_share.size)
        if not self._sums:
            self._sums[first] = self.loans[first]
        for each in range(max(self._sums) + 1, year + 1):
            before = self._sums[each - 1]
            self._sums[each] = before + self.loans[each] if each in self.loans else before
        return self._sums[year]


def instalment(age: int, grace: float, term: float) -> float:
    """Return the part of a loan that falls due `age` years after that of its agreement."""
    return overlap(age - 0.5, age + 0.5, grace, term) / (term - grace)
