"""Whether a country economist would take the projections at their face value.

Every shipped scenario, in all its variants, is held against limits that its ratios have kept or
that nobody expects them to pass; every lever is moved over its whole range; and what levers and
events do is compared with each other and with published sizes. Limits are about medians, unless
they are accounts that hold in every draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Lever
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_lookup import find_scenario
from vnjp_sim.sectors.declarations import outputs
from vnjp_sim.simulation.engine import Block, run_block
from vnjp_sim.simulation.layout import layout_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, FloatArray]
Projects = Callable[[Mapping[Any, ScenarioInputs]], dict[Any, Arrays]]

pytestmark = pytest.mark.plausible

START, END, DRAWS = 2025, 2040, 200
SHIPPED = sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))
POLICIES = ("oda_expansion", "osa_framework", "labour_growth")
STRESSES = ("maritime_tension", "demand_shock", "weak_yen")
NONE = ScenarioInputs({})


@pytest.fixture(scope="module")
def project(posterior: Posterior, shipped_model: Model) -> Projects:
    """Run variants of the baseline together, over the same draws."""

    def projected(variants: Mapping[Any, ScenarioInputs]) -> dict[Any, Arrays]:
        single, couplings = shipped_model.parameters.single, shipped_model.couplings
        root = ScenarioInputs(single)
        batch = [
            Variant(ScenarioInputs({**single, **own.parameters}, own.levers, own.events), root)
            for own in variants.values()
        ]
        layout = layout_of(batch, couplings, posterior.course, posterior.arrays.keys())
        rows: dict[tuple[str, int], FloatArray] = {}

        def allocate(name: str, row: int) -> FloatArray:
            return rows.setdefault((name, row), np.empty((END - START + 1, DRAWS)))

        streams = RandomStreams(15, 0, DRAWS)
        run_block(posterior, Block(START, END, layout, couplings, streams), allocate)
        return {
            key: {name: rows[name, places[index]] for name, places in layout.recorded.items()}
            for index, key in enumerate(variants)
        }

    return projected


@pytest.fixture(scope="module")
def base(project: Projects) -> Arrays:
    return project({"base": NONE})["base"]


def in_scenario(scenario: Scenario, model: Model) -> ScenarioInputs:
    priors = {
        name: model.parameters.single[name].model_copy(update={"prior": prior})
        for name, prior in scenario.parameters.items()
    }
    return ScenarioInputs(priors, scenario.levers, scenario.events)


@pytest.fixture(scope="module")
def shipped(project: Projects, shipped_model: Model) -> dict[str, Arrays]:
    """Every shipped scenario, its variants, policies under stress; what has a chance happens."""
    reader = shipped_model.scenario_reader()
    scenarios = [reader.read(find_scenario(name)) for name in SHIPPED]
    scenarios += [s.variant(name) for s in scenarios for name in s.variants]
    for parents in product(POLICIES, STRESSES):
        name = "_in_".join(parents)
        content = {"name": name, "title": name, "extends": list(parents)}
        scenarios.append(reader.build(content))
    return project({s.name: in_scenario(s, shipped_model) for s in scenarios})


# ---------------------------------------------------------------------- ratios


@dataclass(frozen=True)
class Limit:
    """Between which numbers the median of a ratio stays in every scenario and year, and why."""

    ratio: str
    of: Callable[[Arrays], FloatArray]
    low: float
    high: float
    reason: str


def over(name: str, whole: str, factor: float = 1.0) -> Callable[[Arrays], FloatArray]:
    return lambda a: factor * a[name] / a[whole]


def only(name: str) -> Callable[[Arrays], FloatArray]:
    return lambda a: a[name]


GDP = "macro_vn_gdp_usd"
LIMITS = (
    Limit(
        "turnover, percent of GDP",
        only("trade_turnover_gdp"),
        7.0,
        13.0,
        "9 to 14 in 1995-2014 (Correlates of War Trade 4.0, World Development Indicators), and "
        "slowly falling since; no policy of one partner brings it out of its range by a third",
    ),
    Limit(
        "exports over imports",
        only("trade_cover_ratio"),
        0.8,
        1.3,
        "0.85 to 1.2 in 2000-2014 (Correlates of War Trade 4.0)",
    ),
    Limit(
        "stock of investment, percent of GDP",
        over("investment_stock", GDP, 100.0),
        10.0,
        25.0,
        "17 to 20 in 2008-2022 (Ministry of Planning and Investment of Vietnam)",
    ),
    Limit(
        "registered flow, percent of GDP",
        over("investment_flow", GDP, 100.0),
        0.4,
        4.0,
        "0.8 in 2015 and 3.2 in 2017 (the same), years of few and of many large projects",
    ),
    Limit(
        "disbursed aid, percent of GDP",
        over("oda_disbursements_usd", GDP, 100.0),
        0.0,
        1.2,
        "about 1 in 2012-2014, its peak (OECD; net, so that gross is a little more)",
    ),
    Limit(
        "years of disbursements that wait",
        over("oda_undisbursed", "oda_disbursements"),
        0.5,
        14.0,
        "loans take four to five years in the middle; a freeze or a doubling doubles the wait",
    ),
    Limit(
        "Vietnamese among foreign workers, percent",
        only("labour_foreign_share"),
        8.0,
        45.0,
        "25 in 2023; the largest nation of the past, China's, had 43 in 2011 and 17 in 2025 "
        "(labour ministry)",
    ),
    Limit(
        "all Vietnamese workers, persons",
        only("labour_workers_all"),
        400_000.0,
        2_200_000.0,
        "Japan would need 6.7 million foreign workers of all nations in 2040 for its growth "
        "target (Japan International Cooperation Agency 2022); a third would be Vietnamese",
    ),
    Limit(
        "entries of workers a year, persons",
        only("labour_entries"),
        30_000.0,
        350_000.0,
        "1.3 to 1.6 million people reach 20 in Vietnam each year; a quarter of them",
    ),
    Limit(
        "remittances, percent of GDP",
        over("labour_remittances", GDP, 100.0),
        0.1,
        2.0,
        "all remittances from all countries are 3 to 4 (World Bank)",
    ),
    Limit(
        "Japanese visitors, persons",
        only("people_visitors"),
        100_000.0,
        2_500_000.0,
        "952,000 at the peak of 2019; Japan's travellers to all countries were 20 million",
    ),
    Limit(
        "visits of leaders a year",
        only("diplomacy_visits"),
        0.0,
        6.0,
        "five in the fullest year of the documents",
    ),
    Limit(
        "patrol vessels in service",
        only("security_vessels"),
        0.0,
        24.0,
        "six used and six new ones in two decades; the yards deliver two a year at most",
    ),
)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.ratio)
def test_ratios_of_shipped_scenarios_stay_within_what_is_argued(
    limit: Limit, shipped: Mapping[str, Arrays]
) -> None:
    for name, arrays in shipped.items():
        median = np.median(limit.of(arrays)[1:], axis=1)
        place = f"{name}, {limit.ratio}: {median.round(2)}; {limit.reason}"
        assert (median >= limit.low).all(), place
        assert (median <= limit.high).all(), place


COUNTED: tuple[tuple[str, int, float, float, str], ...] = (
    (
        "labour_intake",
        2025,
        60e3,
        83e3,
        "82,703 in 2019, 80,010 in 2023, 69,188 in 11 months of 2024",
    ),
    ("labour_skilled", 2025, 140e3, 180e3, "126,832 in June 2024, 148,486 in June 2025"),
    ("labour_trainees", 2025, 180e3, 225e3, "185,563 in June 2023, 203,977 in June 2024"),
    ("labour_engineers", 2025, 105e3, 125e3, "87,904 in June 2023, 101,674 in June 2024"),
    ("labour_workers_all", 2025, 575e3, 645e3, "605,906 in October 2025 (labour ministry)"),
    ("labour_foreign_share", 2025, 22.0, 25.0, "23.6 in October 2025 (labour ministry)"),
    ("people_residents", 2025, 640e3, 705e3, "600,348 in June 2024, 660,483 in June 2025"),
    (
        "people_learners",
        2025,
        140e3,
        190e3,
        "174,461 in 2018 (Japan Foundation)",
    ),
    ("labour_remittances", 2025, 2.0, 3.6, "5 bn from all hosts, where twice as many work"),
)
"""Indicator, year, between which numbers its median is, and what was counted."""


@pytest.mark.parametrize("counted", COUNTED, ids=lambda counted: counted[0])
def test_the_first_year_is_near_what_was_counted(
    counted: tuple[str, int, float, float, str], base: Arrays
) -> None:
    """No count is a figure of the calibration; the priors of labour were set with some in view."""
    indicator, year, low, high, reason = counted
    median = float(np.median(base[indicator][year - START]))
    assert low <= median <= high, f"{median:.3g}; {reason}"


def test_the_new_programme_does_not_make_conversions_jump(base: Arrays) -> None:
    """As many finish their training in the first year without trainees as in the last with them."""
    median = np.median(base["labour_conversions"], axis=1)
    assert (np.abs(np.diff(np.log(median))) < 0.2).all(), median.round()


def test_those_who_go_home_early_do_not_become_skilled_workers(
    shipped: Mapping[str, Arrays], base: Arrays
) -> None:
    for name in ("labour_stall", "labour_stall@high"):
        effects = shipped[name]["labour_conversions"] - base["labour_conversions"]
        assert (effects.mean(axis=1) <= 0.0).all(), name


def test_vietnam_owes_about_what_its_ministry_of_finance_counts(base: Arrays) -> None:
    """VND 247 tn or USD 10.3 bn at the end of 2023 (Ministry of Finance, as the press quotes it).

    At the end of 2021 it was 316 tn or 13.8 bn: in yen it falls by about 4 % a year.
    """
    owed = base["oda_debt_usd"][2025 - START]
    assert 9.0 < np.median(owed) < 11.0
    assert (base["oda_net"][2025 - START] < 0.0).mean() > 0.5


LEAST_PRICE = 0.03
"""JPY bn for a vessel: a third of the price of the six used ones (hue_journal_2021 line 400)."""
COHORT = 1_600_000
"""The most people who reach 20 in Vietnam in a year (General Statistics Office)."""


def test_accounts_hold_in_every_draw(shipped: Mapping[str, Arrays]) -> None:
    for arrays in shipped.values():
        assert_accounts(arrays)
        if "security_vessel_cost" in arrays:  # who orders vessels pays for them
            more = arrays["security_vessels"] - shipped["base"]["security_vessels"]
            assert (more * LEAST_PRICE <= arrays["security_vessel_cost"].cumsum(axis=0)).all()


def assert_accounts(a: Arrays) -> None:
    """Check that people and money are there, and no more."""
    assert (a["labour_foreign_share"] <= 100.0).all(), "more workers than Japan has from abroad"
    assert (a["labour_entries"] < COHORT).all(), "more entries than young people in Vietnam"
    assert (a["labour_stock"] <= a["people_residents"]).all()
    assert (a["investment_flow"] > 0.0).all()
    assert (a["diplomacy_preference_use"] <= 100.0).all()
    assert ((a["diplomacy_documents"] == 0.0) | (a["diplomacy_visits"] > 0.0)).all()
    if "security_osa_unspent" in a:  # what is bought is paid for
        assert (a["security_osa_unspent"] >= -1e-9).all()


# ---------------------------------------------------------------------- levers, all the way

STEPS = 5
MOVED = {
    "oda_delay": ("oda_disbursements", -1.0),
    "oda_income_fading": ("oda_loans", -1.0),
    "oda_corruption_rate": ("oda_loans", -1.0),
    "energy_starts": ("energy_projects_started", 1.0),
    "labour_trainee_intake": ("labour_intake", 1.0),
    "labour_skilled_intake": ("labour_intake", 1.0),
    "labour_engineer_intake": ("labour_intake", 1.0),
    "labour_demand": ("labour_intake", 1.0),
    "labour_supply": ("labour_intake", 1.0),
    "security_osa_budget": ("security_osa_grants", 1.0),
    "labour_conversion_share": ("labour_skilled", 1.0),
    "labour_stay": ("labour_stock", 1.0),
}
"""Levers that set nothing: what they move, and whether it rises or falls as they rise."""


def course(lever: Lever, share: float) -> LeverPath:
    """Return a path to a point of a lever's range: 0 at its lowest, 1 at its highest."""
    operation = "multiply" if lever.multiply else "set" if lever.set else "add"
    low, high = getattr(lever, operation)
    content = {"path": "step", "from": 2027, operation: low + share * (high - low)}
    return LeverPath.model_validate(content)


def set_by(lever: str) -> list[str]:
    return [name for name, output in outputs().items() if lever in output.set_by]


def test_every_lever_moves_its_quantity_one_way_over_its_whole_range(
    project: Projects, shipped_model: Model
) -> None:
    """On average over draws; a step may do nothing where a limit binds, and the whole range not."""
    levers = shipped_model.instruments.levers
    grid = [(name, share) for name in levers for share in np.linspace(0.0, 1.0, STEPS)]
    runs = project({(n, s): ScenarioInputs({}, {n: course(levers[n], s)}) for n, s in grid})
    years = slice(2030 - START, 2034 - START)
    for name in levers:
        quantity, sign = MOVED.get(name, ("", 1.0))
        moved = [quantity] if quantity else set_by(name)
        assert moved, f"{name}: state in MOVED what it moves, and in which direction"
        for quantity in moved:
            means = [runs[key][quantity][years].mean() for key in grid if key[0] == name]
            steps, rounding = sign * np.diff(means), 1e-9 * max(map(abs, means))
            assert (steps >= -rounding).all(), (name, quantity, means)
            assert steps.sum() > rounding, (name, quantity, means)


# ---------------------------------------------------------------------- sizes and ranking


def steered(**factors: float) -> ScenarioInputs:
    paths = {
        name: LeverPath.model_validate({"path": "step", "from": 2027, "multiply": factor})
        for name, factor in factors.items()
    }
    return ScenarioInputs({}, paths)


def happening(kind: str, **amounts: float) -> ScenarioInputs:
    event = ScenarioEvent(date(2027, 1, 1), kind, tuple(sorted(amounts.items())))
    return ScenarioInputs({}, {}, (event,))


CASES: dict[str, ScenarioInputs] = {
    "visits doubled": steered(diplomacy_visits=2.0),
    "one more agreement": happening("trade_agreement"),
    "use of agreements doubled": steered(diplomacy_preference_use=2.0),
    "investment doubled": steered(investment_flow=2.0),
    "aid doubled": steered(oda_commitments=2.0),
    "skilled entries doubled": steered(labour_skilled_intake=2.0),
    "China plus one": happening("supply_chain_shift", amount=1.0, years=5.0),
    "setback": happening("political_setback", visits=100.0, years=2.5),
    "yen a third weaker": happening("exchange_rate_shock", percent=33.0),
    "pandemic": happening(
        "demand_shock",
        trade=6.0,
        investment=30.0,
        visitors=95.0,
        intake=60.0,
        students=75.0,
        recovery=1.0,
    ),
}

SIZES: tuple[tuple[str, str, int, float, float, str], ...] = (
    ("one more agreement", "trade_turnover", 2040, 0.5, 6.0, "2 to 5.5 %, UNCTAD 2021 on RCEP"),
    ("one more agreement", "trade_turnover", 2030, 0.2, 3.0, "phased in over nine years"),
    ("use of agreements doubled", "trade_turnover", 2040, 0.5, 6.0, "as one more agreement"),
    (
        "visits doubled",
        "trade_turnover",
        2040,
        0.0,
        2.5,
        "less than the 8 to 10 % of a first visit, Nitsch 2007; none, Head and Ries 2010",
    ),
    (
        "investment doubled",
        "trade_turnover",
        2040,
        2.0,
        12.0,
        "0.13 for a stock that grows by half, Xuan and Xing 2008",
    ),
    (
        "skilled entries doubled",
        "trade_turnover",
        2040,
        0.2,
        6.0,
        "0.15 for a network a fifth to a third larger, Genc and others 2011",
    ),
    ("aid doubled", "trade_turnover", 2040, 0.1, 6.0, "vanguard effects, Kimura and Todo 2010"),
    ("China plus one", "trade_turnover", 2032, 0.05, 2.0, "5 bn on a stock of 110 bn times 0.13"),
    ("setback", "trade_turnover", 2028, -3.0, 0.0, "Davis and Meunier 2011 find none"),
    (
        "yen a third weaker",
        "trade_exports",
        2027,
        -25.0,
        -5.0,
        "half of Japan's imports in yen lose a quarter, volumes fall by a few per cent",
    ),
    ("pandemic", "trade_turnover", 2027, -8.0, -3.0, "turnover hardly fell in 2020"),
    ("pandemic", "people_visitors", 2027, -99.0, -80.0, "borders closed from April 2020"),
    ("pandemic", "labour_intake", 2027, -75.0, -40.0, "half in 2020, a quarter left in 2021"),
    ("pandemic", "people_students", 2029, -50.0, -15.0, "half fewer in 2022 than in 2019"),
)
"""Case, indicator, year, lowest and highest median effect in per cent, and why."""


@pytest.fixture(scope="module")
def cases(project: Projects) -> dict[str, Arrays]:
    return project(CASES)


def effect(arrays: Arrays, base: Arrays, indicator: str, year: int) -> float:
    """Return the median effect in per cent."""
    row = year - START
    return float(np.median(100.0 * (arrays[indicator][row] / base[indicator][row] - 1.0)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}-{size[1]}-{size[2]}")
def test_effects_have_the_order_of_the_literature(
    size: tuple[str, str, int, float, float, str], cases: Mapping[str, Arrays], base: Arrays
) -> None:
    case, indicator, year, low, high, reason = size
    found = effect(cases[case], base, indicator, year)
    assert low <= found <= high, f"{found:.2f} %; {reason}"


RANKED: tuple[tuple[Iterable[str], str], ...] = (
    (
        ("visits doubled", "one more agreement", "investment doubled"),
        "talk costs little, an agreement years of work, investment of USD 6 bn a year its money",
    ),
    (
        ("visits doubled", "use of agreements doubled"),
        "both cost officials' time; the second lowers tariffs that are paid",
    ),
    (("China plus one", "investment doubled"), "USD 1 bn for five years against 6 bn for all"),
)


@pytest.mark.parametrize("ranked", RANKED, ids=lambda ranked: "-".join(ranked[0]))
def test_what_costs_more_does_more_for_trade(
    ranked: tuple[Iterable[str], str], cases: Mapping[str, Arrays], base: Arrays
) -> None:
    names, reason = ranked
    effects = [effect(cases[name], base, "trade_turnover", 2040) for name in names]
    assert all(less < more for less, more in pairwise(effects)), f"{effects}: {reason}"


def test_a_dollar_of_aid_brings_less_than_two_dollars_of_trade(
    cases: Mapping[str, Arrays], base: Arrays
) -> None:
    """Over fifteen years, tied equipment and what infrastructure draws together."""
    more = {
        name: (cases["aid doubled"][name] - base[name]).sum(axis=0)
        for name in ("trade_turnover", "oda_disbursements_usd")
    }
    assert 0.1 < np.median(more["trade_turnover"] / more["oda_disbursements_usd"]) < 2.0
