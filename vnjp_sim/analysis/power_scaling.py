r"""Sensitivity of projections to priors and figures, by power-scaling.

A prior or a likelihood with the density p is replaced by p^α with α near one: weaker below,
stronger above. The draws are weighed again by p^{α−1}, Pareto-smoothed. How far the distribution
of a quantity moves for a doubling of α, as the distance of cumulative Jensen and Shannon, is its
sensitivity (Kallioinen, Paananen, Bürkner and Vehtari 2023, Statistics and Computing 34, 57); 0.05
and more is worth a look: of a normal distribution it is a shift by about a fifth of its standard
deviation.

Priors are scaled one by one, and together those that move a quantity at all: the others would only
add noise to the weights. The same holds for the figures of the groups of laws.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.foundation.vocabulary import Grade
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.links import Links
from vnjp_sim.inputs.parameters import Parameters

FloatArray = NDArray[np.float64]

ALPHAS = (0.8, 1.25)
THRESHOLD = 0.05
FLOOR = 0.01
"""What moves a quantity by less alone is not worth naming."""
UNRELATED = 40
"""So many densities are turned by half the draws, which unties them from the quantity: what they
still move is the noise of the weights, large where a few draws lie far out."""

PRIORS_DECIDE = "the priors decide"
FIGURES_DECIDE = "the figures decide"
BOTH = "priors and figures both move it: do they agree?"
NEITHER = "neither: chance from year to year"


@dataclass(frozen=True)
class Sensitivity:
    """How far one quantity moves when priors or likelihoods are power-scaled.

    Attributes
    ----------
    prior, likelihood : float
        Of all priors and of all figures.
    by_prior, by_group : Mapping[str, float]
        Of each prior and of each group's figures that move it, the strongest first.
    """

    prior: float
    likelihood: float
    by_prior: Mapping[str, float]
    by_group: Mapping[str, float]

    @property
    def diagnosis(self) -> str:
        """What the two say, in words."""
        if self.prior >= THRESHOLD:
            return BOTH if self.likelihood >= THRESHOLD else PRIORS_DECIDE
        return FIGURES_DECIDE if self.likelihood >= THRESHOLD else NEITHER


class Densities:
    """Log densities of priors, or of figures, in each draw, and the weights of scaling them.

    Parameters
    ----------
    log_densities : Mapping[str, FloatArray]
        (draw,) each, up to a constant, by name.
    """

    def __init__(self, log_densities: Mapping[str, FloatArray]) -> None:
        self.log_densities = log_densities
        self._weights = {name: scaled_weights(one) for name, one in log_densities.items()}

    def sensitivity(self, values: FloatArray) -> tuple[float, dict[str, float]]:
        """Return how far values, (draw,), move by all that move them, and by each of these."""
        alone = {name: moved(values, weights) for name, weights in self._weights.items()}
        floor = max(FLOOR, self._noise(values))
        moving = sorted((n for n in alone if alone[n] >= floor), key=lambda n: -alone[n])
        if not moving:
            return 0.0, {}
        together = np.sum([self.log_densities[name] for name in moving], axis=0)
        return moved(values, scaled_weights(together)), {name: alone[name] for name in moving}

    def _noise(self, values: FloatArray) -> float:
        """Return the most that densities move values, (draw,), which they do not bear on."""
        turned = np.roll(values, values.size // 2)
        unrelated = list(self._weights.values())[:UNRELATED]
        return max((moved(turned, weights) for weights in unrelated), default=0.0)


def power_scaled(values: FloatArray, priors: Densities, figures: Densities) -> Sensitivity:
    """Return the sensitivity of equally likely values, (draw,), to priors and to figures."""
    prior, by_prior = priors.sensitivity(values)
    likelihood, by_group = figures.sensitivity(values)
    return Sensitivity(prior, likelihood, by_prior, by_group)


def scaled_weights(log_density: FloatArray) -> list[FloatArray]:
    """Return the weights, (draw,), of scaling a log density, (draw,), by each of the powers."""
    from arviz_stats.base import array_stats

    if np.ptp(log_density) < 1e-12:
        return [np.ones(log_density.size) for _ in ALPHAS]
    logs = [array_stats.power_scale_lw(log_density, alpha=alpha) for alpha in ALPHAS]
    return [np.exp(one - one.max()) for one in logs]


def moved(values: FloatArray, weights: Sequence[FloatArray]) -> float:
    """Return how far values, (draw,), move for a doubling of the power, given its weights."""
    from arviz_stats.base import array_stats

    if np.ptp(values) == 0.0:
        return 0.0
    lower, upper = (one[None] for one in weights)
    return float(array_stats.power_scale_sense(values[None], lower, upper, *ALPHAS))


def log_priors(
    posterior: Posterior, parameters: Parameters, links: Links, streams: RandomStreams
) -> dict[str, FloatArray]:
    """Return the log density of every prior in each draw, (draw,), up to a constant, by name.

    Of parameters that no figure bears on, and of links, the draws are the prior's own.
    """
    rows = streams.rows(posterior.size)
    densities = {name: one[rows] for name, one in posterior.log_prior(parameters).items()}
    for one in drawn_priors(densities, parameters, links):
        densities[one.name] = 0.5 - 0.5 * one.scores(streams) ** 2
    return densities


@dataclass(frozen=True)
class DrawnPrior:
    """A prior of which each run draws, since no figure bears on it.

    Attributes
    ----------
    name, kind : str
        The kind is `parameter`, `coefficient` or `link`.
    grade : Grade
        Of its reference.
    prior : Distribution
        What the scores are transformed by.
    unit : str
        Of its values.
    """

    name: str
    kind: str
    grade: Grade
    prior: Distribution
    unit: str

    def scores(self, streams: RandomStreams) -> FloatArray:
        """Return its normal scores, (draw,), those that a run takes."""
        return streams.normal(f"{self.kind}.{self.name}", group=self.grade)


def drawn_priors(
    learnt: Collection[str], parameters: Parameters, links: Links
) -> Iterator[DrawnPrior]:
    """Yield the priors of which each run draws: all but those of the posterior, and fixed ones."""
    drawn = [
        DrawnPrior(name, "parameter", one.grade, one.prior, one.unit)
        for name, one in parameters.single.items()
        if name not in learnt
    ]
    drawn += [
        DrawnPrior(name, "coefficient", one.grade, one.prior, one.unit)
        for name, one in links.coefficients.items()
    ]
    drawn += [
        DrawnPrior(name, "link", link.grade, link.prior, "")
        for name, link in links.links.items()
        if link.grade != "calibrated"
    ]
    yield from (one for one in drawn if one.prior.fixed is None)
