"""Laws as Gaussian processes: densities of anchors and conditional draws against the formulas."""

from __future__ import annotations

from dataclasses import replace

import made
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from vnjp_sim.calibration import path_conditioning
from vnjp_sim.calibration.path_conditioning import condition, log_density_of
from vnjp_sim.calibration.paths import LEVEL_SD, Followed, PathLaw
from vnjp_sim.inputs.parameters import GrowthLaw, Parameter, RevertingLaw
from vnjp_sim.sectors.growth import FORMS, mean_path

FloatArray = NDArray[np.float64]

TIMES = [2000.5, 2003.5, 2003.75, 2008.5, 2012.5, 2020.5]
ANCHORED = [1, 3, 4]
GROWTH = {"initial_growth": 0.09, "long_run_growth": 0.02, "half_life": 7.0, "slowdown": 11.0}
VOLATILITY, TRANSITORY, FADING = 0.13, 0.25, 6.0
EQUILIBRIUM, SPREAD, REVERSION = 0.4, 0.3, 4.0
MEAN_OF_EQUILIBRIUM, SD_OF_EQUILIBRIUM = -0.2, 0.8


def prior(value: float, sd: float = 0.0) -> Parameter:
    return made.prior(**({"normal": {"mean": value, "sd": sd}} if sd else {"fixed": value}))


LOGS = [0.07 * x + 0.05 * (x % 3) for x in range(30)]
COURSE = Followed("output", 1999, tuple(np.exp(LOGS)))


def growth_law(form: str, *, transitory: bool = False, fading: bool = False) -> PathLaw:
    spec = GrowthLaw(
        law="growth",
        **{name: prior(value) for name, value in GROWTH.items()},
        volatility=prior(VOLATILITY),
        transitory=prior(TRANSITORY) if transitory else None,
        departure_half_life=prior(FADING) if fading else None,
    )
    followed = COURSE if fading else None
    return PathLaw(
        "growth", spec, True, 0.5, form, 2000.5, plateau=15.0, guess=2.0, followed=followed
    )


def reverting_law(*, marginal: bool) -> PathLaw:
    spec = RevertingLaw(
        law="reverting",
        equilibrium=prior(MEAN_OF_EQUILIBRIUM, SD_OF_EQUILIBRIUM),
        spread=prior(SPREAD),
        half_life=prior(REVERSION),
    )
    return PathLaw("ratio", spec, True, 0.5, origin=2000.5, marginal=marginal)


def values(law: PathLaw, size: int) -> dict[str, FloatArray]:
    numbers = {
        **GROWTH,
        "volatility": VOLATILITY,
        "transitory": TRANSITORY,
        "departure_half_life": FADING,
        "equilibrium": EQUILIBRIUM,
        "spread": SPREAD,
    }
    if isinstance(law.spec, RevertingLaw):
        numbers["half_life"] = REVERSION
    return {name: np.full(size, numbers[name]) for name in law.priors}


def moments(law: PathLaw, times: list[float]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean and covariance of values, and covariance of permanent parts with values, by hand."""
    t = np.array(times)
    if isinstance(law.spec, RevertingLaw):
        own = SPREAD**2 * 0.5 ** (np.abs(t[:, None] - t[None, :]) / REVERSION)
        if not law.marginal:
            return np.full(t.size, EQUILIBRIUM), own, own
        shared = np.full_like(own, SD_OF_EQUILIBRIUM**2)
        return np.full(t.size, MEAN_OF_EQUILIBRIUM), own + shared, shared
    parameters = law.growth_parameters(values(law, 1))
    mean = np.array([2.0 + mean_path(parameters, float(x) - 2000.5)[0] for x in t])
    if "departure_half_life" in law.priors:
        middle = 1999.5 + np.arange(30)
        mean = mean + np.interp(t, middle, LOGS) - LOGS[1]
        added = VOLATILITY**2 / (1.0 - 0.25 ** (1.0 / FADING))
        fading = added * 0.5 ** (np.abs(t[:, None] - t[None, :]) / FADING)
        level = np.full_like(fading, LEVEL_SD**2)
        return mean, fading + level, level
    walk = LEVEL_SD**2 + VOLATILITY**2 * np.minimum(t[:, None] - 2000.5, t[None, :] - 2000.5)
    passing = TRANSITORY**2 * np.eye(t.size) if "transitory" in law.priors else 0.0
    return mean, walk + passing, walk


LAWS = [
    *(pytest.param(growth_law(form), id=form) for form in FORMS),
    pytest.param(growth_law("damped", transitory=True), id="transitory"),
    pytest.param(growth_law("logistic", fading=True), id="fading"),
    pytest.param(reverting_law(marginal=False), id="reverting"),
    pytest.param(reverting_law(marginal=True), id="marginal"),
]


def anchors_of(law: PathLaw) -> FloatArray:
    mean, _, _ = moments(law, TIMES)
    return mean[ANCHORED] + np.array([0.2, -0.15, 0.1])


@pytest.mark.parametrize("law", LAWS)
def test_density_of_anchors_is_multivariate_normal(law: PathLaw) -> None:
    mean, covariance, _ = moments(law, TIMES)
    within = covariance[np.ix_(ANCHORED, ANCHORED)]
    anchors = np.stack([anchors_of(law), anchors_of(law) + np.array([0.0, 0.05, -0.3])], axis=1)
    reference = stats.multivariate_normal(mean[ANCHORED], within).logpdf(anchors.T)
    at = [TIMES[i] for i in ANCHORED]
    ours = log_density_of(law, values(law, 2), at, anchors)
    np.testing.assert_allclose(ours, reference, atol=1e-5)
    normals = np.zeros((law.noise_rows(len(TIMES)), 2))
    again = condition(law, values(law, 2), at, anchors, TIMES, normals).log_density
    np.testing.assert_allclose(again, reference, atol=1e-5)


@pytest.mark.parametrize("law", LAWS)
def test_conditional_draws_have_the_conditional_moments(law: PathLaw) -> None:
    size = 60_000
    mean, covariance, across = moments(law, TIMES)
    within = covariance[np.ix_(ANCHORED, ANCHORED)]
    anchors = anchors_of(law)
    gain = np.linalg.solve(within, covariance[ANCHORED]).T
    expected = mean + gain @ (anchors - mean[ANCHORED])
    spread = covariance - gain @ covariance[ANCHORED]
    rng = np.random.default_rng(3)
    drawn = condition(
        law,
        values(law, size),
        [TIMES[i] for i in ANCHORED],
        np.repeat(anchors[:, None], size, axis=1),
        TIMES,
        rng.standard_normal((law.noise_rows(len(TIMES)), size)),
    )
    free = [i for i in range(len(TIMES)) if i not in ANCHORED]
    error = np.sqrt(np.diag(spread)[free] / size)
    np.testing.assert_array_less(
        np.abs(drawn.value[free].mean(axis=1) - expected[free]), 4.5 * error
    )
    np.testing.assert_allclose(
        np.cov(drawn.value[free]), spread[np.ix_(free, free)], atol=0.03 * spread.max()
    )
    gain = np.linalg.solve(within, across[:, ANCHORED].T).T
    permanent = mean + gain @ (anchors - mean[ANCHORED])
    if law.marginal:
        permanent = np.full(len(TIMES), MEAN_OF_EQUILIBRIUM) + gain @ (anchors - mean[ANCHORED])
    np.testing.assert_allclose(drawn.permanent.mean(axis=1), permanent, atol=0.01)


@pytest.mark.parametrize("law", LAWS)
def test_anchors_come_back_exactly(law: PathLaw) -> None:
    size = 50
    rng = np.random.default_rng(4)
    anchors = anchors_of(law)[:, None] + 0.1 * rng.standard_normal((3, size))
    drawn = condition(
        law,
        values(law, size),
        [TIMES[i] for i in ANCHORED],
        anchors,
        TIMES,
        rng.standard_normal((law.noise_rows(len(TIMES)), size)),
    )
    np.testing.assert_array_equal(drawn.value[ANCHORED], anchors)
    if {"transitory", "departure_half_life"} & set(law.priors) or law.marginal:
        assert np.abs(drawn.permanent[ANCHORED] - anchors).min() > 0
    else:
        np.testing.assert_allclose(drawn.permanent[ANCHORED], anchors, atol=1e-6)


@pytest.mark.parametrize("law", LAWS)
def test_unconditional_draws_have_the_laws_covariance(law: PathLaw) -> None:
    size = 60_000
    law = replace(law, guess=0.0)
    rng = np.random.default_rng(6)
    normals = rng.standard_normal((law.noise_rows(len(TIMES)), size))
    value, permanent = law.prior_path(values(law, size), TIMES, normals)
    _, covariance, across = moments(law, TIMES)
    joint = np.cov(np.diff(value, axis=0))
    difference = np.diff(np.eye(len(TIMES)), axis=0)
    expected = difference @ covariance @ difference.T
    np.testing.assert_allclose(joint, expected, atol=0.03 * expected.max())
    together = np.cov(np.vstack([permanent, value]))[: len(TIMES), len(TIMES) :]
    np.testing.assert_allclose(together, across, rtol=0.05, atol=0.02)


@pytest.mark.parametrize("law", LAWS)
def test_filter_gives_what_the_matrix_of_all_anchors_gives(
    law: PathLaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [2000.5 + 0.75 * i for i in range(40)]
    anchored = [i for i in range(40) if i % 7]
    anchors = moments(law, times)[0][anchored] + 0.1 * np.sin(np.arange(len(anchored)))
    normals = np.random.default_rng(3).standard_normal((law.noise_rows(len(times)), 5))
    given = values(law, 5), [times[i] for i in anchored], np.repeat(anchors[:, None], 5, axis=1)
    drawn = []
    for few in (0, len(anchored)):
        monkeypatch.setattr(path_conditioning, "FEW_ANCHORS", few)
        drawn.append(condition(law, *given, times, normals))
    by_filter, by_matrix = drawn
    tight = {"rtol": 1e-6, "atol": 1e-6}  # the level's flat prior costs the matrix some digits
    np.testing.assert_allclose(by_filter.log_density, by_matrix.log_density, **tight)
    np.testing.assert_allclose(by_filter.value, by_matrix.value, **tight)
    np.testing.assert_allclose(by_filter.permanent, by_matrix.permanent, **tight)


def test_no_anchors_no_weight() -> None:
    law = growth_law("damped", transitory=True)
    normals = np.random.default_rng(1).standard_normal((law.noise_rows(len(TIMES)), 10))
    drawn = condition(law, values(law, 10), [], np.empty((0, 10)), TIMES, normals)
    assert drawn.log_density.tolist() == [0.0] * 10


def test_marginal_law_needs_a_normal_equilibrium() -> None:
    law = reverting_law(marginal=True)
    broken = replace(law, spec=law.spec.model_copy(update={"equilibrium": prior(0.3)}))
    with pytest.raises(ValueError, match="must be normal"):
        broken.mean(values(law, 1), TIMES)
