r"""Japanese direct investment in Vietnam: registered flow, projects, and what stands of them.

The registered flow F of a year is gross: new projects, added capital and share purchases. The stock
S of valid projects also loses those whose licences are withdrawn or run out, and is revised,

.. math:: S_t = S_{t-1} (1 - e + s \eta_t) + F_t,

with the same exit rate e and spread of revisions s for capital and for the number of projects, and
shocks η of their own. The flow follows its law; links, the lever and demand shocks act on the flow
of the year alone, and the stock accumulates what comes of it. New projects move with the flow in
proportion, so that the mean size of a new project stays that of the draw; what links add to the
flow in dollars is of few and large projects and leaves their number. Supply chains that move from
China add a stated amount a year to the flow while the shift lasts, in projects of their own mean
size; the stock keeps what came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import (
    share_after_demand_shocks,
    share_under_way,
    share_while_it_lasts,
    times,
)
from vnjp_sim.sectors.laws import State

FloatArray = NDArray[np.float64]

MILLIONS_PER_BILLION = 1_000.0
FLOW = "investment_flow"
MOVERS = (FLOW, "demand_shock", "maritime_tension", "supply_chain_shift")
SHIFTED_SIZE = "investment_shifted_project_size"
EXIT_RATE, REVISION_SPREAD = "investment_exit_rate", "investment_revision_spread"


class Investment(Sector):
    """The stock of a year is what is left of that of the year before, and the year's flow."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            "investment_flow",
            flow=True,
            stock="investment_stock",
            net_flow="investment_net_flow",
            exit_rate=EXIT_RATE,
            revision_spread=REVISION_SPREAD,
            group="investment",
            carries=(("investment_flow", 1.0),),
        ),
        Law(
            "investment_projects_new",
            flow=True,
            stock="investment_projects",
            exit_rate=EXIT_RATE,
            revision_spread=REVISION_SPREAD,
            group="investment",
            carries=(("investment_flow", 1.0),),
        ),
    )
    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "investment_flow",
            laws=("investment_flow",),
            responses=("investment_flow",),
            set_by=MOVERS,
        ),
        Output(
            "investment_stock",
            "the last stock and the flows since, less exits, revised",
            ("investment_flow",),
            learnt=(EXIT_RATE, REVISION_SPREAD),
            needs=("investment_stock.path",),
        ),
        Output(
            "investment_net_flow",
            "the change of the stock in the year",
            ("investment_stock",),
        ),
        Output(
            "investment_projects_new",
            laws=("investment_projects_new",),
            priors=(SHIFTED_SIZE,),
            scaled_by=("investment_flow",),
            moved_by=MOVERS,
        ),
        Output(
            "investment_projects",
            "the last count and the new ones since, less exits, revised",
            ("investment_projects_new",),
            learnt=(EXIT_RATE, REVISION_SPREAD),
            needs=("investment_projects.path",),
        ),
        Output(
            "investment_capital_per_project",
            "stock over projects",
            ("investment_stock", "investment_projects"),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.left: FloatArray | None = None  # the part of the year's flow that its lever leaves
        self.accounts = [
            Account(context, self.state(law.name), law)
            for law in self.laws
            if self.is_calibrated(law.name)
        ]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's flows, stocks and mean size of a project."""
        del values
        result: dict[str, FloatArray] = {}
        for account in self.accounts:
            result |= account.step(year, self._steered)
        if {"investment_stock", "investment_projects"} <= result.keys():
            stock, projects = result["investment_stock"], result["investment_projects"]
            result["investment_capital_per_project"] = MILLIONS_PER_BILLION * stock / projects
        return result

    def _steered(self, year: int, name: str, flow: FloatArray) -> FloatArray:
        """Return the flow of a year, or the projects that go with it, as the scenario has it.

        Supply chains that move add their amount to the flow, and projects of the usual size.
        """
        controls = self.context.controls
        linked = controls.act("investment_flow", year, flow, add=name == "investment_flow")
        moved = self._moved(year, name, linked)
        tension = share_while_it_lasts(controls.of_type("maritime_tension"), "investment", year)
        shocks = controls.of_type("demand_shock")
        left = times(moved, tension * share_after_demand_shocks(shocks, "investment", year))
        shifts = controls.of_type("supply_chain_shift")
        if not shifts:
            return left
        more = sum(
            controls.money(event, "amount", year) * share_under_way((event,), year)
            for event in shifts
        )
        if name == "investment_flow":
            return left + more
        return left + MILLIONS_PER_BILLION * more / self.context.drawn(SHIFTED_SIZE)

    def _moved(self, year: int, name: str, linked: FloatArray) -> FloatArray:
        """Return the flow of a year as its lever has it, or the projects in proportion to it."""
        controls = self.context.controls
        path = controls.levers.get(FLOW)
        if path is None or path.operation == "multiply":
            return controls.steer(FLOW, year, linked)
        if name == FLOW:
            self.left = controls.share(FLOW, year, linked)
        return linked if self.left is None else linked * self.left


class Account:
    """A flow and the stock that it feeds."""

    def __init__(self, context: SectorContext, state: State, law: Law) -> None:
        self.context = context
        self.state = state
        self.net_flow = law.net_flow
        self.stock = law.stock if context.has(f"{law.stock}.path") else ""
        if self.stock:
            self.level = context.last(self.stock)
            self.exit_rate = context.value(law.exit_rate)
            self.spread = context.value(law.revision_spread)

    def step(
        self, year: int, steered: Callable[[int, str, FloatArray], FloatArray]
    ) -> dict[str, FloatArray]:
        """Return the flow of `year`, and the stock at its end with its change, each (draw,).

        `steered` turns the law's flow of a year after history into that of the scenario.
        """
        flow = self.state.step(year)
        if year > self.context.last_history:
            flow = steered(year, self.state.name, flow)
        result = {self.state.name: flow}
        if not self.stock:
            return result
        if year > self.context.last_history:
            before = self.level
            shock = self.context.streams.normal(f"{self.stock}.revision", year)
            self.level = next_stock(before, flow, self.exit_rate, self.spread * shock)
            after = self.level
        else:
            before, after = (self._known(end) for end in (year - 1, year))
        result[self.stock] = after
        if self.net_flow:
            result[self.net_flow] = after - before
        return result

    def _known(self, year: int) -> FloatArray:
        """Return the stock at the end of a year of history, (draw,); NaN before it begins."""
        known = self.context.history(self.stock, year)
        return np.full(self.context.streams.size, np.nan) if known is None else known


def next_stock(
    before: FloatArray, flow: FloatArray, exit_rate: FloatArray, revision: FloatArray
) -> FloatArray:
    """Return a stock a year later, (draw,), in the unit of `before` and `flow`.

    Exits and revisions are shares of the stock `before`; the flow of the year has neither yet.
    """
    result: FloatArray = before * (1.0 - exit_rate + revision) + flow
    return result
