"""Energy: the agreed list of projects, each starting at a date of its own."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.laws import Setting

FloatArray = NDArray[np.float64]


class Energy(Sector):
    """Each project on the list starts after an exponential wait; equal shares of the list's worth.

    Investment is the worth of the projects started, not what has been spent.
    """

    outputs: ClassVar[tuple[str, ...]] = ("energy_projects_started", "energy_investment")

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

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the projects started by the end of `year` and their worth."""
        del values
        if not self.known:
            return {}
        started = (self.start < year + 1.0).sum(axis=0).astype(np.float64)
        return {
            "energy_projects_started": started,
            "energy_investment": self.worth * started / len(self.start),
        }
