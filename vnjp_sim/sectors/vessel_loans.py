"""Yen loans for patrol vessels that a scenario orders: a pipeline beside that of other loans.

They are disbursed along the same lag and repaid on the same terms, but build no infrastructure, so
that they are kept apart.
"""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.cohorts import Cohorts
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.freezes import Freezes
from vnjp_sim.sectors.vessel_orders import LOAN, cost_of, orders_on

FloatArray = NDArray[np.float64]


class YearOfLoans(NamedTuple):
    """Loans of a calendar year, (draw,) each, in JPY bn before what is cancelled of them."""

    agreed: FloatArray
    paid: FloatArray
    waiting: FloatArray


class VesselLoans:
    """The loans of a scenario's orders.

    Parameters
    ----------
    context : SectorContext
        Whose scenario orders vessels on loans.
    shape : float
        Of the lag of disbursement.
    years : range
        All years of the cohorts.
    """

    def __init__(self, context: SectorContext, shape: float, years: range) -> None:
        self.orders = [(order.on, cost_of(context, order)) for order in orders_on(context, LOAN)]
        size = context.streams.size
        self.cohorts = Cohorts(shape, years, context.block.memory.rows(len(years), size))
        self.waiting = np.zeros(size)

    def agree(
        self, year: int, scale: FloatArray, freezes: Freezes
    ) -> tuple[FloatArray, FloatArray]:
        """Agree the loans of a fiscal year, with the scale of its lag: freezes put orders off.

        Returns
        -------
        early, late : what is agreed in the calendar year of its name and in the next one, (draw,).
        """
        early, late = np.zeros((2, self.waiting.size))
        for on, whole in self.orders:
            for day, here in freezes.signed(on, year):
                loan = here * whole
                self.cohorts.add(scale, (loan, [(1.0, day)]))
                part = late if floor(day) > year else early
                part += loan
        return early, late

    def close(self, year: int) -> YearOfLoans:
        """Return what is agreed, paid out and waits in a calendar year; year after year."""
        agreed = np.zeros(self.waiting.size)
        for share, loans in self.cohorts.agreed(year):
            agreed += share * loans
        before, self.waiting = self.waiting, self.cohorts.waiting(year)
        return YearOfLoans(agreed, before + agreed - self.waiting, self.waiting)
