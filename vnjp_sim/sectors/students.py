r"""Students: Vietnamese who study in Japan, those who come and those who leave the status.

The calibrated law gives the course of the stock E without a scenario; with the share x who leave in
a year it takes E_t − (1 − x) E_{t−1} new students, and further exits where that is negative. A
scenario moves the new students; the stock follows, so that people are conserved. Those who leave go
home, find work in Japan (:mod:`~vnjp_sim.sectors.labour` takes them), or settle. Persons.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks

FloatArray = NDArray[np.float64]

STUDENTS = "people_students"
ENTERING, LEAVING = "people_student_entries", "people_student_exits"
EXIT = "people_exit_students"
MOVERS = (STUDENTS, "demand_shock")


class Students(Sector):
    """Students at the end of a year, new ones, and those who leave."""

    laws: ClassVar[tuple[Law, ...]] = (Law(STUDENTS, group="residents"),)
    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            STUDENTS,
            "its law without a scenario; then the students before, new ones less those who leave",
            laws=(STUDENTS,),
            priors=(EXIT,),
            responses=(ENTERING,),
            moved_by=MOVERS,
        ),
        Output(
            ENTERING,
            "new students that the law takes",
            laws=(STUDENTS,),
            priors=(EXIT,),
            responses=(ENTERING,),
            set_by=MOVERS,
        ),
        Output(
            LEAVING,
            "a share of the students of the year before",
            laws=(STUDENTS,),
            priors=(EXIT,),
            responses=(ENTERING,),
            moved_by=MOVERS,
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.law = self.state(STUDENTS) if self.is_calibrated(STUDENTS) else None
        if self.law is None:
            return
        self.exit_rate = context.drawn(EXIT)
        self.course = self.law.step(context.first_year - 1)
        self.stock = self.course

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the students of a year and their flows."""
        del values
        if self.law is None:
            return {}
        course = self.law.step(year)
        entering, leaving = student_flows(self.course, course, self.exit_rate)
        if year > self.context.last_history:
            leaving = leaving * (self.stock / self.course)
            entering = self._steered(year, entering)
            self.stock = self.stock - leaving + entering
        else:
            self.stock = course
        self.course = course
        return {STUDENTS: self.stock, ENTERING: entering, LEAVING: leaving}

    def _steered(self, year: int, entering: FloatArray) -> FloatArray:
        controls = self.context.controls
        moved = controls.steer(STUDENTS, year, controls.act(ENTERING, year, entering))
        return moved * share_after_demand_shocks(controls.of_type("demand_shock"), "students", year)


def student_flows(
    before: FloatArray, after: FloatArray, exit_rate: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return new students and those who leave, (draw,), between two ends of a year."""
    usual = exit_rate * before
    net = after - before + usual
    entering = np.maximum(net, 0.0)
    return entering, usual + (entering - net)
