"""What the variants of a block of draws share: posterior values, random numbers, laws in motion.

All of these are made once, and are for reading alone: no scenario moves them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.array_memory import ArrayMemory
from vnjp_sim.foundation.random_streams import Group, RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.sectors.couplings import Couplings, coefficient

FloatArray = NDArray[np.float64]
Made = TypeVar("Made")


class PosteriorSample:
    """The rows of the posterior that a block's draws take, fetched when first asked for.

    Parameters
    ----------
    arrays : Mapping[str, NDArray[np.generic]]
        The posterior's arrays, rows on the last axis.
    rows : NDArray[np.intp]
        (draw,) the row of each draw.
    memory : ArrayMemory | None
        Where the values are kept; memory of its own if None.
    """

    def __init__(
        self,
        arrays: Mapping[str, NDArray[np.generic]],
        rows: NDArray[np.intp],
        memory: ArrayMemory | None = None,
    ) -> None:
        self.arrays = arrays
        self.rows = rows
        self.memory = memory or ArrayMemory()
        self._fetched: dict[str, FloatArray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def value(self, name: str) -> FloatArray:
        """Return a value of each draw, (draw,)."""
        if name not in self._fetched:
            self._fetched[name] = self._taken(self.arrays[name])
        return self._fetched[name]

    def path(self, name: str, year: int) -> FloatArray:
        """Return one year of a path, (draw,) or (group, draw); `year` counts from its first."""
        return self._taken(self.arrays[name][..., year, :])

    def _taken(self, held: NDArray[np.generic]) -> FloatArray:
        """Return the rows of the draws, (…, draw), of values that the posterior holds."""
        if held.dtype != np.float64 or held.ndim > 1:
            return held.take(self.rows, axis=-1, mode="clip").astype(np.float64, copy=False)
        if 8 * self.rows.size > held.size:
            held = held.copy()  # brings them near in their order, which is faster than one by one
        return held.take(self.rows, mode="clip", out=self.memory.row(self.rows.size))


@dataclass
class SharedNumbers:
    """Random numbers that several variants read, kept while they may be asked for again.

    Attributes
    ----------
    streams : RandomStreams
        The block's random numbers.
    kept : bool
        Whether numbers are kept until the next year; else each is asked for once.
    """

    streams: RandomStreams
    kept: bool
    numbers: dict[Hashable, FloatArray] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of draws."""
        return self.streams.size

    def normal(self, name: str, year: int = 0, group: Group = "process") -> FloatArray:
        """Return standard normals, (draw,), of the stream `name` in `year`."""
        return self._shared("normal", self.streams.normal, name, year, group)

    def uniform(self, name: str, year: int = 0, group: Group = "process") -> FloatArray:
        """Return uniforms on [0, 1), (draw,), of the stream `name` in `year`."""
        return self._shared("uniform", self.streams.uniform, name, year, group)

    def _shared(
        self,
        kind: str,
        make: Callable[[str, int, Group], FloatArray],
        name: str,
        year: int,
        group: Group,
    ) -> FloatArray:
        if not self.kept:
            return make(name, year, group)
        key = (kind, name, year, self.streams.seed_of(group))
        if key not in self.numbers:
            self.numbers[key] = make(name, year, group)
            self.numbers[key].flags.writeable = False
        return self.numbers[key]


@dataclass(frozen=True)
class BlockContext:
    """What all variants of a block of draws share that have the same seeds.

    Attributes
    ----------
    sample : PosteriorSample
        Posterior values of the block's draws.
    first_years : Mapping[str, int]
        First year of each path.
    last_history : int
        Last year of the paths.
    origins, plateaus : Mapping[str, float]
        Of the growth laws, see :class:`growth.GrowthParameters`.
    couplings : Couplings
        What drives the baseline.
    streams : SharedNumbers
        The block's random numbers.
    first_year : int
        The first year that the engine closes.
    last_year : int
        The last year that the engine closes.
    made : dict[Hashable, object]
        What sectors of several variants use alike, such as laws in motion; also those of other
        seeds, which stand in the keys.
    memory : ArrayMemory
        Memory for arrays that are used up to the end of the block.
    course : CentralCourse
        What the macro indicators depart from.
    """

    sample: PosteriorSample
    first_years: Mapping[str, int]
    last_history: int
    origins: Mapping[str, float]
    plateaus: Mapping[str, float]
    couplings: Couplings
    streams: SharedNumbers
    first_year: int
    last_year: int
    made: dict[Hashable, object] = field(default_factory=dict)
    memory: ArrayMemory = field(default_factory=ArrayMemory)
    course: CentralCourse = field(default_factory=CentralCourse)

    def last_figure(self, law: str) -> int:
        """Return the last year of the figures of a growth law; the last of history for others."""
        if law not in self.plateaus:
            return self.last_history
        return math.ceil(self.origins[law] + self.plateaus[law] - 1e-9) - 1

    def coefficient(self, name: str, link: Link | None = None) -> FloatArray:
        """Return the coefficient of a link, (draw,); of another size if `link` is given."""
        known, streams = link or self.couplings.links[name], self.streams.streams
        grades = (known.grade, *(parameter.grade for parameter in known.coefficients.values()))
        seeds = tuple(streams.seed_of(grade) for grade in grades)
        key = ("link", name, seeds, link and link.model_dump_json())
        return self.shared(key, lambda: coefficient(name, known, streams))

    def shared(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what variants have in common, made when first asked for under its key.

        All that it follows from, beside the block, must be in the key.
        """
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]  # type: ignore[return-value] # what `make` gave
