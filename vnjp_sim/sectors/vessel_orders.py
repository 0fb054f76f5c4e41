r"""Orders of patrol vessels by a scenario: what they cost, and who pays.

An order of n vessels at the price p of its series costs n p in the fiscal year of its date if it is
paid by a yen loan or by a grant of aid. Aid is charged it: a loan is committed and disbursed from
that date on as any pledge is, and repaid, but builds no infrastructure; a stop of loans puts it off
with its order, see :mod:`freezes`. A grant is paid out as grants are. Vessels on Official Security
Assistance cost their price in the fiscal year in which its grants suffice, see :mod:`assistance`.
What is on order in the baseline is in the calibrated totals of aid, so that it costs nothing here.

Amounts in JPY bn by Japanese fiscal year.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.freezes import FREEZE, LENGTH, SPREAD, STOPS, Freezes

FloatArray = NDArray[np.float64]

LOAN, GRANT, OSA = "loan", "grant", "osa"
"""The purses of an order."""
USED = "used"
"""The series of vessels that are made ready instead of built."""
PRICES = {"new": "security_new_vessel_price", USED: "security_used_vessel_price"}
"""The prior of a vessel's price by series."""
VESSEL_PRICES = tuple(PRICES.values())


class VesselCosts(Sector):
    """What vessels ordered by a scenario cost, by purse."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "security_vessel_loans",
            "vessels ordered on loans times their price",
            priors=(*VESSEL_PRICES, LENGTH, SPREAD),
            moved_by=("vessel_order", FREEZE, STOPS),
        ),
        Output(
            "security_vessel_grants",
            "vessels ordered on grants of aid times their price",
            priors=VESSEL_PRICES,
            moved_by=("vessel_order",),
        ),
        Output(
            "security_vessel_cost",
            "the vessels of all three purses",
            ("security_vessel_loans", "security_vessel_grants", "security_osa_vessel_cost"),
            is_sum=True,
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.freezes = Freezes(context) if orders_on(context, LOAN) else None

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return what the orders of the fiscal year cost, (draw,) each."""
        loans = self._loans(year)
        grants = grants_of_year(self.context, year)
        return {
            "security_vessel_loans": loans,
            "security_vessel_grants": grants,
            "security_vessel_cost": loans + grants + values["security_osa_vessel_cost"],
        }

    def _loans(self, year: int) -> FloatArray:
        """Return the loans for vessels that are agreed in a fiscal year, (draw,)."""
        total = np.zeros(self.context.streams.size)
        if self.freezes is not None:
            for order in orders_on(self.context, LOAN):
                for _, here in self.freezes.signed(order.on, year):
                    total += here * cost_of(self.context, order)
        return total


def orders_on(context: SectorContext, purse: str) -> tuple[ScenarioEvent, ...]:
    """Return the scenario's orders of vessels that a purse pays, by date."""
    orders = context.controls.of_type("vessel_order")
    return tuple(event for event in orders if event.choice("purse") == purse)


def price_of(context: SectorContext, order: ScenarioEvent) -> FloatArray:
    """Return the price of one vessel of an order, (draw,), in JPY bn."""
    return context.drawn(PRICES[order.choice("series")])


def cost_of(context: SectorContext, order: ScenarioEvent) -> FloatArray:
    """Return what an order costs, (draw,), in JPY bn."""
    return order.amount("count") * price_of(context, order)


def grants_of_year(context: SectorContext, year: int) -> FloatArray:
    """Return what the orders of a fiscal year cost in grants of aid, (draw,), in JPY bn."""
    total = np.zeros(context.streams.size)
    for order in orders_on(context, GRANT):
        if fiscal_year(order.on) == year:
            total += cost_of(context, order)
    return total
