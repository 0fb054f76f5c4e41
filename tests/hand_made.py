"""A sector on one draw whose posterior, priors and random numbers are stated, to be worked by hand.

Every law has the paths that a test gives; every prior is fixed; every random number is the one
given for its stream and year, a normal of zero and a uniform of one half otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from made import prior
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.block import BlockContext, PosteriorSample, SharedNumbers
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.couplings import Couplings

FloatArray = NDArray[np.float64]
Given = Mapping[tuple[str, int], float]


class GivenNumbers:
    """Stands for the random streams of one draw: numbers by (stream, year)."""

    size = 1

    def __init__(self, given: Given) -> None:
        self.given = given

    def normal(self, name: str, year: int = 0, group: str = "process") -> FloatArray:
        del group
        return np.array([self.given.get((name, year), 0.0)])

    def uniform(self, name: str, year: int = 0, group: str = "process") -> FloatArray:
        del group
        return np.array([self.given.get((name, year), 0.5)])

    def fill(self, kind: str, name: str, years: range, out: FloatArray) -> None:
        for row, year in zip(out, years, strict=True):
            row[...] = self.normal(name, year) if kind == "normal" else self.uniform(name, year)

    def seed_of(self, group: str) -> int:
        del group
        return 0


def one(value: float) -> FloatArray:
    return np.array([value])


def hand_made(
    years: tuple[int, int, int],
    *,
    paths: Mapping[str, tuple[int, list[float]]] | None = None,
    values: Mapping[str, float] | None = None,
    priors: Mapping[str, float] | None = None,
    given: Given | None = None,
    **block: Any,
) -> SectorContext:
    """Return a context of one draw.

    Parameters
    ----------
    years : tuple of int
        The first year that is closed, the last of history, and the last that is closed.
    paths : mapping
        By law or stock: the first year, and the value of each year up to the last of history, on
        the scale of the path.
    values, priors : mapping
        Single numbers of the posterior, and fixed priors.
    given : mapping
        Random numbers by (stream, year).
    **block
        What else the block has: `couplings`, `course`, `plateaus`, `origins`.
    """
    first, last_history, last = years
    arrays = {name: one(value) for name, value in (values or {}).items()}
    first_years = {}
    for name, (begin, path) in (paths or {}).items():
        assert begin + len(path) - 1 == last_history, name
        first_years[f"{name}.path"] = begin
        arrays[f"{name}.path"] = np.array(path)[:, None]
    fixed = {name: prior(fixed=value) for name, value in (priors or {}).items()}
    shared = {"couplings": Couplings({}, fixed), "course": CentralCourse()} | block
    streams = SharedNumbers(cast("RandomStreams", GivenNumbers(given or {})), kept=True)
    held = BlockContext(
        PosteriorSample(arrays, np.zeros(1, np.intp)),
        first_years,
        last_history,
        shared.pop("origins", {}),
        shared.pop("plateaus", {}),
        streams=streams,
        first_year=first,
        last_year=last,
        **shared,
    )
    return SectorContext(held, fixed)


def steady(law: str, growth: float, level: float) -> dict[str, float]:
    """Return the numbers of a growth law whose mean path grows by the same every year."""
    return {
        f"{law}.form": 1.0,
        f"{law}.initial_growth": growth,
        f"{law}.long_run_growth": growth,
        f"{law}.half_life": 5.0,
        f"{law}.volatility": 0.12,
        f"{law}.permanent": float(np.log(level)),
    }


def link(**content: Any) -> Link:
    """Return a link of elasticity one half, from x to y."""
    usual = {"driver": "x", "response": "y", "form": "elasticity", "prior": {"fixed": 0.5}}
    return Link.model_validate(
        {**usual, "grade": "assumed", "reference": "made for a test", **content}
    )
