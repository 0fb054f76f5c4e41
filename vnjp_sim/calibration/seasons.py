r"""How a year's flow spreads over the year, for part-year figures.

The share C(b) of the year's flow that falls before the fraction b of the year is a bridge around b,
kept increasing, with heavy tails: given a scale g of the year, it is a Brownian bridge,

.. math:: C(b) \sim N\left(b, \; \frac{b (1 - b)}{(\kappa + 1) g}\right), \qquad
          g \sim \mathrm{Gamma}(\nu / 2, \nu / 2),

the normal counterpart of monthly shares that follow a symmetric Dirichlet distribution with total
concentration κ, but for years of their own kind: a pandemic, one very large project. With g
integrated out, shares follow a Student t with ν degrees of freedom, and each known share makes the
next one's distribution: after n of them, whose standardised deviations squared sum to q, it is a
t with ν + n degrees of freedom and a variance (ν + q) / (ν + n) times that of the bridge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lgamma, log, pi

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

DEGREES = 4.0
"""ν: one year in nine lies beyond two standard deviations of the normal bridge, which has one in
twenty-two there, and one in sixty beyond four (judgement)."""


@dataclass
class Season:
    """The cumulative shares of one flow in one year, for each draw.

    `known` maps fractions of the year to shares, (draw,); `log_weight` collects the density of
    fixed shares and the impossibility of shares that do not increase.
    """

    concentration: FloatArray
    known: dict[float, FloatArray] = field(init=False)
    log_weight: FloatArray = field(init=False)
    squares: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        size = self.concentration.size
        self.known = {0.0: np.zeros(size), 1.0: np.ones(size)}
        self.log_weight = np.zeros(size)
        self.squares = np.zeros(size)

    def fix(self, fraction: float, share: FloatArray) -> None:
        """Fix the share before `fraction` at `share`, (draw,), and weigh it."""
        mean, sd, degrees = self._between(fraction)
        with np.errstate(invalid="ignore"):
            density = student_log_density((share - mean) / sd, degrees) - np.log(sd)
        self.log_weight = self.log_weight + density
        self._take(fraction, share)

    def share(self, fraction: float, rng: np.random.Generator) -> FloatArray:
        """Return the share before `fraction`, (draw,), drawn given the known ones if new."""
        if fraction not in self.known:
            mean, sd, degrees = self._between(fraction)
            self._take(fraction, mean + sd * rng.standard_t(degrees, mean.size))
        return self.known[fraction]

    def _between(self, fraction: float) -> tuple[FloatArray, FloatArray, float]:
        """Return centre and scale, (draw,), and degrees of freedom of the share given the known."""
        mean, variance = self._bridge(fraction)
        degrees = DEGREES + len(self.known) - 2
        return mean, np.sqrt(variance * (DEGREES + self.squares) / degrees), degrees

    def _bridge(self, fraction: float) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance, (draw,), of the normal bridge between the known shares."""
        a = max(b for b in self.known if b < fraction)
        c = min(b for b in self.known if b > fraction)
        low, high = self.known[a], self.known[c]
        mean = low + (high - low) * (fraction - a) / (c - a)
        return mean, (fraction - a) * (c - fraction) / (c - a) / (self.concentration + 1.0)

    def _take(self, fraction: float, share: FloatArray) -> None:
        low = self.known[max(b for b in self.known if b < fraction)]
        high = self.known[min(b for b in self.known if b > fraction)]
        mean, variance = self._bridge(fraction)
        possible = (share > low) & (share < high)
        self.log_weight = np.where(possible, self.log_weight, -np.inf)
        taken = np.where(possible, share, 0.5 * (low + high))
        self.squares = self.squares + (taken - mean) ** 2 / variance
        self.known[fraction] = taken


def student_log_density(score: FloatArray, degrees: float) -> FloatArray:
    """Return the log density, same shape, of a standard Student t."""
    constant = lgamma(0.5 * (degrees + 1.0)) - lgamma(0.5 * degrees) - 0.5 * log(degrees * pi)
    result: FloatArray = constant - 0.5 * (degrees + 1.0) * np.log1p(score**2 / degrees)
    return result
