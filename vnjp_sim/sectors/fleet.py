r"""Patrol vessels: series ship by ship through the same yards, service, retirement.

Every series, those on order in the documents as well as a scenario's orders, goes through the slots
of the same yards. With S slots kept as a (slot, draw) array of free dates, the next vessel takes
the earliest, which is exact for first come, first served; the vessels of a series are begun one
after the other, a time b / S apart with b the time in a slot, so that they arrive one by one.

A new vessel is built after a lead time for agreement, tender and design. The first vessel of what
is on order arrives at its planned date plus a delay of the draw; where the figures show that it has
not come by then, the delay begins anew at their date. What has no planned date waits for the lead
time. Used vessels are made ready in a slot from the order on. An order on a loan is placed when the
loan is agreed, see :mod:`freezes`. An order on Official Security Assistance is begun vessel by
vessel, after the fiscal year in which grants pay it, see :mod:`assistance`. Vessels retire after a
service life of their own, not before the date to which the figures count them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.assistance import END_OF_FISCAL_YEAR
from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.freezes import FREEZE, LENGTH, SPREAD, STOPS, Freezes
from vnjp_sim.sectors.identities import count_of_rows, decimal_year
from vnjp_sim.sectors.vessel_orders import LOAN, OSA, USED
from vnjp_sim.sectors.vessels import (
    DELIVERED,
    PROMISED,
    SUFFIXES,
    USED_SERIES_COUNTED,
    USED_SERIES_RECEIVED,
    VESSELS,
)

FloatArray = NDArray[np.float64]

YARD_SLOTS = 3
"""So that six new vessels take about two years, as the ten of the Philippine coast guard took two
from the first of 2016 (press, not verified), and the used ones of 2015 came in about a year."""


class Fleet(Sector):
    """Patrol vessels in service at the end of a year."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "security_vessels",
            "vessels received, those on order after a delay, orders as yards allow, less retired",
            ("security_osa_vessels",),
            priors=(
                "security_vessel_delay",
                "security_vessel_lead",
                "security_vessel_build",
                "security_vessel_refit",
                "security_vessel_life",
                "security_new_vessel_life",
                "security_vessel_life_spread",
                LENGTH,
                SPREAD,
            ),
            levels=(VESSELS, PROMISED, DELIVERED),
            needs=("security_vessels.level",),
            moved_by=("vessel_order", FREEZE, STOPS),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.deliveries: list[FloatArray] = []
        self.retirements: list[FloatArray] = []
        self.spans = np.empty((2, 0, context.streams.size))
        self.slots = np.zeros((YARD_SLOTS, context.streams.size))
        self.lead = context.drawn("security_vessel_lead")
        self.build = context.drawn("security_vessel_build")
        self.refit = context.drawn("security_vessel_refit")
        self.used_life = context.drawn("security_vessel_life")
        self.new_life = context.drawn("security_new_vessel_life")
        self.life_spread = context.drawn("security_vessel_life_spread")
        self.counted = self._constant("counted", USED_SERIES_COUNTED)
        self.unpaid: list[tuple[ScenarioEvent, str]] = []
        self.paid = np.zeros(context.streams.size)
        if context.has("security_vessels.level"):
            self._begin()

    def processes(self) -> Iterator[tuple[date, Any]]:
        """Yield the scenario's orders; those on grants wait for what these pay."""
        same: Counter[date] = Counter()
        for event in self.context.controls.of_type("vessel_order"):
            same[event.on] += 1
            name = f"order_{event.on}_{same[event.on]}"
            if event.choice("purse") == OSA:
                self.unpaid += [(event, f"{name}_{i}") for i in range(int(event.amount("count")))]
            else:
                yield event.on, lambda e=event, n=name: self._order(e, n)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the vessels in service at the end of `year`."""
        if not self.context.has("security_vessels.level"):
            return {}
        if self.unpaid:
            self._begin_paid(year, values["security_osa_vessels"])
        return {"security_vessels": self._in_service(year + 1.0)}

    def _constant(self, name: str, otherwise: float = 0.0) -> float:
        """Return what the calibration holds of the vessels, a number for all draws."""
        whole = f"security_vessels.{name}"
        return float(self.context.value(whole)[0]) if self.context.has(whole) else otherwise

    def _begin(self) -> None:
        """Take over the vessels in service, and what is on order."""
        ones = np.ones(self.context.streams.size)
        for number in range(int(self._constant("level"))):
            self._receive(f"used_{number}", USED_SERIES_RECEIVED * ones, self.used_life)
        for suffix in SUFFIXES:
            for number in range(int(self._constant(f"later{suffix}"))):
                came = self._constant(f"later_time{suffix}") * ones
                self._receive(f"later{suffix}_{number}", came, self.new_life)
            ordered = int(self._constant(f"ordered{suffix}"))
            planned = int(self._constant(f"planned_year{suffix}"))
            if ordered and planned:
                ready = self._planned(planned) - self.build
                self._series(f"second{suffix}", ordered, ready, self.build, self.new_life)
            elif ordered:
                placed = self._constant(f"promised_time{suffix}")
                ready = np.maximum(placed + self.lead, self.counted)
                self._series(f"promised{suffix}", ordered, ready, self.build, self.new_life)

    def _planned(self, planned: int) -> FloatArray:
        """Return when the first vessel of a series arrives that is planned for a year, (draw,)."""
        delay = self.context.drawn("security_vessel_delay")
        arrival = planned + delay
        return np.where(arrival < self.counted, self.counted + delay, arrival)

    def _order(self, event: ScenarioEvent, name: str) -> None:
        placed: FloatArray | float = decimal_year(event.on)
        if event.choice("purse") == LOAN:
            placed = Freezes(self.context).agreed(event.on)
        ready, time, life = self._work(event, placed)
        self._series(name, int(event.amount("count")), ready, time, life)

    def _work(
        self, order: ScenarioEvent, placed: FloatArray | float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return when work on an order may begin, its time in a slot, and the life, (draw,)."""
        if order.choice("series") == USED:
            return placed + np.zeros_like(self.refit), self.refit, self.used_life
        return placed + self.lead, self.build, self.new_life

    def _series(
        self, name: str, count: int, ready: FloatArray, time: FloatArray, life: FloatArray
    ) -> None:
        """Give a series to the yards, its vessels one after the other."""
        for vessel in range(count):
            turn = ready + vessel * time / YARD_SLOTS
            self.slots, delivery = take_slot(self.slots, turn, time)
            self._receive(f"{name}_{vessel}", delivery, life)

    def _begin_paid(self, year: int, paid: FloatArray) -> None:
        """Begin the vessels that grants pay in a fiscal year: not the same ones in each draw."""
        before, self.paid = self.paid, self.paid + paid
        for number, (event, name) in enumerate(self.unpaid):
            begins = (before <= number) & (number < self.paid)
            if not begins.any():
                continue
            ready, time, life = self._work(event, year + END_OF_FISCAL_YEAR)
            turn = ready + (number - before) * time / YARD_SLOTS
            after, delivery = take_slot(self.slots, turn, time)
            self.slots = np.where(begins, after, self.slots)
            self._receive(name, np.where(begins, delivery, np.inf), life)

    def _receive(self, name: str, delivery: FloatArray, life: FloatArray) -> None:
        score = self.context.streams.normal(f"security_vessel.{name}.life")
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
