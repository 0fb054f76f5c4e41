"""Loops of links: radii against closed forms, and against the engine itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from engine_runs import run_one, with_links
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.declarations import outputs
from vnjp_sim.sectors.link_stability import (
    documented_sizes,
    elasticity,
    loops,
    scale_of,
    spectral_radius,
    unstable_loops,
)
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

FloatArray = NDArray[np.float64]


def link(
    driver: str,
    response: str,
    lag: dict[str, float],
    form: str = "elasticity",
    prior: dict[str, object] | None = None,
) -> Link:
    return Link.model_validate(
        {
            "driver": driver,
            "response": response,
            "form": form,
            "lag": lag,
            "prior": prior or {"fixed": 0.5},
            "grade": "assumed",
            "reference": "made for the test",
        }
    )


AFTER_A_YEAR = {"fixed": 1}
FLOW, STOCK, VISITORS = "investment_flow", "investment_stock", "people_visitors"


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize("gain", [0.5, 1.2, -1.2])
def test_two_links_in_a_circle(gain: float) -> None:
    pair = [link(FLOW, VISITORS, AFTER_A_YEAR), link(VISITORS, FLOW, AFTER_A_YEAR)]
    radius = spectral_radius(pair, np.array([[gain], [1.0]]), {})
    assert radius == pytest.approx([np.sqrt(abs(gain))], rel=1e-12)


@pytest.mark.parametrize("lag", [{"fixed": 0}, {"fixed": 3}, {"phase_in": 4}, {"half_life": 2.0}])
def test_lags_weigh_one_in_all(lag: dict[str, float]) -> None:
    assert spectral_radius([link(STOCK, FLOW, lag)], np.array([[0.7]]), {}) == pytest.approx(0.7)


def test_a_fading_effect_of_each_year_adds_up() -> None:
    one = [link(STOCK, FLOW, {"half_life": 2.0}, "semi")]
    expected = 0.7 / (1.0 - 2.0**-0.5)
    assert spectral_radius(one, np.array([[0.7]]), {}) == pytest.approx(expected)


def test_a_part_of_a_sum_moves_it_by_its_share() -> None:
    sizes = {"trade_turnover": 50.0, "trade_exports": 26.0, "trade_imports": 24.0}
    assert elasticity("trade_turnover", "trade_exports", sizes) == pytest.approx(0.52)
    assert elasticity("trade_turnover", "trade_imports", sizes) == pytest.approx(0.48)
    assert elasticity("trade_turnover", "trade_imports", {}) == 1.0
    assert elasticity("trade_turnover", FLOW, sizes) == 0.0


def test_semi_and_added_links_act_on_levels() -> None:
    sizes = {FLOW: 40.0, VISITORS: 8.0}
    assert scale_of(link(FLOW, VISITORS, AFTER_A_YEAR), sizes) == 1.0
    assert scale_of(link(FLOW, VISITORS, AFTER_A_YEAR, "semi"), sizes) == 40.0
    assert scale_of(link(FLOW, VISITORS, AFTER_A_YEAR, "added"), sizes) == 5.0
    pair = {
        "one": link(FLOW, VISITORS, AFTER_A_YEAR, "semi"),
        "two": link(VISITORS, FLOW, AFTER_A_YEAR),
    }
    (unstable,) = unstable_loops(pair, {VISITORS: 8.0}, RandomStreams(1, 0, 4))
    assert unstable.unknown == FLOW
    (unstable,) = unstable_loops(pair, sizes, RandomStreams(1, 0, 4))
    assert (unstable.links, unstable.draws) == (("one", "two"), 4)
    assert unstable.radius == pytest.approx(np.sqrt(0.5 * 40.0 * 0.5))


def test_loops_are_kept_apart() -> None:
    known = {
        "one": link(FLOW, VISITORS, AFTER_A_YEAR),
        "two": link(VISITORS, FLOW, AFTER_A_YEAR),
        "own": link("labour_stock", "labour_intake", AFTER_A_YEAR),
        "in": link("labour_stock", FLOW, AFTER_A_YEAR),
        "out": link(VISITORS, "trade_exports", AFTER_A_YEAR),
    }
    assert loops(known, {}) == (("one", "two"), ("own",))
    assert loops({}, {}) == ()


def test_the_radius_of_many_draws_is_that_of_each() -> None:
    pair = [link(FLOW, VISITORS, AFTER_A_YEAR), link(VISITORS, FLOW, AFTER_A_YEAR)]
    gains = np.stack([np.random.default_rng(3).normal(1.0, 0.5, 5_000), np.ones(5_000)])
    radius = spectral_radius(pair, gains, {})
    np.testing.assert_allclose(radius, np.sqrt(np.abs(gains[0])), rtol=1e-12)


# ---------------------------------------------------------------- the engine

DRAWS, START, END, KICK = 4_000, 2025, 2042, 2030
STEERED = {
    "trade_exports": ("trade_exports",),
    "trade_imports": ("trade_imports",),
    "investment_flow": ("investment_flow",),
    "people_visitors": ("people_visitors",),
    "labour_intake": (
        "labour_trainee_intake",
        "labour_skilled_intake",
        "labour_engineer_intake",
    ),
}


def kicked(
    posterior: Posterior, model: Model, levers: Sequence[str], links: dict[str, Link]
) -> dict[str, FloatArray]:
    """Project with a rise of one per cent of some levers in one year alone."""
    path = LeverPath.model_validate({"path": "pulse", "from": KICK, "to": KICK, "multiply": 1.01})
    single = dict(model.parameters.single)
    inputs = ScenarioInputs(single, dict.fromkeys(levers, path), ())
    return run_one(
        posterior,
        START,
        END,
        inputs,
        ScenarioInputs(single, {}, ()),
        with_links(model, links),
        RandomStreams(7, 0, DRAWS),
    )


@pytest.mark.parametrize("response", sorted(STEERED))
def test_long_run_elasticities_bound_those_of_the_engine(
    response: str, posterior: Posterior, shipped_model: Model
) -> None:
    """What a year's rise of one per cent leaves in all years together, and where it shows."""
    sizes = documented_sizes(shipped_model.registry, shipped_model.evidence)
    base = kicked(posterior, shipped_model, (), {})
    moved = kicked(posterior, shipped_model, STEERED[response], {})
    changed = {name for name in base if moved[name].tobytes() != base[name].tobytes()}
    ended = {name for name in base if not base[name][KICK - START :].any()}  # as trainees have
    bound = {name for name in outputs() if elasticity(name, response, sizes) > 0.0}
    assert changed == bound - ended
    for name in changed:
        if shipped_model.registry.indicators[name].sign == "any":
            continue  # may be negative: it has no logarithm, and no loop may pass it unseen
        in_all = 0.0
        for row in range(KICK - START, END - START + 1):
            positive = base[name][row] > 0
            ratio = moved[name][row][positive] / base[name][row][positive]
            in_all += abs(float(np.median(np.log(ratio)))) / np.log(1.01)
        assert in_all <= 1.02 * elasticity(name, response, sizes), name


@pytest.mark.parametrize("gain", [0.5, 1.2])
def test_the_engine_follows_the_radius(
    gain: float, posterior: Posterior, shipped_model: Model
) -> None:
    pair = {
        "one": link("trade_exports", "trade_imports", AFTER_A_YEAR, prior={"fixed": gain}),
        "two": link("trade_imports", "trade_exports", AFTER_A_YEAR, prior={"fixed": 1.0}),
    }
    base = kicked(posterior, shipped_model, (), pair)
    moved = kicked(posterior, shipped_model, ("trade_exports",), pair)
    deviation = np.log(moved["trade_exports"] / base["trade_exports"])
    radius = spectral_radius(list(pair.values()), np.array([[gain], [1.0]]), {})
    assert radius == pytest.approx(np.sqrt(gain))
    for age in (2, 6, 12):
        later = deviation[KICK - START + age]
        assert later == pytest.approx(np.log(1.01) * np.sqrt(gain) ** age, rel=1e-9)


@pytest.mark.parametrize(("gain", "dies_out"), [(0.8, True), (1.2, False)])
def test_a_stock_that_draws_its_own_flow(
    gain: float, dies_out: bool, posterior: Posterior, shipped_model: Model
) -> None:
    """K_t = (1 − s) K_{t−1} + s F_t with F_t = g K_{t−1} grows if and only if g is above one."""
    own = {"own": link(STOCK, FLOW, AFTER_A_YEAR, prior={"fixed": gain})}
    base = kicked(posterior, shipped_model, (), own)
    moved = kicked(posterior, shipped_model, (FLOW,), own)
    deviation = np.median(np.log(moved[STOCK] / base[STOCK]), axis=1)[KICK - START + 1 :]
    assert (np.diff(deviation) < 0.0).all() == dies_out
    assert (spectral_radius(list(own.values()), np.array([[gain]]), {}) < 1.0).all() == dies_out
