"""What every sector is: declared inputs and outputs, a yearly close, processes on the clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.laws import SectorContext

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]


class Sector(ABC):
    """One sector in one block of draws.

    `inputs` are indicators of other sectors that it reads in the same year; `outputs` are the
    indicators it may give, see :meth:`given`; `responses` those on which links act; `scaled` the
    responses that stand for several quantities, so that links only multiply them.
    """

    inputs: ClassVar[tuple[str, ...]] = ()
    outputs: ClassVar[tuple[str, ...]] = ()
    responses: ClassVar[tuple[str, ...]] = ()
    scaled: ClassVar[tuple[str, ...]] = ()

    def __init__(self, context: SectorContext) -> None:
        self.context = context

    @classmethod
    def given(cls, known: Collection[str], before: Collection[str]) -> tuple[str, ...]:
        """Return which of the outputs the sector gives in every year; all by default.

        Parameters
        ----------
        known : names of what the calibration holds.
        before : indicators that the sectors before it give.
        """
        del known, before
        return cls.outputs

    @abstractmethod
    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the indicators of `year`, each (draw,), given those of the sectors before.

        They are those of :meth:`given`; NaN in a year before the calibrated paths begin.
        """

    def processes(self) -> Iterator[tuple[date, Any]]:
        """Yield (day, action) of what happens on a date of its own; none by default.

        An action takes no argument and only writes to the sector's inputs of the year.
        """
        yield from ()
