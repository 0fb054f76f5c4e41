"""The Monte Carlo error of quantiles: told as it is over repetitions, and gated."""

from __future__ import annotations

import numpy as np
import pytest

from vnjp_sim.calibration import GroupDiagnostics
from vnjp_sim.calibration.importance import WeightedSample
from vnjp_sim.calibration.posteriors import ValuePosterior
from vnjp_sim.calibration.precision import LEVELS, least_certain, quantile_error, quantiles

DRAWS, ROWS, REPETITIONS = 2_000, 1_000, 200


def weighted(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return draws from a proposal twice as wide as a standard normal target, and weights."""
    values = 2.0 * rng.standard_normal(DRAWS)
    weight = np.exp(-0.5 * values**2 + 0.125 * values**2)
    return values, weight / weight.sum()


def test_the_error_of_a_quantile_is_its_spread_over_repetitions() -> None:
    """Over 200 repetitions of a weighted sample that is resampled into 1,000 independent rows."""
    rng = np.random.default_rng(8)
    levels = dict.fromkeys(LEVELS)
    estimates, told = {p: [] for p in levels}, {p: [] for p in levels}
    for _ in range(REPETITIONS):
        values, weight = weighted(rng)
        rows = rng.choice(values, ROWS, p=weight)
        for p in levels:
            estimates[p].append(np.quantile(rows, p))
            told[p].append(quantile_error(values, weight, p, ROWS))
    for p in levels:
        assert np.mean(told[p]) == pytest.approx(np.std(estimates[p]), rel=0.15), p


def test_quantiles_of_weighted_draws() -> None:
    values, weight = np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3])
    assert quantiles(values, weight, (0.4, 0.6, 0.9)).tolist() == [1.0, 2.0, 3.0]


def test_a_quantile_that_few_draws_carry_fails_its_gate() -> None:
    """Equal weights, but for three draws far out that carry a fifteenth of all weight."""
    rng = np.random.default_rng(2)
    values = rng.standard_normal(DRAWS)
    values[:3] = (40.0, 55.0, 80.0)
    log_weight = np.zeros(DRAWS)
    even = WeightedSample(log_weight, {"a": ValuePosterior(values)}, 0.0, 0.1, 1_900.0)
    assert least_certain([even], ROWS).share < 0.05
    heavy = log_weight.copy()
    heavy[:3] = np.log(DRAWS / 3 / 15)
    few = WeightedSample(heavy, {"a": ValuePosterior(values)}, 0.0, 0.1, 1_200.0)
    error = least_certain([few], ROWS)
    assert error.of == "a"
    assert error.share > 0.05
    group = GroupDiagnostics("made", 1, 1_200.0, 0.1, {}, {}, error.share, error.of)
    assert len(group.faults) == 1
    assert "the Monte Carlo error of a quantile of a is" in group.faults[0]
