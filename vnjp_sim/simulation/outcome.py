"""What a run hands on: one scenario of several that were projected together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.summaries import Summary, summarise

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """A scenario that was projected with others, over the same years.

    Attributes
    ----------
    arrays : Mapping[str, FloatArray]
        By indicator, (year, draw).
    rows : Mapping[str, int]
        By indicator, which of the rows that scenarios share it is.
    made : dict[tuple[str, int], tuple[Summary, ...]]
        The summaries of rows that others have asked for.
    """

    scenario: Scenario
    arrays: Mapping[str, FloatArray]
    rows: Mapping[str, int]
    made: dict[tuple[str, int], tuple[Summary, ...]]

    def summaries(self) -> tuple[Summary, ...]:
        """Return mean, spread and quantiles of each indicator and year."""
        summaries: list[Summary] = []
        for name in self.arrays:
            key = name, self.rows[name]
            if key not in self.made:
                self.made[key] = summarise({name: self.arrays[name]}, self.scenario.start)
            summaries += self.made[key]
        return tuple(summaries)
