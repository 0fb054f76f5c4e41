"""Contributions: Shapley values against all orders by hand, and their sum in real scenarios."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.analysis import attribution
from vnjp_sim.analysis.attribution import attribute_effects
from vnjp_sim.analysis.link_losses import LinkLoss, cut_links
from vnjp_sim.analysis.players import players_of, sub_scenario
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options
from vnjp_sim.simulation.prepared import prepare_scenario

FloatArray = NDArray[np.float64]

SHIPPED = (
    "oda_expansion",
    "osa_framework",
    "labour_growth",
    "oda_freeze",
    "weak_yen",
    "labour_stall",
    "demand_shock",
    "maritime_tension",
)
LOOKED_AT = [
    "trade_turnover",
    "trade_balance",
    "investment_stock",
    "oda_infrastructure",
    "security_vessels",
    "security_osa_grants",
    "labour_stock",
    "people_residents",
    "index_partnership",
]


class Game:
    """A game with known outcomes: a set's worth is a polynomial in its members' draws."""

    def __init__(self, count: int, draws: int = 5) -> None:
        self.players = tuple(range(count))
        self.options = Options(draws=draws)
        rng = np.random.default_rng(count)
        self.single = rng.normal(size=(count, 1, draws))
        self.pair = rng.normal(size=(count, count, 1, draws))
        self.asked = 0

    def outcome(self, chosen: frozenset[int]) -> dict[str, FloatArray]:
        self.asked += 1
        worth = np.full((1, self.options.draws), 7.0)
        for i in chosen:
            worth = worth + self.single[i]
            for j in chosen:
                worth = worth + (self.pair[i, j] if i < j else 0.0)
        return {"x": worth}

    def parts(self) -> tuple[dict[str, FloatArray], dict[str, FloatArray], dict[str, FloatArray]]:
        nothing = self.outcome(frozenset())
        effects = [
            self.outcome(frozenset(chosen))["x"] - nothing["x"]
            for chosen in ([i] for i in range(len(self.players)))
        ]
        whole = self.outcome(frozenset(range(len(self.players))))["x"] - nothing["x"]
        return nothing, {"x": whole}, {"x": np.stack(effects)}


def over_all_orders(game: Game) -> FloatArray:
    count = len(game.players)
    total = np.zeros((count, 1, game.options.draws))
    orders = list(permutations(range(count)))
    for order in orders:
        for position, player in enumerate(order):
            after = game.outcome(frozenset(order[: position + 1]))["x"]
            before = game.outcome(frozenset(order[:position]))["x"]
            total[player] += after - before
    return total / len(orders)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_exact_values_are_means_over_all_orders(count: int) -> None:
    game = Game(count)
    found = attribution._exact(game, *game.parts())  # type: ignore[arg-type]
    np.testing.assert_allclose(found["x"], over_all_orders(game), atol=1e-12)


def test_pairs_share_their_interaction_evenly() -> None:
    game = Game(3)
    found = attribution._exact(game, *game.parts())["x"]  # type: ignore[arg-type]
    pair = game.pair + np.swapaxes(game.pair, 0, 1)
    off = [sum(0.5 * game.pair[min(i, j), max(i, j)] for j in range(3) if j != i) for i in range(3)]
    assert pair.shape[0] == 3
    np.testing.assert_allclose(found, game.single + np.stack(off), atol=1e-12)


def test_sampled_orders_sum_exactly_and_agree_within_their_error() -> None:
    game = Game(6)
    nothing, whole, solo = game.parts()
    exact = attribution._exact(game, nothing, whole, solo)["x"]  # type: ignore[arg-type]
    found, error = attribution._sampled(game, nothing, whole, 200)  # type: ignore[arg-type]
    np.testing.assert_allclose(found["x"].sum(axis=0), whole["x"], atol=1e-12)
    gap = np.abs(found["x"].mean(axis=2) - exact.mean(axis=2))
    assert (gap <= 5.0 * error["x"] + 1e-12).all()


def test_an_order_and_its_reverse_are_exact_for_pairs() -> None:
    game = Game(4)
    nothing, whole, solo = game.parts()
    exact = attribution._exact(game, nothing, whole, solo)["x"]  # type: ignore[arg-type]
    found, _ = attribution._sampled(game, nothing, whole, 4)  # type: ignore[arg-type]
    np.testing.assert_allclose(found["x"], exact, atol=1e-12)


def prepared(name: str, model: Model, draws: int = 64) -> tuple[Scenario, Options]:
    options = Options(draws=draws)
    return prepare_scenario(name, model, options), options


@pytest.mark.parametrize("name", SHIPPED)
def test_contributions_sum_to_the_effect(
    name: str, shipped_model: Model, posterior: Posterior
) -> None:
    scenario, options = prepared(name, shipped_model)
    found = attribute_effects(posterior, scenario, shipped_model, options, LOOKED_AT)
    assert_sums(found)


@pytest.mark.slow
def test_contributions_sum_with_nine_players(shipped_model: Model, posterior: Posterior) -> None:
    options = Options(draws=16, end=2031)
    scenario = prepare_scenario("combined", shipped_model, options)
    assert len(players_of(scenario)) == 9
    sampled = attribute_effects(
        posterior, scenario, shipped_model, options, LOOKED_AT, exact_players=8, orders=4
    )
    assert not sampled.exact
    assert_sums(sampled)


def test_sampled_contributions_agree_with_exact_ones(
    shipped_model: Model, posterior: Posterior
) -> None:
    """With every second of the nine players: four of levers, and an order of vessels."""
    options = Options(draws=16, end=2031)
    whole = prepare_scenario("combined", shipped_model, options)
    scenario = sub_scenario(whole, players_of(whole)[::2])
    exact, sampled = (
        attribute_effects(
            posterior, scenario, shipped_model, options, LOOKED_AT, exact_players=most, orders=8
        )
        for most in (5, 4)
    )
    assert exact.exact
    assert not sampled.exact
    for found in (exact, sampled):
        assert len(found.players) == 5
        assert_sums(found)
    for name in LOOKED_AT:
        gap = np.abs(sampled.contributions[name] - exact.contributions[name]).mean(axis=2)
        scale = np.abs(exact.contributions[name]).mean() + 1e-12
        assert (gap <= 5.0 * sampled.error[name] + 0.2 * scale).all()


def assert_sums(found: attribution.Attribution) -> None:
    for name, total in found.total.items():
        scale = max(1.0, float(np.abs(found.contributions[name]).max()))
        np.testing.assert_allclose(
            found.contributions[name].sum(axis=0), total, rtol=0.0, atol=1e-9 * scale
        )
        rows = found.contributions_in(name, found.years[-1])
        assert sum(row.mean for row in rows) == pytest.approx(
            float(total[-1].mean()), abs=1e-9 * scale
        )
        if len(found.players) == 1:
            np.testing.assert_array_equal(found.interaction(name), 0.0)


def test_who_does_not_matter_contributes_exactly_nothing(
    shipped_model: Model, posterior: Posterior
) -> None:
    scenario, options = prepared("osa_framework", shipped_model)
    found = attribute_effects(posterior, scenario, shipped_model, options, ["security_vessels"])
    by_name = {
        p.name: found.contributions["security_vessels"][i] for i, p in enumerate(found.players)
    }
    for name, values in by_name.items():
        assert values.any() == name.startswith("event vessel_order")


def test_all_players_together_are_the_scenario_and_none_the_baseline(
    shipped_model: Model,
) -> None:
    for name in (*SHIPPED, "combined"):
        scenario, _ = prepared(name, shipped_model)
        players = players_of(scenario)
        whole = sub_scenario(scenario, players)
        assert (whole.levers, whole.events, whole.parameters) == (
            scenario.levers,
            scenario.events,
            scenario.parameters,
        )
        nothing = sub_scenario(scenario, [])
        assert scenario.baseline is not None
        assert nothing.levers == scenario.baseline.levers
        assert nothing.events == scenario.baseline.events


def test_what_a_scenario_drops_is_a_player_too(shipped_model: Model) -> None:
    scenario, _ = prepared("osa_framework", shipped_model)
    assert scenario.baseline is not None
    turned = replace(scenario.baseline, baseline=replace(scenario, baseline=None))
    players = players_of(turned)
    assert {p.kind for p in players} == {"lever", "event"}
    whole = sub_scenario(turned, players)
    assert whole.events == ()
    assert not whole.levers


def test_a_baseline_has_no_players(shipped_model: Model) -> None:
    scenario, _ = prepared("base", shipped_model)
    with pytest.raises(InputError, match="is a baseline"):
        players_of(scenario)


def test_unknown_indicators_and_years_are_told(shipped_model: Model, posterior: Posterior) -> None:
    scenario, options = prepared("weak_yen", shipped_model)
    with pytest.raises(InputError, match="trade_turnover"):
        attribute_effects(posterior, scenario, shipped_model, options, ["trade_turnovr"])
    found = attribute_effects(posterior, scenario, shipped_model, options, ["trade_turnover"])
    with pytest.raises(InputError, match="no attribution"):
        found.table("labour_stock", 2040)
    with pytest.raises(InputError, match="2025 to 2040"):
        found.table("trade_turnover", 1999)


def test_only_the_links_in_between_carry_an_effect(
    shipped_model: Model, posterior: Posterior
) -> None:
    scenario, options = prepared("labour_growth", shipped_model)
    losses = cut_links(posterior, scenario, shipped_model, options, ["trade_exports"], [2040])
    assert {loss.link for loss in losses} == {"network_to_exports"}
    assert losses[0].lost == pytest.approx(1.0)


def test_nothing_is_attributed_without_effects_and_nothing_lost(
    shipped_model: Model, posterior: Posterior
) -> None:
    scenario, options = prepared("oda_expansion", shipped_model, 5)
    found = attribute_effects(
        posterior, scenario, shipped_model, options, ["security_vessels", "oda_commitments"]
    )
    still = found.table("security_vessels", 2040)
    assert (still[["mean", "solo", "error"]] == 0.0).to_numpy().all()
    assert still[["p05", "p95"]].isna().to_numpy().all()
    assert set(still["indicator"]) == {"security_vessels"}
    assert set(still["year"]) == {2040}
    years = [2025, 2040]
    assert not cut_links(posterior, scenario, shipped_model, options, ["security_vessels"], years)
    losses = cut_links(posterior, scenario, shipped_model, options, ["trade_turnover"], years)
    assert losses
    assert all(np.isfinite(loss.lost) and loss.year == 2040 for loss in losses)
    assert np.isnan(LinkLoss("l", "i", 2030, 0.0, 0.0).lost)


@pytest.mark.parametrize(
    ("indicators", "years", "message"),
    [
        ([], [2040], "indicators: is an empty list"),
        (None, [2040], "indicators: is an empty list"),
        (5, [2040], "5 is not a list"),
        (["trade_turnovr"], [2040], "did you mean 'trade_turnover'"),
        (["oda_donor_rank"], [2040], "is not projected"),
        (["trade_turnover"], [], "years: is an empty list"),
        (["trade_turnover"], [1999], "choose from 2025 to 2040"),
        (["trade_turnover"], [2030.5], "2030.5 is not a whole number"),
        (["trade_turnover"], "2040", "'2040' is text"),
    ],
)
def test_what_was_not_asked_for_is_no_request_for_all(
    indicators: list[str],
    years: list[int],
    message: str,
    shipped_model: Model,
    posterior: Posterior,
) -> None:
    scenario, options = prepared("oda_expansion", shipped_model, 2)
    with pytest.raises(InputError, match=message):
        cut_links(posterior, scenario, shipped_model, options, indicators, years)
    if indicators is not None and years == [2040]:
        with pytest.raises(InputError, match=message):
            attribute_effects(posterior, scenario, shipped_model, options, indicators)
