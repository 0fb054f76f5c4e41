r"""Energy: the agreed list of projects, each from list to start to completion, and who pays.

A project starts after an exponential wait from the day of the list: when its cumulative hazard
reaches the score −log(1 − u) of its own. It is completed a building time later. Every project of a
list has the same share of its worth, which is spent evenly while it is built. Japan bears the share
σ of the worth W of what has started, and what it approves beyond that, A, but never more than all,

.. math:: C_t = \min(W_t, σ W_t + A_t),

and what it has paid is likewise bound by what has been spent. Of what Japan commits in a year,
C_t − C_{t−1}, a part are yen loans, and a part of the rest is registered as direct investment.
Calibrated totals of aid, investment and imports hold these already: links add only what departs
from the baseline. Counts at the end of a year, USD bn cumulative or of the year, yen loans JPY bn
at the rate of the central course.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.central_course import RATE
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.identities import count_of_rows, decimal_year, sum_of_rows

FloatArray = NDArray[np.float64]


LISTED_PROJECTS = "energy_projects_listed"
STARTED, COMPLETED = "energy_projects_started", "energy_projects_completed"
SPENT, JAPANESE = "energy_investment", "energy_japanese_finance"
SPENDING, REGISTERED, LENT = (
    "energy_japanese_spending",
    "energy_registered_investment",
    "energy_yen_loans",
)
BUILDING = ("energy_building_time", "energy_building_spread")
SHARE, LENT_SHARE = "energy_japanese_share", "energy_yen_loan_share"
START, APPROVAL, EXTENSION = "energy_project_start", "energy_finance", "energy_list_extension"
STARTS = "energy_starts"


class Energy(Sector):
    """Projects started and completed, what has been spent on them, and Japan's part of it."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            STARTED,
            "each listed project starts after a wait of its own",
            priors=("energy_projects", "energy_start_hazard"),
            levels=(LISTED_PROJECTS,),
            needs=("energy_list.agreed",),
            moved_by=(START, STARTS, EXTENSION),
        ),
        Output(
            COMPLETED,
            "each started project is completed after its building time",
            (STARTED,),
            priors=BUILDING,
        ),
        Output(
            SPENT,
            "the worth of the projects, spent evenly while they are built",
            (STARTED,),
            priors=(*BUILDING, "energy_list_value"),
        ),
        Output(
            JAPANESE,
            "Japan's share of the spending, and what it approves beyond, within the spending",
            (SPENT,),
            priors=(SHARE,),
            moved_by=(APPROVAL,),
        ),
        Output(
            SPENDING,
            "what the finance from Japan grows by in the year, but for yen loans",
            (JAPANESE,),
            priors=(LENT_SHARE,),
        ),
        Output(
            REGISTERED,
            "a part of the finance, but for yen loans, of what starts or is approved in the year",
            (STARTED,),
            priors=("energy_list_value", SHARE, LENT_SHARE, "energy_registered_share"),
            moved_by=(APPROVAL,),
        ),
        Output(
            LENT,
            "a part of the finance of what starts or is approved in the year",
            (STARTED,),
            priors=("energy_list_value", SHARE, LENT_SHARE),
            needs=(f"{RATE}.path",),
            moved_by=(APPROVAL,),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.known = context.has("energy_list.agreed")
        self.states: dict[int, ListState] = {}
        if not self.known:
            return
        self.hazard = context.drawn("energy_start_hazard")
        self.building = context.drawn(BUILDING[0])
        self.approvals = context.controls.of_type(APPROVAL)
        self.japanese, self.lent = context.drawn(SHARE), context.drawn(LENT_SHARE)
        self.registered = context.drawn("energy_registered_share")
        self._list_projects()

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the state of the list at the end of `year`, and what Japan pays in it."""
        del values
        if not self.known:
            return {}
        before = self.states.get(year - 1) or self._state(year - 1)
        state = self._state(year)
        self.states = {year: state}
        committed = state.committed - before.committed
        result = {
            STARTED: state.started,
            COMPLETED: state.completed,
            SPENT: state.spent,
            JAPANESE: state.paid,
            SPENDING: (1.0 - self.lent) * (state.paid - before.paid),
            REGISTERED: self.registered * (1.0 - self.lent) * committed,
        }
        if f"{RATE}.path" in self.held:
            result[LENT] = self.lent * committed * self.context.course.value(RATE, year)
        return result

    def _list_projects(self) -> None:
        """Set up every project: (project, draw) dates of start and speeds; and the lists."""
        context = self.context
        agreed = float(context.value("energy_list.agreed")[0])
        count = round(float(context.drawn("energy_projects")[0]))
        names = [f"energy_project_{index:02d}" for index in range(count)]
        listed = [agreed] * count
        self.lists: list[tuple[slice, FloatArray]] = [
            (slice(count), context.drawn("energy_list_value") / count)
        ]
        self.extensions: list[tuple[slice, ScenarioEvent]] = []
        for event in context.controls.of_type(EXTENSION):
            more = round(event.amount("count"))
            self.extensions.append((slice(len(names), len(names) + more), event))
            names += [f"energy_project_{event.on}_{index:02d}" for index in range(more)]
            listed += [decimal_year(event.on)] * more
        uniform = np.stack([context.streams.uniform(f"{name}.start") for name in names])
        scores = np.stack([context.streams.normal(f"{name}.building") for name in names])
        dates = np.array(listed)[:, None]
        self.start = brought_forward(
            self._waited(dates, -np.log1p(-uniform)), dates, context.controls.of_type(START)
        )
        self.speed = 1.0 / (self.building * np.exp(context.drawn(BUILDING[1]) * scores))

    def _waited(self, listed: FloatArray, scores: FloatArray) -> FloatArray:
        """Return when projects start, (project, draw), given their dates and scores."""
        years = range(int(listed.min()), self.context.block.last_year + 1)
        steered = [self.context.controls.steer(STARTS, year, self.hazard) for year in years]
        if all(np.array_equal(hazard, self.hazard) for hazard in steered):
            return listed + scores / self.hazard
        start = np.full_like(scores, np.inf)
        passed = np.zeros_like(scores)  # hazard, cumulative
        for year, hazard in zip(years, steered, strict=True):
            begin = np.clip(listed, year, year + 1.0)
            after = passed + hazard * (year + 1.0 - begin)
            here = (scores >= passed) & (scores < after)
            reached = begin + (scores - passed) / np.where(hazard > 0.0, hazard, 1.0)
            start = np.where(here, reached, start)
            passed = after
        return start

    def _state(self, year: int) -> ListState:
        """Return the state of all projects at the end of a year."""
        progress = year + 1.0 - self.start  # (project, draw), as the next; at 1 it is built
        progress *= self.speed
        begun = progress > 0.0
        completed = count_of_rows(progress >= 1.0)
        np.clip(progress, 0.0, 1.0, out=progress)
        count, spent, started = np.zeros((3, completed.size))
        for projects, worth in self.worth(year):
            spent += worth * sum_of_rows(progress[projects], np.empty(spent.size))
            here = count_of_rows(begun[projects])
            started += worth * here
            count += here
        paid = self.japanese * spent
        approved: FloatArray | float = 0.0
        for event in self.approvals:
            if event.on.year <= year:
                part = (year + 1.0 - decimal_year(event.on)) / self.building
                amount = self.context.controls.money(event, "amount", event.on.year)
                paid = paid + amount * np.clip(part, 0.0, 1.0)
                approved = approved + amount
        committed = np.minimum(self.japanese * started + approved, started)
        return ListState(count, completed, spent, np.minimum(paid, spent), committed)

    def worth(self, year: int) -> Iterator[tuple[slice, FloatArray | float]]:
        """Yield the projects that are listed by a year, with the worth of each, USD bn."""
        yield from self.lists
        for projects, event in self.extensions:
            if event.on.year <= year:
                value = self.context.controls.money(event, "value", event.on.year)
                yield projects, value / (projects.stop - projects.start)


class ListState(NamedTuple):
    """The list at the end of a year, (draw,) each: counts of projects, then USD bn cumulative.

    `paid` is what has come from Japan of what was `spent`, `committed` what Japan is to pay for
    the projects that have started.
    """

    started: FloatArray
    completed: FloatArray
    spent: FloatArray
    paid: FloatArray
    committed: FloatArray


def brought_forward(
    start: FloatArray, listed: FloatArray, events: Iterable[ScenarioEvent]
) -> FloatArray:
    """Return when projects start, (project, draw), after events by which the next ones start.

    Each event takes of the listed projects that wait on its date those that would come next.
    """
    for event in events:
        day = decimal_year(event.on)
        waiting = (start > day) & (listed <= day)
        order = np.argsort(np.where(waiting, start, np.inf), axis=0, kind="stable")
        rank = np.argsort(order, axis=0, kind="stable")
        start = np.where(waiting & (rank < event.amount("count")), day, start)
    return start
