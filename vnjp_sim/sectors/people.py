"""People: Vietnamese residents of Japan, students, learners, Japanese visitors and specialists.

Residents are workers, students and others: the identity holds in every draw. The network that
carries trade is residents less half of the trainees, who stay apart and go home.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks, stock_after_demand_shocks

FloatArray = NDArray[np.float64]

RESIDENTS, STUDENTS, OTHERS = "people_residents", "people_students", "people_others"
RENEWED = "people_students_renewed"
PARTS = ("labour_stock", STUDENTS, OTHERS)
"""The parts of all residents."""


class People(Sector):
    """Residents, learners, visitors and specialists of a year."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(STUDENTS, group="residents"),
        Law(OTHERS, group="residents"),
        Law("people_learners"),
        Law("people_visitors", flow=True, carries=(("people_visitors", 1.0),)),
        Law("people_japanese_specialists"),
    )
    gives: ClassVar[tuple[Output, ...]] = (
        Output(RESIDENTS, "the sum of workers, students and others", PARTS, is_sum=True),
        Output(STUDENTS, laws=(STUDENTS,), priors=(RENEWED,), set_by=("demand_shock",)),
        Output(
            "people_others",
            "its law; the figures of residents less the other parts",
            laws=("people_others",),
        ),
        Output(
            "people_network",
            "residents less half of the trainees",
            ("people_residents", "labour_trainees"),
        ),
        Output("people_learners", laws=("people_learners",)),
        Output(
            "people_visitors",
            laws=("people_visitors",),
            responses=("people_visitors",),
            set_by=("people_visitors", "demand_shock"),
        ),
        Output("people_japanese_specialists", laws=("people_japanese_specialists",)),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.states = {
            law.name: self.state(law.name) for law in self.laws if self.is_calibrated(law.name)
        }

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's residents, learners and visitors."""
        result = {name: law.step(year) for name, law in self.states.items()}
        if "people_visitors" in result:
            result["people_visitors"] = self._visitors(year, result["people_visitors"])
        if STUDENTS in result:
            result[STUDENTS] = self._students(year, result[STUDENTS])
        known = result | dict(values)
        if all(part in known for part in PARTS):
            residents = sum_of(known, PARTS)
            result["people_residents"] = residents
            result["people_network"] = residents - 0.5 * values["labour_trainees"]
        return result

    def _visitors(self, year: int, visitors: FloatArray) -> FloatArray:
        """Return the visitors of a year with links, lever and demand shocks."""
        controls = self.context.controls
        linked = controls.act("people_visitors", year, visitors)
        if year <= self.context.last_history:
            return linked
        moved = controls.steer("people_visitors", year, linked)
        return moved * share_after_demand_shocks(controls.of_type("demand_shock"), "visitors", year)

    def _students(self, year: int, students: FloatArray) -> FloatArray:
        """Return the students at the end of a year, of whom demand shocks keep new ones away."""
        shocks = self.context.controls.of_type("demand_shock")
        if year <= self.context.last_history or not shocks:
            return students
        renewed = self.context.drawn(RENEWED)
        return students * stock_after_demand_shocks(shocks, "students", renewed, year)


def sum_of(values: Values, names: tuple[str, ...]) -> FloatArray:
    """Return the sum of the named values, (draw,)."""
    total = np.zeros_like(values[names[0]])
    for name in names:
        total = total + values[name]
    return total
