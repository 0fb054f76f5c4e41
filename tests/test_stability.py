"""Loops of links: radii against closed forms, transfer functions, and the engine itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.link_stability import (
    Transmission,
    _bound,
    companion,
    loops,
    scale_of,
    spectral_radius,
    unstable_loops,
)
from vnjp_sim.sectors.transmissions import TRANSMISSIONS
from vnjp_sim.simulation.engine import Block, ScenarioInputs, run_block
from vnjp_sim.simulation.model_data import Model

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
DIRECT = (Transmission("a", "a", 1.0), Transmission("b", "b", 1.0))


def exact(
    links: Sequence[Link], gains: Sequence[float], through: Sequence[Transmission]
) -> complex:
    """Return the largest eigenvalue of the companion matrix."""
    values = np.linalg.eigvals(companion(links, np.array(gains)[:, None], through))[0]
    return complex(values[np.abs(values).argmax()])


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize("gain", [0.5, 1.2, -1.2])
def test_two_links_of_a_year_each(gain: float) -> None:
    pair = [link("a", "b", AFTER_A_YEAR), link("b", "a", AFTER_A_YEAR)]
    assert abs(exact(pair, [gain, 1.0], DIRECT)) == pytest.approx(np.sqrt(abs(gain)), rel=1e-12)


def test_one_year_and_the_same_year() -> None:
    pair = [link("a", "b", {"fixed": 0}), link("b", "a", {"fixed": 3})]
    assert abs(exact(pair, [0.8, 0.5], DIRECT)) == pytest.approx(0.4 ** (1 / 3), rel=1e-12)


@pytest.mark.parametrize("gain", [-0.4, 0.0, 0.6, 1.5])
def test_stock_that_draws_its_own_flow(gain: float) -> None:
    """K_t = (1 − s) K_{t−1} + s F_t and F_t = g K_{t−1} give 1 − s + s g."""
    share = 0.06
    stock = (Transmission("a", "k", share, share * (1 - share), 1 - share),)
    one = [link("k", "a", AFTER_A_YEAR)]
    assert exact(one, [gain], stock).real == pytest.approx(1 - share + share * gain, rel=1e-9)


@pytest.mark.parametrize("years", [1, 2, 5])
def test_phased_in_link(years: int) -> None:
    """With a link of a year after it: z^n = (g / n) (z^{n−1} + … + 1)."""
    pair = [link("a", "b", {"phase_in": years}), link("b", "a", AFTER_A_YEAR)]
    roots = np.roots([1.0, *(np.full(years, -1.3 / years))])
    found = abs(exact(pair, [1.3, 1.0], DIRECT))
    assert found == pytest.approx(np.abs(roots).max(), rel=1e-9)


@pytest.mark.parametrize(("form", "own"), [("elasticity", 1.0 - 2**-0.5), ("semi", 1.0)])
def test_fading_link(form: str, own: float) -> None:
    """E_t = λ E_{t−1} + own · g E_{t−1}."""
    pair = [link("a", "b", {"half_life": 2.0}, form), link("b", "a", AFTER_A_YEAR)]
    assert exact(pair, [0.7, 1.0], DIRECT).real == pytest.approx(2**-0.5 + own * 0.7, rel=1e-12)


def test_semi_and_added_links_act_on_levels() -> None:
    sizes = {"a": 40.0, "b": 8.0}
    assert scale_of(link("a", "b", AFTER_A_YEAR), sizes) == 1.0
    assert scale_of(link("a", "b", AFTER_A_YEAR, "semi"), sizes) == 40.0
    assert scale_of(link("a", "b", AFTER_A_YEAR, "added"), sizes) == 5.0
    pair = {"one": link("a", "b", AFTER_A_YEAR, "semi"), "two": link("b", "a", AFTER_A_YEAR)}
    (told,) = unstable_loops(pair, {"b": 8.0}, DIRECT, RandomStreams(1, 0, 4))
    assert told.unknown == "a"
    (told,) = unstable_loops(pair, sizes, DIRECT, RandomStreams(1, 0, 4))
    assert (told.links, told.draws) == (("one", "two"), 4)
    assert told.radius == pytest.approx(np.sqrt(0.5 * 40.0 * 0.5))


def test_loops_are_found_and_kept_apart() -> None:
    known = {
        "one": link("a", "b", AFTER_A_YEAR),
        "two": link("b", "a", AFTER_A_YEAR),
        "own": link("c", "c", AFTER_A_YEAR),
        "in": link("c", "a", AFTER_A_YEAR),
        "out": link("b", "d", AFTER_A_YEAR),
    }
    through = (*DIRECT, Transmission("c", "c", 1.0), Transmission("d", "d", 1.0))
    assert loops(known, through) == (("one", "two"), ("own",))
    assert loops({}, through) == ()


# ---------------------------------------------------------------- independent formula

LAGS = ({"fixed": 0}, {"fixed": 2}, {"phase_in": 3}, {"half_life": 1.5}, AFTER_A_YEAR)


def transfer(links: Sequence[Link], gains: FloatArray, through: object, z: complex) -> complex:
    """Return det(I − G(z)), which vanishes at every eigenvalue that is not a pole."""

    def lagged(one: Link) -> complex:
        if one.lag.fixed is not None:
            return z**-one.lag.fixed
        if one.lag.phase_in is not None:
            return sum(z**-j for j in range(one.lag.phase_in)) / one.lag.phase_in
        assert one.lag.half_life is not None
        kept = 2.0 ** (-1.0 / one.lag.half_life)
        return (1.0 if one.form == "semi" else 1.0 - kept) / (1.0 - kept / z)

    size = len(links)
    matrix = np.zeros((size, size), complex)
    for i, one in enumerate(links):
        for j, other in enumerate(links):
            for x in through:  # type: ignore[attr-defined]
                if x.output == one.driver and x.response == other.response:
                    shape = x.now + (x.later / z) / (1.0 - x.left / z)
                    matrix[i, j] += gains[j] * lagged(one) * shape
    return complex(np.linalg.det(np.eye(size) - matrix))


def test_random_systems_agree_with_their_transfer_functions() -> None:
    rng = np.random.default_rng(12)
    names = ("a", "b", "c")
    for _ in range(40):
        through = [
            Transmission(r, o, *rng.uniform(0.05, 0.6, 2), rng.uniform(0.0, 0.9))
            for r in names
            for o in names
            if rng.random() < 0.6
        ]
        links = [
            link(
                str(rng.choice(names)),
                str(rng.choice(names)),
                LAGS[rng.integers(1, len(LAGS))],
                str(rng.choice(["elasticity", "semi"])),
            )
            for _ in range(3)
        ]
        gains = rng.normal(0.0, 1.0, 3)
        values = np.linalg.eigvals(companion(links, gains[:, None], through))[0]
        for value in values:
            if abs(value) > 0.95:  # beyond every pole
                assert abs(transfer(links, gains, through, complex(value))) < 1e-6
        radius = float(np.abs(values).max(initial=0.0))
        bound = _bound(links, gains[:, None], through)[0]
        assert radius < 1.0 or bound >= 1.0 - 1e-9
        told = spectral_radius(links, [np.array([g]) for g in gains], through)[0]
        assert (told < 1.0) == (radius < 1.0)


def test_radius_of_many_draws_is_that_of_each() -> None:
    pair = [link("a", "b", {"phase_in": 4}), link("b", "a", AFTER_A_YEAR)]
    gains = [np.random.default_rng(3).normal(1.0, 0.5, 5_000), np.ones(5_000)]
    found = spectral_radius(pair, gains, DIRECT)
    for draw in (0, 17, 4_999):
        one = abs(exact(pair, [gains[0][draw], 1.0], DIRECT))
        assert (found[draw] < 1.0) == (one < 1.0)
        if one >= 1.0:
            assert found[draw] == pytest.approx(one, rel=1e-12)


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
    block = Block(
        START, END, inputs, ScenarioInputs(single, {}, ()), links, RandomStreams(7, 0, DRAWS)
    )
    return run_block(posterior, block)


@pytest.mark.parametrize("response", sorted(STEERED))
def test_transmissions_are_those_of_the_engine(
    response: str, full_posterior: Posterior, shipped_model: Model
) -> None:
    base = kicked(full_posterior, shipped_model, (), {})
    moved = kicked(full_posterior, shipped_model, STEERED[response], {})
    changed = {name for name in base if moved[name].tobytes() != base[name].tobytes()}
    known = {x.output: x for x in TRANSMISSIONS if x.response == response}
    assert changed == set(known)
    for name, x in known.items():
        if name == "trade_balance":  # may be negative: no logarithm, never part of a loop
            continue
        found = []
        for row in range(KICK - START, END - START + 1):
            positive = base[name][row] > 0
            ratio = moved[name][row][positive] / base[name][row][positive]
            found.append(float(np.median(np.log(ratio))) / np.log(1.01))
        told = [x.now, *(x.later * x.left**age for age in range(len(found) - 1))]
        assert sum(found) == pytest.approx(sum(told), rel=0.2, abs=0.01), name
        shown = (
            2 if name.startswith("index_") else 5
        )  # a mean of five years, told as one that fades
        assert found[:shown] == pytest.approx(told[:shown], rel=0.3, abs=0.02), name


@pytest.mark.parametrize("gain", [0.5, 1.2])
def test_engine_follows_the_radius(
    gain: float, full_posterior: Posterior, shipped_model: Model
) -> None:
    pair = {
        "one": link("trade_exports", "trade_imports", AFTER_A_YEAR, prior={"fixed": gain}),
        "two": link("trade_imports", "trade_exports", AFTER_A_YEAR, prior={"fixed": 1.0}),
    }
    base = kicked(full_posterior, shipped_model, (), pair)
    moved = kicked(full_posterior, shipped_model, ("trade_exports",), pair)
    deviation = np.log(moved["trade_exports"] / base["trade_exports"])
    radius = spectral_radius(
        list(pair.values()), [np.full(DRAWS, gain), np.ones(DRAWS)], TRANSMISSIONS
    )
    for age in (2, 6, 12):
        found = deviation[KICK - START + age]
        assert found == pytest.approx(np.log(1.01) * np.sqrt(gain) ** age, rel=1e-9)
    assert ((radius < 1.0) == (gain < 1.0)).all()
