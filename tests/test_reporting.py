"""Reporting rules: densities, samples from them, and likelihoods smoothed over own errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import made
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad

from vnjp_sim.calibration import observation_model as reporting
from vnjp_sim.calibration.observation_model import (
    error_density,
    log_likelihood,
    rule,
    sample_error,
    sample_truth,
    two_sided,
)
from vnjp_sim.foundation.vocabulary import REPORTED
from vnjp_sim.inputs.observations import Observation

FloatArray = NDArray[np.float64]

TWO_SIDED = ("rounded", "about", "over", "nearly")
BREAKS = (-1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0)
FAR = 8.0


def figure(value: float, step: float, reported: str) -> Observation:
    base = "2021" if reported == "growth" else ""
    return made.figure("made", "2022", value, step, reported, base)


def integral(function: Callable[[float], float]) -> float:
    edges = (-FAR, *BREAKS, FAR)
    return sum(quad(function, a, b)[0] for a, b in pairwise(edges))


def density(name: str, error: float) -> float:
    return float(error_density(name, np.array([error]))[0])


@pytest.mark.parametrize("name", TWO_SIDED)
def test_densities_of_two_sided_rules_integrate_to_one(name: str) -> None:
    assert integral(lambda e: density(name, e)) == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("name", TWO_SIDED)
def test_sampled_errors_follow_the_density(name: str) -> None:
    sample = sample_error(name, np.random.default_rng(11), 20_000)
    grid = np.linspace(-FAR, FAR, 160_001)
    cumulative = np.cumsum(error_density(name, grid)) * (grid[1] - grid[0])
    test = stats.kstest(sample, lambda e: np.interp(e, grid, cumulative))
    assert test.pvalue > 0.01


def test_writers_of_over_have_a_smaller_number_in_mind_in_one_case_of_ten() -> None:
    assert integral(lambda e: density("over", e) * (e < 0)) == pytest.approx(0.1, abs=1e-6)
    assert integral(lambda e: density("nearly", e) * (e > 0)) == pytest.approx(0.1, abs=1e-6)
    errors = np.linspace(-1.5, 1.5, 61) + 1e-3
    np.testing.assert_array_equal(error_density("nearly", errors), error_density("over", -errors))


def test_spreads_of_the_table_are_those_of_the_densities() -> None:
    table = {}
    for line in (reporting.__doc__ or "").splitlines():
        if found := re.match(r"(exact, rounded|about|over|nearly) .* (\d\.\d\d)$", line.strip()):
            table[found[1]] = float(found[2])
    assert set(table) == {"exact, rounded", "about", "over", "nearly"}
    for words, stated in table.items():
        name = words.split(", ")[-1]
        mean = integral(lambda e, name=name: e * density(name, e))
        square = integral(lambda e, name=name: e * e * density(name, e))
        assert np.sqrt(square - mean**2) == pytest.approx(stated, abs=0.006), words


def by_quadrature(one: Observation, truth: float, error_sd: float) -> float:
    """Integrate the own error out, piece by piece between the kinks of the rule."""

    def integrand(score: float) -> float:
        error = (truth * np.exp(error_sd * score) - one.value) / one.step
        return density(rule(one), error) * float(stats.norm.pdf(score))

    levels = one.value + one.step * np.array(BREAKS)
    kinks = np.log(levels[levels > 0.0] / truth) / error_sd
    edges = np.unique(np.clip([-9.0, *kinks, 0.0, 9.0], -9.0, 9.0))
    return sum(quad(integrand, a, b, epsabs=1e-13, limit=200)[0] for a, b in pairwise(edges))


OWN_ERRORS = [
    (40.0, 1.0, 0.0035),
    (67_000.0, 1_000.0, 0.0106),
    (67_000.0, 100.0, 0.0106),
    (5.0, 1.0, 0.02),
    (5.0, 5.0, 0.0106),  # "about" reaches below zero
    (170.0, 10.0, 0.3),
]


@pytest.mark.parametrize("reported", [*TWO_SIDED, "at_least", "at_most"])
@pytest.mark.parametrize(("value", "step", "error_sd"), OWN_ERRORS)
def test_likelihood_integrates_the_own_error_out(
    reported: str, value: float, step: float, error_sd: float
) -> None:
    one = figure(value, step, reported)
    truths = value + np.linspace(-1.5, 2.5, 17) * max(step, error_sd * value)
    truths = truths[truths > 0.0]
    ours = np.exp(log_likelihood(one, truths, error_sd))
    reference = np.array([by_quadrature(one, float(t), error_sd) for t in truths])
    np.testing.assert_allclose(ours, reference, atol=2e-6 * reference.max(), rtol=0.0)


@pytest.mark.parametrize("reported", ["about", "over", "nearly"])
def test_likelihood_falls_far_from_the_figure_as_the_own_error_does(reported: str) -> None:
    one = figure(40.0, 1.0, reported)
    for scores in (np.array([10.0, 20.0, 30.0]), -np.array([10.0, 20.0, 30.0])):
        edge = 43.0 if reported == "about" else 41.0 if reported == "over" else 40.2
        if scores[0] < 0:
            edge = {"about": 37.0, "over": 39.8, "nearly": 39.0}[reported]
        found = log_likelihood(one, edge * np.exp(0.01 * scores), 0.01)
        assert np.isfinite(found).all()
        assert np.diff(found) == pytest.approx([-150.0, -250.0], abs=6.0)
    gone = log_likelihood(one, np.array([40.0 * np.exp(0.45), 40.0 * np.exp(-0.45)]), 0.01)
    assert np.isneginf(gone).all()


@pytest.mark.parametrize("reported", ["about", "over", "nearly"])
def test_truth_below_zero_is_impossible_for_a_positive_figure(reported: str) -> None:
    one = figure(40.0, 1.0, reported)
    assert np.isneginf(log_likelihood(one, np.array([0.0, -3.0]), 0.01)).all()


@pytest.mark.parametrize("reported", TWO_SIDED)
def test_vanishing_own_error_changes_nothing(reported: str) -> None:
    one = figure(40.0, 1.0, reported)
    truths = 40.0 + np.array([-0.45, -0.17, -0.05, 0.07, 0.31, 0.45])
    with np.errstate(divide="ignore"):
        smoothed = np.exp(log_likelihood(one, truths, 1e-6))
    np.testing.assert_allclose(smoothed, np.exp(log_likelihood(one, truths)), atol=0.05)


def test_bounds_are_open_half_lines() -> None:
    truths = np.array([1.0, 99.0, 100.0, 101.0, 1e9])
    low = np.exp(log_likelihood(figure(100.0, 10.0, "at_least"), truths))
    high = np.exp(log_likelihood(figure(100.0, 10.0, "at_most"), truths))
    assert low.tolist() == [0, 0, 1, 1, 1]
    assert high.tolist() == [1, 1, 1, 0, 0]
    soft = np.exp(log_likelihood(figure(100.0, 10.0, "at_least"), truths, 0.01))
    assert soft[2] == pytest.approx(0.5)
    assert soft[1] == pytest.approx(stats.norm.cdf(np.log(0.99) / 0.01))


def test_growth_and_share_are_rounded_rates_and_exact_is_rounded() -> None:
    names = [rule(figure(6.0, 1.0, reported)) for reported in ("growth", "share", "exact")]
    assert names == ["rounded"] * 3
    excluded = log_likelihood(figure(6.0, 1.0, "growth"), np.array([5.4, 5.6, 6.4, 6.6]))
    assert np.isfinite(excluded).tolist() == [False, True, True, False]


def test_only_bounds_are_one_sided() -> None:
    bounds = {"at_least", "at_most", "announced at_least", "announced at_most"}
    assert {r for r in REPORTED if not two_sided(figure(1.0, 1.0, r))} == bounds


def test_sampled_truth_is_the_value_plus_steps() -> None:
    sample = sample_truth(figure(185_600.0, 100.0, "exact"), np.random.default_rng(2), 50_000)
    assert sample.min() >= 185_550
    assert sample.max() <= 185_650
    assert sample.mean() == pytest.approx(185_600, abs=1.0)


@pytest.mark.parametrize("reported", ["forecast", "pledge"])
def test_forecasts_and_pledges_say_nothing_of_the_past(reported: str) -> None:
    one = figure(6.2, 0.1, reported)
    with pytest.raises(ValueError, match="do not constrain the true value"):
        log_likelihood(one, np.array([6.2]))
    with pytest.raises(ValueError, match="do not constrain the true value"):
        log_likelihood(one, np.array([6.2]), 0.01)
    with pytest.raises(ValueError, match="does not bound"):
        sample_truth(one, np.random.default_rng(1), 10)


@pytest.mark.parametrize("reported", ["at_least", "at_most"])
def test_bounds_are_not_drawn_from(reported: str) -> None:
    with pytest.raises(ValueError, match="does not bound"):
        sample_truth(figure(20.0, 1.0, reported), np.random.default_rng(1), 10)
