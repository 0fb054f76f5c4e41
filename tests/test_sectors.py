"""Each sector's equations on a few numbers, checked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.cohorts import Cohorts
from vnjp_sim.sectors.demand import (
    share_after_demand_shocks,
    share_under_way,
    share_while_it_lasts,
)
from vnjp_sim.sectors.fleet import take_slot
from vnjp_sim.sectors.identities import (
    count_of_rows,
    decimal_year,
    middles,
    overlap,
    rest_of_year,
    years_later,
)
from vnjp_sim.sectors.macro import average_remaining
from vnjp_sim.sectors.students import student_flows
from vnjp_sim.sectors.worker_flows import (
    STATUSES,
    WORKERS,
    demand_unmet,
    flows_of_course,
    leaving_by_status,
    part_that_comes,
    part_under_skill_development,
    phased_in,
)


def one(value: float) -> np.ndarray:
    return np.array([value])


def test_days_and_fiscal_years() -> None:
    assert rest_of_year(date(2027, 1, 1)) == 1.0
    assert rest_of_year(date(2027, 7, 2)) == pytest.approx(183 / 365)
    assert decimal_year(date(2028, 7, 1)) == pytest.approx(2028 + 182 / 366)
    assert [fiscal_year(date(2027, month, 1)) for month in (1, 3, 4, 12)] == [
        2026,
        2026,
        2027,
        2027,
    ]
    assert overlap(2028.0, 2029.0, 2028.75, 2030.0) == 0.25
    assert overlap(2028.0, 2029.0, 2020.0, 2040.0) == 1.0
    assert overlap(2028.0, 2029.0, 2029.0, 2040.0) == 0.0
    assert years_later(date(2028, 4, 1), 2.0) == decimal_year(date(2030, 4, 1))
    assert years_later(date(2028, 2, 29), 1.25) == decimal_year(date(2029, 3, 1)) + 0.25


def test_average_of_a_fading_jump() -> None:
    half_life = one(2.0)
    steps = np.exp2(-(np.arange(10_000) + 0.5) / 10_000 / 2.0)
    assert average_remaining(0.0, half_life)[0] == pytest.approx(steps.mean(), rel=1e-8)
    assert average_remaining(2.0, half_life)[0] == pytest.approx(0.5 * steps.mean(), rel=1e-8)
    assert average_remaining(-1.0, half_life)[0] == 0.0
    assert average_remaining(-0.001, half_life)[0] == pytest.approx(steps.mean(), abs=1e-3)


def test_average_of_what_is_phased_in() -> None:
    assert [phased_in(since, 0.0) for since in (-1.0, -0.25, 0.0, 3.0)] == [0.0, 0.75, 1.0, 1.0]
    assert [phased_in(since, 2.0) for since in (-1.0, 0.0, 1.0, 2.0)] == [0.0, 0.25, 0.75, 1.0]


def waiting(parts: list[tuple[float, float]]) -> float:
    """Return what waits at time 0 of a loan of one, with a median lag of 4.5 years."""
    cohorts = Cohorts(2.6, range(-100, 10), np.empty((110, 1)))
    cohorts.add(one(4.5**2.6), (one(1.0), parts))
    return float(cohorts.waiting(-1)[0])


def test_half_of_a_cohort_is_disbursed_at_its_median_lag() -> None:
    assert waiting([(1.0, -4.5)]) == pytest.approx(0.5)
    assert waiting([(0.5, -4.5), (0.5, 1.0)]) == pytest.approx(0.25)  # not agreed yet
    assert waiting([(0.25, -4.5), (0.5, -4.5), (0.25, -4.5)]) == pytest.approx(0.5)
    apart = sum(share * waiting([(1.0, middle)]) for share, middle in ((0.75, -3.0), (0.25, -1.0)))
    assert waiting([(0.75, -3.0), (0.25, -1.0)]) == pytest.approx(apart, rel=1e-14)
    lags = [waiting([(1.0, -float(u))]) for u in range(1, 60)]
    assert (np.diff(lags) < 0).all()
    assert lags[0] > 0.97
    assert 0.0 < lags[-1] < 0.01


def test_cohorts_that_are_alike_are_those_added_one_by_one() -> None:
    years, loans, scale = range(1993, 2041), np.array([1.0, 3.0]), np.array([30.0, 70.0])
    alike, apart = (Cohorts(2.6, years, np.empty((len(years), 2))) for _ in range(2))
    dates = [middles(year) for year in range(1993, 2014)]  # leap years among them
    grown = [loans * 1.05**number for number in range(len(dates))]
    alike.add(scale, *zip(grown, dates, strict=True))
    for amount, parts in zip(grown, dates, strict=True):
        apart.add(scale, (amount, parts))
    for year in years:
        assert alike.waiting(year) == pytest.approx(apart.waiting(year), rel=1e-14)
        assert list(map(str, alike.agreed(year))) == list(map(str, apart.agreed(year)))
        both = [
            share * amount * scale / (scale + (year + 1.0 - middle) ** 2.6)
            for amount, parts in zip(grown, dates, strict=True)
            for share, middle in parts
            if middle < year + 1.0
        ]
        assert alike.waiting(year) == pytest.approx(np.sum(both, axis=0), rel=1e-12)


def test_rows_are_counted_beyond_what_a_byte_holds() -> None:
    flags = np.arange(600)[:, None] < np.array([0, 255, 256, 600])
    assert count_of_rows(flags).tolist() == [0.0, 255.0, 256.0, 600.0]


@pytest.mark.invariants
def test_vessels_wait_for_the_earliest_slot() -> None:
    slots, build = np.array([[2027.0], [2029.0]]), one(2.0)
    slots, first = take_slot(slots, one(2028.0), build)
    slots, second = take_slot(slots, one(2028.0), build)
    slots, third = take_slot(slots, one(2028.0), build)
    assert [first[0], second[0], third[0]] == [2030.0, 2031.0, 2032.0]
    assert sorted(slots[:, 0]) == [2031.0, 2032.0]


def test_flows_take_stocks_from_one_year_to_the_next() -> None:
    before = {n: one(v) for n, v in zip(WORKERS, (180.0, 100.0, 90.0), strict=True)}
    after = {n: one(v) for n, v in zip(WORKERS, (186.0, 110.0, 95.0), strict=True)}
    rates = {n: one(v) for n, v in zip(WORKERS, (0.3, 0.2, 0.2), strict=True)}
    flows = flows_of_course(before, after, rates, one(0.4), one(0.6))
    assert flows.abroad[0][0] == pytest.approx(186 - 0.7 * 180)
    assert flows.conversions[0] == pytest.approx(0.4 * 30)
    assert flows.abroad[1][0] == pytest.approx(0.6 * 30)
    assert flows.abroad[2][0] == pytest.approx(0.6 * (95 - 0.8 * 90))
    entries = sum(x[0] for x in flows.abroad) + flows.from_schools[0]
    gain = sum(after[n][0] - before[n][0] for n in WORKERS)
    assert gain == pytest.approx(entries - flows.returns[0])


def test_conversions_do_not_exceed_leaving_trainees() -> None:
    before = {n: one(v) for n, v in zip(WORKERS, (10.0, 100.0, 90.0), strict=True)}
    after = before | {WORKERS[1]: one(130.0)}
    rates = {n: one(0.2) for n in WORKERS}
    flows = flows_of_course(before, after, rates, one(0.9), one(0.5))
    assert flows.conversions[0] == pytest.approx(2.0)
    assert flows.abroad[1][0] == pytest.approx(48.0)


def test_a_falling_status_has_no_entries_and_further_exits() -> None:
    before = {n: one(v) for n, v in zip(WORKERS, (180.0, 100.0, 90.0), strict=True)}
    after = before | {WORKERS[1]: one(70.0)}
    rates = {n: one(0.2) for n in WORKERS}
    flows = flows_of_course(before, after, rates, one(0.9), one(0.5))
    assert flows.conversions[0] == 0.0
    assert flows.abroad[1][0] == 0.0
    assert flows.leaving[1][0] == pytest.approx(0.2 * 100.0 + 10.0)


def test_soft_limits_let_through_nearly_all_or_what_there_is_room_for() -> None:
    """At a limit the fourth root of a half, 84 per cent; at two of them that of a third."""
    wanted, free = np.full(5, 40.0), np.full(5, 1e9)
    limit = np.array([4_000.0, 80.0, 40.0, 4.0, -20.0])
    part = part_that_comes(wanted, [limit, free])
    assert part == pytest.approx([1.0, (17 / 16) ** -0.25, 0.5**0.25, 0.1, 0.0], rel=3e-5, abs=1e-9)
    assert (part * wanted <= np.maximum(limit, 1e-9)).all()
    assert part_that_comes(one(40.0), [one(40.0), one(40.0)]) == pytest.approx([3.0**-0.25])
    assert part_that_comes(one(0.0), [one(-1.0)]) == 1.0
    coming = np.array([10.0, 40.0, 79.0])
    wanted = coming * demand_unmet(coming, one(80.0))
    assert wanted * part_that_comes(wanted, [one(80.0)]) == pytest.approx(coming, rel=1e-12)


def test_trainees_run_out_when_their_programme_ends() -> None:
    """Of 180 and 60 at an exit rate of 0.3, 72 leave: 60 of the former complete, 12 of the new."""
    rates = {n: one(v) for n, v in zip(WORKERS, (0.3, 0.2, 0.1), strict=True)}
    stock = {n: one(v) for n, v in zip(STATUSES, (180.0, 60.0, 100.0, 90.0), strict=True)}

    def leaving(year: int, **changed: float) -> list[float]:
        now = stock | {f"labour_{name}": one(value) for name, value in changed.items()}
        return [float(x[0]) for x in leaving_by_status(now, rates, year).values()]

    assert leaving(2027, skill_development=0.0) == pytest.approx([54.0, 0.0, 20.0, 9.0])
    assert leaving(2028) == pytest.approx([60.0, 12.0, 20.0, 9.0])
    assert leaving(2029, trainees=120.0) == pytest.approx([60.0, 0.0, 20.0, 9.0])
    assert leaving(2030, trainees=7.0)[0] == leaving(2035, trainees=7.0)[0] == 7.0
    assert leaving(2030, trainees=0.1, skill_development=1.0)[1] == pytest.approx(0.23)
    assert [part_under_skill_development(y) for y in (2026, 2027, 2028)] == [0.0, 275 / 365, 1.0]


def test_students_who_leave_and_come_make_the_change_of_their_number() -> None:
    before, after = np.array([50.0, 50.0]), np.array([52.0, 25.0])
    entering, leaving = student_flows(before, after, np.array([0.4, 0.4]))
    assert entering == pytest.approx([22.0, 0.0])
    assert leaving == pytest.approx([20.0, 25.0])  # more leave than usual where none come


def test_shocks_to_demand() -> None:
    amounts = (("recovery", 1.0), ("trade", 20.0), ("visitors", 80.0))
    shock = ScenarioEvent(date(2028, 1, 1), "demand_shock", amounts)

    def left(*shocks: ScenarioEvent, year: int, part: str = "trade") -> float:
        return share_after_demand_shocks(shocks, part, year)

    assert left(shock, year=2027) == 1.0
    assert left(shock, year=2028) == pytest.approx(0.8)
    assert left(shock, year=2029) == pytest.approx(0.9)
    assert left(shock, year=2028, part="visitors") == pytest.approx(0.2)
    assert left(shock, shock, year=2028) == pytest.approx(0.64)
    middle = ScenarioEvent(date(2027, 7, 2), "demand_shock", amounts)
    part = 183 / 365
    assert left(middle, year=2027) == pytest.approx(1.0 - 0.2 * part)
    assert left(middle, year=2028) == pytest.approx(1.0 - 0.2 * (1.0 - part) - 0.1 * part)
    eve = ScenarioEvent(date(2027, 12, 31), "demand_shock", amounts)
    for year in (2028, 2029, 2030):  # a day makes no difference
        assert left(eve, year=year) == pytest.approx(left(shock, year=year), abs=5e-4)


def test_tension_lasts() -> None:
    amounts = (("investment", 20.0), ("trade", 5.0), ("years", 1.5))
    tension = ScenarioEvent(date(2028, 1, 1), "maritime_tension", amounts)
    assert share_while_it_lasts((tension,), "trade", 2028) == pytest.approx(0.95)
    assert share_while_it_lasts((tension,), "investment", 2029) == pytest.approx(0.9)
    assert share_while_it_lasts((tension,), "trade", 2030) == 1.0
    assert share_under_way((tension, tension), 2028) == 1.0
    assert share_under_way((tension,), 2029) == pytest.approx(0.5)
