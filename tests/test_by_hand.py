"""Sectors, laws and links against arithmetic by hand, on one draw with stated numbers.

Each test states what its equation must give from figures small enough to be worked out on paper,
so that a wrong date, rate or share shows without a snapshot. The faults that each is known to catch
stand in `tools/mutants.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hand_made import hand_made, link, one, steady

from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.parameters import CrisisYears
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors import central_course
from vnjp_sim.sectors.assistance import Assistance
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.controls import Controls
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.sectors.diplomacy import Diplomacy
from vnjp_sim.sectors.energy import Energy
from vnjp_sim.sectors.fleet import Fleet
from vnjp_sim.sectors.freezes import Freezes
from vnjp_sim.sectors.identities import (
    calendar_year_loans,
    decimal_year,
    fiscal_parts,
    shares_from_log_ratios,
)
from vnjp_sim.sectors.laws import GrowthState, RevertingState
from vnjp_sim.sectors.link_effects import Deviation
from vnjp_sim.sectors.oda import Oda
from vnjp_sim.sectors.security import COUNTS, SecurityCounts

pytestmark = pytest.mark.invariants

LOG2 = float(np.log(2.0))


# ---------------------------------------------------------------------- energy


def listed(given: dict[tuple[str, int], float] | None = None) -> SectorContext:
    """Return a list of two projects of 10 bn each, of the middle of 2023.

    A hazard of a quarter a year: the score of half a unit waits 2 years, of two units 8.
    """
    rates = CentralCourse({"macro_jpy_per_usd": (150.0,) * 111})
    return hand_made(
        (2024, 2024, 2034),
        paths={"macro_jpy_per_usd": (2024, [float(np.log(150.0))])},
        values={"energy_list.agreed": 2023.5},
        priors={
            "energy_projects": 2.0,
            "energy_start_hazard": 0.25,
            "energy_list_value": 20.0,
            "energy_building_time": 4.0,
            "energy_building_spread": 0.25,
            "energy_japanese_share": 0.4,
            "energy_yen_loan_share": 0.25,
            "energy_registered_share": 0.5,
        },
        given={
            ("energy_project_00.start", 0): 1.0 - np.exp(-0.5),
            ("energy_project_01.start", 0): 1.0 - np.exp(-2.0),
            ("energy_project_01.building", 0): 4.0 * LOG2,
        }
        | (given or {}),
        course=rates,
    )


def test_a_project_starts_after_a_wait_of_its_hazard() -> None:
    energy = Energy(listed())
    # the first is built from 2025.5 to 2029.5, the second from 2031.5 on in 4 × 2 years
    expected = {
        2024: (0, 0, 0.0),
        2025: (1, 0, 10.0 * 0.5 / 4.0),
        2028: (1, 0, 10.0 * 3.5 / 4.0),
        2029: (1, 1, 10.0),
        2030: (1, 1, 10.0),
        2031: (2, 1, 10.0 + 10.0 * 0.5 / 8.0),
        2033: (2, 1, 10.0 + 10.0 * 2.5 / 8.0),
    }
    for year, (started, completed, spent) in expected.items():
        closed = energy.close(year, {})
        assert closed["energy_projects_started"][0] == started, year
        assert closed["energy_projects_completed"][0] == completed, year
        assert closed["energy_investment"][0] == pytest.approx(spent, rel=1e-12), year
        assert closed["energy_japanese_finance"][0] == pytest.approx(0.4 * spent, rel=1e-12)


def test_projects_that_start_sooner_bring_their_finance_once() -> None:
    """The second project starts in 2027 by an event; Japan approves 7 bn beside its 0.4."""
    events = (
        ScenarioEvent(date(2026, 1, 1), "energy_finance", (("amount", 7.0),)),
        ScenarioEvent(date(2027, 1, 1), "energy_project_start", (("count", 1.0),)),
    )
    energy = Energy(steered(listed(), {}, *events))
    closed = {year: energy.close(year, {}) for year in range(2024, 2029)}
    committed = {2024: 0.0, 2025: 4.0, 2026: 6.0, 2027: 5.0, 2028: 0.0}  # all 10, then 15 of 20
    paid = {2024: 0.0, 2025: 0.4 * 1.25, 2026: 0.4 * 3.75 + 1.75, 2027: 0.4 * 7.5 + 3.5}
    for year, amount in committed.items():
        assert closed[year]["energy_yen_loans"][0] == pytest.approx(0.25 * amount * 150.0)
        assert closed[year]["energy_registered_investment"][0] == pytest.approx(0.375 * amount)
    for year, amount in paid.items():
        assert closed[year]["energy_japanese_finance"][0] == pytest.approx(amount)
    spending = closed[2027]["energy_japanese_spending"][0]
    assert spending == pytest.approx(0.75 * (paid[2027] - paid[2026]))


def test_a_faster_hazard_and_a_longer_list_start_projects_sooner() -> None:
    """Of two units 0.375 have passed by 2025, and the rest passes at twice the hazard."""
    extension = ScenarioEvent(
        date(2026, 1, 1), "energy_list_extension", (("count", 1.0), ("value", 6.0))
    )
    given = {("energy_project_2026-01-01_00.start", 0): 1.0 - np.exp(-0.25)}
    energy = Energy(steered(listed(given), {"energy_starts": {"multiply": 2.0}}, extension))
    starts = energy.start[:, 0]
    np.testing.assert_allclose(
        starts, [2025.0 + 0.125 / 0.5, 2025.0 + (2.0 - 0.375) / 0.5, 2026.5], rtol=1e-12
    )
    assert [len(list(energy.worth(year))) for year in (2025, 2026)] == [1, 2]
    assert [worth for _, worth in energy.worth(2026)][1] == 6.0


# ---------------------------------------------------------------------- vessels


VESSEL_PRIORS = {
    "security_vessel_delay": 0.25,
    "security_vessel_lead": 2.0,
    "security_vessel_build": 1.0,
    "security_vessel_refit": 0.5,
    "security_vessel_life": 15.0,
    "security_new_vessel_life": 30.0,
    "security_vessel_life_spread": 0.2,
}


def vessel_order(day: date, count: float, purse: str, series: str) -> ScenarioEvent:
    amounts = (("count", count), ("purse", purse), ("series", series))
    return ScenarioEvent(day, "vessel_order", amounts)


def ordering(context: SectorContext, *events: ScenarioEvent) -> SectorContext:
    return replace(context, controls=Controls({}, events))


def vessels_by_year(
    context: SectorContext, years: range, paid: Mapping[int, float] | None = None
) -> dict[int, float]:
    fleet = Fleet(context)
    for _, act in fleet.processes():
        act()
    given = {year: {"security_osa_vessels": one((paid or {}).get(year, 0.0))} for year in years}
    return {year: float(fleet.close(year, given[year])["security_vessels"][0]) for year in years}


@pytest.mark.parametrize(
    ("planned", "counted", "delay", "first", "last"),
    [
        (2026, 2023.9, 0.25, 2026, 2026),
        (2026, 2023.9, 0.75, 2026, 2027),  # half a year of building later in the other slot
        (2024, 2025.5, 0.25, 2025, 2026),  # not there by the middle of 2025: late from then on
        (2024, 2025.5, 0.75, 2026, 2026),
    ],
)
def test_vessels_on_order_come_one_by_one_a_delay_after_their_plan(
    planned: int, counted: float, delay: float, first: int, last: int
) -> None:
    context = hand_made(
        (2025, 2024, 2034),
        values={
            "security_vessels.level": 1.0,
            "security_vessels.counted": counted,
            "security_vessels.ordered": 2.0,
            "security_vessels.planned_year": float(planned),
        },
        priors={**VESSEL_PRIORS, "security_vessel_delay": delay},
    )
    # the old vessel, of the middle of 2015, is retired in the middle of 2030
    for year, vessels in vessels_by_year(context, range(2025, 2035)).items():
        assert vessels == (year < 2030) + (year >= first) + (year >= last), year


def test_orders_of_every_purse_go_through_the_same_yards() -> None:
    """Six new vessels planned for 2026 leave the three slots one after the other.

    They come in 2026.25, .58, … 2027.92, so that slots are free at 2027.25, .58 and .92. Two used
    vessels ordered on 1 January 2027 come half a year later, in 2027.75 and 2028.08. Of two
    new ones on grants, paid in fiscal 2027 and 2029, the first is begun in 2030.25, two years after
    that fiscal year, and comes in 2031.25, the second comes in 2033.25.
    """
    context = hand_made(
        (2025, 2024, 2040),
        values={
            "security_vessels.level": 1.0,
            "security_vessels.ordered": 6.0,
            "security_vessels.planned_year": 2026.0,
        },
        priors=VESSEL_PRIORS,
    )
    moved = ordering(
        context,
        vessel_order(date(2027, 1, 1), 2.0, "loan", "used"),
        vessel_order(date(2027, 10, 1), 2.0, "osa", "new"),
    )
    years = range(2025, 2035)
    plain = vessels_by_year(context, years)
    assert plain == {
        2025: 1,
        2026: 4,
        2027: 7,
        2028: 7,
        2029: 7,
        **dict.fromkeys(range(2030, 2035), 6),
    }
    more = vessels_by_year(moved, years, {2027: 1.0, 2029: 1.0})
    added = {year: more[year] - plain[year] for year in years}
    assert added == {
        2025: 0,
        2026: 0,
        2027: 1,
        2028: 2,
        2029: 2,
        2030: 2,
        2031: 3,
        2032: 3,
        2033: 4,
        2034: 4,
    }


def test_grants_buy_vessels_first_and_then_equipment() -> None:
    """Each year brings JPY 1 bn; two vessels at 1.25 are ordered in fiscal 2027, a set costs
    0.375.

    Fiscal 2026 buys two sets (0.25 left), 2027 one vessel, 2028 waits (1.0), 2029 pays the second
    vessel (2.0 − 1.25 = 0.75) and two sets. Sets come a year after the end of their
    fiscal year.
    """
    context = hand_made(
        (2025, 2024, 2032),
        priors={
            "security_osa_hazard": 1e-6,
            "security_osa_chance": 0.0,
            "security_osa_size": 1.0,
            "security_osa_size_spread": 0.4,
            "security_osa_ceiling": 1.0,
            "security_equipment_price": 0.375,
            "security_equipment_lead": 1.0,
            "security_equipment_life": 15.0,
            "security_used_vessel_price": 1.25,
        },
    )
    grants = [
        ScenarioEvent(date(year, 10, 1), "osa_grant", (("amount", 1.0),))
        for year in range(2026, 2030)
    ]
    order = vessel_order(date(2027, 5, 1), 2.0, "osa", "used")
    assistance = Assistance(ordering(context, *sorted([*grants, order])))
    expected = {  # vessels, sets bought, unspent, sets in service
        2025: (0, 0, 0.0, 0),
        2026: (0, 2, 0.25, 0),
        2027: (1, 0, 0.0, 0),
        2028: (0, 0, 1.0, 2),
        2029: (1, 2, 0.0, 2),
        2030: (0, 0, 0.0, 2),
        2031: (0, 0, 0.0, 4),
    }
    for year, (vessels, sets, unspent, service) in expected.items():
        closed = {name: float(x[0]) for name, x in assistance.close(year, {}).items()}
        assert closed["security_osa_vessels"] == vessels, year
        assert closed["security_osa_vessel_cost"] == 1.25 * vessels, year
        assert closed["security_equipment_bought"] == sets, year
        assert closed["security_osa_unspent"] == unspent, year
        assert closed["security_equipment"] == service, year


def test_a_lever_on_exchanges_acts_on_all_that_are_expected() -> None:
    """A law of one a year beside two recurring dialogues: three are expected.

    Set to six, the law has 1 + (6 − 3) = 4 and both dialogues stay; set to 1.5 the law has one
    half, and of the dialogues that whose uniform is below one half.
    """
    rates = {
        f"{name}.{part}": value
        for name in COUNTS
        for part, value in (("rate", 1.0), ("dispersion", 1e-12), ("since_0", 2012.0))
    }
    rates |= {"security_exchanges.since_1": 2013.0}
    numbers = {
        ("security_exchanges.count", 2026): 0.6,
        ("security_exchanges.recurring_0", 2026): 0.49,
        ("security_exchanges.recurring_1", 2026): 0.51,
    }
    context = hand_made((2025, 2024, 2026), values=rates, given=numbers)
    # a Poisson number at the uniform 0.6 is 1 of a mean of one, 4 of four, 0 of one half
    for path, expected in ((None, 1 + 2), (6.0, 4 + 2), (1.5, 0 + 1), (0.0, 0)):
        lever = LeverPath.model_validate({"path": "step", "from": 2025, "set": path or 0.0})
        levers = {} if path is None else {"security_exchanges": lever}
        counts = SecurityCounts(replace(context, controls=Controls(levers)))
        assert counts.close(2026, {})["security_exchanges"][0] == expected, path


# ---------------------------------------------------------------------- aid


def test_a_fiscal_year_lends_three_quarters_in_the_year_of_its_name() -> None:
    (own, begin, new_year), (next_, same, end) = fiscal_parts(2026)
    assert (own, next_) == (0.75, 0.25)
    assert (begin, new_year, same, end) == (
        decimal_year(date(2026, 4, 1)),
        2027.0,
        2027.0,
        decimal_year(date(2027, 4, 1)),
    )
    assert calendar_year_loans(one(80.0), one(120.0))[0] == 0.25 * 80.0 + 0.75 * 120.0


def lending(given: dict[tuple[str, int], float] | None = None) -> SectorContext:
    """Return a context with commitments of JPY 100 bn a year, of which 90 bn are loans."""
    level = float(np.log(100.0))
    return hand_made(
        (2024, 2024, 2026),
        paths={
            "oda_commitments": (2023, [level, level]),
            "oda_loans": (2023, [90.0, 90.0]),
            "oda_cumulative_loans": (2023, [9.0, 10.0]),
            "macro_jpy_per_usd": (2023, np.log([140.0, 150.0]).tolist()),
        },
        values={
            "oda_loan_share": 0.9,
            "oda_commitments.permanent": level,
            "oda_commitments.equilibrium": level,
            "oda_commitments.spread": 0.2,
            "oda_commitments.half_life": 3.0,
        },
        priors={
            "oda_disbursement_lag": 4.0,
            "oda_disbursement_shape": 2.0,
            "oda_delay_factor": 1.0,
            "oda_delay_spread": 0.3,
            "oda_cancelled_share": 0.1,
            "oda_past_rate": 110.0,
            "oda_past_growth": 0.04,
            "oda_no_loan_chance": 0.1,
            "oda_grace": 10.0,
            "oda_term": 30.0,
            "oda_preferential_term": 40.0,
            "oda_preferential_share": 0.5,
            "oda_depreciation": 0.05,
            "oda_corruption_stop": 0.5,
            "oda_corruption_stop_spread": 0.8,
        },
        given=given,
    )


def steered(
    context: SectorContext, levers: dict[str, dict[str, float]], *events: ScenarioEvent
) -> SectorContext:
    """Return a context in which levers are steered from 2025 on, and events happen."""
    step = {"path": "step", "from": 2025}
    paths = {name: LeverPath.model_validate(step | done) for name, done in levers.items()}
    return replace(context, controls=Controls(paths, tuple(sorted(events))))


def test_infrastructure_is_disbursed_loans_less_depreciation() -> None:
    """All cohorts since 1993, one by one: loans of 90 a year, of which a tenth is cancelled.

    The luck of 2026 is below the chance of a year without loans.
    """
    rates = {2023: 140.0, 2024: 150.0, 2025: 150.0, 2026: 150.0}
    context = lending({("oda_loans.occur", 2026): 0.05})
    aid, economy = Oda(context), {"macro_vn_gdp": one(100.0)}
    known = 0.75 * 90.0 / 140.0 + 90.0 / 150.0  # dollars of the loans of 2023 and 2024
    sizes = {year: np.exp(0.04 * (year - 1993)) for year in range(1993, 2023)}
    yearly = {y: 110.0 * (10.0 - known) * x / sum(sizes.values()) for y, x in sizes.items()}
    yearly |= dict.fromkeys((2023, 2024, 2025), 90.0) | {2026: 0.0}
    parts = [
        (share * loans, 0.5 * (begin + end))
        for year, loans in yearly.items()
        for share, begin, end in fiscal_parts(year)
    ]

    def disbursed(year: int) -> float:
        """What was agreed by the end of a year less what waits then, less the same a year ago."""
        ends = [
            sum(loan * (1.0 - 16.0 / (16.0 + (end - day) ** 2)) for loan, day in parts if day < end)
            for end in (year, year + 1.0)
        ]
        return 0.9 * (ends[1] - ends[0])

    stock = 0.0
    for year in range(1993, 2027):
        lent = disbursed(year)
        stock = 0.95 * stock + lent / rates.get(year, 110.0)
        if year >= 2024:
            closed = aid.close(year, economy | {"macro_jpy_per_usd": one(rates[year])})
            assert closed["oda_loans"][0] == pytest.approx(yearly[year], rel=1e-12)
            assert closed["oda_infrastructure"][0] == pytest.approx(stock, rel=1e-10), year
            grants = 10.0 if year > 2024 else 5.0  # half of a year's and half of the year before's
            assert closed["oda_disbursements"][0] == pytest.approx(lent + grants, rel=1e-10)


def test_levers_on_aid_act_one_after_another() -> None:
    """Output of four times that of 2024 halves 100; doubled again, 90 of 100 are loans."""
    levers = {
        "oda_income_fading": {"set": 0.5},
        "oda_commitments": {"multiply": 2.0},
        "oda_loans": {"at_least": 150.0},
        "oda_grants": {"add": 5.0},
    }
    aid = Oda(steered(lending(), levers))
    economy = {"macro_vn_gdp": one(400.0), "macro_jpy_per_usd": one(150.0)}
    closed = [aid.close(year, economy) for year in (2024, 2025)][1]
    assert closed["oda_loans"][0] == pytest.approx(150.0, rel=1e-12)
    assert closed["oda_grants"][0] == pytest.approx(10.0 + 5.0, rel=1e-12)
    assert closed["oda_commitments"][0] == pytest.approx(165.0, rel=1e-12)


def test_cases_stop_new_loans_for_a_time_of_their_own() -> None:
    """A rate of log 2 is a chance of one half; a typical case stops loans for half a year."""
    april = {year: decimal_year(date(year, 4, 1)) for year in range(2025, 2029)}
    given = {
        ("oda_corruption.case", 2025): 0.4,
        ("oda_corruption.day", 2025): 0.25,
        ("oda_corruption.case", 2026): 0.4,
        ("oda_corruption.stop", 2026): LOG2 / 0.8,  # twice as long, from the middle of fiscal 2026
        ("oda_corruption.case", 2027): 0.4,
        ("oda_corruption.day", 2027): 0.25,  # within the last one, a quarter of a year longer
    }
    context = steered(lending(given), {"oda_corruption_rate": {"set": LOG2}})
    freezes = Freezes(replace(context, block=replace(context.block, last_year=2030)))
    open_parts = {2025: 0.5, 2026: 0.5, 2027: 0.25}
    for year, part in open_parts.items():
        span = april[year], april[year] + 1.0
        assert freezes.random_part(*span) == pytest.approx(part, rel=1e-9), year
    assert freezes.random_part(2028.5, 2029.0) is None
    named = {on: freezes.agreed(on)[0] for on in (date(2025, 6, 30), date(2025, 8, 1))}
    ends = april[2025] + 0.75
    assert list(named.values()) == pytest.approx([decimal_year(date(2025, 6, 30)), ends], rel=1e-9)
    ((day, here),) = freezes.signed(date(2025, 8, 1), 2025)  # the middle of April to December
    assert (day, here[0]) == (0.5 * (april[2025] + 2026.0), 1.0)
    economy = {"macro_vn_gdp": one(100.0), "macro_jpy_per_usd": one(150.0)}
    aid = Oda(context)
    closed = [aid.close(year, economy) for year in (2024, 2025)][1]
    in_time = 0.75 * (1.0 - 0.5 / (2026.0 - april[2025])) + 0.25  # from April plus a quarter
    assert closed["oda_loans"][0] == pytest.approx(90.0 * in_time, rel=1e-12)


# ---------------------------------------------------------------------- diplomacy, shares


@pytest.mark.parametrize(("luck", "tier"), [(0.49, 3.0), (0.51, 2.0)])
def test_the_tier_rises_with_the_chance_of_its_hazard(luck: float, tier: float) -> None:
    """A hazard of log 2 a year is a chance of one half."""
    context = hand_made(
        (2024, 2024, 2026),
        values={"diplomacy_tier.level": 2.0, "diplomacy_upgrade.rate": LOG2},
        priors={"diplomacy_preference_share": 0.38},
        given={("diplomacy_tier.upgrade", 2025): luck, ("diplomacy_tier.upgrade", 2026): 0.9},
    )
    diplomacy = Diplomacy(context)
    tiers = [diplomacy.close(year, {})["diplomacy_tier"][0] for year in (2024, 2025, 2026)]
    assert tiers == [2.0, tier, tier]


def test_shares_are_of_the_whole_with_its_rest() -> None:
    ratios = np.array([[0.0], [LOG2]])
    np.testing.assert_allclose(shares_from_log_ratios(ratios)[:, 0], [0.25, 0.5, 0.25], rtol=1e-15)


# ---------------------------------------------------------------------- laws in motion


def turnover(
    explained: float = 0.0,
    given: dict[tuple[str, int], float] | None = None,
    values: dict[str, float] | None = None,
    priors: dict[str, float] | None = None,
    couplings: Couplings | None = None,
) -> np.ndarray:
    """Return the logs of 2025 to 2027 over the 100 of 2024, of a law that grows by 2 % a year."""
    context = hand_made(
        (2024, 2024, 2027),
        paths={"trade_turnover": (2024, [float(np.log(100.0))])},
        values=steady("trade_turnover", 0.02, 100.0) | (values or {}),
        priors=priors,
        given=given,
        plateaus={"trade_turnover": 1.0},
        origins={"trade_turnover": 2023.5},
        **({} if couplings is None else {"couplings": couplings}),
    )
    state = GrowthState(context, "trade_turnover", 0.5, explained)
    return np.array([np.log(state.step(year)[0] / 100.0) for year in (2025, 2026, 2027)])


def own_shocks(*shocks: float) -> dict[tuple[str, int], float]:
    return {("trade_turnover.permanent", 2025 + i): shock for i, shock in enumerate(shocks)}


def test_shocks_of_a_walk_stay() -> None:
    expected = np.cumsum([0.02 + 0.12 * 1.0, 0.02 - 0.12 * 0.5, 0.02])
    np.testing.assert_allclose(turnover(given=own_shocks(1.0, -0.5)), expected, rtol=1e-12)


def test_a_law_lacks_what_the_drivers_explain() -> None:
    """Of 0.12² = 0.0144 the drivers explain 0.0044: a shock of one is 0.10."""
    grown = turnover(0.0044, own_shocks(1.0, 2.0))
    np.testing.assert_allclose(grown, np.cumsum([0.12, 0.22, 0.02]), rtol=1e-12)
    balance = hand_made(
        (2024, 2024, 2026),
        values={
            "ratio.permanent": 0.5,
            "ratio.equilibrium": 0.1,
            "ratio.spread": 0.2 / np.sqrt(0.75),  # so that a year adds 0.2
            "ratio.half_life": 1.0,
        },
        given={("ratio.shock", 2025): 1.0},
    )
    path = RevertingState(balance, "ratio", 0.2**2 - 0.15**2).path()[:, 0]
    np.testing.assert_allclose(path, [0.3 + 0.15, 0.2 + 0.075], rtol=1e-12)


def test_a_departure_halves_in_its_half_life() -> None:
    """100 in 2024 of which 0.2 in logs is a departure: the path behind it grows by 2 %."""
    values = {"trade_turnover.departure": 0.2, "trade_turnover.departure_half_life": 1.0}
    grown = turnover(given=own_shocks(1.0), values=values)
    departures = np.array([0.1 + 0.12, 0.05 + 0.06, 0.025 + 0.03])
    np.testing.assert_allclose(grown, departures - 0.2 + np.array([0.02, 0.04, 0.06]), rtol=1e-12)


def test_crisis_years_keep_the_variance_of_all_years() -> None:
    """One year in ten three times as volatile: 0.9 + 0.1 × 9 = 1.8, so ordinary ones 1/√1.8."""
    crisis = CrisisYears(share=0.1, times=3.0, grade="assumed", reference="made for a test")
    given = own_shocks(1.0, 1.0) | {("trade_turnover.crisis", 2026): 0.05}
    couplings = Couplings({}, {}, crises={"trade_turnover": crisis})
    steps = np.diff(turnover(given=given, couplings=couplings), prepend=0.0) - 0.02
    expected = 0.12 * np.array([1.0, 3.0, 0.0]) / np.sqrt(1.8)
    np.testing.assert_allclose(steps, expected, atol=1e-14)


def test_a_shock_has_its_loading_of_the_common_factor() -> None:
    """A loading of 0.6 leaves 0.8 to the law's own shock, so that the variance stays one."""
    given = own_shocks(1.0, 0.0, 2.0) | {("common", 2026): 1.0, ("common", 2027): -1.0}
    grown = turnover(given=given, priors={"common_loading_trade": 0.6})
    shocks = (np.diff(grown, prepend=0.0) - 0.02) / 0.12
    np.testing.assert_allclose(shocks, [0.8, 0.6, 2.0 * 0.8 - 0.6], rtol=1e-12)


def test_growth_fades_in_ten_equal_steps_to_the_long_run() -> None:
    growth = central_course._growth({2023: 0.05, 2024: 0.07}, {2025: 0.065, 2026: 0.06}, 0.03)
    expected = {2024: 0.07, 2025: 0.065, 2026: 0.06, 2027: 0.057, 2031: 0.045, 2035: 0.033}
    expected |= {2036: 0.03, 2050: 0.03}
    assert {y: growth[y] for y in expected} == pytest.approx(expected, rel=1e-12)


# ---------------------------------------------------------------------- links

DRIVER = {2025: 1.0, 2026: 1.2, 2027: 1.2, 2028: 1.2, 2029: 1.0, 2030: 1.0}


@pytest.mark.parametrize(
    ("lag", "expected"),
    [
        ({"fixed": 0}, [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]),
        ({"fixed": 1}, [None, 0.0, 1.0, 1.0, 1.0, 0.0]),
        ({"phase_in": 2}, [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]),
        ({"half_life": 1.0}, [0.0, 0.5, 0.75, 0.875, 0.4375, 0.21875]),
    ],
)
def test_a_link_passes_its_driver_on_with_its_lag(
    lag: dict[str, float], expected: list[float | None]
) -> None:
    """The parts of 0.5 log 1.2 that have reached the response."""
    deviation = Deviation(link(lag=lag), one(0.5))
    for (year, value), part in zip(DRIVER.items(), expected, strict=True):
        deviation.record(year, one(value), 1.0)
        effect = deviation.effect(year)
        if part is None:
            assert effect is None
        else:
            assert effect is not None
            assert effect[0] == pytest.approx(part * 0.5 * np.log(1.2), abs=1e-14), year
