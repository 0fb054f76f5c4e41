r"""Sensitivity of projections to priors and figures, by power-scaling.

A prior or a likelihood with the density p is replaced by p^α with α near one: weaker below,
stronger above. The draws are weighed again by p^{α−1}, Pareto-smoothed. How far the distribution of a
quantity moves, as the distance of cumulative Jensen and Shannon for a doubling of α, is its
sensitivity (Kallioinen, Paananen, Bürkner and Vehtari 2023, Statistics and Computing 34, 57); about
0.05 and more is worth a look: of a normal distribution it is a shift by about a fifth of its
standard deviation.

Priors are scaled one by one, and together those that move a quantity at all: the others would only
add noise to the weights. The same holds for the figures of the groups of laws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.foundation.vocabulary import Grade
from vnjp_sim.inputs.links import Links
from vnjp_sim.inputs.parameters import Distribution, Parameters

FloatArray = NDArray[np.float64]

ALPHAS = (0.8, 1.25)
THRESHOLD = 0.05
FLOOR = 0.01
"""What moves a quantity by less alone is taken as noise of the weights."""

PRIORS_DECIDE = "the priors decide"
FIGURES_DECIDE = "the figures decide"
BOTH = "priors and figures both move it: do they agree?"
NEITHER = "neither: chance of the years"


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
        return diagnosis(self.prior, self.likelihood)


def power_scaled(
    values: FloatArray, priors: Mapping[str, FloatArray], likelihoods: Mapping[str, FloatArray]
) -> Sensitivity:
    """Return the sensitivity of values, (draw,), to log densities, (draw,), by name."""
    prior, by_prior = _of_all(values, priors)
    likelihood, by_group = _of_all(values, likelihoods)
    return Sensitivity(prior, likelihood, by_prior, by_group)


def _of_all(
    values: FloatArray, densities: Mapping[str, FloatArray]
) -> tuple[float, dict[str, float]]:
    alone = {name: sensitivity(values, density) for name, density in densities.items()}
    moving = sorted((n for n in alone if alone[n] >= FLOOR), key=lambda n: -alone[n])
    together = np.sum([densities[name] for name in moving], axis=0) if moving else np.zeros(1)
    return sensitivity(values, together), {name: alone[name] for name in moving}


def log_priors(
    posterior: Posterior, parameters: Parameters, links: Links, streams: RandomStreams
) -> dict[str, FloatArray]:
    """Return the log density of every prior in each draw, (draw,), up to a constant, by name.

    Of parameters that no figure bears on, and of links, the draws are the prior's own.
    """
    rows = streams.rows(posterior.size)
    densities = {name: one[rows] for name, one in posterior.log_prior(parameters).items()}
    drawn: list[tuple[str, Distribution, str, Grade]] = [
        (name, one.prior, f"parameter.{name}", one.grade)
        for name, one in parameters.single.items()
        if name not in densities
    ]
    drawn += [(n, x.prior, f"coefficient.{n}", x.grade) for n, x in links.coefficients.items()]
    drawn += [
        (name, link.prior, f"link.{name}", link.grade)
        for name, link in links.links.items()
        if link.grade != "calibrated"
    ]
    for name, prior, stream, grade in drawn:
        if prior.fixed is None:
            densities[name] = 0.5 - 0.5 * streams.normal(stream, group=grade) ** 2
    return densities


def sensitivity(values: FloatArray, log_density: FloatArray) -> float:
    """Return how far values, (draw,), move when a density is power-scaled.

    Parameters
    ----------
    values : FloatArray
        (draw,)
        Equally likely draws of a quantity.
    log_density : FloatArray
        (draw,)
        The log density of the prior or likelihood in each, up to a constant.
    """
    from arviz_stats.base import array_stats

    if np.ptp(values) == 0.0 or np.ptp(log_density) < 1e-12:
        return 0.0
    log_weights = [array_stats.power_scale_lw(log_density, alpha=alpha) for alpha in ALPHAS]
    weights = [np.exp(x - x.max())[None] for x in log_weights]
    return float(array_stats.power_scale_sense(values[None], *weights, *ALPHAS))


def diagnosis(prior: float, likelihood: float) -> str:
    """Return what the sensitivities to priors and figures say, in words."""
    if prior >= THRESHOLD:
        return BOTH if likelihood >= THRESHOLD else PRIORS_DECIDE
    return FIGURES_DECIDE if likelihood >= THRESHOLD else NEITHER
