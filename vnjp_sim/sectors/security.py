r"""Security: exchanges, ship visits, patrol vessels, Official Security Assistance.

Exchanges and ship visits are counts; dialogues that the documents say are kept up have one exchange
each a year besides. The used vessels received in 2015, and those that came later,
retire after a service life of their own, not before the date to which the figures count them. What
is on order arrives at its planned date plus a delay of the draw; where the figures show that it
has not come by then, the delay begins anew at their date. What has no planned date, and an order of
the scenario, waits for the first free slot of the yards; a vessel is delivered after a lead time
and then frees its slot. With S slots kept as a (slot, draw) array of free dates, the next vessel
takes the earliest, which is exact for first come, first served.

Official Security Assistance to Vietnam has no figure in the documents: the wait for a first grant
is exponential with a hazard, later years bring a grant with a chance, sizes are lognormal, and the
sum of a fiscal year stays under a ceiling. All of it is assumed and a scenario's input. Grants of
a scenario are given in full and end the wait for a first one; what else a year brings has to fit
under the rest of the ceiling. A scenario whose grants of a fiscal year pass the median ceiling as
it steers it is refused. Nothing here has an economic effect.

Amounts in JPY bn by Japanese fiscal year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.identities import count_of_rows, decimal_year
from vnjp_sim.sectors.laws import CountState
from vnjp_sim.sectors.vessels import (
    DELIVERED,
    PROMISED,
    SUFFIXES,
    USED_SERIES_COUNTED,
    USED_SERIES_RECEIVED,
    VESSELS,
)

FloatArray = NDArray[np.float64]

COUNTS = ("security_exchanges", "security_ship_visits")
YARD_SLOTS = 2
OSA_FIRST_FISCAL_YEAR = 2025


class SecurityCounts(Sector):
    """Exchanges of the armed forces and visits of ships in a year."""

    laws: ClassVar[tuple[Law, ...]] = tuple(Law(name, "count") for name in COUNTS)
    gives: ClassVar[tuple[Output, ...]] = (
        Output("security_exchanges", laws=("security_exchanges",), set_by=("security_exchanges",)),
        Output("security_ship_visits", laws=("security_ship_visits",)),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.states = [self.count(name) for name in COUNTS if self.is_calibrated(name)]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's counts."""
        del values
        return {state.name: self._counted(state, year) for state in self.states}

    def _counted(self, state: CountState, year: int) -> FloatArray:
        """Return the counts of a year, (draw,): those of the law, and recurring ones.

        A lever that lowers the expected number takes recurring ones away, rounded; one that raises
        it adds to the law what recurring ones cannot give, since they come once a year.
        """
        factor = None
        if year > self.context.last_history:
            factor = self.context.controls.exposure(state.name, year, self.context.streams.size)
        recurring = state.recurring(year)
        if factor is None or not recurring:
            return state.step(year, factor) + recurring
        rate = self.context.value(f"{state.name}.rate")
        further = recurring * np.maximum(factor - 1.0, 0.0) / rate
        kept: FloatArray = np.rint(recurring * np.minimum(factor, 1.0))
        return state.step(year, factor + further) + kept


class Fleet(Sector):
    """Patrol vessels in service at the end of a year."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "security_vessels",
            "vessels received, those on order after a delay, orders as yards allow, less retired",
            priors=(
                "security_vessel_delay",
                "security_vessel_lead",
                "security_vessel_build",
                "security_vessel_life",
                "security_new_vessel_life",
                "security_vessel_life_spread",
            ),
            levels=(VESSELS, PROMISED, DELIVERED),
            needs=("security_vessels.level",),
            set_by=("vessel_order",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.deliveries: list[FloatArray] = []
        self.retirements: list[FloatArray] = []
        self.spans = np.empty((2, 0, context.streams.size))
        self.slots = np.zeros((YARD_SLOTS, context.streams.size))
        self.life = context.drawn("security_vessel_life")
        self.new_life = context.drawn("security_new_vessel_life")
        self.life_spread = context.drawn("security_vessel_life_spread")
        self.counted = self._constant("counted", USED_SERIES_COUNTED)
        if context.has("security_vessels.level"):
            self._begin()

    def processes(self) -> Iterator[tuple[date, Any]]:
        """Yield the planned arrivals of what is on order, and the scenario's orders."""
        for suffix in SUFFIXES:
            planned = int(self._constant(f"planned_year{suffix}"))
            if planned >= self.context.first_year:
                yield date(planned, 1, 1), lambda p=planned, s=suffix: self._plan(p, s)
        same: Counter[date] = Counter()
        for event in self.context.controls.of_type("vessel_order"):
            same[event.on] += 1
            yield event.on, lambda e=event, n=f"{event.on}_{same[event.on]}": self._order(e, n)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the vessels in service at the end of `year`."""
        del values
        if not self.context.has("security_vessels.level"):
            return {}
        return {"security_vessels": self._in_service(year + 1.0)}

    def _constant(self, name: str, otherwise: float = 0.0) -> float:
        """Return what the calibration holds of the vessels, a number for all draws."""
        whole = f"security_vessels.{name}"
        return float(self.context.value(whole)[0]) if self.context.has(whole) else otherwise

    def _begin(self) -> None:
        """Take over the vessels in service, and what is on order from before the first year."""
        ones = np.ones(self.context.streams.size)
        for number in range(int(self._constant("level"))):
            self._receive(f"used_{number}", USED_SERIES_RECEIVED * ones)
        for suffix in SUFFIXES:
            for number in range(int(self._constant(f"later{suffix}"))):
                came = self._constant(f"later_time{suffix}") * ones
                self._receive(f"later{suffix}_{number}", came)
            ordered = int(self._constant(f"ordered{suffix}"))
            planned = int(self._constant(f"planned_year{suffix}"))
            if ordered and not planned:
                placed = self._constant(f"promised_time{suffix}")
                self._build(placed, ordered, f"promised{suffix}", self.counted)
            elif ordered and planned < self.context.first_year:
                self._plan(planned, suffix)

    def _plan(self, planned: int, suffix: str) -> None:
        delay = self.context.drawn("security_vessel_delay")
        arrival = planned + delay
        arrival = np.where(arrival < self.counted, self.counted + delay, arrival)
        for number in range(int(self._constant(f"ordered{suffix}"))):
            self._receive(f"second{suffix}_{number}", arrival)

    def _order(self, event: ScenarioEvent, name: str) -> None:
        self._build(decimal_year(event.on), int(event.amount("count")), f"order_{name}")

    def _build(self, placed: float, count: int, name: str, earliest: float = 0.0) -> None:
        """Give an order's vessels to the yards, one after the other, not before `earliest`."""
        lead = self.context.drawn("security_vessel_lead")
        build = self.context.drawn("security_vessel_build")
        ready = np.maximum(placed + lead, earliest)
        for vessel in range(count):
            self.slots, delivery = take_slot(self.slots, ready, build)
            self._receive(f"{name}_{vessel}", delivery)

    def _receive(self, name: str, delivery: FloatArray) -> None:
        score = self.context.streams.normal(f"security_vessel.{name}.life")
        life = self.life if name.startswith("used_") else self.new_life
        retirement = delivery + life * np.exp(self.life_spread * score)
        self.deliveries.append(delivery)
        self.retirements.append(np.maximum(retirement, self.counted))

    def _in_service(self, time: float) -> FloatArray:
        if not self.deliveries:
            return np.zeros(self.context.streams.size)
        if self.spans.shape[1] < len(self.deliveries):
            self.spans = np.stack([self.deliveries, self.retirements])
        delivery, retirement = self.spans
        return count_of_rows((delivery < time) & (retirement >= time))


def take_slot(
    slots: FloatArray, ready: FloatArray, build: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give one vessel to the earliest free slot.

    Parameters
    ----------
    slots : FloatArray
        (slot, draw) dates at which each slot is free.
    ready : FloatArray
        (draw,) earliest date at which building can begin.
    build : FloatArray
        (draw,) years of building.

    Returns
    -------
    slots, delivery : the dates after it, and the date of delivery, (draw,).
    """
    chosen = slots.argmin(axis=0)
    columns = np.arange(slots.shape[1])
    delivery = np.maximum(slots[chosen, columns], ready) + build
    after = slots.copy()
    after[chosen, columns] = delivery
    return after, delivery


class Assistance(Sector):
    """Official Security Assistance to Vietnam by fiscal year; every number is assumed."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "security_osa_grants",
            "a scenario input: wait for a first grant, chance and size of later ones, a ceiling",
            priors=(
                "security_osa_hazard",
                "security_osa_chance",
                "security_osa_size",
                "security_osa_size_spread",
                "security_osa_ceiling",
            ),
            set_by=("security_osa_budget", "osa_grant"),
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

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the grants of the fiscal year."""
        del values
        return {"security_osa_grants": self._grants(year)}

    def _grants(self, year: int) -> FloatArray:
        """Return the grants of a fiscal year, (draw,), in JPY bn."""
        size = self.context.streams.size
        if year < OSA_FIRST_FISCAL_YEAR:
            return np.zeros(size)
        streams, controls = self.context.streams, self.context.controls
        ceiling = controls.steer("security_osa_budget", year, self.ceiling)
        growth = ceiling / self.ceiling  # a larger programme makes larger grants
        starts = (self.first >= year + 0.25) & (self.first < year + 1.25)
        given = [e for e in controls.of_type("osa_grant") if e.amount("amount") > 0.0]
        begun = (self.first < year + 0.25) | any(fiscal_year(e.on) < year for e in given)
        later = begun & (streams.uniform("security_osa.grant", year) < self.chance)
        amount = self.size * np.exp(self.size_spread * streams.normal("security_osa.size", year))
        grants = np.where(starts | later, amount * growth, 0.0)
        stated = sum(e.amount("amount") for e in given if fiscal_year(e.on) == year)
        return stated + np.minimum(grants, np.maximum(ceiling - stated, 0.0))
