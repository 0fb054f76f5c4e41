"""Security: exchanges and ship visits as counts, patrol vessels delivered by Japan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.laws import CountState, Setting

FloatArray = NDArray[np.float64]

COUNTS = ("security_exchanges", "security_ship_visits")


class Security(Sector):
    """The vessels on order arrive at the planned date plus a delay of the draw, all at once."""

    outputs: ClassVar[tuple[str, ...]] = ("security_vessels", *COUNTS)

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.counts = [CountState(setting, n) for n in COUNTS if setting.has(f"{n}.rate")]
        self.vessels = None
        self.delivery: FloatArray | None = None
        self.ordered = np.zeros(setting.luck.size)
        if setting.has("security_vessels.level"):
            self.vessels = setting.value("security_vessels.level")

    def processes(self) -> Iterator[tuple[date, Any]]:
        """Set the delivery date of each draw on the planned day."""
        if self.setting.has("security_vessels.ordered", "security_vessels.planned_year"):
            planned = int(self.setting.value("security_vessels.planned_year")[0])
            if planned >= self.setting.first_year:
                yield date(planned, 1, 1), lambda: self._plan(planned)

    def _plan(self, planned: int) -> None:
        self.delivery = planned + self.setting.drawn("security_vessel_delay")
        self.ordered = self.setting.value("security_vessels.ordered")

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's counts and the vessels delivered by its end."""
        del values
        result = {state.name: state.step(year) for state in self.counts}
        if self.vessels is not None:
            arrived = 0.0 if self.delivery is None else (self.delivery < year + 1.0)
            result["security_vessels"] = self.vessels + self.ordered * arrived
        return result
