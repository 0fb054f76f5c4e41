"""Growth forms: closed forms against integrals, where they start and settle; mean reversion."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from vnjp_sim.sectors.growth import (
    FORMS,
    WIDTH_OF_SLOWDOWN,
    GrowthParameters,
    Reversion,
    mean_path,
    reversion,
)

INITIAL, LONG_RUN, HALF_LIFE, SLOWDOWN, PLATEAU = 0.11, 0.023, 6.5, 12.0, 9.0


def parameters(form: str, long_run: float = LONG_RUN) -> GrowthParameters:
    return GrowthParameters(
        np.array([FORMS.index(form)], np.int8),
        np.array([INITIAL]),
        np.array([long_run]),
        np.array([np.nan if form == "logistic" else HALF_LIFE]),
        np.array([SLOWDOWN if form == "logistic" else np.nan]),
        PLATEAU,
    )


def remaining(form: str, elapsed: float) -> float:
    """The D(u) of the module's table, written out."""
    if form == "damped":
        return 0.5 ** (elapsed / HALF_LIFE)
    if form == "exponential":
        return 1.0 if elapsed <= PLATEAU else 0.5 ** ((elapsed - PLATEAU) / HALF_LIFE)
    width = WIDTH_OF_SLOWDOWN * SLOWDOWN
    start = 1.0 + np.exp(-SLOWDOWN / width)
    return start / (1.0 + np.exp((elapsed - SLOWDOWN) / width))


def growth_at(form: str, elapsed: float) -> float:
    return LONG_RUN + (INITIAL - LONG_RUN) * remaining(form, elapsed)


def growth_between(p: GrowthParameters, start: float, end: float) -> np.ndarray:
    return mean_path(p, end) - mean_path(p, start)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("elapsed", [0.0, 0.4, 5.0, PLATEAU, 9.5, 13.0, 40.0, 120.0])
def test_mean_path_is_the_integral_of_growth(form: str, elapsed: float) -> None:
    inner = [p for p in (PLATEAU, SLOWDOWN) if 0.0 < p < elapsed]
    integral, _ = quad(
        lambda u: growth_at(form, u), 0.0, elapsed, points=inner or None, epsabs=1e-12, limit=200
    )
    assert mean_path(parameters(form), elapsed)[0] == pytest.approx(integral, abs=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_growth_starts_at_the_initial_and_settles_on_the_long_run(form: str) -> None:
    step = 1e-6
    assert mean_path(parameters(form), step)[0] / step == pytest.approx(INITIAL, rel=1e-5)
    assert growth_between(parameters(form), 199.0, 200.0)[0] == pytest.approx(LONG_RUN, abs=1e-8)


@pytest.mark.parametrize("form", FORMS)
def test_growth_never_rises_again_on_its_way_down(form: str) -> None:
    yearly = [growth_between(parameters(form), u, u + 1.0)[0] for u in range(80)]
    assert np.all(np.diff(yearly) <= 1e-12)


def test_growth_forms_differ_in_when_growth_slows() -> None:
    early = {form: growth_between(parameters(form), 4.0, 5.0)[0] for form in FORMS}
    assert early["damped"] < early["logistic"] < early["exponential"]
    assert early["exponential"] == pytest.approx(INITIAL)


def test_forms_of_draws_do_not_mix() -> None:
    every = [parameters(form) for form in FORMS]
    together = GrowthParameters(
        *(
            np.concatenate([getattr(p, name) for p in every])
            for name in ("form", "initial", "long_run", "half_life", "slowdown")
        ),
        PLATEAU,
    )
    assert mean_path(together, 17.0).tolist() == [mean_path(p, 17.0)[0] for p in every]
    assert together.take(np.array([2, 0])).form.tolist() == [2, 0]


def test_parameters_that_a_form_does_not_use_may_be_missing() -> None:
    forms = np.array([0, 1, 2, 2, 0], np.int8)
    logistic = forms == FORMS.index("logistic")
    mixed = GrowthParameters(
        forms,
        np.full(5, INITIAL),
        np.full(5, LONG_RUN),
        np.where(logistic, np.nan, HALF_LIFE),
        np.where(logistic, SLOWDOWN, np.nan),
        PLATEAU,
    )
    elapsed = np.array([[0.0], [3.0], [40.0]])
    for chosen in (np.arange(5), np.array([2, 3]), np.array([0, 4])):
        part = mixed.take(chosen)
        assert np.isfinite(mean_path(part, elapsed)).all()
        assert np.isfinite(mean_path(part, 12.0)).all()


def test_log_path_of_a_gompertz_curve_is_the_damped_form() -> None:
    ceiling, displacement, rate = 900.0, 4.0, np.log(2.0) / HALF_LIFE
    times = np.linspace(0.0, 60.0, 25)
    gompertz = np.log(ceiling * np.exp(-displacement * np.exp(-rate * times)))
    damped = GrowthParameters(
        np.array([FORMS.index("damped")], np.int8),
        np.array([rate * displacement]),
        np.array([0.0]),
        np.array([HALF_LIFE]),
        np.array([np.nan]),
        0.0,
    )
    ours = [mean_path(damped, float(t))[0] for t in times]
    np.testing.assert_allclose(ours, gompertz - gompertz[0], atol=1e-12)


def test_deviation_halves_in_a_half_life() -> None:
    half_life = np.array([0.5, 3.0, 8.0])
    np.testing.assert_allclose(reversion(half_life, 3.0), [0.5**6, 0.5, 0.5**0.375])
    value = np.full(3, 2.0)
    law = Reversion(np.full(3, 1.0), np.full(3, 0.3), half_life)
    (*_, value) = law.path(value, np.zeros((3, 3)))
    np.testing.assert_allclose(value, 1.0 + reversion(half_life, 3.0))


def test_reverting_step_keeps_the_stationary_spread() -> None:
    rng = np.random.default_rng(5)
    size, spread, half_life = 200_000, 0.2, np.full(200_000, 2.5)
    value = 1.0 + spread * rng.standard_normal(size)
    law = Reversion(np.ones(size), np.full(size, spread), half_life)
    before, value = law.path(value, rng.standard_normal((6, size)))[-2:]
    error = spread / np.sqrt(2.0 * size)
    assert value.std() == pytest.approx(spread, abs=4.0 * error)
    assert value.mean() == pytest.approx(1.0, abs=4.0 * spread / np.sqrt(size))
    assert np.corrcoef(before, value)[0, 1] == pytest.approx(0.5**0.4, abs=0.01)


def test_two_half_steps_agree_with_one() -> None:
    half_life, spread = 2.0, 0.3
    one = reversion(np.array([half_life]), 1.0)[0]
    half = reversion(np.array([half_life]), 0.5)[0]
    variance = spread**2 * (1.0 - half**2)
    assert half**2 == pytest.approx(one)
    assert variance * half**2 + variance == pytest.approx(spread**2 * (1.0 - one**2))
