"""Power-scaling: a conjugate normal, whose scaled posteriors are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from vnjp_sim.analysis.power_scaling import (
    ALPHAS,
    BOTH,
    FIGURES_DECIDE,
    NEITHER,
    PRIORS_DECIDE,
    Densities,
    power_scaled,
)
from vnjp_sim.calibration import Posterior
from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]
DRAWS = 8_192


def posterior_of(
    figure: float, error: float, prior: float, likelihood: float
) -> tuple[float, float]:
    """Return mean and deviation of N(0, 1)^prior times N(figure, error²)^likelihood."""
    precision = prior + likelihood / error**2
    return likelihood * figure / error**2 / precision, precision**-0.5


def distance(x: FloatArray, p: FloatArray, q: FloatArray) -> float:
    """Return the distance of cumulative Jensen and Shannon of two distribution functions at x."""
    step, middle = x[1] - x[0], 0.5 * (p + q)

    def gap(own: FloatArray, other: FloatArray) -> float:
        logs = np.log2(own, where=own > 0.0, out=np.zeros_like(own))
        means = np.log2(middle, where=middle > 0.0, out=np.zeros_like(own))
        entropy = np.sum(own * (logs - means)) + 0.5 / np.log(2.0) * np.sum(other - own)
        return float(max(entropy * step, 0.0))

    return float(np.sqrt((gap(p, q) + gap(q, p)) / (step * np.sum(p + q))))


def exact(figure: float, error: float, scaled: str, span: tuple[float, float]) -> float:
    """Return the sensitivity from the scaled posteriors themselves, without any weights."""
    x = np.linspace(*span, 20_001)
    mean, sd = posterior_of(figure, error, 1.0, 1.0)
    slopes = []
    for alpha in ALPHAS:
        powers = (alpha, 1.0) if scaled == "prior" else (1.0, alpha)
        other, spread = posterior_of(figure, error, *powers)
        up = distance(x, norm.cdf(x, mean, sd), norm.cdf(x, other, spread))
        down = distance(x, norm.sf(x, mean, sd), norm.sf(x, other, spread))
        slopes.append(max(up, down) / abs(np.log2(alpha)))
    return sum(slopes) / 2.0


@pytest.mark.parametrize(
    ("figure", "error", "diagnosis"),
    [
        (0.0, 0.2, FIGURES_DECIDE),
        (2.0, 1.0, BOTH),
        (0.3, 30.0, PRIORS_DECIDE),
    ],
)
def test_a_conjugate_normal_moves_as_its_scaled_posteriors(
    figure: float, error: float, diagnosis: str
) -> None:
    mean, sd = posterior_of(figure, error, 1.0, 1.0)
    values = mean + sd * np.random.default_rng(3).normal(size=DRAWS)
    span = float(values.min()), float(values.max())
    chance = np.random.default_rng(4).normal(size=DRAWS)
    prior = Densities({"own": -0.5 * values**2, "unrelated": -0.5 * chance**2})
    figures = Densities({"own": -0.5 * ((values - figure) / error) ** 2})
    found = power_scaled(values, prior, figures)
    assert found.prior == pytest.approx(exact(figure, error, "prior", span), abs=0.01)
    assert found.likelihood == pytest.approx(exact(figure, error, "figures", span), abs=0.01)
    assert "unrelated" not in found.by_prior
    assert found.diagnosis == diagnosis


def test_what_depends_on_nothing_does_not_move() -> None:
    rng = np.random.default_rng(5)
    densities = Densities({"prior": -0.5 * rng.normal(size=DRAWS) ** 2})
    found = power_scaled(rng.normal(size=DRAWS), densities, densities)
    assert (found.prior, found.likelihood, found.diagnosis) == (0.0, 0.0, NEITHER)


def test_densities_are_those_of_the_bank(posterior: Posterior, shipped_model: Model) -> None:
    densities = posterior.log_prior(shipped_model.parameters)
    assert set(densities) == {parameter.name for parameter in posterior.parameters}
    equilibrium = np.asarray(posterior.arrays["oda_commitments.equilibrium"], np.float64)
    prior = shipped_model.parameters.reverting("oda_commitments").equilibrium.prior.normal
    assert prior is not None
    by_hand = 0.5 - 0.5 * ((equilibrium - prior.mean) / prior.sd) ** 2
    np.testing.assert_allclose(densities["oda_commitments.equilibrium"], by_hand)
    assert posterior.log_likelihood.keys() == {group.name for group in posterior.groups}
    for density in posterior.log_likelihood.values():
        assert density.shape == (posterior.size,)
        assert np.isfinite(density.astype(np.float64)).all()
