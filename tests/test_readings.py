"""How figures are read: announcements, undated stocks, alternatives, windows of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from made import figure, prior
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad

import vnjp_sim as vj
from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.counts import CountGroup
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.importance import sample
from vnjp_sim.calibration.observation_model import (
    error_density,
    log_likelihood,
    log_mass,
    rule,
    sample_truth,
)
from vnjp_sim.calibration.oda import SPREAD_OF_PAYMENTS
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.calibration.readings import dates_drawn, drawn_readings, release_dates
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.simulation.fit import checks_of
from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

BIAS, SPREAD = 0.03, 0.15
LAG = prior(lognormal={"median": 0.45, "sigma": 0.35})

# ---------------------------------------------------------------------- announcements


@pytest.mark.parametrize("wording", ["", " about", " nearly", " over", " at_least", " at_most"])
def test_an_announcement_is_truth_times_an_error_and_then_its_wording(wording: str) -> None:
    one = figure("made", "2022", 100.0, 10.0, f"announced{wording}")
    truths = np.array([60.0, 85.0, 100.0, 118.0])
    ours = np.exp(log_likelihood(one, truths))

    def integrand(score: float, truth: float) -> float:
        seen = truth * np.exp(BIAS + SPREAD * score)
        density = error_density(rule(one), np.array([(seen - 100.0) / 10.0]))[0]
        return float(density * stats.norm.pdf(score))

    kinks = 100.0 + 10.0 * np.array([-3.0, -1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0, 3.0])
    for truth, found in zip(truths, ours, strict=True):
        edges = (np.log(kinks / truth) - BIAS) / SPREAD
        bounds = np.unique(np.clip([-9.0, *edges, 9.0], -9.0, 9.0))
        parts = pairwise(bounds)
        reference = sum(quad(integrand, a, b, args=(truth,))[0] for a, b in parts)
        assert found == pytest.approx(reference, rel=2e-4, abs=1e-9)


def test_truths_of_an_announcement_follow_its_likelihood() -> None:
    one = figure("made", "2022", 100.0, 10.0, "announced over")
    drawn = sample_truth(one, np.random.default_rng(5), 40_000)
    grid = np.linspace(30.0, 250.0, 20_001)
    cumulative = np.cumsum(np.exp(log_likelihood(one, grid))) * (grid[1] - grid[0])
    assert np.log(cumulative[-1]) == pytest.approx(log_mass(one), abs=1e-3)
    test = stats.kstest(drawn, lambda x: np.interp(x, grid, cumulative / cumulative[-1]))
    assert test.pvalue > 0.01


def test_loans_of_fiscal_2023_may_pass_what_was_announced(posterior: Posterior) -> None:
    commitments = posterior.arrays["oda_commitments.path"].astype(np.float64)
    row = 2023 - posterior.first_years["oda_commitments.path"]
    loans = posterior.arrays["oda_loan_share"] * np.exp(commitments[row])
    assert 0.25 < float(np.mean(loans > 100.0)) < 0.6


def test_no_figure_is_calibrated_on_and_a_target(shipped_model: Model) -> None:
    calibrating = {
        (name, o.period.last_year)
        for o in shipped_model.evidence.calibrating()
        for name in o.indicators
        if o.announced
    }
    assert calibrating == {("oda_loans", 2024)}
    targets = {(t.indicator, int(t.by[:4])) for t in shipped_model.targets}
    assert not calibrating & targets


def test_announcements_do_not_extend_history_nor_count(shipped_model: Model) -> None:
    early = shipped_model.evidence.as_of(date(2024, 1, 1))
    assert make_plan(early, shipped_model.parameters).last_year == 2023
    known = next(
        o for o in shipped_model.evidence.calibrating() if o.indicators == ("diplomacy_documents",)
    )
    announced = replace(known, reported="announced", lines=(9999,))
    evidence = replace(early, observations=(*shipped_model.evidence.observations, announced))
    assert not make_plan(evidence, shipped_model.parameters).takes(announced)


# ---------------------------------------------------------------------- undated stocks


def test_an_undated_stock_is_of_the_end_of_a_half_year() -> None:
    span = parse_period("2024-06/2025-04")
    assert [d.text for d in release_dates(span)] == ["2024", "2024-06"]
    assert [d.text for d in release_dates(parse_period("2023-06/2023-11"))] == ["2023-06"]
    short = parse_period("2023-02/2023-04")
    assert release_dates(short) == (short,)
    dates = dates_drawn(span, LAG, np.random.default_rng(1), 100_000)
    between = 2025.0 + 4.0 / 12.0 - 2024.75  # the lag at which June is as near as December
    chance = stats.norm.cdf(np.log(between / 0.45) / 0.35)
    assert float(np.mean(dates > 2024.75)) == pytest.approx(chance, abs=0.005)


def test_undated_stocks_of_one_document_have_lags_of_one_rank() -> None:
    spans = [figure(name, "2022-06/2023-12", 5.0, 1.0) for name in ("one", "two")]
    lags = dict.fromkeys(("one", "two"), LAG)
    readings = drawn_readings(spans, lags, np.random.default_rng(2), 4_096)
    assert len(readings) == 16
    assert all(first.period == second.period for first, second in readings)
    assert len({first.period.text for first, _ in readings}) > 1


def test_residents_at_the_end_of_2024(posterior: Posterior) -> None:
    """The immigration agency counted 634,361 Vietnamese residents on 31 December 2024."""
    paths = ("labour_trainees", "labour_skilled", "labour_engineers", "people_students")
    total = sum(
        np.exp(posterior.arrays[f"{name}.path"][2024 - posterior.first_years[f"{name}.path"]])
        for name in (*paths, "people_others")
    )
    low, middle, high = np.quantile(total, [0.05, 0.5, 0.95])
    assert low < 634_361 < high
    assert 620_000 < middle < 640_000


# ---------------------------------------------------------------------- alternatives


SPEC = GrowthLaw(
    law="growth",
    initial_growth=prior(normal={"mean": 0.05, "sd": 0.03}),
    long_run_growth=prior(fixed=0.02),
    half_life=prior(fixed=5.0),
    volatility=prior(fixed=0.1),
)
LAWS = [
    PathLaw(name, SPEC, False, 1.0, "damped", 2018.0, 3.0, float(np.log(level)))
    for name, level in (("one", 40.0), ("two", 44.0))
]


def evidence_of(figures: list[Observation]) -> float:
    group = Group("made", LAWS, figures, {"made": 0.005}, 2020)
    return sample(group, np.random.default_rng(3), 65_536, enough=20_000.0).log_evidence


@pytest.mark.calibration
def test_the_evidence_of_an_alternative_is_the_mixture_of_its_readings() -> None:
    """Though a reading that repeats another figure weighs, and the other conditions."""
    known = [figure("one", "2017", 40.0, 1.0), figure("two", "2017", 44.0, 1.0)]
    known.append(figure("one", "2020", 46.0, 2.0))
    either = figure("one", "2020", 47.0, 2.0, "about", alternative="two", weight=0.25)
    plain = replace(either, alternative="", weight=1.0)
    first = evidence_of([*known, plain])
    second = evidence_of([*known, replace(plain, indicators=("two",))])
    mixed = np.logaddexp(np.log(0.25) + first, np.log(0.75) + second)
    assert abs(first - second) > 0.3
    assert evidence_of([*known, either]) == pytest.approx(mixed, abs=0.03)


def test_the_spread_of_payments_is_that_of_a_mean_over_the_lag() -> None:
    years = np.arange(0.0, 60.0)
    with np.errstate(divide="ignore"):
        paid = 1.0 / (1.0 + (4.5 / years) ** 2.6)
    weights = np.diff(paid) / paid[-1]
    apart = np.abs(np.subtract.outer(years[1:], years[1:]))
    spread = np.sqrt(weights @ np.exp2(-apart / 1.5) @ weights)
    assert spread == pytest.approx(SPREAD_OF_PAYMENTS, abs=0.005)


# ---------------------------------------------------------------------- windows of events


def group_of(model: Model, name: str, day: date | None = None) -> CountGroup:
    plan = make_plan(model.evidence.as_of(day), model.parameters)
    group = next(g for g in plan.groups if g.name == name).build("damped")
    assert isinstance(group, CountGroup)
    return group


def test_visits_are_counted_in_the_windows_of_all_documents(shipped_model: Model) -> None:
    counts = group_of(shipped_model, "diplomacy_visits_to_japan").counts
    by_year = {count.period: (count.value, count.exposure) for count in counts}
    assert list(by_year) == [str(year) for year in range(2002, 2024)]
    assert by_year["2015"] == (1.0, 1.0)
    assert by_year["2021"] == (1.0, 0.7)
    assert by_year["2023"] == (2.0, 0.7)
    early = group_of(shipped_model, "diplomacy_visits_to_japan", date(2023, 1, 1))
    assert [count.period for count in early.counts][-1] == "2020"


def test_the_visit_of_april_2025_is_known(shipped_model: Model) -> None:
    beside = group_of(shipped_model, "diplomacy_visits_to_vietnam").beside
    assert (beside["known"], beside["known_year"]) == (1, 2025)
    assert beside["rest"] == pytest.approx(1.0 - 115 / 365, abs=0.002)
    assert not group_of(shipped_model, "diplomacy_visits_to_japan").beside
    runs = vj.run(["base"], draws=500)
    visits = runs["diplomacy_visits_to_vietnam"].sel(scenario="base").to_numpy()
    assert visits[0].min() == 1.0
    assert visits[1].min() == 0.0
    assert visits[0].mean() - 1.0 == pytest.approx(beside["rest"] * visits[1:].mean(), abs=0.1)
    exchanges = runs["security_exchanges"].sel(scenario="base").to_numpy()
    assert exchanges.min() == 2.0  # the dialogues kept up since 2012 and 2013
    documents = runs["diplomacy_documents"].sel(scenario="base").to_numpy()
    assert np.median(documents[0]) > np.median(documents[5])
    assert np.quantile(documents[5], 0.95) < 100.0


# ---------------------------------------------------------------------- checks


BEYOND = {
    ("labour_intake", "2022", "127000"): "Almost twice",
    ("macro_vn_growth", "2022", "8.02"): "8.54 after revisions",
    ("macro_vn_growth", "2023", "6.2"): "Forecast of",
    ("macro_vn_growth", "2023", "6.7"): "Forecast of",
    ("security_vessels", "2015-02", "1"): "count within 2015",
    ("security_vessels", "2015-08", "2"): "count within 2015",
    ("security_vessels", "2015-09", "2"): "history inside",
    ("security_vessel_grant_usd", "2015", "4.6"): "implies about 108.7",
    (
        "trade_exports_machinery+trade_exports_textiles+trade_exports_vehicles",
        "2022",
        "13",
    ): "Thirteen of 24.25 bn",
    ("trade_turnover", "2022", "50"): "Early projection",
}
"""Figures that the posterior excludes at 1 %, with words of the note that says why."""


def test_figures_that_do_not_calibrate_are_checked(
    posterior: Posterior, shipped_model: Model
) -> None:
    fits = checks_of(posterior, shipped_model)
    unused = [o for o in shipped_model.evidence.observations if o.use != "calibrate"]
    assert len(fits) == len(unused)
    assert all(fit.note for fit in fits if np.isnan(fit.tail))
    beyond = {
        ("+".join(fit.figure.indicators), fit.figure.period.text, fit.figure.printed): fit
        for fit in fits
        if fit.tail < 0.01
    }
    assert beyond.keys() == BEYOND.keys()
    for key, fit in beyond.items():
        assert BEYOND[key] in fit.figure.note
