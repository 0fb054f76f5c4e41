"""Counts: the Poisson-lognormal likelihood against integration, and counts from uniforms."""

from __future__ import annotations

import numpy as np
import pytest
from made import prior
from numpy.typing import NDArray
from scipy import stats

from vnjp_sim.calibration.counts import Count, CountGroup, count_log_likelihood
from vnjp_sim.calibration.observation_model import error_density
from vnjp_sim.foundation.random_streams import poisson_by_inversion
from vnjp_sim.inputs.parameters import CountLaw

FloatArray = NDArray[np.float64]

SCORES = np.linspace(-14.0, 14.0, 40_001)
WEIGHTS = stats.norm.pdf(SCORES) * (SCORES[1] - SCORES[0])


def probabilities(
    counts: FloatArray, rate: float, exposure: float, dispersion: float
) -> FloatArray:
    mean = rate * exposure * np.exp(dispersion * SCORES - 0.5 * dispersion**2)
    return np.array([(stats.poisson.pmf(n, mean) * WEIGHTS).sum() for n in counts])


def likelihood(count: Count, rate: float, dispersion: float) -> float:
    ours = count_log_likelihood(count, np.array([rate]), np.array([dispersion]))
    return float(np.exp(ours[0]))


@pytest.mark.parametrize(
    ("value", "exposure", "rate", "dispersion"),
    [
        (0, 1.0, 0.8, 0.25),
        (0, 1.0, 5.0, 1.0),
        (1, 1.0, 40.0, 1.5),
        (3, 1.0, 2.0, 0.01),
        (5, 1.0, 1.0, 0.25),
        (12, 1.0, 20.0, 0.5),
        (35, 2.0, 20.0, 0.8),
        (50, 1.0, 30.0, 1.0),
        (200, 1.0, 150.0, 1.0),
    ],
)
def test_probability_of_a_count_integrates_the_shock(
    value: int, exposure: float, rate: float, dispersion: float
) -> None:
    reference = probabilities(np.array([value]), rate, exposure, dispersion)[0]
    ours = likelihood(Count("2020", value, exposure), rate, dispersion)
    assert ours == pytest.approx(reference, rel=1e-6)


def test_probabilities_of_all_counts_sum_to_one() -> None:
    total = sum(likelihood(Count("2020", n, 1.0), 4.0, 0.6) for n in range(400))
    assert total == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("rule", ["over", "nearly", "about", "rounded"])
def test_hedged_counts_sum_over_what_they_may_stand_for(rule: str) -> None:
    counts = np.arange(0.0, 200.0)
    weights = error_density(rule, (counts - 50.0) / 10.0)
    reference = (weights * probabilities(counts, 40.0, 1.0, 0.5)).sum()
    ours = likelihood(Count("2021", 50.0, 1.0, rule, 10.0), 40.0, 0.5)
    assert ours == pytest.approx(reference, rel=1e-4)


def test_bounds_of_counts_are_open() -> None:
    each = probabilities(np.arange(0.0, 3.0), 4.0, 1.0, 0.5)
    at_least = likelihood(Count("2021", 3.0, 1.0, "at_least"), 4.0, 0.5)
    at_most = likelihood(Count("2021", 2.0, 1.0, "at_most"), 4.0, 0.5)
    assert at_most == pytest.approx(each.sum(), rel=1e-6)
    assert at_least == pytest.approx(1.0 - each.sum(), rel=1e-6)
    assert likelihood(Count("2021", 0.0, 1.0, "at_least"), 4.0, 0.5) == pytest.approx(1.0)


def test_exact_count_stands_for_itself_alone() -> None:
    counts, weights = Count("2022", 22.0, 1.0).candidates()
    assert counts.tolist() == [22.0]
    assert weights.tolist() == [1.0]


def test_weights_of_a_group_are_the_product_of_its_counts() -> None:
    law = CountLaw(
        law="count",
        rate=prior(lognormal={"median": 1.0, "sigma": 0.8}),
        dispersion=prior(lognormal={"median": 0.3, "sigma": 0.5}),
    )
    counts = [Count("2001", 2.0, 1.0), Count("2002", 2.0, 1.0), Count("2003", 0.0, 1.0)]
    scores = np.array([[0.0, 1.0], [0.5, -1.0]])
    weight, kept = CountGroup("visits", law, counts).evaluate(scores, np.random.default_rng(1))
    rate, dispersion = kept["visits"].rate, kept["visits"].dispersion
    np.testing.assert_allclose(rate, np.exp([0.0, 0.8]))
    expected = sum(count_log_likelihood(count, rate, dispersion) for count in counts)
    np.testing.assert_allclose(weight, expected)


def test_counts_from_uniforms_are_poisson_quantiles() -> None:
    rng = np.random.default_rng(8)
    uniform = rng.random(20_000)
    mean = np.exp(rng.uniform(np.log(0.01), np.log(3_000.0), 20_000))
    np.testing.assert_array_equal(
        poisson_by_inversion(uniform, mean), stats.poisson.ppf(uniform, mean)
    )


def test_counts_rise_with_the_mean_for_every_uniform() -> None:
    mean = np.concatenate([np.linspace(0.0, 40.0, 300), np.linspace(380.0, 420.0, 400)])
    for level in (0.0, 0.01, 0.5, 0.9, 0.9987, 0.999_999):
        counts = poisson_by_inversion(np.full(mean.size, level), mean)
        assert np.all(np.diff(counts) >= 0), level


def test_nothing_happens_at_a_mean_of_zero() -> None:
    assert poisson_by_inversion(np.array([0.0, 0.5, 0.999]), np.zeros(3)).tolist() == [0, 0, 0]
