"""What leaves and what comes back: exits and revisions, years without loans, repayments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from engine_runs import run_one, with_links
from made import figure, prior
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.evaluation import Accumulation, Draws
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.measures import measure, stock_at
from vnjp_sim.calibration.oda import NONE, committed_at, loans_at
from vnjp_sim.calibration.path_conditioning import Conditioned
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.seasons import DEGREES, Season
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.parameters import GrowthLaw, RevertingLaw
from vnjp_sim.sectors.cohorts import Cohorts, past_loans
from vnjp_sim.sectors.identities import middles
from vnjp_sim.sectors.investment import next_stock
from vnjp_sim.sectors.oda import LOANS
from vnjp_sim.sectors.repayments import Repayments, instalment
from vnjp_sim.simulation.block_numbers import first_engine_year
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

FloatArray = NDArray[np.float64]

pytestmark = pytest.mark.invariants


def one(value: float) -> FloatArray:
    return np.array([value])


# ---------------------------------------------------------------------- exits and revisions


def test_exits_and_revisions_are_shares_of_the_stock_before() -> None:
    # 200 less 4 per cent, revised by 1 per cent, and 10 more
    after = next_stock(one(200.0), one(10.0), one(0.04), one(0.01))
    assert after[0] == pytest.approx(204.0)


def calibrated_stock() -> Draws:
    """A stock of 70 at the end of 2018, flows of 5 and 8, exits of 10 % and two revisions."""
    law = GrowthLaw(
        law="growth",
        initial_growth=prior(fixed=0.0),
        long_run_growth=prior(fixed=0.0),
        half_life=prior(fixed=5.0),
        volatility=prior(fixed=0.1),
    )
    group = Group(
        "made",
        [PathLaw("flow", law, True, 0.5, origin=2019.5)],
        [figure("stock", "2018", 70.0, 0.1)],
        {"made": 0.0},
        2020,
        accumulations=[Accumulation("stock", "flow", "exits", "revisions", "change")],
        extra={"exits": prior(fixed=0.1), "revisions": prior(fixed=0.02)},
    )
    extra = {"exits": one(0.1), "revisions": one(0.02)}
    draws = Draws(group, 1, np.random.default_rng(1), {}, extra, {}, np.zeros(1))
    path = np.log(np.array([[5.0], [8.0]]))
    draws.paths["flow"] = Conditioned(np.zeros(1), path, path)
    draws.bases["stock"] = one(70.0)
    draws.season("flow", 2020).known[0.5] = one(0.4)
    for time, value in ((2020.0, 0.5), (2020.5, 0.0), (2021.0, -1.0)):
        draws.revision("stock").known[time] = one(value)
    return draws


def test_calibrated_stock_by_hand() -> None:
    draws = calibrated_stock()
    first = 70.0 * (1.0 - 0.1 + 0.02 * 0.5) + 5.0
    half = first * (1.0 - 0.05 - 0.02 * 0.5) + 0.4 * 8.0
    second = first * (1.0 - 0.1 - 0.02 * 1.5) + 8.0
    for time, expected in ((2019.0, 70.0), (2020.0, first), (2020.5, half), (2021.0, second)):
        assert stock_at(draws, "stock", time)[0] == pytest.approx(expected)
    change = measure(draws, "change", parse_period("2020"))
    assert change[0] == pytest.approx(second - first)


def test_stock_before_its_base_leads_to_the_base() -> None:
    later = calibrated_stock()
    layout = replace(later.layout, figures=[figure("stock", "2020", 70.0, 0.1)])
    draws = Draws(layout, 1, later.rng, {}, later.extra, {}, np.zeros(1))
    draws.paths, draws.bases = later.paths, later.bases
    draws.revision("stock").known[2020.0] = one(1.5)
    before = stock_at(draws, "stock", 2020.0)
    assert before[0] == pytest.approx((70.0 - 8.0) / (1.0 - 0.1 - 0.02 * 1.5))


def test_shares_of_a_year_have_the_tails_of_a_student_t() -> None:
    """Fixed one after another they have the joint density; drawn, the spread of the known ones."""
    from scipy.stats import multivariate_t

    season = Season(one(30.0))
    season.fix(0.75, one(0.6))
    season.fix(0.25, one(0.4))
    shape = np.array([[0.25 * 0.75, 0.25 * 0.25], [0.25 * 0.25, 0.75 * 0.25]]) / 31.0
    expected = multivariate_t(np.array([0.25, 0.75]), shape, DEGREES).logpdf([0.4, 0.6])
    assert season.log_weight[0] == pytest.approx(expected)
    drawn = Season(np.full(40_000, 300.0)).share(0.5, np.random.default_rng(3))
    beyond = np.abs(drawn - 0.5) > 3.0 * np.sqrt(0.25 / 301.0)
    assert beyond.mean() == pytest.approx(0.040, abs=0.004)  # of a normal bridge 0.003


# ---------------------------------------------------------------------- years without loans


def made_aid(occurs: bool) -> Draws:
    """Planned commitments of 80 in fiscal 2019, of which three quarters are loans."""
    law = RevertingLaw(
        law="reverting",
        equilibrium=prior(fixed=4.0),
        spread=prior(fixed=0.5),
        half_life=prior(fixed=1.0),
    )
    group = Group(
        "oda",
        [PathLaw("oda_commitments", law, True, 0.75, origin=2019)],
        [],
        {},
        2019,
        hurdles={LOANS: prior(fixed=0.2)},
    )
    extra = {"oda_loan_share": one(0.75)}
    draws = Draws(group, 1, np.random.default_rng(1), {}, extra, {}, np.zeros(1))
    path = np.log(np.array([[80.0]]))
    draws.paths["oda_commitments"] = Conditioned(np.zeros(1), path, path)
    draws.occurrences[LOANS, 2019] = np.array([occurs])
    return draws


def test_year_without_loans_has_grants_alone() -> None:
    draws = made_aid(occurs=True)
    assert loans_at(draws, 2019.75)[0] == pytest.approx(60.0)
    assert committed_at(draws, 2019.75)[0] == pytest.approx(80.0)
    draws = made_aid(occurs=False)
    assert loans_at(draws, 2019.75)[0] == pytest.approx(60.0 * NONE)
    assert committed_at(draws, 2019.75)[0] == pytest.approx(20.0)


def test_figures_of_loans_say_which_years_may_have_none(
    posterior: Posterior, shipped_model: Model
) -> None:
    """Upper bounds of fiscal years let a year be empty, lower bounds and amounts do not."""
    loans = posterior.arrays["oda_loans.path"]
    first = posterior.first_years["oda_loans.path"]
    share = {year: float((loans[year - first] == 0.0).mean()) for year in range(2017, 2023)}
    assert share[2017] == 0.0
    assert share[2019] < 0.15  # unless grants were as much, or the figure tells what was paid
    chance = shipped_model.parameters.single["oda_no_loan_chance"].prior.transform(
        np.random.default_rng(1).standard_normal(100_000)
    )
    for year in (2018, 2020, 2021, 2022):  # a bound leaves more of an empty year than of others
        assert chance.mean() < share[year] < 2.0 * chance.mean()
    below = loans[2020 - first][loans[2020 - first] > 0.0]
    assert below.max() < 101.0


@pytest.fixture(scope="module")
def empty_years(posterior: Posterior, shipped_model: Model) -> Mapping[str, FloatArray]:
    """Loans of fiscal 2027 to 2030, as they are, doubled, with 50 more, and set to 70."""
    single = dict(shipped_model.parameters.single)
    single["oda_no_loan_chance"] = prior(fixed=0.3)

    def loans(**change: float) -> FloatArray:
        step = {"path": "step", "from": 2027, **change}
        levers = {"oda_commitments": LeverPath.model_validate(step)} if change else {}
        inputs = ScenarioInputs(single, levers, ())
        streams = RandomStreams(5, 0, 400)
        first, couplings = first_engine_year(posterior), with_links(shipped_model)
        arrays = run_one(posterior, first, 2030, inputs, None, couplings, streams)
        return arrays["oda_loans"][-4:]

    return {
        "base": loans(),
        "multiply": loans(multiply=2.0),
        "add": loans(add=50.0),
        "set": loans(set=70.0),
    }


def test_multiple_of_no_loans_is_none_but_what_is_added_is_lent(
    empty_years: Mapping[str, FloatArray], posterior: Posterior
) -> None:
    base = empty_years["base"]
    empty = base == 0.0
    assert empty.mean() == pytest.approx(0.3, abs=4.0 * np.sqrt(0.21 / base.size))
    # years are independent given the chance
    assert abs(np.corrcoef(empty[0], empty[1])[0, 1]) < 4.0 / np.sqrt(base.shape[1])
    np.testing.assert_allclose(empty_years["multiply"], 2.0 * base)
    rows = RandomStreams(5, 0, 400).uniform("calibration.row", group="calibrated")
    share = posterior.arrays["oda_loan_share"][(rows * posterior.size).astype(int)]
    np.testing.assert_allclose(empty_years["add"] - base, np.broadcast_to(50.0 * share, base.shape))
    np.testing.assert_allclose(empty_years["set"], np.broadcast_to(70.0 * share, base.shape))


# ---------------------------------------------------------------------- repayments


@pytest.mark.parametrize(
    ("preferential", "last", "part"), [(0.0, 2030, 1.0), (1.0, 2040, 20.0 / 30.0)]
)
def test_one_loan_is_repaid_in_equal_parts_after_grace(
    preferential: float, last: int, part: float
) -> None:
    """20 agreed in the middle of 2000: the first and the last instalment are half a year's."""
    repayments = Repayments(10.0, 30.0, 40.0, one(preferential), {2000: one(20.0)})
    due = {year: float(repayments.due(year)[0]) for year in range(2000, 2050)}
    assert [due[year] for year in (2000, 2009)] == [0.0, 0.0]
    assert due[2010] == due[last] == pytest.approx(0.5 * part)
    assert [due[year] for year in (2011, last - 1)] == pytest.approx([part, part])
    assert due[last + 1] == 0.0
    assert sum(due.values()) == pytest.approx(20.0)


def test_loans_of_both_terms_are_repaid_side_by_side() -> None:
    repayments = Repayments(10.0, 30.0, 40.0, one(0.25), {2000: one(60.0), 2005: one(120.0)})
    expected = 60.0 * (0.75 / 20.0 + 0.25 / 30.0) + 0.5 * 120.0 * (0.75 / 20.0 + 0.25 / 30.0)
    assert repayments.due(2015)[0] == pytest.approx(expected)
    assert instalment(10, 10.0, 30.0) == pytest.approx(0.025)


def test_past_loans_grow_and_sum_to_their_total() -> None:
    loans = past_loans(one(700.0), one(np.log(2.0)), range(1993, 1996))
    assert [float(loans[year][0]) for year in loans] == pytest.approx([100.0, 200.0, 400.0])


NET_AID = {
    1999: 0.680,
    2000: 0.924,
    2001: 0.460,
    2002: 0.375,
    2003: 0.484,
    2004: 0.615,
    2005: 0.603,
    2006: 0.563,
    2007: 0.640,
    2008: 0.619,
    2009: 1.191,
    2010: 0.808,
    2011: 1.031,
}
"""Net disbursements of Japan's aid to Vietnam, USD bn: OECD Development Assistance Committee, in
World Development Indicators, DC.DAC.JPNL.CD."""
RATES = (113.9, 107.8, 121.5, 125.4, 115.9, 108.2, 110.2, 116.3, 117.8, 103.4, 93.6, 87.8, 79.8)
"""Yen per dollar of these years: International Monetary Fund, World Economic Outlook."""


def test_net_aid_of_the_past_is_near_that_of_the_official_series() -> None:
    """With the medians of all priors, over four and more years: single years are lumpy.

    Repayments without grace take a third of the first four years' sum.
    """
    years, waiting = range(1993, 2012), np.zeros(1)
    cohorts = Cohorts(2.6, years, np.empty((len(years), 1)))
    repayments = Repayments(10.0, 30.0, 40.0, one(0.4))
    loans = past_loans(one(24.2 * 110.0), one(0.045), range(1993, 2017))
    net = {}
    for year in years:
        cohorts.add(one(4.5**2.6), (loans[year], middles(year)))
        new = sum((s * amount for s, amount in cohorts.agreed(year)), np.zeros(1))
        left = cohorts.waiting(year)
        repayments.loans[year] = 0.95 * new
        grants = 0.08 / 0.92 * loans[year]
        paid = 0.95 * (waiting + new - left) + grants
        waiting = left
        net[year] = float((paid - repayments.due(year))[0])
    dollars = {year: net[year] / rate for year, rate in zip(NET_AID, RATES, strict=True)}
    for years in (range(1999, 2003), range(2003, 2008), range(2008, 2012)):
        ours, theirs = (sum(series[year] for year in years) for series in (dollars, NET_AID))
        assert ours == pytest.approx(theirs, rel=0.25)
