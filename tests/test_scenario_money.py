"""Amounts in dollars and yen, events that come again, sizes of links: by hand, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.analysis.players import players_of, sub_scenario
from vnjp_sim.analysis.target_probability import target_probabilities
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import BadValueError, InputError
from vnjp_sim.inputs.money import at_guide, in_unit
from vnjp_sim.inputs.repetition import repetition
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_differences import event_of, lever_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projections import Projections
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options

DRAWS = 64
YEN = "macro_jpy_per_usd"
NAMES = [
    YEN,
    "oda_loans",
    "oda_grants",
    "security_osa_grants",
    "energy_japanese_finance",
    "energy_investment",
    "investment_flow",
    "trade_exports",
    "trade_imports",
    "security_exchanges",
]
WEAK = "macro_jpy_per_usd: {path: step, from: 2030, set: 200}"
SCENARIOS = {
    "base": "",
    "pledge": "events: [{on: 2030-10-01, type: loan_pledge, amount: 2 USD bn}]",
    "late": "events: [{on: 2031-02-01, type: loan_pledge, amount: 2000 USD mn}]",
    "dated": "events: [{on: 2030-10-01, type: loan_pledge, amount: 2 USD bn at the rate of 2020}]",
    "stated": "events: [{on: 2030-10-01, type: loan_pledge, amount: 2 USD bn at 125 JPY per USD}]",
    "yen": "events: [{on: 2030-10-01, type: loan_pledge, amount: 0.3 JPY tn}]",
    "number": "events: [{on: 2030-10-01, type: loan_pledge, amount: 300}]",
    "weak": f"levers: {{{WEAK}}}",
    "weak_pledge": (
        f"levers: {{{WEAK}}}, events: [{{on: 2030-10-01, type: loan_pledge, amount: 2 USD bn}}]"
    ),
    "grants": "levers: {oda_grants: {path: step, from: 2030, add: 0.5 USD bn}}",
    "floor": "levers: {oda_loans: {path: step, from: 2030, at_least: 1 USD bn}}",
    "series": ("levers: {oda_grants: {path: series, add: {2029: 0.2 USD bn, 2031: 0.4 USD bn}}}"),
    "osa": "events: [{on: 2030-05-01, type: osa_grant, amount: 20 USD mn}]",
    "weak_osa": (
        f"levers: {{{WEAK}}}, events: [{{on: 2030-05-01, type: osa_grant, amount: 20 USD mn}}]"
    ),
    "shift": "events: [{on: 2030-01-01, type: supply_chain_shift, amount: 150 JPY bn, years: 2}]",
    "energy": "events: [{on: 2030-01-01, type: energy_finance, amount: 15 JPY bn}]",
    "list": (
        "events: [{on: 2029-01-01, type: energy_list_extension, count: 4, value: 600 JPY bn},"
        " {on: 2029-01-01, type: energy_project_start, count: 100}]"
    ),
    "list_dollars": (
        "events: [{on: 2029-01-01, type: energy_list_extension, count: 4, value: 4},"
        " {on: 2029-01-01, type: energy_project_start, count: 100}]"
    ),
    "again": (
        "events: [{on: 2028-10-01, type: loan_pledge, amount: 100, every: 2 years until 2031}]"
    ),
    "written": (
        "events: [{on: 2028-10-01, type: loan_pledge, amount: 100},"
        " {on: 2030-10-01, type: loan_pledge, amount: 100}]"
    ),
    "agreement": (
        "events: [{on: 2030-01-01, type: trade_agreement}],"
        " parameters: {agreements_to_exports: {fixed: 0.09}}"
    ),
    "no_link": (
        "events: [{on: 2030-01-01, type: trade_agreement}],"
        " parameters: {agreement_effect: {fixed: 0}}"
    ),
}

Arrays = Mapping[str, NDArray[np.float64]]


def read(said: str, model: Model) -> Scenario:
    return prepare_scenario(f"{{extends: base{', ' if said else ''}{said}}}", model, Options())


@pytest.fixture(scope="module")
def runs(posterior: Posterior, shipped_model: Model) -> dict[str, Arrays]:
    """Every scenario above over the same draws, (year, draw) from 2025 on."""
    projector = Projector(posterior, shipped_model, Options(draws=DRAWS))
    variants = [projector.variant(read(said, shipped_model)) for said in SCENARIOS.values()]
    projected = projector.project(projector.batch(variants, 2025, 2032, NAMES))
    return {name: dict(projected.of(place)) for place, name in enumerate(SCENARIOS)}


def more(runs: Mapping[str, Arrays], name: str, indicator: str, year: int) -> NDArray[np.float64]:
    """Return what an indicator of a scenario has more than the baseline's in a year, (draw,)."""
    row = year - 2025
    change: NDArray[np.float64] = runs[name][indicator][row] - runs["base"][indicator][row]
    return change


def test_dollars_are_converted_at_the_rate_of_the_draw_and_year(runs: dict[str, Arrays]) -> None:
    rate = runs["base"][YEN]
    assert np.ptp(rate[5]) > 10.0
    near = {"rtol": 1e-12, "atol": 1e-10}
    for name in ("pledge", "late"):  # February belongs to the fiscal year before
        np.testing.assert_allclose(more(runs, name, "oda_loans", 2030), 2.0 * rate[5], **near)
        assert not more(runs, name, "oda_loans", 2031).any()
    np.testing.assert_allclose(more(runs, "grants", "oda_grants", 2031), 0.5 * rate[6], **near)
    floor = np.maximum(runs["base"]["oda_loans"][5], rate[5])
    np.testing.assert_allclose(runs["floor"]["oda_loans"][5], floor, **near)
    np.testing.assert_allclose(more(runs, "series", "oda_grants", 2030), 0.3 * rate[5], **near)


def test_yen_are_converted_into_dollars(runs: dict[str, Arrays]) -> None:
    rate = runs["base"][YEN]
    for year in (2030, 2031):
        shifted = more(runs, "shift", "investment_flow", year)
        np.testing.assert_allclose(shifted, 150.0 / rate[year - 2025], rtol=1e-9)
    assert (more(runs, "energy", "energy_japanese_finance", 2032) > 0.0).any()
    listed = more(runs, "list", "energy_investment", 2032)
    in_dollars = more(runs, "list_dollars", "energy_investment", 2032)
    assert (np.sign(listed - in_dollars) == np.sign(150.0 - rate[4])).all()


def test_a_stated_rate_is_one_number_for_all_draws(
    runs: dict[str, Arrays], shipped_model: Model
) -> None:
    published = shipped_model.instruments.rates[2020]
    dated, stated = (more(runs, name, "oda_loans", 2030) for name in ("dated", "stated"))
    np.testing.assert_allclose(dated, 2.0 * published, rtol=1e-12)
    np.testing.assert_allclose(stated, 250.0, rtol=1e-12)


def test_money_in_the_unit_is_the_number(runs: dict[str, Arrays]) -> None:
    for name, values in runs["number"].items():
        assert values.tobytes() == runs["yen"][name].tobytes()


def test_a_weak_yen_makes_dollars_dear_in_yen(runs: dict[str, Arrays]) -> None:
    pledged = runs["weak_pledge"]["oda_loans"] - runs["weak"]["oda_loans"]
    np.testing.assert_allclose(pledged[5], 400.0, rtol=1e-12)
    alone = runs["base"]["security_osa_grants"][5] == 0.0
    assert alone.any()
    granted = {name: runs[name]["security_osa_grants"][5][alone] for name in ("osa", "weak_osa")}
    np.testing.assert_allclose(granted["osa"], 0.02 * runs["base"][YEN][5][alone], rtol=1e-12)
    np.testing.assert_allclose(granted["weak_osa"], 4.0, rtol=1e-12)


def test_what_comes_again_is_as_if_written_out(
    runs: dict[str, Arrays], shipped_model: Model
) -> None:
    for name, values in runs["written"].items():
        assert values.tobytes() == runs["again"][name].tobytes()
    scenario = read(SCENARIOS["again"], shipped_model)
    (player,) = players_of(scenario, shipped_model.instruments)
    assert player.label.endswith(" on 2028-10-01 and every 2 years until 2031 (amount 100)")
    assert sub_scenario(scenario, [player]).events == scenario.events
    assert [event_of(event.content) for event in scenario.events] == list(scenario.events)


def test_a_link_has_the_size_that_a_scenario_gives_it(runs: dict[str, Arrays]) -> None:
    grown = np.log(runs["agreement"]["trade_exports"][5] / runs["base"]["trade_exports"][5])
    np.testing.assert_allclose(grown, 0.09 / 9.0, rtol=1e-9)  # phased in over nine years
    for side in ("trade_exports", "trade_imports"):
        assert runs["no_link"][side].tobytes() == runs["base"][side].tobytes()
    assert (runs["agreement"]["trade_imports"][5] != runs["base"]["trade_imports"][5]).all()


@pytest.mark.parametrize(
    ("text", "unit", "kept", "number"),
    [
        ("2 USD bn", "USD bn", 2.0, 2.0),
        ("500 USD mn", "JPY bn", "0.5 USD bn", 75.0),
        ("0.3 JPY tn", "JPY bn", 300.0, 300.0),
        ("300 JPY bn", "USD bn", "300 JPY bn", 2.0),
        ("1 USD bn at 120 JPY per USD", "JPY bn", "1 USD bn at 120 JPY per USD", 120.0),
        ("1 USD bn at the rate of 2024", "JPY bn", "1 USD bn at 151 JPY per USD", 151.0),
    ],
)
def test_amounts_are_kept_in_their_unit(text: str, unit: str, kept: object, number: float) -> None:
    held = in_unit(text, unit, {2024: 151.0})
    assert held == kept
    assert at_guide(held) == pytest.approx(number)
    if isinstance(held, str):
        assert in_unit(held, unit, {}) == held


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{on: 2030-01-01, type: loan_pledge, amount: USD 2 bn}", "write '2 USD bn'"),
        ("{on: 2030-01-01, type: loan_pledge, amount: 2 EUR bn}", "money such as 2 USD bn"),
        (
            "{on: 2030-01-01, type: loan_pledge, amount: 20 USD bn}",
            r"'amount' is 20 USD bn \[about 3,000 JPY bn, at each year's rate\]; give from 0 to",
        ),
        (
            "{on: 2030-01-01, type: loan_pledge, amount: 2 USD bn at the rate of 2029}",
            "no rate of 2029 is published",
        ),
        (
            "{on: 2030-01-01, type: loan_pledge, amount: 2 JPY bn at 150 JPY per USD}",
            "gives a rate, though JPY bn needs none",
        ),
        ("{on: 2030-01-01, type: loan_pledge, amount: 1e999 USD bn}", "is too large an amount"),
        (
            "{on: 2030-01-01, type: loan_pledge, amount: 2 USD bn at 15000000 JPY per USD}",
            "no rate of the yen; give from 10 to 10,000",
        ),
        ("{on: 2030-01-01, type: vessel_order, count: 2 USD bn}", "the unit is vessels"),
        ("{on: 2030-05-01, type: summit, to: 1, when: 'oda_net below -0,2 USD bn'}", "write -0.2"),
        ("{on: 2030-05-01, type: summit, to: 1, when: oda_net below 1e999}", "no finite number"),
        ("{on: 2030-01-01, type: summit, to: 1, every: {years: 2}}", "'every' is not text"),
        ("{on: 2030-01-01, type: summit, to: 1, every: 2 yrs}", "write it as 2 years until"),
        ("{on: 2030-01-01, type: summit, to: 1, every: year until 2029}", "before 2030-01-01"),
        (
            "{on: 2030-01-01, type: summit, to: 1, every: year, chance: 0.5}",
            "one of 11 events with a chance: at most 4",
        ),
        (
            "{on: 2026-04-01, type: osa_grant, amount: 0.1 USD bn, every: 4 months}",
            "the programme's size",
        ),
    ],
)
def test_a_fault_has_its_remedy(said: str, message: str, shipped_model: Model) -> None:
    with pytest.raises(InputError, match=message) as refused:
        read(f"events: [{said}]", shipped_model)
    assert len(refused.value.refusals) == 1


def test_levers_take_money_of_one_kind(shipped_model: Model) -> None:
    said = "levers: {oda_grants: {path: series, add: {2027: 1 USD bn, 2028: 3}}}"
    with pytest.raises(InputError, match="write all its years alike"):
        read(said, shipped_model)
    with pytest.raises(InputError, match="'multiply' needs a number, not the text '2 USD bn'"):
        read("levers: {oda_grants: {path: step, from: 2027, multiply: 2 USD bn}}", shipped_model)
    path = read(SCENARIOS["grants"], shipped_model).levers["oda_grants"]
    assert path.text == "+ 0.5 USD bn [about 75 JPY bn, at each year's rate] from 2030"
    assert lever_of(path.content) == path


def test_a_target_in_dollars_is_held_at_the_rate_of_each_draw(
    runs: dict[str, Arrays], shipped_model: Model
) -> None:
    target = shipped_model.targets[0].model_copy(
        update={
            "indicator": "oda_loans",
            "value": 500.0,
            "unit": "USD mn",
            "by": "2031-03-31",
            "outcome": None,
        }
    )
    loans, rate = runs["base"]["oda_loans"], runs["base"][YEN]
    registry = shipped_model.registry
    (found,) = target_probabilities(projected(oda_loans=loans, **{YEN: rate}), [target], registry)
    assert found.probability == np.mean(loans[5] >= 0.5 * rate[5])
    (without,) = target_probabilities(projected(oda_loans=loans), [target], registry)
    assert without.note == "it needs the yen's rate, which is not projected"


def projected(**arrays: NDArray[np.float64]) -> Projections:
    by_scenario = {name: [values] for name, values in arrays.items()}
    return Projections(("base",), tuple(range(2025, 2033)), DRAWS, by_scenario, lambda: None)


def test_days_that_come_again() -> None:
    from datetime import date

    days = list(repetition("6 months until 2027").days(date(2026, 8, 31), 2040))
    assert days == [date(2026, 8, 31), date(2027, 2, 28), date(2027, 8, 31)]
    assert len(list(repetition("year").days(date(2026, 1, 1), 2030))) == 5
    assert repetition("12 months").text(2030) == "year until 2030"
    with pytest.raises(BadValueError, match="cannot be '0 years'"):
        repetition("0 years")
