r"""Official Security Assistance: grants, and the vessels and equipment that they buy.

The assistance to Vietnam has no figure in the documents: the wait for a first grant is exponential
with a hazard, later years bring a grant with a chance, sizes are lognormal, and the sum of a fiscal
year stays under the size of the programme. All of it is assumed and a scenario's input. The lever
`security_osa_budget` moves that size, and drawn grants in proportion: a programme of twice the size
doubles each. Grants of a scenario are given in full, are not scaled, and end the wait for a first
one; what else a year brings has to fit under the rest of the programme. A scenario whose grants of
a fiscal year pass the median size as it steers it is refused.

Money buys things. The balance B of a fiscal year, what was left before and the year's grants G,
pays first the vessels v that a scenario ordered on it, in the order of their dates and each as
soon as its price p is there; what then remains, if no vessel waits, buys sets of equipment n at the
price q,

.. math::
    B'_t = B_{t-1} + G_t - p v_t, \qquad n_t = \lfloor B'_t / q \rfloor, \qquad
    B_t = B'_t - q n_t,

so that grants are what was bought and what is unspent, in every draw. A set is a coastal radar,
a set of small boats or of means of communication, with training in its use. It arrives
some years after its fiscal year (the lead time), and is withdrawn at the end of its service life.

Amounts in JPY bn by Japanese fiscal year.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.money import at_guide
from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.vessel_orders import OSA, VESSEL_PRICES, orders_on, price_of

FloatArray = NDArray[np.float64]

GRANTS = "security_osa_grants"
OSA_FIRST_FISCAL_YEAR = 2025
END_OF_FISCAL_YEAR = 1.25
"""The end of March, in years from the beginning of the calendar year of its name."""
SPENDING = ("security_equipment_price", *VESSEL_PRICES)
"""Priors of what the money buys."""


class Assistance(Sector):
    """Official Security Assistance to Vietnam by fiscal year; every number is assumed."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            GRANTS,
            "a scenario input: wait for a first grant, chance and size of later ones, programme",
            priors=(
                "security_osa_hazard",
                "security_osa_chance",
                "security_osa_size",
                "security_osa_size_spread",
                "security_osa_ceiling",
            ),
            set_by=("osa_grant",),
            moved_by=("security_osa_budget",),
        ),
        Output(
            "security_osa_vessels",
            "vessels ordered on grants, as the money suffices",
            (GRANTS,),
            priors=SPENDING,
            moved_by=("vessel_order",),
        ),
        Output(
            "security_osa_vessel_cost",
            "vessels that grants paid, times their price",
            (GRANTS,),
            priors=SPENDING,
            moved_by=("vessel_order",),
        ),
        Output(
            "security_equipment_bought",
            "whole sets that the balance pays while no vessel waits",
            (GRANTS,),
            priors=SPENDING,
            moved_by=("vessel_order",),
        ),
        Output(
            "security_osa_unspent",
            "grants less vessels and equipment",
            (GRANTS,),
            priors=SPENDING,
            moved_by=("vessel_order",),
        ),
        Output(
            "security_equipment",
            "sets bought, from their delivery to the end of their life",
            ("security_equipment_bought",),
            priors=("security_equipment_lead", "security_equipment_life"),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        hazard = context.drawn("security_osa_hazard")
        wait = -np.log1p(-context.streams.uniform("security_osa.first")) / hazard
        self.first = OSA_FIRST_FISCAL_YEAR + 0.25 + wait
        self.chance = context.drawn("security_osa_chance")
        self.size = context.drawn("security_osa_size")
        self.size_spread = context.drawn("security_osa_size_spread")
        self.ceiling = context.drawn("security_osa_ceiling")
        self.price = context.drawn("security_equipment_price")
        self.lead = context.drawn("security_equipment_lead")
        self.life = context.drawn("security_equipment_life")
        self.unspent = np.zeros(context.streams.size)
        self.bought: dict[int, FloatArray] = {}
        self.served: dict[int, FloatArray] = {}
        self.orders = [
            (event, np.full(context.streams.size, event.amount("count")))
            for event in orders_on(context, OSA)
        ]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the grants of the fiscal year, what they buy, and equipment at the year's end."""
        del values
        grants = self._grants(year)
        self.unspent = self.unspent + grants
        vessels, cost, waiting = self._buy_vessels(year)
        sets = np.where(waiting, 0.0, np.floor(self.unspent / self.price))
        self.unspent = np.maximum(self.unspent - sets * self.price, 0.0)
        self.bought[year] = sets
        return {
            GRANTS: grants,
            "security_osa_vessels": vessels,
            "security_osa_vessel_cost": cost,
            "security_equipment_bought": sets,
            "security_osa_unspent": self.unspent,
            "security_equipment": self._in_service(year),
        }

    def _grants(self, year: int) -> FloatArray:
        """Return the grants of a fiscal year, (draw,), in JPY bn."""
        size = self.context.streams.size
        if year < OSA_FIRST_FISCAL_YEAR:
            return np.zeros(size)
        streams, controls = self.context.streams, self.context.controls
        ceiling = controls.steer("security_osa_budget", year, self.ceiling)
        starts = (self.first >= year + 0.25) & (self.first < year + 1.25)
        given = [e for e in controls.of_type("osa_grant") if at_guide(e.stated("amount")) > 0.0]
        begun = (self.first < year + 0.25) | any(fiscal_year(e.on) < year for e in given)
        later = begun & (streams.uniform("security_osa.grant", year) < self.chance)
        amount = self.size * np.exp(self.size_spread * streams.normal("security_osa.size", year))
        if ceiling is not self.ceiling:  # a larger programme makes larger grants
            amount = amount * (ceiling / self.ceiling)
        grants = np.where(starts | later, amount, 0.0)
        here = [event for event in given if fiscal_year(event.on) == year]
        stated = sum(controls.money(event, "amount", year) for event in here)
        return stated + np.minimum(grants, np.maximum(ceiling - stated, 0.0))

    def _buy_vessels(self, year: int) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        """Pay ordered vessels; return their number, their cost and whether some wait, (draw,)."""
        vessels, cost = np.zeros((2, self.context.streams.size))
        waiting = np.zeros(vessels.size, bool)
        for place, (event, ordered) in enumerate(self.orders):
            if fiscal_year(event.on) > year:
                break
            price = price_of(self.context, event)
            paid = np.where(waiting, 0.0, np.minimum(ordered, np.floor(self.unspent / price)))
            self.unspent = np.maximum(self.unspent - paid * price, 0.0)
            self.orders[place] = (event, ordered - paid)
            vessels += paid
            cost += paid * price
            waiting |= ordered > paid
        return vessels, cost, waiting

    def _in_service(self, year: int) -> FloatArray:
        """Return the sets that are delivered and not worn out at the end of a year, (draw,)."""
        total = np.zeros(self.context.streams.size)
        for bought, sets in self.bought.items():
            if bought >= OSA_FIRST_FISCAL_YEAR:
                total += sets * self._serve(year - bought)
        return total

    def _serve(self, years: int) -> FloatArray:
        """Return 1 where sets are in service so many years after they are bought, else 0."""
        if years not in self.served:
            delivered = END_OF_FISCAL_YEAR + self.lead
            serve = (delivered < years + 1.0) & (delivered + self.life >= years + 1.0)
            self.served[years] = serve.astype(np.float64)
        return self.served[years]
