"""Institutions: universities raised to a higher standard, associations of Vietnamese in Japan.

Both numbers only grow: new ones arrive as a Poisson process whose rate is learnt from the
documented number and a prior of the time in which it came together. Schools that teach Japanese
have no number in the documents, only the years in which the language entered secondary (2003) and
primary schools (2019); learners are projected on the page of people, pairs of localities on that
of diplomacy.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext

FloatArray = NDArray[np.float64]


class Institutions(Sector):
    """Universities and associations at the end of a year."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law("education_universities_upgraded", "accrual"),
        Law("people_associations", "accrual"),
    )
    gives: ClassVar[tuple[Output, ...]] = tuple(Output(law.name, laws=(law.name,)) for law in laws)

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.states = [self.state(law.name) for law in self.laws if self.is_calibrated(law.name)]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the numbers at the end of `year`."""
        del values
        return {state.name: state.step(year) for state in self.states}
