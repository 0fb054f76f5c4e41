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

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.laws import Setting

FloatArray = NDArray[np.float64]


class Energy(Sector):
    """Projects started and completed, what has been spent on them, and Japan's part of it."""

    outputs: ClassVar[tuple[str, ...]] = (
        "energy_projects_started",
        "energy_projects_completed",
        "energy_investment",
        "energy_japanese_finance",
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.known = setting.has("energy_list.agreed")
        if not self.known:
            return
        count = round(float(setting.drawn("energy_projects")[0]))
        hazard = setting.drawn("energy_start_hazard")
        self.worth = setting.drawn("energy_list_value")
        agreed = float(setting.value("energy_list.agreed")[0])
        waits = [
            -np.log1p(-setting.luck.uniform(f"energy_project_{index:02d}.start")) / hazard
            for index in range(count)
        ]
        self.start = agreed + np.stack(waits)  # (project, draw), decimal years
        building = setting.drawn("energy_building_time")
        spread = setting.drawn("energy_building_spread")
        scores = [
            setting.luck.normal(f"energy_project_{index:02d}.building") for index in range(count)
        ]
        self.building = building * np.exp(spread * np.stack(scores))
        self.japanese = setting.drawn("energy_japanese_share")

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the state of the list at the end of `year`."""
        del values
        if not self.known:
            return {}
        progress = np.clip((year + 1.0 - self.start) / self.building, 0.0, 1.0)
        spent = self.worth * progress.mean(axis=0)
        return {
            "energy_projects_started": (progress > 0.0).sum(axis=0).astype(np.float64),
            "energy_projects_completed": (progress >= 1.0).sum(axis=0).astype(np.float64),
            "energy_investment": spent,
            "energy_japanese_finance": self.japanese * spent,
        }
