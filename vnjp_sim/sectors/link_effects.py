"""Links at work: deviations of drivers, lagged and applied.

A driver with a central course deviates from that course, the others from the reference of the same
draws. The forms of links and their lags are told in :mod:`vnjp_sim.inputs.links`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.links import Link

FloatArray = NDArray[np.float64]

LEAST_LEFT = 0.01
"""The part of a response that links of the form `added` leave, however negative their effect."""


@dataclass
class Deviation:
    """What one link makes of the deviation of its driver.

    Variants whose driver and reference are the same share it.

    Attributes
    ----------
    link : Link
        Form and lag.
    coefficient : FloatArray
        (draw,) β.
    known_to : int
        The last year whose figures the response was calibrated on. What the driver did up to then
        is in these figures: the link begins after it, from where the driver stood.
    """

    link: Link
    coefficient: FloatArray
    known_to: int = 0
    _known: dict[int, FloatArray] = field(default_factory=dict)
    _faded: FloatArray | None = None
    _effect: tuple[int, FloatArray | None] | None = None
    _start: FloatArray | None = None

    def record(self, year: int, value: FloatArray, reference: FloatArray | float) -> None:
        """Take the driver of a year, (draw,), and its reference or course; year after year."""
        self.take(year, gap_of(value, reference, in_logs=self.in_logs))

    @property
    def in_logs(self) -> bool:
        """Whether the deviation is one of logarithms."""
        return self.link.form == "elasticity"

    def take(self, year: int, deviation: FloatArray) -> None:
        """Take the deviation of the driver in a year, (draw,), see :func:`gap_of`."""
        self._keep(year, deviation)
        if year == self.known_to:
            self._start = self._lagged(year)

    def _keep(self, year: int, deviation: FloatArray) -> None:
        lag = self.link.lag
        if lag.half_life is not None:
            keep = 2.0 ** (-1.0 / lag.half_life)
            fresh = deviation if self.link.form == "semi" else (1.0 - keep) * deviation
            self._faded = fresh if self._faded is None else keep * self._faded + fresh
            return
        self._known[year] = deviation
        self._known.pop(year - (lag.phase_in or (lag.fixed or 0) + 1), None)

    def effect(self, year: int) -> FloatArray | None:
        """Return β E of a year, (draw,); None while nothing deviates."""
        if year <= self.known_to:
            return None
        if self._effect is None or self._effect[0] != year:
            lagged = self._lagged(year)
            if lagged is not None and self._start is not None:
                lagged = lagged - self._start
            self._effect = (year, None if lagged is None else self.coefficient * lagged)
        return self._effect[1]

    def _lagged(self, year: int) -> FloatArray | None:
        lag, known = self.link.lag, self._known
        if lag.fixed is not None:
            return known.get(year - lag.fixed)
        if lag.phase_in is None:
            return self._faded
        parts = [known[y] for y in range(year - lag.phase_in + 1, year + 1) if y in known]
        return sum(parts[1:], parts[0]) / lag.phase_in if parts else None


class Gap(NamedTuple):
    """What links of one driver have in common: its name, the places of two rows, the scale.

    Rows count in the order in which a year closes. Without a `reference` the driver departs from
    its central course.
    """

    name: str
    driver: int
    reference: int | None
    in_logs: bool


def gap_of(value: FloatArray, reference: FloatArray | float, *, in_logs: bool) -> FloatArray:
    """Return by how much a driver departs from its reference or course, (draw,)."""
    return np.log(value / reference) if in_logs else value - reference


@dataclass(frozen=True)
class LinkEffects:
    """The links at work on one sector of a variant, in the order of their file."""

    deviations: tuple[Deviation, ...]
    _acting: dict[tuple[str, bool], tuple[Deviation, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def act(self, response: str, year: int, value: FloatArray, *, add: bool = True) -> FloatArray:
        """Return a response with all its links applied, (draw,); those added only if `add`."""
        exponent = _sum(self._of(response, added=False), year)
        added = _sum(self._of(response, added=True), year) if add else None
        if exponent is not None:
            value = value * np.exp(exponent)
        return value if added is None else np.maximum(value + added, LEAST_LEFT * value)

    def _of(self, response: str, *, added: bool) -> tuple[Deviation, ...]:
        """Return the links on a response that are added, or those that multiply."""
        key = (response, added)
        if key not in self._acting:
            links = (d for d in self.deviations if d.link.response == response)
            self._acting[key] = tuple(d for d in links if (d.link.form == "added") == added)
        return self._acting[key]


def _sum(deviations: Sequence[Deviation], year: int) -> FloatArray | None:
    """Return the sum of the effects of a year in their order, None of none."""
    total: FloatArray | None = None
    for deviation in deviations:
        effect = deviation.effect(year)
        if effect is not None:
            total = effect if total is None else total + effect
    return total
