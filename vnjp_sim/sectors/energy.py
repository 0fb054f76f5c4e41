"""Energy: the agreed list of projects, each from list to start to completion.

A project starts after an exponential wait from the day of the list and is completed a building time
later. Every project has the same share of the list's worth, which is spent evenly while it is
built; a part of the spending is financed from Japan. Counts at the end of a year, USD bn
cumulative.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.identities import count_of_rows, sum_of_rows

FloatArray = NDArray[np.float64]


LISTED_PROJECTS = "energy_projects_listed"
BUILDING = ("energy_building_time", "energy_building_spread")


class Energy(Sector):
    """Projects started and completed, what has been spent on them, and Japan's part of it."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "energy_projects_started",
            "each listed project starts after a wait of its own",
            priors=("energy_projects", "energy_start_hazard"),
            levels=(LISTED_PROJECTS,),
            needs=("energy_list.agreed",),
        ),
        Output(
            "energy_projects_completed",
            "each started project is completed after its building time",
            ("energy_projects_started",),
            priors=BUILDING,
        ),
        Output(
            "energy_investment",
            "the worth of the projects, spent evenly while they are built",
            ("energy_projects_started",),
            priors=(*BUILDING, "energy_list_value"),
        ),
        Output(
            "energy_japanese_finance",
            "the part of the spending that comes from Japan",
            ("energy_investment",),
            priors=("energy_japanese_share",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.known = context.has("energy_list.agreed")
        if not self.known:
            return
        count = round(float(context.drawn("energy_projects")[0]))
        hazard = context.drawn("energy_start_hazard")
        self.worth = context.drawn("energy_list_value")
        agreed = float(context.value("energy_list.agreed")[0])
        building = context.drawn("energy_building_time")
        spread = context.drawn("energy_building_spread")
        names = [f"energy_project_{index:02d}" for index in range(count)]
        uniform = np.stack([context.streams.uniform(f"{name}.start") for name in names])
        scores = np.stack([context.streams.normal(f"{name}.building") for name in names])
        self.start = agreed - np.log1p(-uniform) / hazard
        self.speed = 1.0 / (building * np.exp(spread * scores))
        self.japanese = context.drawn("energy_japanese_share")

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the state of the list at the end of `year`."""
        del values
        if not self.known:
            return {}
        progress = year + 1.0 - self.start  # (project, draw), as the next
        progress *= self.speed
        started = count_of_rows(progress > 0.0)
        completed = count_of_rows(progress >= 1.0)
        np.clip(progress, 0.0, 1.0, out=progress)
        spent = sum_of_rows(progress, np.empty(started.size))
        spent *= self.worth / len(progress)
        return {
            "energy_projects_started": started,
            "energy_projects_completed": completed,
            "energy_investment": spent,
            "energy_japanese_finance": self.japanese * spent,
        }
