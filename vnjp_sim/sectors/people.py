"""People: Vietnamese residents of Japan, learners, Japanese visitors and specialists.

Residents are workers, students and others: the identity holds in every draw. The network that
carries trade is residents less half of the trainees and of their successors under Employment for
Skill Development, who stay apart and go home. Links act on other residents (families follow workers
who may bring them), on learners (those who go have to learn the language) and on specialists (who
come with projects).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks, times
from vnjp_sim.sectors.students import STUDENTS
from vnjp_sim.sectors.worker_flows import SKILL_DEVELOPMENT, TRAINEES

FloatArray = NDArray[np.float64]

RESIDENTS, OTHERS = "people_residents", "people_others"
LEARNERS, VISITORS = "people_learners", "people_visitors"
SPECIALISTS, NETWORK = "people_japanese_specialists", "people_network"
PARTS = ("labour_stock", STUDENTS, OTHERS)
"""The parts of all residents."""
APART = (TRAINEES, SKILL_DEVELOPMENT)
"""The workers of whom half count in the network."""


class People(Sector):
    """Residents, learners, visitors and specialists of a year."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(OTHERS, group="residents"),
        Law(LEARNERS),
        Law(VISITORS, flow=True, carries=((VISITORS, 1.0),)),
        Law(SPECIALISTS),
    )
    gives: ClassVar[tuple[Output, ...]] = (
        Output(RESIDENTS, "the sum of workers, students and others", PARTS, is_sum=True),
        Output(
            OTHERS,
            "its law; the figures of residents less the other parts",
            laws=(OTHERS,),
            responses=(OTHERS,),
        ),
        Output(NETWORK, "residents less half of the trainees", (RESIDENTS, *APART)),
        Output(LEARNERS, laws=(LEARNERS,), responses=(LEARNERS,), set_by=(LEARNERS,)),
        Output(
            VISITORS, laws=(VISITORS,), responses=(VISITORS,), set_by=(VISITORS, "demand_shock")
        ),
        Output(SPECIALISTS, laws=(SPECIALISTS,), responses=(SPECIALISTS,)),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.states = {
            law.name: self.state(law.name) for law in self.laws if self.is_calibrated(law.name)
        }

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's residents, learners and visitors."""
        result = {
            name: self._moved(name, year, law.step(year)) for name, law in self.states.items()
        }
        known = result | dict(values)
        if all(part in known for part in PARTS):
            residents = sum_of(known, PARTS)
            result[RESIDENTS] = residents
            result[NETWORK] = residents - 0.5 * sum_of(values, APART)
        return result

    def _moved(self, name: str, year: int, value: FloatArray) -> FloatArray:
        """Return what a law gives for a year with links, lever and demand shocks."""
        controls = self.context.controls
        linked = controls.act(name, year, value)
        if year <= self.context.last_history:
            return linked
        moved = controls.steer(name, year, linked)
        if name != VISITORS:
            return moved
        shocks = controls.of_type("demand_shock")
        return times(moved, share_after_demand_shocks(shocks, "visitors", year))


def sum_of(values: Values, names: tuple[str, ...]) -> FloatArray:
    """Return the sum of the named values, (draw,)."""
    total = np.zeros_like(values[names[0]])
    for name in names:
        total = total + values[name]
    return total
