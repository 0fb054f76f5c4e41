r"""What is repaid of loans: equal instalments of the principal after a grace period.

A loan agreed in the middle of a year is repaid evenly between its grace period g and its term T, so
that k years later the part

.. math:: \rho(k) = \frac{|[k - 1/2, k + 1/2] \cap [g, T]|}{T - g}

of it falls due; over its life these parts sum to one. A share of each year's loans has the longer,
preferential term, the others the general one. Interest is left out, as it is of net aid.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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

    def due(self, year: int) -> FloatArray:
        """Return what is repaid in a year, (draw,), in the unit of the loans."""
        general, preferential = np.zeros((2, self.preferential_share.size))
        for agreed, loans in self.loans.items():
            age = year - agreed
            if age + 0.5 > self.grace:
                general += instalment(age, self.grace, self.term) * loans
                preferential += instalment(age, self.grace, self.preferential_term) * loans
        result: FloatArray = general + self.preferential_share * (preferential - general)
        return result


def instalment(age: int, grace: float, term: float) -> float:
    """Return the part of a loan that falls due `age` years after that of its agreement."""
    return overlap(age - 0.5, age + 0.5, grace, term) / (term - grace)
