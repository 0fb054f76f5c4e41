r"""What a stock loses to exits, and how it is revised.

A registered stock S gains the flow of the year, loses a share e of itself to exits (licences that
are withdrawn or run out), and is revised up or down by a spread s:

.. math:: S_t = S_{t-1} (1 - e + s \eta_t) + F_t.

Within a year exits are even and revisions a Brownian motion W with η = W(t) − W(t − 1), so that

.. math:: S_{t + u} = S_t (1 - e u + s (W_{t + u} - W_t)) + C(u) F

at the fraction u of a year, with the share C of its flow (see :mod:`seasons`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass
class Revisions:
    """The Brownian motion of a stock's revisions, (draw,) at each known time, a decimal year.

    It is zero at `start`. `log_weight` collects the density of the values that figures fix.
    """

    start: float
    size: int
    known: dict[float, FloatArray] = field(init=False)
    log_weight: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.known = {self.start: np.zeros(self.size)}
        self.log_weight = np.zeros(self.size)

    def at(self, time: float, rng: np.random.Generator) -> FloatArray:
        """Return the value at a time, (draw,), drawn given the known ones if new."""
        if time not in self.known:
            mean, variance = self._given_known(time)
            self.known[time] = mean + np.sqrt(variance) * rng.standard_normal(self.size)
        return self.known[time]

    def fix(self, time: float, value: FloatArray) -> None:
        """Fix the value at a new time, (draw,), and weigh it."""
        mean, variance = self._given_known(time)
        density = -0.5 * ((value - mean) ** 2 / variance + np.log(2.0 * np.pi * variance))
        self.log_weight = self.log_weight + density
        self.known[time] = value

    def _given_known(self, time: float) -> tuple[FloatArray, float]:
        """Return mean, (draw,), and variance at a time between, before or after known ones."""
        before = max((t for t in self.known if t < time), default=None)
        after = min((t for t in self.known if t > time), default=None)
        if before is None or after is None:
            nearest = after if before is None else before
            assert nearest is not None  # noqa: S101 - the start is known
            return self.known[nearest], abs(time - nearest)
        part = (time - before) / (after - before)
        mean = (1.0 - part) * self.known[before] + part * self.known[after]
        return mean, part * (after - time)
