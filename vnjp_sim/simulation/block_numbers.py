"""The random numbers of a block of draws, and what follows from them alone.

They may outlast a run: a session asks further questions over the same draws.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.array_memory import ArrayMemory
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.sectors.block import BlockContext, PosteriorSample, SharedNumbers
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.simulation.variants import Row, Variant

FloatArray = NDArray[np.float64]

YEARS_BEFORE = 2
"""So many years before the last of history the engine starts at the latest.

No horizon starts before the last year of history: its flows then have the stocks of the year
before, and averages over years have more than one. Where history itself is asked for, the engine
starts with the first recorded year.
"""
ClosedYears = dict[int, dict[str, FloatArray]]
"""What a sector gave in each year by indicator, (draw,)."""


def first_engine_year(posterior: Posterior) -> int:
    """Return the first year that the engine closes."""
    return posterior.last_year - YEARS_BEFORE


class BlockNumbers:
    """The random numbers of a block of draws, and the paths of laws that follow from them alone.

    Where they last, `closed` keeps what sectors gave in variants that depart from no reference.

    Parameters
    ----------
    posterior : Posterior
        The bank that the draws take their rows from.
    couplings : Couplings
        What drives the baseline.
    streams : RandomStreams
        The block's random numbers.
    last_year : int
        The last year that is closed.
    start_year : int | None
        The first recorded year, if it may lie in history.
    lone : bool
        Whether a run has a single row of everything, so that nothing is asked for twice.
    lasting : bool
        Whether all is kept for further runs over the same draws.
    """

    def __init__(
        self,
        posterior: Posterior,
        couplings: Couplings,
        streams: RandomStreams,
        last_year: int,
        start_year: int | None = None,
        *,
        lone: bool = False,
        lasting: bool = False,
    ) -> None:
        self.posterior = posterior
        self.couplings = couplings
        self.streams = streams
        self.lone = lone
        self.lasting = lasting
        first = first_engine_year(posterior)
        self.first_year = first if start_year is None else min(first, start_year)
        self.last_year = last_year
        self.memory = ArrayMemory()
        self._made: dict[Any, object] = {}
        self.closed: dict[Any, ClosedYears] = {}
        self._numbers: dict[Any, FloatArray] = {}
        self._samples: dict[int, PosteriorSample] = {}
        self._contexts: dict[Any, BlockContext] = {}

    def context(self, variant: Variant) -> BlockContext:
        """Return what variants of the same seeds share."""
        if variant.seeds not in self._contexts:
            seeds = {**self.streams.group_seeds, **variant.group_seeds}
            streams = replace(self.streams, group_seeds=seeds)
            self._contexts[variant.seeds] = BlockContext(
                self._sample(streams),
                self.posterior.first_years,
                self.posterior.last_year,
                self.posterior.origins,
                self.posterior.plateaus,
                self.couplings,
                SharedNumbers(streams, not self.lone, self._numbers),
                self.first_year,
                self.last_year,
                self._made,
                self.memory,
                self.posterior.course,
            )
        return self._contexts[variant.seeds]

    def _sample(self, streams: RandomStreams) -> PosteriorSample:
        seed = streams.seed_of("calibrated")
        if seed not in self._samples:
            rows = streams.rows(self.posterior.size)
            self._samples[seed] = PosteriorSample(self.posterior.arrays, rows, self.memory)
        return self._samples[seed]

    def years_of(self, row: Row, end: int) -> ClosedYears | None:
        """Return where the years of a row are kept, all up to `end` or none; None if they are not.

        Those of variants that depart from no reference are, where the numbers last.
        """
        if not self.lasting or row.departs:
            return None
        known = self.closed.setdefault((row.sector, row.key), {})
        if end not in known:
            known.clear()
        return known

    @property
    def a_draw(self) -> float:
        """How many numbers are kept a draw."""
        years = [year for closed in self.closed.values() for year in closed.values()]
        closed = sum(len(year) for year in years)
        return closed + len(self._numbers) + self.memory.given / self.streams.size

    def forget(self) -> None:
        """Forget all; paths and contexts refer to each other, and would stay for a while."""
        for content in (self._made, self._numbers, self._samples, self._contexts):
            content.clear()
        self.memory.give_back()

    def end_of_year(self, year: int) -> None:
        """Forget what only a closed year needed."""
        if not self.lasting:
            for key in [key for key in self._numbers if 0 < key[2] <= year]:
                del self._numbers[key]
