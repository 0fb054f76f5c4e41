r"""Labour: Vietnamese workers of three statuses in Japan, as stocks that flows make.

The calibrated laws give the course of each stock S without a scenario. With the exit rate x of the
status, that course takes entries

.. math:: N_t = S_t - (1 - x) S_{t-1},

and exits beyond x where N would be negative. A share of new skilled workers were trainees (more
from 2027 on, under Employment for Skill Development), as far as trainees leave; the other new
skilled workers, all new trainees and a part of new engineers come from abroad.

A scenario moves the entries from abroad, by its levers and by links; stocks follow from entries,
conversions and exits, so that people are conserved: for all workers S_t = S_{t-1} + entries −
returns. If all workers together would pass Japan's demand, entries from abroad are cut in
proportion. The workers of a year, on average, remit a yen amount, so that dollars fall as the yen
does. Persons; USD bn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks
from vnjp_sim.sectors.identities import decimal_year

FloatArray = NDArray[np.float64]

WORKERS = ("labour_trainees", "labour_skilled", "labour_engineers")
LEVERS = dict(
    zip(
        WORKERS,
        ("labour_trainee_intake", "labour_skilled_intake", "labour_engineer_intake"),
        strict=True,
    )
)
SKILL_DEVELOPMENT_YEAR = 2027
RATE_YEAR = 2024
BILLION = 1e9


INTAKE, STOCK, FOREIGN_SHARE = "labour_intake", "labour_stock", "labour_foreign_share"
EXITS = {name: name.replace("labour_", "labour_exit_") for name in WORKERS}
CONVERTED, FROM_ABROAD = "labour_conversion", "labour_engineers_abroad"
COUNTED = "labour_counted_share"
FLOWS = (*EXITS.values(), CONVERTED, FROM_ABROAD)
"""Priors of exits and entries that figures bear on."""


def _of_workers(
    name: str, text: str = "", learnt: tuple[str, ...] = (), set_by: tuple[str, ...] = ()
) -> Output:
    """Return what all flows and stocks of workers follow from, since all share Japan's demand."""
    movers = (*LEVERS.values(), "demand_shock", "labour_agreement", "labour_cap")
    return Output(
        name,
        text,
        laws=WORKERS,
        learnt=(*FLOWS, *learnt),
        priors=("labour_conversion_later", "labour_demand_ceiling"),
        responses=("labour_intake",),
        set_by=set_by,
        moved_by=tuple(mover for mover in movers if mover not in set_by),
    )


class Labour(Sector):
    """Entries, conversions, exits and stocks of workers by status."""

    laws: ClassVar[tuple[Law, ...]] = tuple(Law(name, group="residents") for name in WORKERS)
    gives: ClassVar[tuple[Output, ...]] = (
        _of_workers(
            INTAKE,
            "entries from abroad that the projected stocks imply, times the share that is counted",
            learnt=(COUNTED,),
            set_by=(*LEVERS.values(), "demand_shock", "labour_agreement"),
        ),
        *(_of_workers(name) for name in WORKERS),
        Output(
            "labour_stock",
            "the sum of workers by status",
            WORKERS,
            is_sum=True,
            set_by=("labour_cap",),
        ),
        _of_workers("labour_entries", "entries that the projected stocks imply"),
        _of_workers("labour_conversions", "the part of new skilled workers who were trainees"),
        _of_workers("labour_returns", "workers who leave at the exit rates"),
        Output(
            "labour_remittances",
            "a yen amount per worker, in dollars at the year's rate",
            ("labour_stock", "macro_jpy_per_usd"),
            priors=("labour_remittance",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        known = self.is_calibrated(*WORKERS)
        self.states = {n: self.state(n) for n in WORKERS} if known else {}
        if not known:
            return
        self.exit_rate = {n: context.value(rate) for n, rate in EXITS.items()}
        self.conversion = context.value("labour_conversion")
        self.conversion_later = context.drawn("labour_conversion_later")
        self.abroad = context.value("labour_engineers_abroad")
        self.counted = context.value("labour_counted_share")
        self.ceiling = context.drawn("labour_demand_ceiling")
        self.sent = context.drawn("labour_remittance") / BILLION
        self.course = {n: law.step(context.first_year - 1) for n, law in self.states.items()}
        self.stock = self.course
        self.total = total_of(self.stock)
        rate = context.history("macro_jpy_per_usd", min(RATE_YEAR, context.last_history))
        self.sent_in_yen = None if rate is None else self.sent * np.exp(rate)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's flows and the workers at its end."""
        if not self.states:
            return {}
        course = {name: law.step(year) for name, law in self.states.items()}
        flows = self._flows(self.course, course, year)
        if year > self.context.last_history:
            flows, self.stock = self._moved(year, flows)
        else:
            self.stock = course
        self.course = course
        before_total, self.total = self.total, total_of(self.stock)
        abroad = flows.all_abroad
        mean = 0.5 * (self.total + before_total)
        return dict(self.stock) | {
            "labour_stock": self.total,
            "labour_intake": self.counted * abroad,
            "labour_entries": abroad + flows.from_schools,
            "labour_conversions": flows.conversions,
            "labour_returns": flows.returns,
            "labour_remittances": self._remittances(mean, values["macro_jpy_per_usd"]),
        }

    def _flows(self, before: Values, after: Values, year: int) -> Flows:
        share = self.conversion if year < SKILL_DEVELOPMENT_YEAR else self.conversion_later
        return flows_of_course(before, after, self.exit_rate, share, self.abroad)

    def _moved(self, year: int, course: Flows) -> tuple[Flows, dict[str, FloatArray]]:
        """Return the flows of the year as the scenario has them, and the stocks that they make.

        What leaves or converts keeps its part of the stock.
        """
        parts = [self.stock[name] / self.course[name] for name in WORKERS]
        leaving = [part * gone for part, gone in zip(parts, course.leaving, strict=True)]
        conversions = parts[0] * course.conversions
        kept = [self.stock[name] - gone for name, gone in zip(WORKERS, leaving, strict=True)]
        kept[1] += conversions
        kept[2] += course.from_schools
        abroad = [self._steered(n, year, course.abroad[i]) for i, n in enumerate(WORKERS)]
        room = self._ceiling(year) - in_order(kept)
        fits = fitting_part(room, in_order(abroad))
        abroad = [fits * entering for entering in abroad]
        stock = {n: kept[i] + abroad[i] for i, n in enumerate(WORKERS)}
        return Flows(abroad, leaving, conversions, course.from_schools), stock

    def _steered(self, name: str, year: int, entries: FloatArray) -> FloatArray:
        controls = self.context.controls
        linked = controls.act("labour_intake", year, entries)
        moved = controls.steer(LEVERS[name], year, linked)
        opened = 1.0
        for event in controls.of_type("labour_agreement"):
            part = phased_in(year - decimal_year(event.on), event.amount("phase_in"))
            opened *= 1.0 + event.amount("percent") / 100.0 * part
        share = opened * share_after_demand_shocks(controls.of_type("demand_shock"), "intake", year)
        return moved if share == 1.0 else moved * share

    def _ceiling(self, year: int) -> FloatArray:
        """Return the most workers that Japan takes in a year, (draw,)."""
        ceiling = self.ceiling
        for event in self.context.controls.of_type("labour_cap"):
            if event.on.year <= year:
                ceiling = np.minimum(ceiling, event.amount("persons"))
        return ceiling

    def _remittances(self, workers: FloatArray, rate: FloatArray) -> FloatArray:
        """Return the dollars (bn), (draw,), that a year's mean number of workers sends."""
        return workers * (self.sent if self.sent_in_yen is None else self.sent_in_yen / rate)


def total_of(stock: Values) -> FloatArray:
    """Return the workers of all statuses, (draw,)."""
    return in_order([stock[name] for name in WORKERS])


def in_order(by_status: Sequence[FloatArray]) -> FloatArray:
    """Return the sum over the statuses, (draw,), added in their order."""
    return by_status[0] + by_status[1] + by_status[2]


@dataclass(frozen=True)
class Flows:
    """The flows of one year, lists by status in the order of :data:`WORKERS`.

    Attributes
    ----------
    abroad : list[FloatArray]
        Entries from abroad by status.
    leaving : list[FloatArray]
        Exits by status.
    conversions : FloatArray
        Trainees who become skilled workers.
    from_schools : FloatArray
        Engineers and specialists from schools in Japan.
    """

    abroad: list[FloatArray]
    leaving: list[FloatArray]
    conversions: FloatArray
    from_schools: FloatArray

    @property
    def all_abroad(self) -> FloatArray:
        """Entries from abroad of all statuses, (draw,)."""
        return in_order(self.abroad)

    @property
    def returns(self) -> FloatArray:
        """Workers who leave without converting, (draw,)."""
        return in_order(self.leaving) - self.conversions


def flows_of_course(
    before: Values,
    after: Values,
    exit_rate: Values,
    conversion: FloatArray,
    engineers_abroad: FloatArray,
) -> Flows:
    """Return the flows that take the stocks of one year's end to those of the next.

    Parameters
    ----------
    before, after : Values
        Stocks by status, (draw,).
    exit_rate : Values
        By status, a year.
    conversion : FloatArray
        Share of new skilled workers who were trainees.
    engineers_abroad : FloatArray
        Share of new engineers who come from abroad.
    """
    net = [after[n] - (1.0 - exit_rate[n]) * before[n] for n in WORKERS]
    entries = [np.maximum(value, 0.0) for value in net]
    usual = [exit_rate[name] * before[name] for name in WORKERS]
    conversions = np.minimum(conversion * entries[1], usual[0])
    abroad = [entries[0], entries[1] - conversions, engineers_abroad * entries[2]]
    leaving = [usual[index] + (entries[index] - net[index]) for index in range(len(WORKERS))]
    return Flows(abroad, leaving, conversions, entries[2] - abroad[2])


def phased_in(since: float, phase: float) -> float:
    """Return the average over a year of what rises evenly to one within `phase` years.

    The year begins `since` years after the rise does, before it where negative.
    """

    def until(time: float) -> float:
        rising = min(max(time, 0.0), phase)
        return (0.5 * rising**2 / phase if phase else 0.0) + max(time - phase, 0.0)

    return until(since + 1.0) - until(since)


def fitting_part(room: FloatArray, entering: FloatArray) -> FloatArray:
    """Return the part of the entries for which there is room, (draw,), in [0, 1]."""
    fits: FloatArray = np.maximum(room, 0.0) / np.maximum(entering, 1e-9)
    return np.minimum(fits, 1.0, out=fits)
