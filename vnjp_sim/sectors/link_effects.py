"""Links at work: deviations of drivers, lagged and applied.

A driver with a central course deviates from that course, the others from the reference of the same
draws. The forms of links and their lags are told in :mod:`vnjp_sim.inputs.links`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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
        self._record(year, value, reference)
        if year == self.known_to:
            self._start = self._lagged(year)

    def _record(self, year: int, value: FloatArray, reference: FloatArray | float) -> None:
        elasticity = self.link.form == "elasticity"
        deviation: FloatArray = np.log(value / reference) if elasticity else value - reference
        lag = self.link.lag
        if lag.half_life is not None:
            keep = 2.0 ** (-1.0 / lag.half_life)
            gain = 1.0 if self.link.form == "semi" else 1.0 - keep
            fresh = gain * deviation
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


@dataclass(frozen=True)
class LinkEffects:
    """The links at work on one sector of a variant, in the order of their file."""

    deviations: tuple[Deviation, ...]

    def act(self, response: str, year: int, value: FloatArray, *, add: bool = True) -> FloatArray:
        """Return a response with all its links applied, (draw,); those added only if `add`."""
        acting = [
            d
            for d in self.deviations
            if d.link.response == response and (add or d.link.form != "added")
        ]
        effects = [(d.link.form, e) for d in acting if (e := d.effect(year)) is not None]
        exponent = _sum(effect for form, effect in effects if form != "added")
        added = _sum(effect for form, effect in effects if form == "added")
        if exponent is not None:
            value = value * np.exp(exponent)
        return value if added is None else np.maximum(value + added, LEAST_LEFT * value)


def _sum(effects: Iterable[FloatArray]) -> FloatArray | None:
    """Return the sum of arrays in their order, None of none."""
    total: FloatArray | None = None
    for effect in effects:
        total = effect if total is None else total + effect
    return total
