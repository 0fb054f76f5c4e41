r"""Labour: Vietnamese workers of three statuses in Japan, as stocks that flows make.

The calibrated laws give each stock S in history, and the entries that it implies. After history
entries have a law of their own, see :mod:`~vnjp_sim.sectors.entries`, and stocks follow from
entries, conversions and exits, see :mod:`~vnjp_sim.sectors.worker_flows`, so that people are
conserved: for all workers S_t = S_{t-1} + entries − returns. A share of those who leave the trainee
programme, a higher one of those who leave Employment for Skill Development, become skilled workers.
Engineers and specialists come from abroad, or are students in Japan who take up work: the same
share of the students who leave as at the end of history, but for the reverting departure of entries
of engineers. They are not counted as students then.

A scenario moves Japan's demand, Vietnam's supply, the entries wanted of a status, the share who
convert and the length of stay. A cap on the entries of a status acts after all that raises them; a
ceiling on its stock leaves entries the room that those who stay do not take. The workers of a year,
on average, remit a yen amount, which grows with wages in Japan; in dollars it falls as the yen
does. Persons; USD bn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks, times
from vnjp_sim.sectors.entries import PRIORS, REVERTING, Entries
from vnjp_sim.sectors.growth import MeanSteps
from vnjp_sim.sectors.identities import decimal_year
from vnjp_sim.sectors.laws import GrowthState
from vnjp_sim.sectors.students import EXIT, LEAVING, STUDENTS
from vnjp_sim.sectors.worker_flows import (
    ENGINEERS,
    HAND_OVER,
    SKILL_DEVELOPMENT,
    SKILLED,
    STATUSES,
    TRAINEES,
    WORKERS,
    flows_of_course,
    in_order,
    leaving_by_status,
    part_that_comes,
    part_under_skill_development,
    phased_in,
)

FloatArray = NDArray[np.float64]

LEVERS = {
    TRAINEES: "labour_trainee_intake",
    SKILLED: "labour_skilled_intake",
    ENGINEERS: "labour_engineer_intake",
}
ALL = "all"
CAPPED = {"trainee": TRAINEES, "skilled": SKILLED, "engineer": ENGINEERS}
"""The status that a ceiling is on, by the word of the event; trainees of either programme."""
DEMAND, SUPPLY = "labour_demand", "labour_supply"
CONVERSION, STAY = "labour_conversion_share", "labour_stay"
RATE_YEAR = 2024
BILLION = 1e9
LEAST_GROSS = 0.25
"""Entries at the end of history are at least this part of the exits, however fast a stock falls."""
MOST_GRADUATES = 0.9
"""At most this part of the students who leave take up work."""

INTAKE, STOCK, FOREIGN_SHARE = "labour_intake", "labour_stock", "labour_foreign_share"
EXITS = {name: name.replace("labour_", "labour_exit_") for name in WORKERS}
CONVERTED, FROM_ABROAD = "labour_conversion", "labour_engineers_abroad"
COUNTED = "labour_counted_share"
FLOWS = (*EXITS.values(), CONVERTED, FROM_ABROAD)
"""Priors of exits and entries that figures bear on."""


def _of_workers(
    name: str,
    text: str = "",
    learnt: tuple[str, ...] = (),
    later: tuple[str, ...] = ("labour_conversion_later",),
) -> Output:
    """Return what all flows and stocks of workers follow from, since all share the soft limits."""
    return Output(
        name,
        text,
        also=(LEAVING,),
        laws=WORKERS,
        learnt=(*FLOWS, *learnt),
        priors=(*PRIORS, "labour_demand_ceiling", EXIT, *later),
        responses=(INTAKE,),
        moved_by=(
            *LEVERS.values(),
            DEMAND,
            SUPPLY,
            CONVERSION,
            STAY,
            "demand_shock",
            "labour_agreement",
            "labour_cap",
        ),
    )


class Labour(Sector):
    """Entries, conversions, exits and stocks of workers by status."""

    laws: ClassVar[tuple[Law, ...]] = tuple(Law(name, group="residents") for name in WORKERS)
    gives: ClassVar[tuple[Output, ...]] = (
        _of_workers(
            INTAKE,
            "entries from abroad times the share that is counted as sent",
            learnt=(COUNTED,),
        ),
        _of_workers(
            TRAINEES, "trainees before, new ones until the programme ends, less exits", later=()
        ),
        replace(
            _of_workers(SKILL_DEVELOPMENT, "new trainees from the hand-over on, less exits"),
            begins=HAND_OVER.year,
        ),
        _of_workers(SKILLED, "skilled workers before, conversions and entries, less exits"),
        _of_workers(ENGINEERS, "engineers before, entries from abroad and schools, less exits"),
        Output(STOCK, "the sum of workers by status", STATUSES, is_sum=True),
        _of_workers("labour_entries", "entries from abroad and from schools in Japan"),
        Output(
            "labour_graduates",
            "a share of the students who leave, which moves as the entries of engineers do",
            also=(LEAVING,),
            laws=(ENGINEERS,),
            learnt=(EXITS[ENGINEERS], FROM_ABROAD),
            priors=(EXIT, *REVERTING),
            needs=(f"{TRAINEES}.path", f"{SKILLED}.path"),
        ),
        _of_workers("labour_conversions", "shares of those who leave the two trainee programmes"),
        _of_workers("labour_returns", "workers who leave at the exit rates, less conversions"),
        Output(
            "labour_remittances",
            "a yen amount per worker that grows with wages, in dollars at the year's rate",
            (STOCK, "macro_jpy_per_usd"),
            priors=("labour_remittance", "labour_remittance_growth"),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        known = self.is_calibrated(*WORKERS)
        self.states = {n: self.state(n) for n in WORKERS} if known else {}
        if not known:
            return
        self.exit_rate = {n: context.value(rate) for n, rate in EXITS.items()}
        self.conversion = context.value(CONVERTED)
        self.abroad = context.value(FROM_ABROAD)
        self.counted = context.value(COUNTED)
        self.ceiling = context.drawn("labour_demand_ceiling")
        self.sent = context.drawn("labour_remittance") / BILLION
        self.course = {n: law.step(context.first_year - 1) for n, law in self.states.items()}
        self.stock = self._with_successors(self.course)
        self.total = total_of(self.stock)
        self.sent_growth = context.drawn("labour_remittance_growth")
        self.sent_year = min(RATE_YEAR, context.last_history)
        rate = context.history("macro_jpy_per_usd", self.sent_year)
        self.sent_in_yen = None if rate is None else self.sent * np.exp(rate)
        self._begin_entries()

    def _begin_entries(self) -> None:
        """Take entries and conversions at the end of history from the calibrated stocks."""
        context = self.context
        last = {name: law.step(context.last_history) for name, law in self.states.items()}
        gross = {name: self._gross_rate(name) * last[name] for name in WORKERS}
        leaving = self.exit_rate[TRAINEES] * last[TRAINEES]
        converted = np.minimum(self.conversion * gross[SKILLED], leaving)
        self.converting = converted / leaving
        self.converting_later = context.drawn("labour_conversion_later")
        abroad = self.abroad * gross[ENGINEERS]
        coming = {TRAINEES: gross[TRAINEES], SKILLED: gross[SKILLED] - converted, ENGINEERS: abroad}
        self.entries = Entries(context, coming)
        self.graduates = gross[ENGINEERS] - abroad
        students = context.history(STUDENTS, context.last_history) if self._has_students else None
        self.taken: FloatArray | None = None
        if students is not None:
            self.taken = self.graduates / (context.drawn(EXIT) * np.exp(students))

    @property
    def _has_students(self) -> bool:
        return self.context.has(f"{STUDENTS}.path")

    def _gross_rate(self, name: str) -> FloatArray:
        """Return entries over the stock at the end of history, (draw,): exits and mean growth."""
        law, exits = self.states[name], self.exit_rate[name]
        assert isinstance(law, GrowthState)  # noqa: S101 - by the kind of the law
        growth = MeanSteps(law.parameters, law.elapsed, 1).next()
        return np.maximum(exits + growth, LEAST_GROSS * exits)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's flows and the workers at its end."""
        if not self.states:
            return {}
        ahead = year > self.context.last_history
        flows = self._projected(year, values) if ahead else self._known(year)
        before_total, self.total = self.total, total_of(self.stock)
        mean = 0.5 * (self.total + before_total)
        return dict(self.stock) | {
            STOCK: self.total,
            INTAKE: self.counted * flows.abroad,
            "labour_entries": flows.abroad + flows.graduates,
            "labour_graduates": flows.graduates,
            "labour_conversions": flows.conversions,
            "labour_returns": flows.leaving - flows.conversions,
            "labour_remittances": self._remittances(year, mean, values["macro_jpy_per_usd"]),
        }

    def _known(self, year: int) -> YearOfFlows:
        """Return the flows that the calibrated stocks imply, and take these stocks."""
        course = {name: law.step(year) for name, law in self.states.items()}
        flows = flows_of_course(self.course, course, self.exit_rate, self.conversion, self.abroad)
        self.course, self.stock = course, self._with_successors(course)
        return YearOfFlows(
            flows.all_abroad, flows.from_schools, flows.conversions, in_order(flows.leaving)
        )

    def _projected(self, year: int, values: Values) -> YearOfFlows:
        """Return the flows of a year after history, and let the stocks follow from them."""
        rates = self._exit_rates(year)
        usual = leaving_by_status(self.stock, self.exit_rate, year)
        leaving = usual if rates is self.exit_rate else leaving_by_status(self.stock, rates, year)
        conversions = np.minimum(
            self._conversions(year, usual), leaving[TRAINEES] + leaving[SKILL_DEVELOPMENT]
        )
        graduates = self._graduates(year, values)
        kept = {name: self.stock[name] - leaving[name] for name in STATUSES}
        kept[SKILLED] = kept[SKILLED] + conversions
        kept[ENGINEERS] = kept[ENGINEERS] + graduates
        abroad = self._abroad(year, kept)
        coming = in_order(list(abroad.values()))
        new = part_under_skill_development(year)
        abroad[SKILL_DEVELOPMENT] = new * abroad[TRAINEES]
        abroad[TRAINEES] = (1.0 - new) * abroad[TRAINEES]
        self.stock = {name: kept[name] + abroad[name] for name in STATUSES}
        return YearOfFlows(coming, graduates, conversions, total_of(leaving))

    def _exit_rates(self, year: int) -> Values:
        """Return the exit rates, as a scenario lengthens the stay."""
        factor = self.context.controls.exposure(STAY, year, self.context.streams.size)
        if factor is None:
            return self.exit_rate
        return {name: np.minimum(rate / factor, 1.0) for name, rate in self.exit_rate.items()}

    def _conversions(self, year: int, leaving: Values) -> FloatArray:
        """Return who becomes a skilled worker of those who leave after the usual stay, (draw,).

        Who goes home early, or stays in training for longer, does not finish it in the year.
        """
        steer = self.context.controls.steer
        shares = (self.converting, self.converting_later)
        old, new = (np.minimum(steer(CONVERSION, year, share), 1.0) for share in shares)
        return old * leaving[TRAINEES] + new * leaving[SKILL_DEVELOPMENT]

    def _graduates(self, year: int, values: Values) -> FloatArray:
        """Return students who take up work, more of them in years when firms recruit more."""
        climate = np.exp(self.entries.departure_of(ENGINEERS, year))
        if self.taken is None:
            return self.graduates * climate
        graduates: FloatArray = np.minimum(self.taken * climate, MOST_GRADUATES) * values[LEAVING]
        return graduates

    def _abroad(self, year: int, kept: Values) -> dict[str, FloatArray]:
        """Return entries from abroad by status of :data:`WORKERS`, within the soft limits.

        A ceiling on a status leaves room for what it lacks of it, once those who stay are `kept`.
        """
        wanted = {n: self._steered(n, year, x) for n, x in self.entries.wanted(year).items()}
        for name, ceiling in self._caps(year):
            staying = kept[name] + (kept[SKILL_DEVELOPMENT] if name == TRAINEES else 0.0)
            wanted[name] = np.minimum(wanted[name], np.maximum(ceiling - staying, 0.0))
        supply = self.context.controls.steer(SUPPLY, year, self.entries.supply(year))
        limits = (supply, self._ceiling(year) - total_of(kept))
        part = part_that_comes(in_order(list(wanted.values())), limits)
        return {name: part * entries for name, entries in wanted.items()}

    def _steered(self, name: str, year: int, entries: FloatArray) -> FloatArray:
        """Return the entries of a status that Japan wants; a cap on them acts last."""
        controls, lever = self.context.controls, LEVERS[name]
        wanted, caps = controls.act(INTAKE, year, entries), controls.caps(lever)
        if not caps:
            wanted = controls.steer(lever, year, wanted)
        moved = controls.steer(DEMAND, year, wanted)
        opened = 1.0
        for event in controls.of_type("labour_agreement"):
            part = phased_in(year - decimal_year(event.on), event.amount("phase_in"))
            opened *= 1.0 + event.amount("percent") / 100.0 * part
        share = opened * share_after_demand_shocks(controls.of_type("demand_shock"), "intake", year)
        wanted = times(moved, share)
        return controls.steer(lever, year, wanted) if caps else wanted

    def _ceiling(self, year: int) -> FloatArray:
        """Return the most workers that Japan takes in a year, (draw,)."""
        ceiling = self.ceiling
        for event in self.context.controls.of_type("labour_cap"):
            if event.on.year <= year and event.choice("status", ALL) == ALL:
                ceiling = np.minimum(ceiling, event.amount("persons"))
        return ceiling

    def _caps(self, year: int) -> Iterator[tuple[str, float]]:
        """Yield the ceilings on single statuses in a year."""
        for event in self.context.controls.of_type("labour_cap"):
            if event.on.year <= year and event.choice("status", ALL) != ALL:
                yield CAPPED[event.choice("status")], event.amount("persons")

    def _remittances(self, year: int, workers: FloatArray, rate: FloatArray) -> FloatArray:
        """Return the dollars (bn), (draw,), that a year's mean number of workers sends."""
        sent = self.sent if self.sent_in_yen is None else self.sent_in_yen / rate
        return workers * sent * np.exp(self.sent_growth * (year - self.sent_year))

    def _with_successors(self, course: Values) -> dict[str, FloatArray]:
        """Return stocks of history by status: none is under Employment for Skill Development."""
        return dict(course) | {SKILL_DEVELOPMENT: np.zeros(self.context.streams.size)}


@dataclass(frozen=True)
class YearOfFlows:
    """The flows of all workers in one year, each (draw,).

    Attributes
    ----------
    abroad, graduates : FloatArray
        Entries from abroad, and from schools in Japan.
    conversions : FloatArray
        Trainees of either programme who become skilled workers.
    leaving : FloatArray
        Exits of all statuses, conversions among them.
    """

    abroad: FloatArray
    graduates: FloatArray
    conversions: FloatArray
    leaving: FloatArray


def total_of(stock: Values) -> FloatArray:
    """Return the workers of all statuses, (draw,)."""
    return in_order([stock[name] for name in STATUSES])
