"""Keyed random numbers: the luck of a draw depends on names, never on the order of calls.

A number is fixed by (seed of its group, name of its stream, calendar year, draw). Streams are made
in pages of :data:`PAGE` draws, each by its own generator, so that more draws and more years only
extend what was there, and blocks, workers, scenarios and new streams disturb nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Group = Literal["calibrated", "published", "assumed", "process"]

PAGE = 8_192
STEPS_BETWEEN_TRIMS = 12
"""How many counts the summation goes on before it drops the draws that have reached theirs."""


@dataclass(frozen=True)
class Luck:
    """The random numbers of one block of draws.

    Attributes
    ----------
    seed : the run's seed.
    start, size : the block's first draw, a multiple of the page, and its number of draws.
    group_seeds : seeds of single groups that replace the run's.
    """

    seed: int
    start: int
    size: int
    group_seeds: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.start % PAGE:
            raise ValueError(f"a block starts at draw {self.start}; start at a multiple of {PAGE}")

    def normal(self, name: str, year: int = 0, group: Group = "process") -> FloatArray:
        """Return standard normals, (draw,), of the stream `name` in `year`."""
        return self._pages(name, year, group, "normal")

    def uniform(self, name: str, year: int = 0, group: Group = "process") -> FloatArray:
        """Return uniforms on [0, 1), (draw,), of the stream `name` in `year`."""
        return self._pages(name, year, group, "uniform")

    def _pages(self, name: str, year: int, group: Group, kind: str) -> FloatArray:
        seed = self.group_seeds.get(group, self.seed)
        result = np.empty(self.size)
        for offset in range(0, self.size, PAGE):
            part = result[offset : offset + PAGE]
            page = (self.start + offset) // PAGE
            generator = _generator(seed, f"{kind}:{name}", year, page)
            if kind == "normal":
                generator.standard_normal(out=part)
            else:
                generator.random(out=part)
        return result


def _generator(seed: int, name: str, year: int, page: int) -> np.random.Generator:
    key = hashlib.blake2b(f"{seed}|{name}|{year}|{page}".encode(), digest_size=24).digest()
    words = np.frombuffer(key, np.uint32).tolist()
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(words)))


def poisson_by_inversion(uniform: FloatArray, mean: FloatArray) -> FloatArray:
    """Return Poisson counts, (draw,), that belong to uniforms, by cumulative summation.

    The count rises with the mean for a fixed uniform. Means above 400, where the sum would
    underflow, use the inverse of the distribution function.
    """
    count = np.zeros_like(mean)
    active = np.flatnonzero(mean <= 400.0)
    rate, level = mean[active], uniform[active]
    chance = np.exp(-rate)
    total = chance.copy()
    reached = np.zeros_like(rate)
    for k in range(1, 1_000):
        above = level > total
        if k % STEPS_BETWEEN_TRIMS == 1:
            count[active] = reached
            if not above.any():
                break
            active, rate, level = active[above], rate[above], level[above]
            chance, total, reached = chance[above], total[above], reached[above]
            above = np.ones(active.size, bool)
        reached += above
        chance *= rate / k
        total += chance
    large = mean > 400.0
    if large.any():
        count[large] = _large_poisson(uniform[large], mean[large])
    return count


def _large_poisson(uniform: FloatArray, mean: FloatArray) -> FloatArray:
    from scipy.special import pdtr, pdtrik

    level = np.clip(uniform, 1e-15, 1.0 - 1e-15)
    count = np.ceil(pdtrik(level, mean))
    result: FloatArray = np.where(pdtr(count - 1.0, mean) >= level, count - 1.0, count)
    return result
