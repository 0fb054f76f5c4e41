"""What scenarios do to trade, investment and diplomacy, against arithmetic by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from engine_runs import run_one
from hand_made import hand_made
from identities import GROUPS

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import EventType
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.controls import Controls
from vnjp_sim.sectors.diplomacy import Diplomacy
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

pytestmark = pytest.mark.invariants

START, END, DRAWS = 2025, 2032, 64
Arrays = dict[str, np.ndarray]
Run = Callable[..., Arrays]


def event(day: date, kind: str, **amounts: float) -> ScenarioEvent:
    return ScenarioEvent(day, kind, tuple(sorted(amounts.items())))


def doubled(*names: str) -> dict[str, LeverPath]:
    path = LeverPath.model_validate({"path": "step", "from": 2028, "multiply": 2.0})
    return dict.fromkeys(names, path)


@pytest.fixture(scope="module")
def run(posterior: Posterior, shipped_model: Model) -> Run:
    def project(levers: dict[str, LeverPath] | None = None, *events: ScenarioEvent) -> Arrays:
        single = dict(shipped_model.parameters.single)
        inputs = ScenarioInputs(single, levers or {}, tuple(sorted(events)))
        root = ScenarioInputs(single)
        streams = RandomStreams(5, 0, DRAWS)
        return run_one(posterior, START, END, inputs, root, shipped_model.couplings, streams)

    return project


@pytest.fixture(scope="module")
def base(run: Run) -> Arrays:
    return run()


# ---------------------------------------------------------------------- product groups


def test_what_a_group_gains_is_new_to_its_whole(run: Run, base: Arrays) -> None:
    """Doubled, a group adds itself to exports and turnover; the other groups stay to the bit."""
    moved, year = run(doubled("trade_exports_seafood")), 2030 - START
    group = base["trade_exports_seafood"][year]
    np.testing.assert_allclose(moved["trade_exports_seafood"][year], 2.0 * group, rtol=1e-14)
    for total in ("trade_exports", "trade_turnover", "trade_balance"):
        gained = moved[total][year] - base[total][year]
        np.testing.assert_allclose(gained, group, atol=1e-12)
    for side, groups in GROUPS.items():
        for other in (*groups, "other"):
            if (side, other) != ("trade_exports", "seafood"):
                name = f"{side}_{other}"
                assert moved[name].tobytes() == base[name].tobytes(), name


def test_all_groups_together_are_the_whole_but_for_the_rest(run: Run, base: Arrays) -> None:
    side, year = "trade_imports", 2031 - START
    moved = run(doubled(*(f"{side}_{group}" for group in GROUPS[side])))
    expected = 2.0 * base[side][year] - base[f"{side}_other"][year]
    np.testing.assert_allclose(moved[side][year], expected, rtol=1e-13)


# ---------------------------------------------------------------------- investment


def test_supply_chains_bring_their_amount_and_the_stock_keeps_it(run: Run, base: Arrays) -> None:
    """A billion a year from the middle of 2028 for one year: half in each of two years."""
    shift = event(date(2028, 7, 2), "supply_chain_shift", amount=1.0, years=1.0)
    moved, at = run({}, shift), {year: year - START for year in range(START, END + 1)}
    flow = moved["investment_flow"] - base["investment_flow"]
    np.testing.assert_allclose(flow[at[2028]], 0.5, atol=2e-3)
    np.testing.assert_allclose(flow[at[2028]] + flow[at[2029]], 1.0, atol=2e-3)
    stock = moved["investment_stock"] - base["investment_stock"]
    np.testing.assert_allclose(stock[at[2028]], flow[at[2028]], atol=1e-9)
    before, after = (base["investment_stock"][at[year]] for year in (2029, 2030))
    kept = (after - base["investment_flow"][at[2030]]) / before  # less exits, revised
    np.testing.assert_allclose(stock[at[2030]], stock[at[2029]] * kept + flow[at[2030]], atol=1e-9)
    projects = moved["investment_projects_new"] - base["investment_projects_new"]
    size = 1000.0 * flow[at[2028]] / projects[at[2028]]
    np.testing.assert_allclose(1000.0 * flow[at[2029]] / projects[at[2029]], size, rtol=1e-6)
    assert np.median(size) == pytest.approx(14.0, rel=0.25)


# ---------------------------------------------------------------------- diplomacy


def test_a_setback_holds_visits_and_agreements_back() -> None:
    """Two years from the middle of 2026: an agreement of 2027 enters into force in mid 2028."""
    context = hand_made((2024, 2024, 2030), priors={"diplomacy_preference_share": 0.4})
    events = (
        event(date(2026, 7, 2), "political_setback", visits=100.0, years=2.0),
        event(date(2027, 3, 1), "trade_agreement"),
        event(date(2029, 1, 1), "trade_agreement"),
    )
    diplomacy = Diplomacy(replace(context, controls=Controls(events=events)))
    closed = {year: diplomacy.close(year, {}) for year in range(2024, 2031)}
    agreements = [closed[year]["diplomacy_agreements"][0] for year in range(2026, 2031)]
    assert agreements == pytest.approx([0.0, 0.0, 0.5, 2.0, 2.0], abs=2e-3)
    setback = [closed[year]["diplomacy_setback"][0] for year in range(2025, 2030)]
    assert setback == pytest.approx([0.0, 0.5, 1.0, 0.5, 0.0], abs=2e-3)
    assert closed[2026]["diplomacy_preference_use"][0] == pytest.approx(40.0)


def test_no_leader_travels_in_a_setback(run: Run, base: Arrays) -> None:
    setback = event(date(2027, 1, 1), "political_setback", visits=100.0, years=3.0)
    moved = run({}, setback)
    during, later = slice(2027 - START, 2030 - START), slice(2030 - START, None)
    assert (moved["diplomacy_visits"][during] == 0.0).all()
    assert (moved["diplomacy_documents"][during] == 0.0).all()
    assert moved["diplomacy_visits"][later].tobytes() == base["diplomacy_visits"][later].tobytes()
    fewer = moved["security_exchanges"][during].mean() / base["security_exchanges"][during].mean()
    assert 0.4 < fewer < 0.65
    met = moved["security_exchanges"][later]
    assert met.tobytes() == base["security_exchanges"][later].tobytes()


# ---------------------------------------------------------------------- sizes of events

PANDEMIC = {"trade": 6.0, "investment": 30.0, "visitors": 95.0, "intake": 60.0, "students": 75.0}


@pytest.mark.parametrize(
    ("indicator", "part"),
    [
        ("trade_turnover", "trade"),
        ("investment_flow", "investment"),
        ("people_visitors", "visitors"),
    ],
)
def test_each_part_of_a_shock_moves_its_own_flow(
    indicator: str, part: str, run: Run, base: Arrays
) -> None:
    """From 1 January, in the year itself, before any link of a later year acts."""
    moved, year = run({}, event(date(2028, 1, 1), "demand_shock", recovery=1.0, **PANDEMIC)), 2028
    left = moved[indicator][year - START] / base[indicator][year - START]
    np.testing.assert_allclose(left, 1.0 - PANDEMIC[part] / 100.0, rtol=1e-9)


def test_entries_fall_by_their_part_less_what_limits_give_way(run: Run, base: Arrays) -> None:
    """Where fewer come, supply and demand that are short hold fewer of them back."""
    moved, year = run({}, event(date(2028, 1, 1), "demand_shock", recovery=1.0, **PANDEMIC)), 2028
    left = moved["labour_intake"][year - START] / base["labour_intake"][year - START]
    assert (left >= 0.4 - 1e-9).all()
    assert np.median(left) < 0.5


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, PANDEMIC),
        ({"trade": 17}, {**PANDEMIC, "trade": 17.0}),
        ({"percent": 25}, dict.fromkeys(PANDEMIC, 25.0)),
        ({"percent": 25, "trade": 0}, {**dict.fromkeys(PANDEMIC, 25.0), "trade": 0.0}),
    ],
)
def test_a_shock_takes_what_is_given_then_percent_then_the_pandemic(
    given: dict[str, float], expected: dict[str, float], shipped_model: Model
) -> None:
    kind = shipped_model.instruments.event_types["demand_shock"]
    assert kind.amounts({"recovery": 1.0, **given}, {}) == {**expected, "recovery": 1.0}


def test_a_scenario_file_of_the_first_version_still_reads(
    shipped_model: Model, tmp_path: Path
) -> None:
    file = tmp_path / "old.yml"
    text = "name: old\ntitle: Old\nextends: base\nevents:\n"
    shock = "  - {on: 2028-04-01, type: demand_shock, percent: 25, recovery: 1.0}\n"
    file.write_text(text + shock, encoding="utf-8")
    (happens,) = shipped_model.scenario_reader().read(file).events
    assert happens.amount("students") == happens.amount("trade") == 25.0
    file.write_text(text + shock.replace("25", "96"), encoding="utf-8")
    with pytest.raises(InputError, match="'percent' is 96; give from 0 to 95 percent"):
        shipped_model.scenario_reader().read(file)


FIELD = {"unit": "percent", "meaning": "a fall", "range": [0, 95]}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"fall": {**FIELD, "default": 96.0}}, "the default 96 of 'fall', which is out of range"),
        ({"fall": FIELD, "all": {**FIELD, "stands_for": ("fal",)}}, "stand for 'fal'"),
    ],
)
def test_a_field_is_refused_that_no_event_could_fill(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        EventType.model_validate({"meaning": "A fall.", "sector": "trade", "fields": fields})
