"""Institutions: universities raised to a higher standard, associations of Vietnamese in Japan.

Both numbers only grow: new ones arrive as a Poisson process whose rate is learnt from the
documented number and a prior of the time in which it came together. Schools that teach Japanese
have no number in the documents, only the years in which the language entered secondary (2003) and
primary schools (2019); learners are projected on the page of people, pairs of localities on that
of diplomacy.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.laws import AccrualState, SectorContext

FloatArray = NDArray[np.float64]


class Institutions(Sector):
    """Universities and associations at the end of a year."""

    outputs: ClassVar[tuple[str, ...]] = ("education_universities_upgraded", "people_associations")

    @classmethod
    def given(cls, known: Collection[str], before: Collection[str]) -> tuple[str, ...]:
        """Return the outputs that have a calibrated law."""
        del before
        return tuple(name for name in cls.outputs if f"{name}.path" in known)

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.laws = [AccrualState(context, n) for n in self.given(context.sample.arrays, ())]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the numbers at the end of `year`."""
        del values
        return {law.name: law.step(year) for law in self.laws}
