r"""How a year's flow spreads over the year, for part-year figures.

The share C(b) of the year's flow that falls before the fraction b of the year is a Brownian bridge
around b, kept increasing: C(b) ~ N(b, b(1 − b) / (κ + 1)), the normal counterpart of monthly
shares that follow a symmetric Dirichlet distribution with total concentration κ.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass
class Season:
    """The cumulative shares of one flow in one year, for each draw.

    `known` maps fractions of the year to shares, (draw,); `log_weight` collects the density of
    fixed shares and the impossibility of shares that do not increase.
    """

    concentration: FloatArray
    known: dict[float, FloatArray] = field(default_factory=dict)
    log_weight: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        size = self.concentration.size
        self.known = {0.0: np.zeros(size), 1.0: np.ones(size)}
        self.log_weight = np.zeros(size)

    def fix(self, fraction: float, share: FloatArray) -> None:
        """Fix the share before `fraction` at `share`, (draw,), and weigh it."""
        mean, sd = self._between(fraction)
        with np.errstate(invalid="ignore"):
            density = -0.5 * ((share - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
        self.log_weight = self.log_weight + density
        self._take(fraction, share)

    def share(self, fraction: float, rng: np.random.Generator) -> FloatArray:
        """Return the share before `fraction`, (draw,), drawn given the known ones if new."""
        if fraction not in self.known:
            mean, sd = self._between(fraction)
            self._take(fraction, mean + sd * rng.standard_normal(mean.size))
        return self.known[fraction]

    def _between(self, fraction: float) -> tuple[FloatArray, FloatArray]:
        a = max(b for b in self.known if b < fraction)
        c = min(b for b in self.known if b > fraction)
        low, high = self.known[a], self.known[c]
        mean = low + (high - low) * (fraction - a) / (c - a)
        variance = (fraction - a) * (c - fraction) / (c - a) / (self.concentration + 1.0)
        return mean, np.sqrt(variance)

    def _take(self, fraction: float, share: FloatArray) -> None:
        low = self.known[max(b for b in self.known if b < fraction)]
        high = self.known[min(b for b in self.known if b > fraction)]
        possible = (share > low) & (share < high)
        self.log_weight = np.where(possible, self.log_weight, -np.inf)
        self.known[fraction] = np.where(possible, share, 0.5 * (low + high))
