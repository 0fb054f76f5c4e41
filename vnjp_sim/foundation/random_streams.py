"""Keyed random numbers: the luck of a draw depends on names, never on the order of calls.

A number is fixed by (seed of its group, name of its stream, calendar year, draw). Streams are made
in pages of :data:`PAGE` draws, each by its own generator, so that more draws and more years only
extend what was there, and blocks, workers, scenarios and new streams disturb nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import Grade

FloatArray = NDArray[np.float64]
Group = Literal["calibrated", Grade, "process"]
Kind = Literal["normal", "uniform"]

PAGE = 8_192
HASH, STATE = 24, 32
"""Bytes of a key's hash, and of the state of a generator."""
AT_ONCE = 16_384
"""Counts that are found at a time, so that all that is needed stays in the fast memory."""
WORTH_DROPPING = 6
"""The summation drops the draws that have reached their counts when one in so many is left."""
LARGEST_SUMMED = 10.0
"""The largest mean whose counts are found by summation; beyond, an expansion is faster."""
LARGEST_SCORE = 3.0
"""The largest normal score, either way, for which the expansion is trusted."""


@dataclass(frozen=True)
class RandomStreams:
    """The random numbers of one block of draws.

    Attributes
    ----------
    seed : int
        The run's seed.
    start, size : int
        The block's first draw, a multiple of the page, and its number of draws.
    group_seeds : Mapping[str, int]
        Seeds of single groups that replace the run's.
    """

    seed: int
    start: int
    size: int
    group_seeds: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.start % PAGE:
            raise ValueError(f"a block starts at draw {self.start}; start at a multiple of {PAGE}")

    def normal(
        self, name: str, year: int = 0, group: Group = "process", out: FloatArray | None = None
    ) -> FloatArray:
        """Return standard normals, (draw,), of the stream `name` in `year`; in `out` if given."""
        return self._pages(name, year, group, "normal", out)

    def uniform(
        self,
        name: str,
        year: int = 0,
        group: Group = "process",
        out: FloatArray | None = None,
    ) -> FloatArray:
        """Return uniforms on [0, 1), (draw,), of the stream `name` in `year`; in `out` if given."""
        return self._pages(name, year, group, "uniform", out)

    def fill(
        self,
        kind: Kind,
        name: str,
        years: Sequence[int],
        out: FloatArray,
        group: Group = "process",
    ) -> None:
        """Write the normals or uniforms of several years into `out`, (year, draw)."""
        stream, first = _stream(self.seed_of(group), kind, name), self.start // PAGE
        begin, generator = _KEYED.begin, _KEYED.generator
        draw = generator.standard_normal if kind == "normal" else generator.random
        for offset in range(0, self.size, PAGE):
            page = first + offset // PAGE
            part = out[:, offset : offset + PAGE]
            for row, year in zip(part, years, strict=True):
                begin(stream, f"{year}|{page}")
                draw(out=row)

    def rows(self, size: int) -> NDArray[np.intp]:
        """Return the row of a posterior of `size` rows that each draw takes, (draw,)."""
        pick = self.uniform("calibration.row", group="calibrated")
        return np.minimum((pick * size).astype(np.intp), size - 1)

    def seed_of(self, group: Group) -> int:
        """Return the seed of a group of streams."""
        return self.group_seeds.get(group, self.seed)

    def _pages(
        self, name: str, year: int, group: Group, kind: Kind, out: FloatArray | None
    ) -> FloatArray:
        result = np.empty(self.size) if out is None else out
        self.fill(kind, name, (year,), result[None], group)
        return result


class _Keyed(threading.local):
    """A generator, of each thread, that begins anew at the key of a stream.

    A cryptographic hash is as good a seed as numpy's SeedSequence makes. What follows is what
    numpy does with a seed, but for the objects: a hash and a counter of one are the state, of which
    the first numbers are thrown away.
    """

    THROWN_AWAY = 12

    def __init__(self) -> None:
        bits = np.random.SFC64()
        self.generator = np.random.Generator(bits)
        state = (ctypes.c_uint8 * STATE).from_address(bits.ctypes.state_address)
        self.state = memoryview(state).cast("B")
        self.counter = np.uint64(1).tobytes()
        self.thrown_away = np.empty(self.THROWN_AWAY)

    def begin(self, stream: hashlib.blake2b, rest: str) -> None:
        """Begin with the numbers of a key: its stream, see :func:`_stream`, and the rest of it."""
        hashed = stream.copy()
        hashed.update(rest.encode())
        self.state[:] = hashed.digest() + self.counter
        self.generator.random(out=self.thrown_away)


_KEYED = _Keyed()


@lru_cache(maxsize=1_024)
def _stream(seed: int, kind: Kind, name: str) -> hashlib.blake2b:
    """Return the hash of what the keys of a stream begin with, to be copied."""
    return hashlib.blake2b(f"{seed}|{kind}:{name}|".encode(), digest_size=HASH)


def poisson_by_inversion(uniform: FloatArray, mean: FloatArray) -> FloatArray:
    """Return Poisson counts, same shape, that belong to uniforms, by inversion.

    The count rises with the mean for a fixed uniform. Up to :data:`LARGEST_SUMMED` the
    probabilities are summed from zero.
    """
    counts = np.empty(uniform.shape)
    flat, level, rate = counts.reshape(-1), uniform.reshape(-1), mean.reshape(-1)
    for start in range(0, flat.size, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        _write_poisson(level[some], rate[some], flat[some])
    return counts


def _write_poisson(uniform: FloatArray, mean: FloatArray, out: FloatArray) -> None:
    large = mean > LARGEST_SUMMED
    if not large.any():
        out[...] = _summed_poisson(uniform, mean)
        return
    for rows, counted in ((large, _large_poisson), (~large, _summed_poisson)):
        chosen = np.flatnonzero(rows)
        out[chosen] = counted(uniform[chosen], mean[chosen])


def _summed_poisson(level: FloatArray, rate: FloatArray) -> NDArray[np.int8]:
    """Return counts of means that are not large: beyond 100, no uniform is left."""
    count = np.zeros(rate.size, np.int8)
    chance = np.exp(-rate)  # P(k), with k from 0
    total = chance.copy()  # P(0) + … + P(k)
    above = level > total
    active: slice | NDArray[np.intp] = slice(None)
    reached = count
    for k in range(1, np.iinfo(count.dtype).max):
        reached += above.view(np.int8)
        left = np.count_nonzero(above)
        if left * WORTH_DROPPING <= above.size:
            count[active] = reached
            if not left:
                break
            kept = np.flatnonzero(above)
            active = kept if isinstance(active, slice) else active[kept]
            rate, level = rate[kept], level[kept]
            chance, total, reached = chance[kept], total[kept], reached[kept]
        chance *= rate if k == 1 else rate / k
        total += chance
        above = level > total
    return count


def _large_poisson(uniform: FloatArray, mean: FloatArray) -> FloatArray:
    """Return counts of large means by an expansion in normal scores, exact ones where it is unsure.

    The expansion and the bound of its error are those of Giles 2016, ACM Transactions on
    Mathematical Software 42(1).
    """
    from scipy.special import ndtri

    level = np.clip(uniform, 1e-13, 1.0 - 1e-13)
    w = ndtri(level)
    square, root = w * w, np.sqrt(mean)
    value = mean + root * w + (1.0 / 3.0 + square / 6.0) - w * (2.0 + square) / (72.0 * root)
    value += (square * (7.0 + 3.0 * square) / 810.0 - 8.0 / 405.0) / mean
    bound = (4.0 + square * (2.0 + square)) / (160.0 * mean)
    count: FloatArray = np.floor(value)
    unsure = (np.abs(value - np.rint(value)) < bound) | (np.abs(w) > LARGEST_SCORE)
    rows = np.flatnonzero(unsure)
    count[rows] = _exact_poisson(level[rows], mean[rows], count[rows])
    return count


def _exact_poisson(level: FloatArray, mean: FloatArray, guess: FloatArray) -> FloatArray:
    """Return counts from a guess that is at most a few counts away."""
    from scipy.special import gammaln, pdtr

    count: FloatArray = np.maximum(guess, 0.0)
    total = pdtr(count, mean)  # P(0) + … + P(count)
    chance = np.exp(count * np.log(mean) - mean - gammaln(count + 1.0))  # P(count)
    while (short := np.flatnonzero(total < level)).size:
        count[short] += 1.0
        chance[short] *= mean[short] / count[short]
        total[short] += chance[short]
    while (past := np.flatnonzero(total - chance >= level)).size:
        total[past] -= chance[past]
        chance[past] *= count[past] / mean[past]
        count[past] -= 1.0
    return count
