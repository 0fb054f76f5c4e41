r"""Counts: Poisson with lognormal overdispersion.

.. math:: n_y \sim \mathrm{Poisson}(\lambda E_y e^{s \epsilon_y - s^2 / 2}),

with independent standard normal shocks ε, rate λ, dispersion s and exposure E (years, or
occasions). The likelihood of a count integrates the shock by Gauss–Hermite quadrature; a hedged
count ("over 50") sums over the counts that it may stand for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.parameters import CountLaw
from vnjp_sim.reporting import error_density

FloatArray = NDArray[np.float64]

NODES = 32


@dataclass(frozen=True)
class Count:
    """One documented count: a period's name, value, exposure and how it was reported."""

    period: str
    value: float
    exposure: float
    rule: str = "rounded"
    step: float = 1.0

    def candidates(self) -> tuple[FloatArray, FloatArray]:
        """Return the whole numbers that the count may stand for, and their weights."""
        width = 0.0 if self.rule == "rounded" and self.step <= 1 else 2.0 * self.step
        low = max(0.0, np.floor(self.value - width))
        counts = np.arange(low, np.ceil(self.value + width) + 1.0)
        weights = error_density(self.rule, (counts - self.value) / self.step)
        possible = weights > 0
        return counts[possible], weights[possible]


class CountGroup:
    """The posterior of a count law's rate and dispersion."""

    dimension = 2

    def __init__(self, name: str, law: CountLaw, counts: Sequence[Count]) -> None:
        self.name = name
        self.law = law
        self.counts = tuple(counts)

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return log weights and what the posterior keeps; see :mod:`importance`."""
        del rng
        rate = self.law.rate.prior.transform(scores[0])
        dispersion = self.law.dispersion.prior.transform(scores[1])
        log_weight = np.zeros(scores.shape[1])
        alike = Counter((c.value, c.exposure, c.rule, c.step) for c in self.counts)
        for (value, exposure, rule, step), times in sorted(alike.items()):
            count = Count("", value, exposure, rule, step)
            log_weight = log_weight + times * count_log_likelihood(count, rate, dispersion)
        return log_weight, {f"{self.name}.rate": rate, f"{self.name}.dispersion": dispersion}


def count_log_likelihood(count: Count, rate: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Return the log probability, (draw,), of a documented count."""
    from scipy.special import gammaln

    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    shock = np.exp(dispersion[:, None] * nodes - 0.5 * dispersion[:, None] ** 2)
    mean = rate[:, None] * count.exposure * shock
    total = np.zeros(rate.shape)
    for value, chance in zip(*count.candidates(), strict=True):
        log_pmf = value * np.log(mean) - mean - gammaln(value + 1.0)
        total = total + chance * (np.exp(log_pmf) @ weights)
    with np.errstate(divide="ignore"):
        result: FloatArray = np.log(total)
    return result
