"""Japanese direct investment in Vietnam: net registered flow, projects, and what accumulates.

The flow follows its law; links, the lever and demand shocks act on the flow of the year alone, and
the stock accumulates what comes of it. New projects move with the flow in proportion, so that the
mean size of a new project stays that of the draw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks, share_after_tension
from vnjp_sim.sectors.laws import State

FloatArray = NDArray[np.float64]

MILLIONS_PER_BILLION = 1_000.0


class Investment(Sector):
    """The stock of a year is that of the year before plus the year's net flow; so are projects."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            "investment_flow",
            flow=True,
            stock="investment_stock",
            group="investment",
            carries=(("investment_flow", 1.0),),
        ),
        Law(
            "investment_projects_new",
            flow=True,
            stock="investment_projects",
            group="investment_projects",
            carries=(("investment_flow", 1.0),),
        ),
    )
    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "investment_flow",
            laws=("investment_flow",),
            responses=("investment_flow",),
            set_by=("investment_flow", "demand_shock", "maritime_tension"),
        ),
        Output(
            "investment_stock",
            "the last stock plus the flows since",
            ("investment_flow",),
            needs=("investment_stock.path",),
        ),
        Output(
            "investment_projects_new",
            laws=("investment_projects_new",),
            responses=("investment_flow",),
            moved_by=("investment_flow", "demand_shock", "maritime_tension"),
        ),
        Output(
            "investment_projects",
            "the last count plus the new ones since",
            ("investment_projects_new",),
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
        self.accounts = [
            Account(context, self.state(law.name), law.stock)
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

    def _steered(self, year: int, flow: FloatArray) -> FloatArray:
        """Return the flow of a year, or the projects that go with it, as the scenario has it."""
        controls = self.context.controls
        linked = controls.act("investment_flow", year, flow)
        moved = controls.steer("investment_flow", year, linked)
        tension = share_after_tension(controls.of_type("maritime_tension"), "investment", year)
        return moved * (tension * share_after_demand_shocks(controls.of_type("demand_shock"), year))


class Account:
    """A flow and the stock that it feeds."""

    def __init__(self, context: SectorContext, law: State, stock: str) -> None:
        self.context = context
        self.law = law
        self.stock = stock if context.has(f"{stock}.path") else ""
        self.level = context.last(stock) if self.stock else None

    def step(
        self, year: int, steered: Callable[[int, FloatArray], FloatArray]
    ) -> dict[str, FloatArray]:
        """Return the flow of `year` and the stock at its end, each (draw,).

        `steered` turns the law's flow of a year after history into that of the scenario.
        """
        flow = self.law.step(year)
        if year > self.context.last_history:
            flow = steered(year, flow)
        result = {self.law.name: flow}
        if self.level is None:
            return result
        known = self.context.history(self.stock, year)
        if known is not None:
            result[self.stock] = known
        elif year > self.context.last_history:
            self.level = self.level + flow
            result[self.stock] = self.level
        else:
            result[self.stock] = np.full_like(flow, np.nan)
        return result
