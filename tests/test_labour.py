"""Labour on one draw whose history, priors and random numbers are stated, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hand_made import hand_made, one, steady
from made import figure, prior

from vnjp_sim.calibration.evaluation import Draws
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.measures import measure
from vnjp_sim.calibration.path_conditioning import Conditioned
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.residents import RESIDENTS_METHOD, by_intake
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.labour import Labour
from vnjp_sim.sectors.worker_flows import WORKERS
from vnjp_sim.sectors.workers import Workers

pytestmark = pytest.mark.invariants

STOCKS = {
    "labour_trainees": [180.0, 186.0, 200.0, 190.0],
    "labour_skilled": [100.0, 110.0, 140.0, 150.0],
    "labour_engineers": [90.0, 95.0, 100.0, 120.0],
}
"""Thousands of workers at the ends of 2022 to 2025."""
EXITS = {"labour_trainees": 0.3, "labour_skilled": 0.2, "labour_engineers": 0.2}
INTAKES = {2023: 60.0 + 0.6 * 30.0 + 0.5 * 23.0, 2024: 69.8 + 0.6 * 52.0 + 0.5 * 24.0}
"""Entries from abroad: new trainees, new skilled workers less those who convert, and half of the
new engineers. New are the stock less what is left of the one before: 186 − 0.7 × 180 = 60."""


RATES = {n.replace("labour_", "labour_exit_"): rate for n, rate in EXITS.items()}
LABOUR_PRIORS = {
    "labour_conversion_later": 0.8,
    "labour_demand_ceiling": 1e12,
    "labour_remittance": 3_000.0,
    "labour_remittance_growth": 0.02,
    "labour_entries_volatility": 0.2,
    "labour_entries_half_life": 1.0,
    "labour_demand_growth": 0.05,
    "labour_supply": 1e12,
    "labour_supply_growth": -0.1,
    "people_exit_students": 0.4,
}


def made_labour(last: int, **changed: Any) -> SectorContext:
    """Return the labour sector's context, its history to 2025 and 50 thousand students then."""
    values = {"labour_conversion": 0.4, "labour_engineers_abroad": 0.5, "labour_counted_share": 0.9}
    for name in WORKERS:
        values |= steady(name, 0.02, STOCKS[name][-1])
    paths = {n: (2022, np.log(stock).tolist()) for n, stock in STOCKS.items()}
    paths |= {"macro_jpy_per_usd": (2023, np.log([140.0, 150.0, 120.0]).tolist())}
    paths |= {"people_students": (2025, [float(np.log(50.0))])}
    return hand_made(
        (2023, 2025, last),
        paths=paths,
        values=values | RATES,
        priors=LABOUR_PRIORS | changed.pop("priors", {}),
        plateaus=dict.fromkeys(WORKERS, 1.0),
        origins=dict.fromkeys(WORKERS, 2023.0),
        **changed,
    )


def closed_to(labour: Labour, first: int, last: int, leaving: float = 20.0) -> dict[str, float]:
    """Return what the labour sector gives in the last of some years, students leaving alike."""
    values = {"macro_jpy_per_usd": one(120.0), "people_student_exits": one(leaving)}
    for year in range(first, last + 1):
        given = labour.close(year, values)
    return {name: float(value[0]) for name, value in given.items()}


def test_the_intake_of_a_year_makes_its_own_stock() -> None:
    """Entries of a year join the stocks of the years before it and of its own end."""
    labour = Labour(made_labour(2025))
    before = sum(stock[0] for stock in STOCKS.values())
    for number, (year, rate) in enumerate({2023: 140.0, 2024: 150.0, 2025: 120.0}.items(), 1):
        closed = {
            n: float(x[0]) for n, x in labour.close(year, {"macro_jpy_per_usd": one(rate)}).items()
        }
        total = sum(stock[number] for stock in STOCKS.values())
        assert closed["labour_stock"] == pytest.approx(total, rel=1e-12)
        if year in INTAKES:
            assert closed["labour_intake"] == pytest.approx(0.9 * INTAKES[year], rel=1e-12)
        gained = closed["labour_entries"] - closed["labour_returns"]
        assert gained == pytest.approx(total - before, rel=1e-12)
        # 3,000 dollars at the 150 yen of 2024, so 450,000 yen, for the mean of two year's ends;
        # with wages it grows by 2 per cent a year
        sent = 450_000.0 * np.exp(0.02 * (year - 2024)) * 0.5 * (before + total) / rate / 1e9
        assert closed["labour_remittances"] == pytest.approx(sent, rel=1e-12), year
        before = total


def test_entries_begin_where_history_ends() -> None:
    """Entries are stocks times exits and growth: 190 × 0.32, 150 × 0.22, 120 × 0.22 in 2025.

    Two fifths of the skilled, 13.2 of the 57 trainees who leave, convert; half of the engineers,
    13.2, come from abroad, and so many are graduates, of the 20 students who leave. Demand grows by
    5 per cent a year, and in 2026 a shock of one adds 20 per cent to trainees, half of it in 2027.
    """
    given = {("labour_trainees.entries", 2026): 1.0}
    labour = Labour(made_labour(2027, given=given))
    closed_to(labour, 2023, 2025)
    now = closed_to(labour, 2026, 2026)
    abroad = np.exp(0.05) * np.array([60.8 * np.exp(0.2), 0.6 * 33.0, 13.2])
    assert now["labour_intake"] == pytest.approx(0.9 * abroad.sum(), rel=1e-12)
    assert now["labour_trainees"] == pytest.approx(0.7 * 190.0 + abroad[0], rel=1e-12)
    assert now["labour_skilled"] == pytest.approx(0.8 * 150.0 + 13.2 + abroad[1], rel=1e-12)
    assert now["labour_engineers"] == pytest.approx(0.8 * 120.0 + 13.2 + abroad[2], rel=1e-12)
    assert now["labour_conversions"] == pytest.approx(13.2, rel=1e-12)
    assert now["labour_graduates"] == pytest.approx(13.2, rel=1e-12)
    later = closed_to(labour, 2027, 2027, leaving=10.0)
    new = np.exp(0.1) * np.array([60.8 * np.exp(0.1), 0.6 * 33.0, 13.2])
    assert later["labour_skill_development"] == pytest.approx(new[0] * 275 / 365, rel=1e-12)
    assert later["labour_trainees"] == pytest.approx(
        0.7 * now["labour_trainees"] + new[0] * 90 / 365, rel=1e-12
    )
    assert later["labour_graduates"] == pytest.approx(6.6, rel=1e-12)


def test_without_a_figure_of_students_as_many_graduates_take_up_work_every_year() -> None:
    context = made_labour(2027)
    del context.sample.arrays["people_students.path"]  # type: ignore[attr-defined] # a dict here
    labour = Labour(context)
    for year in range(2023, 2028):
        given = labour.close(year, {"macro_jpy_per_usd": one(120.0)})
    assert given["labour_graduates"][0] == pytest.approx(13.2, rel=1e-12)


def test_the_new_programme_takes_over_and_leads_to_the_skilled_status() -> None:
    """Steady entries of 60.8: trainees end in 2030, and of the others four fifths then convert."""
    labour = Labour(made_labour(2060, priors={"labour_demand_growth": 0.0}))
    closed_to(labour, 2023, 2029)
    end = closed_to(labour, 2030, 2030)
    assert end["labour_trainees"] == 0.0
    late = closed_to(labour, 2031, 2060)
    assert late["labour_skill_development"] == pytest.approx(60.8 / 0.3, rel=1e-3)
    assert late["labour_conversions"] == pytest.approx(0.8 * 60.8, rel=1e-3)
    assert late["labour_skilled"] == pytest.approx((0.8 * 60.8 + 19.8) / 0.2, rel=1e-2)


def test_supply_in_vietnam_limits_what_comes() -> None:
    """Of 93.8 from abroad in 2025 and a supply of 120, the latter falls by a tenth a year.

    Not all who are wanted come in 2025 either: 93.8 (1 - (93.8/120)⁴)^(-¼) are, 105.4, and 110.8 a
    year later, when 108.6 could come: of these the soft minimum does.
    """
    labour = Labour(made_labour(2026, priors={"labour_supply": 120.0}))
    closed_to(labour, 2023, 2025)
    now = closed_to(labour, 2026, 2026)
    wanted = 93.8 * (1.0 - (93.8 / 120.0) ** 4) ** -0.25 * np.exp(0.05)
    comes = (wanted**-4 + (120.0 * np.exp(-0.1)) ** -4) ** -0.25
    assert now["labour_intake"] == pytest.approx(0.9 * comes, rel=1e-12)
    few = Labour(made_labour(2026, priors={"labour_demand_ceiling": 400.0}))
    closed_to(few, 2023, 2025)
    assert closed_to(few, 2026, 2026)["labour_stock"] < 400.0


def test_workers_of_other_countries_grow_faster_at_first() -> None:
    """Of all workers in 2023 a quarter are Vietnamese: of the others there are three for each.

    These grow by 4 per cent a year and by 8 more in 2024, half of that in 2025.
    """
    stocks = STOCKS | {"people_students": [50.0] * 4, "people_others": [80.0] * 4}
    context = hand_made(
        (2024, 2025, 2026),
        paths={n: (2022, np.log(stock).tolist()) for n, stock in stocks.items()},
        values={"labour_foreign_share.level": 25.0, "labour_foreign_share.level_year": 2023.0},
        priors={
            "labour_student_workers": 1.0,
            "labour_other_workers": 0.8,
            "labour_others_growth_mean": 0.04,
            "labour_others_growth_excess": 0.08,
            "labour_others_growth_half_life": 1.0,
            "labour_others_growth_shock": 0.0,
        },
    )
    workers = Workers(context)
    others = 3.0 * (186.0 + 110.0 + 95.0 + 50.0 + 0.8 * 80.0)
    closing = {"people_students": one(50.0), "people_others": one(80.0)}
    for number, growth in ((2, 0.12), (3, 0.08), (4, 0.06)):
        others *= np.exp(growth)
        stock = sum(own[min(number, 3)] for own in STOCKS.values())
        given = workers.close(2022 + number, closing | {"labour_stock": one(stock)})
        known = stock + 50.0 + 0.8 * 80.0
        share = 100.0 * known / (known + others)
        assert given["labour_foreign_share"][0] == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("year", list(INTAKES))
def test_a_figure_of_the_intake_is_read_as_the_sector_projects_it(year: int) -> None:
    spec = GrowthLaw(
        law="growth",
        initial_growth=prior(fixed=0.02),
        long_run_growth=prior(fixed=0.02),
        half_life=prior(fixed=5.0),
        volatility=prior(fixed=0.1),
    )
    laws = [PathLaw(n, spec, False, 1.0, "damped", 2023.0, 1.0, 5.0) for n in WORKERS]
    intake = figure("labour_intake", str(year), 60.0, 1e-6)
    share = {"labour_counted_share": prior(lognormal={"median": 1.0, "sigma": 0.15})}
    group = Group(
        "residents", laws, [intake], {"made": 0.0}, 2025, extra=share, method=RESIDENTS_METHOD
    )
    extra = {"labour_conversion": one(0.4), "labour_engineers_abroad": one(0.5)}
    extra |= {n.replace("labour_", "labour_exit_"): one(rate) for n, rate in EXITS.items()}
    extra |= {"labour_counted_share": one(0.9)}
    draws = Draws(group, 1, np.random.default_rng(1), {}, extra, {"made": one(0.0)}, np.zeros(1))
    for name in WORKERS:
        at = [STOCKS[name][int(time) - 2023] for time in group.times[name]]
        path = np.log(at)[:, None]
        draws.paths[name] = Conditioned(np.zeros(1), path, path)
    counted = measure(draws, "labour_intake", intake.period)[0]
    assert counted == pytest.approx(0.9 * INTAKES[year], rel=1e-12)
    by_intake(draws)  # 60 counted, of all who entered
    assert draws.extra["labour_counted_share"][0] == pytest.approx(60.0 / INTAKES[year], rel=1e-6)
