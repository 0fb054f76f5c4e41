"""What every sector is: declared inputs and outputs, a yearly close, processes on the clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.laws import Setting

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]


class Sector(ABC):
    """One sector in one block of draws.

    `inputs` are indicators of other sectors that it reads in the same year; `outputs` are the
    indicators it may give, as far as the calibration allows; `responses` those on which links act;
    `scaled` the responses that stand for several quantities, so that links only multiply them.
    """

    inputs: ClassVar[tuple[str, ...]] = ()
    outputs: ClassVar[tuple[str, ...]] = ()
    responses: ClassVar[tuple[str, ...]] = ()
    scaled: ClassVar[tuple[str, ...]] = ()

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @abstractmethod
    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the indicators of `year`, each (draw,), given those of the sectors before."""

    def processes(self) -> Iterator[tuple[date, Any]]:
        """Yield (day, action) of what happens on a date of its own; none by default.

        An action takes no argument and only writes to the sector's inputs of the year.
        """
        yield from ()
