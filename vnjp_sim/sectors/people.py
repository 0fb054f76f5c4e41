"""People: Vietnamese residents of Japan, students, learners, Japanese visitors and specialists.

Residents are workers, students and others: the identity holds in every draw. The network that
carries trade is residents less half of the trainees, who stay apart and go home.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.demand import share_after_demand_shocks
from vnjp_sim.sectors.laws import GrowthState, SectorContext

FloatArray = NDArray[np.float64]


OFFSETS = {
    "people_students": 1.0,
    "people_others": 1.0,
    "people_learners": 1.0,
    "people_visitors": 0.5,
    "people_japanese_specialists": 1.0,
}
"""The laws, and where in a year their values stand."""
RESIDENTS = ("labour_stock", "people_students", "people_others")
"""The parts of all residents."""


class People(Sector):
    """Residents, learners, visitors and specialists of a year."""

    inputs: ClassVar[tuple[str, ...]] = ("labour_stock", "labour_trainees")
    responses: ClassVar[tuple[str, ...]] = ("people_visitors",)
    outputs: ClassVar[tuple[str, ...]] = (
        "people_residents",
        "people_students",
        "people_others",
        "people_network",
        "people_learners",
        "people_visitors",
        "people_japanese_specialists",
    )

    @classmethod
    def given(cls, known: Collection[str], before: Collection[str]) -> tuple[str, ...]:
        """Return the outputs that have a calibrated law, and residents if all their parts have."""
        names = [name for name in OFFSETS if f"{name}.path" in known]
        if {*RESIDENTS, "labour_trainees"} <= {*names, *before}:
            names += ["people_residents", "people_network"]
        return tuple(names)

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.laws = {
            name: GrowthState(context, name, offset)
            for name, offset in OFFSETS.items()
            if context.has(f"{name}.path")
        }

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's residents, learners and visitors."""
        result = {name: law.step(year) for name, law in self.laws.items()}
        if "people_visitors" in result and year > self.context.last_history:
            result["people_visitors"] = self._visitors(year, result["people_visitors"])
        known = result | dict(values)
        if all(part in known for part in RESIDENTS):
            residents = sum_of(known, RESIDENTS)
            result["people_residents"] = residents
            result["people_network"] = residents - 0.5 * values["labour_trainees"]
        return result

    def _visitors(self, year: int, visitors: FloatArray) -> FloatArray:
        """Return the visitors of a year with links, lever and demand shocks."""
        controls = self.context.controls
        linked = controls.act("people_visitors", year, visitors)
        moved = controls.steer("people_visitors", year, linked)
        return moved * share_after_demand_shocks(controls.of_type("demand_shock"), year)


def sum_of(values: Values, names: tuple[str, ...]) -> FloatArray:
    """Return the sum of the named values, (draw,)."""
    total = np.zeros_like(values[names[0]])
    for name in names:
        total = total + values[name]
    return total
