"""Contributions: Shapley values against all orders by hand, and their sum in real scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.analysis import attribution
from vnjp_sim.analysis.attribution import Attribution, attribute_effects, widest_effect
from vnjp_sim.analysis.coalitions import Coalitions, all_coalitions, sampled_coalitions
from vnjp_sim.analysis.link_losses import LinkLoss, cut_links
from vnjp_sim.analysis.players import players_of, sub_scenario
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options

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
        self.count, self.draws = count, draws
        rng = np.random.default_rng(count)
        self.single = rng.normal(size=(count, 1, draws))
        self.pair = rng.normal(size=(count, count, 1, draws))

    def outcome(self, chosen: Iterable[int]) -> FloatArray:
        members, worth = list(chosen), np.full((1, self.draws), 7.0)
        for i in members:
            worth = worth + self.single[i]
            for j in members:
                worth = worth + (self.pair[i, j] if i < j else 0.0)
        return worth

    def shares(self, coalitions: Coalitions, parts: int = 1) -> attribution.Shares:
        """Return what is made of the outcomes, which come in several parts."""
        shares = attribution.Shares(coalitions, 1, self.draws)
        for some in np.array_split(np.arange(1, len(coalitions.members)), parts):
            places = np.array([0, *some])
            rows = [self.outcome(coalitions.members[i])[0] for i in places]
            weights = coalitions.of_rows(np.arange(len(places)), places)
            half = self.draws // 2  # two blocks of draws
            shares.add(weights, slice(0, half), 0, [row[:half] for row in rows])
            shares.add(weights, slice(half, self.draws), 0, [row[half:] for row in rows])
        return shares


def over_all_orders(game: Game) -> FloatArray:
    total = np.zeros((game.count, 1, game.draws))
    orders = list(permutations(range(game.count)))
    for order in orders:
        for position, player in enumerate(order):
            after, before = game.outcome(order[: position + 1]), game.outcome(order[:position])
            total[player] += after - before
    return total / len(orders)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("parts", [1, 3])
def test_exact_values_are_means_over_all_orders(count: int, parts: int) -> None:
    game = Game(count)
    shares = game.shares(all_coalitions(count), parts)
    np.testing.assert_allclose(shares.contributions(), over_all_orders(game), atol=1e-12)


def test_coalitions_that_share_an_outcome_count_together() -> None:
    """Player 2 of three changes nothing: half of the coalitions have the outcome of the others."""
    game, coalitions = Game(2), all_coalitions(3)
    distinct = [(), (0,), (1,), (0, 1)]
    row_of = [distinct.index(tuple(m for m in c if m != 2)) for c in coalitions.members]
    shares = attribution.Shares(coalitions, 1, game.draws)
    rows = [game.outcome(members)[0] for members in distinct]
    weights = coalitions.of_rows(np.array(row_of), np.arange(len(row_of)))
    shares.add(weights, slice(0, game.draws), 0, rows)
    np.testing.assert_allclose(shares.contributions()[:2], over_all_orders(game), atol=1e-12)
    assert not shares.contributions()[2].any()


def test_pairs_share_their_interaction_evenly() -> None:
    game = Game(3)
    values = game.shares(all_coalitions(3)).contributions()
    pair = game.pair + np.swapaxes(game.pair, 0, 1)
    off = [sum(0.5 * game.pair[min(i, j), max(i, j)] for j in range(3) if j != i) for i in range(3)]
    assert pair.shape[0] == 3
    np.testing.assert_allclose(values, game.single + np.stack(off), atol=1e-12)


def test_sampled_orders_sum_exactly_and_agree_within_their_error() -> None:
    game = Game(6)
    exact = game.shares(all_coalitions(6)).contributions()
    shares = game.shares(sampled_coalitions(6, 200, 1), parts=2)
    values = shares.contributions()
    np.testing.assert_allclose(values.sum(axis=0), shares.total(), atol=1e-12)
    gap = np.abs(values.mean(axis=2) - exact.mean(axis=2))
    assert (gap <= 5.0 * shares.error() + 1e-12).all()
    assert shares.error().all()


def test_an_order_and_its_reverse_are_exact_for_pairs() -> None:
    game = Game(4)
    exact = game.shares(all_coalitions(4)).contributions()
    values = game.shares(sampled_coalitions(4, 4, 1)).contributions()
    np.testing.assert_allclose(values, exact, atol=1e-12)


def prepared(name: str, model: Model, draws: int = 64) -> tuple[Scenario, Options]:
    options = Options(draws=draws)
    return prepare_scenario(name, model, options), options


@pytest.mark.parametrize("name", SHIPPED)
def test_contributions_sum_to_the_effect(
    name: str, shipped_model: Model, posterior: Posterior
) -> None:
    scenario, options = prepared(name, shipped_model)
    projector = Projector(posterior, shipped_model, options)
    found = attribute_effects(projector, scenario, LOOKED_AT)
    assert_sums(found)


@pytest.mark.slow
def test_contributions_sum_with_nine_players(shipped_model: Model, posterior: Posterior) -> None:
    options = Options(draws=16, end=2031)
    scenario = prepare_scenario("combined", shipped_model, options)
    projector = Projector(posterior, shipped_model, options)
    assert len(players_of(scenario, shipped_model.instruments)) == 9
    exact = attribute_effects(projector, scenario, LOOKED_AT)
    assert exact.exact
    assert_sums(exact)
    sampled = attribute_effects(projector, scenario, LOOKED_AT, exact_players=7, orders=8)
    assert not sampled.exact
    assert_sums(sampled)
    for name in LOOKED_AT:
        gap = np.abs(sampled.contributions[name] - exact.contributions[name]).mean(axis=2)
        largest = np.abs(exact.contributions[name]).mean(axis=2).max() + 1e-12
        assert (gap <= 5.0 * sampled.error[name] + 0.1 * largest).all(), name


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
    projector = Projector(posterior, shipped_model, options)
    found = attribute_effects(projector, scenario, ["security_vessels"])
    by_name = {
        p.name: found.contributions["security_vessels"][i] for i, p in enumerate(found.players)
    }
    for name, values in by_name.items():
        assert values.any() == ("exchanges" not in name)  # the others order vessels, or pay them


def test_all_players_together_are_the_scenario_and_none_the_baseline(
    shipped_model: Model,
) -> None:
    for name in (*SHIPPED, "combined"):
        scenario, _ = prepared(name, shipped_model)
        players = players_of(scenario, shipped_model.instruments)
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
    players = players_of(turned, shipped_model.instruments)
    assert {p.kind for p in players} == {"lever", "event"}
    whole = sub_scenario(turned, players)
    assert whole.events == ()
    assert not whole.levers


def test_a_baseline_has_no_players(shipped_model: Model) -> None:
    scenario, _ = prepared("base", shipped_model)
    with pytest.raises(InputError, match="is a baseline"):
        players_of(scenario, shipped_model.instruments)


def test_unknown_indicators_and_years_are_told(shipped_model: Model, posterior: Posterior) -> None:
    scenario, options = prepared("weak_yen", shipped_model)
    projector = Projector(posterior, shipped_model, options)
    with pytest.raises(InputError, match="trade_turnover"):
        attribute_effects(projector, scenario, ["trade_turnovr"])
    found = attribute_effects(projector, scenario, ["trade_turnover"])
    with pytest.raises(InputError, match="no attribution"):
        found.table("labour_stock", 2040)
    with pytest.raises(InputError, match="2025 to 2040"):
        found.table("trade_turnover", 1999)


def test_only_the_links_in_between_carry_an_effect(
    shipped_model: Model, posterior: Posterior
) -> None:
    scenario, options = prepared("labour_growth", shipped_model)
    projector = Projector(posterior, shipped_model, options)
    losses = cut_links(projector, scenario, ["trade_exports"], [2040])
    lost = {loss.link: loss.lost for loss in losses}
    assert set(lost) == {"engineers_to_other_residents", "network_to_exports"}
    assert 0.0 < lost["engineers_to_other_residents"] < lost["network_to_exports"]
    assert lost["network_to_exports"] == pytest.approx(1.0)


def test_nothing_is_attributed_without_effects_and_nothing_lost(
    shipped_model: Model, posterior: Posterior
) -> None:
    scenario, options = prepared("oda_expansion", shipped_model, 5)
    projector = Projector(posterior, shipped_model, options)
    found = attribute_effects(
        projector,
        scenario,
        ["security_vessels", "oda_commitments"],
    )
    still = found.table("security_vessels", 2040)
    assert (still[["mean", "solo", "error"]] == 0.0).to_numpy().all()
    assert still[["p05", "p95"]].isna().to_numpy().all()
    assert set(still["indicator"]) == {"security_vessels"}
    assert set(still["year"]) == {2040}
    years = [2025, 2040]
    assert not cut_links(projector, scenario, ["security_vessels"], years)
    losses = cut_links(projector, scenario, ["trade_turnover"], years)
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
    projector = Projector(posterior, shipped_model, options)
    with pytest.raises(InputError, match=message):
        cut_links(projector, scenario, indicators, years)
    if indicators is not None and years == [2040]:
        with pytest.raises(InputError, match=message):
            attribute_effects(projector, scenario, indicators)


def test_shown_effect_is_the_one_to_which_most_players_contribute() -> None:
    one, both = np.zeros((2, 1, 4)), np.ones((2, 1, 4))
    one[0] = 8.0
    parts = {"sure": one, "wide": both, "wide too": both}
    total = {name: values.sum(axis=0) for name, values in parts.items()}
    found = Attribution("mine", (), (2040,), parts, parts, total, {}, True)
    assert widest_effect(found, 2040) == "wide"
    assert widest_effect(Attribution("mine", (), (2040,), {}, {}, {}, {}, True), 2040) is None
