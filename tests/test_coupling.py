"""The economy drives the baseline: links from drivers with a central course, and what they explain.

The equations are those of :mod:`vnjp_sim.sectors.couplings`; here they are written down again, from
what the engine projects.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_runs import run_one
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.couplings import Couplings, coefficient, left_of
from vnjp_sim.sectors.declarations import laws
from vnjp_sim.sectors.drivers import explained_by_drivers, shares_at_floor
from vnjp_sim.sectors.link_effects import Deviation
from vnjp_sim.simulation.block_numbers import BlockNumbers
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]
Arrays = dict[str, FloatArray]

START, END, DRAWS, SEED = 2025, 2040, 10_000, 12
SIDES = ("trade_exports", "trade_imports")

pytestmark = pytest.mark.invariants


@pytest.fixture(scope="module")
def baselines(posterior: Posterior, shipped_model: Model) -> dict[bool, Arrays]:
    """The baseline with its links, and the same draws with those from the economies cut."""
    couplings = shipped_model.couplings
    inputs = ScenarioInputs(couplings.parameters)
    driving = frozenset(name for name, _ in couplings.driving(posterior.course))
    return {
        coupled: run_one(
            posterior,
            START,
            END,
            inputs,
            None,
            couplings,
            RandomStreams(SEED, 0, DRAWS),
            cut=frozenset() if coupled else driving,
        )
        for coupled in (True, False)
    }


def departures(posterior: Posterior, arrays: Arrays, driver: str) -> FloatArray:
    """Return the log departures of a driver from its course, (year, draw)."""
    return np.log(arrays[driver] / posterior.course.values(driver, START, END)[:, None])


def test_what_couples_is_the_sum_of_the_links(
    baselines: dict[bool, Arrays], shipped_model: Model, posterior: Posterior
) -> None:
    """Coupled over uncoupled is exp(Σ β × departure), in every year and draw."""
    coupled, alone = baselines[True], baselines[False]
    streams = RandomStreams(SEED, 0, DRAWS)
    for response in (*SIDES, "investment_flow"):
        expected = np.zeros((END - START + 1, DRAWS))
        for name, link in shipped_model.couplings.driving(posterior.course):
            if link.response == response:
                lag = link.lag.fixed or 0
                deviation = departures(posterior, coupled, link.driver)
                effect = coefficient(name, link, streams) * deviation
                expected[lag:] += effect[: len(effect) - lag]
        known = 1 if response == "investment_flow" else 0  # its stock is known to 2025
        found = np.log(coupled[response] / alone[response])
        assert np.abs(found - expected)[known:].max() < 1e-12, response
        assert np.abs(found[-1]).mean() > 0.05


def test_baseline_draws_give_the_links_back(
    baselines: dict[bool, Arrays], shipped_model: Model, posterior: Posterior
) -> None:
    """A regression across draws, common shocks held constant, finds the mean coefficients.

    Yearly changes of exports and imports of one year on what the three drivers did, and on the
    common factor of every year so far. With 10,000 draws a link that acts at three quarters of
    its size is found with a probability above 0.9 (its standard error is told by the assertion).
    """
    arrays, year = baselines[True], 2030
    streams = RandomStreams(SEED, 0, DRAWS)
    drivers = ("macro_vn_gdp_usd", "macro_jp_gdp", "macro_jpy_per_usd")
    rows = [departures(posterior, arrays, driver)[year - START] for driver in drivers]
    rows += [streams.normal("common", past) for past in range(START, year + 1)]
    design = np.stack([np.ones(DRAWS), *rows], axis=1)
    for response in SIDES:
        values = np.log(arrays[response][year - START])
        inverse = np.linalg.inv(design.T @ design)
        slopes = inverse @ (design.T @ values)
        left = values - design @ slopes
        errors = np.sqrt(np.diag(inverse @ (design.T * left**2) @ design @ inverse))
        for driver, slope, error in zip(drivers, slopes[1:], errors[1:], strict=False):
            (link,) = (
                coefficient(name, link, streams).mean()
                for name, link in shipped_model.couplings.driving(posterior.course)
                if (link.driver, link.response) == (driver, response)
            )
            assert abs(slope - link) < 2.0 * error, (driver, response, slope, link, error)
            assert error < 0.12


def test_output_moves_trade_in_the_baseline(baselines: dict[bool, Arrays]) -> None:
    """Draws with a larger economy trade more; without the links they would not."""

    def correlation(arrays: Arrays) -> float:
        pair = (arrays["macro_vn_gdp_usd"][-1], arrays["trade_turnover"][-1])
        return float(np.corrcoef(np.log(pair))[0, 1])

    assert correlation(baselines[True]) > correlation(baselines[False]) + 0.15


def test_a_law_keeps_what_the_drivers_do_not_explain() -> None:
    sd = np.array([0.12, 0.12, 0.10])
    explained = np.array([0.0, 0.0044, 0.02])
    np.testing.assert_allclose(left_of(sd, explained), [0.12, 0.1, 0.05], rtol=1e-12)
    assert left_of(0.02, 0.0) == 0.02


def test_figures_already_hold_what_the_driver_did_before() -> None:
    """A link begins after the last figure of its response, from where the driver stood."""
    link = Link.model_validate(
        {
            "driver": "x",
            "response": "y",
            "form": "elasticity",
            "lag": {"fixed": 0},
            "prior": {"fixed": 0.5},
            "grade": "assumed",
            "reference": "made for the test",
        }
    )
    deviation = Deviation(link, np.array([0.5]), known_to=2024)
    for year, value in {2023: 1.1, 2024: 1.2, 2025: 1.5}.items():
        deviation.record(year, np.array([value]), 1.0)
        effect = deviation.effect(year)
        if year <= 2024:
            assert effect is None
    assert effect is not None
    np.testing.assert_allclose(effect, 0.5 * np.log(1.5 / 1.2), rtol=1e-12)


def test_shared_coefficients_are_one_draw() -> None:
    """Two links of one mechanism have one coefficient; what is their own differs."""
    coefficients = {"effect": {"prior": {"normal": {"mean": 0.2, "sd": 0.1}}, "unit": "none"}}
    coefficients["effect"] |= {"grade": "assumed", "reference": "made for the test"}
    content = {
        "driver": "x",
        "form": "elasticity",
        "lag": {"fixed": 0},
        "grade": "assumed",
        "reference": "made for the test",
        "coefficients": coefficients,
    }
    streams = RandomStreams(1, 0, 4_000)
    same = [
        coefficient(side, Link.model_validate(content | more), streams)
        for side in SIDES
        for more in [{"response": side, "shared": {"effect": 1.0}}]
    ]
    np.testing.assert_array_equal(*same)
    own = {"response": "y", "shared": {"effect": -0.5}, "prior": {"normal": {"mean": 1, "sd": 0.1}}}
    drawn = coefficient("other", Link.model_validate(content | own), streams)
    assert drawn.mean() == pytest.approx(0.9, abs=0.01)
    assert np.corrcoef(drawn, same[0])[0, 1] == pytest.approx(-0.447, abs=0.05)


def test_what_a_law_follows_takes_nothing_out_of_it(
    posterior: Posterior, shipped_model: Model
) -> None:
    """The volatility of turnover was estimated beyond Vietnam's output in dollars."""

    def explained(couplings: Couplings) -> FloatArray | float:
        numbers = BlockNumbers(posterior, couplings, RandomStreams(SEED, 0, 100), END)
        block = numbers.context(Variant(ScenarioInputs(couplings.parameters)))
        return explained_by_drivers(block, "trade_turnover", laws()["trade_turnover"].carries)

    couplings = shipped_model.couplings
    without = {n: one for n, one in couplings.links.items() if one.driver != "macro_vn_gdp_usd"}
    assert len(without) == len(couplings.links) - 2
    np.testing.assert_array_equal(
        explained(couplings), explained(replace(couplings, links=without))
    )
    assert np.median(explained(couplings)) > 0.0  # what the yen and Japan's output explain


def test_few_draws_are_at_the_floor_of_volatility(
    posterior: Posterior, shipped_model: Model
) -> None:
    """A link whose driver alone passes a law's volatility would be too large."""
    couplings = shipped_model.couplings
    numbers = BlockNumbers(posterior, couplings, RandomStreams(SEED, 0, DRAWS), END)
    block = numbers.context(Variant(ScenarioInputs(couplings.parameters)))
    carried = {
        name: law.carries
        for name, law in laws().items()
        if law.carries and law.posterior in posterior.arrays
    }
    floors = shares_at_floor(block, carried)
    assert floors.keys() >= {"trade_turnover", "trade_balance_ratio", "investment_flow"}
    assert floors["trade_turnover"] < 0.05, floors
    assert max(floors.values()) < 0.20, floors
    doubled = {
        name: link.model_copy(update={"prior": Distribution(fixed=-4.0)})
        if link.driver == "macro_jpy_per_usd"
        else link
        for name, link in couplings.links.items()
    }
    numbers = BlockNumbers(
        posterior, replace(couplings, links=doubled), RandomStreams(1, 0, DRAWS), END
    )
    block = numbers.context(Variant(ScenarioInputs(couplings.parameters)))
    assert shares_at_floor(block, carried)["trade_turnover"] > 0.9
