"""Shares in percent and numbers that only grow, against closed forms and by simulation."""

from __future__ import annotations

from dataclasses import replace

import made
import numpy as np
import pytest
from made import prior
from numpy.typing import NDArray
from scipy import integrate, special, stats

from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.accruals import AccrualGroup, poisson_log_probability
from vnjp_sim.calibration.importance import WeightedSample, sample
from vnjp_sim.calibration.percents import PercentGroup
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import AccrualLaw, PercentLaw
from vnjp_sim.sectors.block import BlockContext, PosteriorSample, SharedNumbers
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.sectors.firms import Firms
from vnjp_sim.sectors.identities import log_odds, percent_of_log_odds
from vnjp_sim.sectors.laws import AccrualState, PercentState

FloatArray = NDArray[np.float64]

pytestmark = pytest.mark.calibration

SAMPLE = 16_384


def figure(period: str, value: float, step: float, reported: str = "exact") -> Observation:
    return made.figure("made", period, value, step, reported, unit="percent")


def mean(drawn: WeightedSample, value: FloatArray) -> float:
    weight = np.exp(drawn.log_weight - drawn.log_weight.max())
    return float(weight @ value / weight.sum())


# ---------------------------------------------------------------- shares in percent

PERCENT = PercentLaw(
    law="percent",
    equilibrium=prior(logit_normal={"median": 0.6, "sigma": 0.4}),
    spread=prior(fixed=0.3),
    half_life=prior(fixed=2.0),
)


def test_log_odds_and_back() -> None:
    share = np.array([1e-6, 10.0, 50.0, 99.0])
    assert percent_of_log_odds(log_odds(share)) == pytest.approx(share, rel=1e-12)
    assert log_odds(np.array([50.0]))[0] == 0.0


def test_one_figure_is_weighed_as_quadrature_does() -> None:
    """The evidence, and the moments of the equilibrium, of a wide share: by two quadratures."""
    wide = figure("2022", 70.0, 20.0, "rounded")  # from 60 to 80 per cent
    group = PercentGroup("made", PERCENT, [wide], 2022)
    drawn = sample(group, np.random.default_rng(2), SAMPLE)
    centre, total = special.logit(0.6), np.hypot(0.4, 0.3)
    low, high = special.logit(0.6), special.logit(0.8)
    evidence = stats.norm.cdf(high, centre, total) - stats.norm.cdf(low, centre, total)
    # a conditioned share is drawn with the density 1 / step
    assert np.exp(drawn.log_evidence) == pytest.approx(evidence / 20.0, rel=0.02)

    def weighed(odds: float, power: int) -> float:
        inside = stats.norm.cdf(high, odds, 0.3) - stats.norm.cdf(low, odds, 0.3)
        return float(special.expit(odds) ** power * stats.norm.pdf(odds, centre, 0.4) * inside)

    span = (centre - 4.0, centre + 4.0)
    first, whole = (integrate.quad(weighed, *span, args=(k,))[0] for k in (1, 0))
    assert mean(drawn, drawn.kept["made.equilibrium"]) == pytest.approx(first / whole, abs=2e-3)


def test_sharp_figure_conditions_as_a_normal_process_does() -> None:
    """Given the log odds at one date, the end of history is normal with known moments."""
    group = PercentGroup("made", PERCENT, [figure("2020-07", 64.0, 1e-6)], 2022)
    drawn = sample(group, np.random.default_rng(3), SAMPLE)
    date, end = 2020.0 + 6.5 / 12, 2022.5
    centre, seen = special.logit(0.6), special.logit(0.64)
    kept = np.exp2(-(end - date) / 2.0)
    variance, shared = 0.4**2 + 0.3**2, 0.4**2 + 0.3**2 * kept
    expected = centre + shared / variance * (seen - centre)
    spread = np.sqrt(variance - shared**2 / variance)
    path = drawn.kept["made.path"][-1]
    middle = mean(drawn, path)
    assert middle == pytest.approx(expected, abs=0.01)
    assert np.sqrt(mean(drawn, (path - middle) ** 2)) == pytest.approx(spread, rel=0.03)


def test_bounds_and_second_figures_weigh() -> None:
    twice = [figure("2022", 64.0, 2.0), figure("2022", 65.0, 2.0)]
    group = PercentGroup("made", PERCENT, [*twice, figure("2023", 60.0, 1.0, "at_most")], 2023)
    drawn = sample(group, np.random.default_rng(4), SAMPLE)
    possible = np.isfinite(drawn.log_weight)
    shares = percent_of_log_odds(drawn.kept["made.path"][:, possible])
    assert shares[0].min() >= 64.0
    assert shares[0].max() <= 65.0
    assert shares[1].max() <= 60.0


def test_share_near_its_bound_stays_within() -> None:
    group = PercentGroup("made", PERCENT, [figure("2022", 99.0, 4.0, "about")], 2022)
    drawn = sample(group, np.random.default_rng(5), SAMPLE)
    possible = np.isfinite(drawn.log_weight)
    assert 0.3 < possible.mean() < 1.0
    shares = percent_of_log_odds(drawn.kept["made.path"][:, possible])
    assert (shares < 100.0).all()


def test_truths_rank_evenly_among_posterior_draws() -> None:
    rng = np.random.default_rng(6)
    law = PERCENT.model_copy(update={"spread": prior(lognormal={"median": 0.3, "sigma": 0.4})})
    ranks: dict[str, list[float]] = {"equilibrium": [], "spread": [], "permanent": []}
    for _ in range(60):
        equilibrium, spread, odds = (float(x) for x in rng.standard_normal(3))
        equilibrium = special.logit(0.6) + 0.4 * equilibrium
        spread = 0.3 * np.exp(0.4 * spread)
        path = [equilibrium + spread * odds]
        for _year in range(3):
            shock = spread * np.sqrt(0.5) * rng.standard_normal()  # half-life 2, by half years
            path.append(equilibrium + (path[-1] - equilibrium) * np.sqrt(0.5) + shock)
        told = [round(100.0 * special.expit(value) / 2.0) * 2.0 for value in path]
        figures = [figure(str(2020 + i), told[i], 2.0, "rounded") for i in (0, 1, 3)]
        group = PercentGroup("made", law, figures, 2023)
        drawn = sample(group, rng, 4_096)
        for name, truth in (
            ("equilibrium", special.expit(equilibrium)),
            ("spread", spread),
            ("permanent", path[-1]),
        ):
            below = (drawn.kept[f"made.{name}"] < truth).astype(np.float64)
            ranks[name].append(mean(drawn, below))
    for name, found in ranks.items():
        assert stats.kstest(found, "uniform").pvalue > 0.002, name


# ---------------------------------------------------------------- arrivals

ACCRUAL = AccrualLaw(
    law="accrual",
    rate=prior(lognormal={"median": 0.3, "sigma": 0.8}),
    years=prior(lognormal={"median": 15.0, "sigma": 0.5}),
)


def test_poisson_log_probability_is_the_distributions() -> None:
    count, rate = np.array([0.0, 3.0, 25.0]), np.array([0.4, 2.0, 30.0])
    expected = stats.poisson.logpmf(count, rate)
    assert poisson_log_probability(count, rate) == pytest.approx(expected, rel=1e-12)
    assert poisson_log_probability(np.array([-1.0]), np.ones(1))[0] == -np.inf


def test_rate_agrees_with_quadrature() -> None:
    group = AccrualGroup("made", ACCRUAL, [figure("2022", 4.0, 1.0)], 2022)
    drawn = sample(group, np.random.default_rng(7), SAMPLE)

    def weighed(years: float, rate: float, power: int) -> float:
        chance = stats.poisson.pmf(4, np.exp(rate + years))
        before = stats.norm.pdf(rate, np.log(0.3), 0.8) * stats.norm.pdf(years, np.log(15.0), 0.5)
        return float(np.exp(power * rate) * chance * before)

    span = (np.log(0.3) - 4.0, np.log(0.3) + 4.0)
    other = (np.log(15.0) - 2.5, np.log(15.0) + 2.5)
    first, whole = (integrate.dblquad(weighed, *span, *other, args=(k,))[0] for k in (1, 0))
    assert np.exp(drawn.log_evidence) == pytest.approx(whole, rel=0.02)
    assert mean(drawn, drawn.kept["made.rate"]) == pytest.approx(first / whole, rel=0.02)


def test_conjugate_limit_of_a_known_time() -> None:
    """With the times known and a flat log rate, the rate is Gamma of arrivals over years."""
    law = AccrualLaw(
        law="accrual",
        rate=prior(lognormal={"median": 1.0, "sigma": 3.0}),
        years=prior(fixed=10.0),
    )
    group = AccrualGroup("made", law, [figure("2010", 12.0, 1.0), figure("2020", 20.0, 1.0)], 2020)
    drawn = sample(group, np.random.default_rng(8), SAMPLE)
    rate = drawn.kept["made.rate"]
    assert mean(drawn, rate) == pytest.approx(stats.gamma.mean(20, scale=1 / 20), rel=0.02)
    second = mean(drawn, rate**2) - mean(drawn, rate) ** 2
    assert second == pytest.approx(stats.gamma.var(20, scale=1 / 20), rel=0.08)


def test_numbers_between_and_after_the_figures() -> None:
    law = ACCRUAL.model_copy(update={"rate": prior(fixed=0.5)})
    figures = [figure("2016", 3.0, 1.0), figure("2020", 11.0, 1.0)]
    group = AccrualGroup("made", law, figures, 2022)
    path = group.evaluate(np.zeros((2, 50_000)), np.random.default_rng(9))[1]["made"].path
    assert group.years == list(range(2016, 2023))
    assert (np.diff(path, axis=0) >= 0.0).all()
    assert (path[0] == 3.0).all()
    assert (path[4] == 11.0).all()
    between, after = path[2] - 3.0, path[6] - 11.0
    assert between.mean() == pytest.approx(4.0, abs=0.03)  # binomial: 8 arrivals, half the time
    assert between.var() == pytest.approx(2.0, rel=0.03)
    assert after.mean() == pytest.approx(1.0, abs=0.03)  # Poisson: two years at half a year
    assert after.var() == pytest.approx(1.0, rel=0.04)


def test_hedged_numbers_bounds_and_falls() -> None:
    low = figure("2022", 10.0, 5.0, "over")
    group = AccrualGroup("made", ACCRUAL, [low], 2022)
    numbers = group.evaluate(np.zeros((2, 4_000)), np.random.default_rng(10))[1]["made"].path
    assert set(np.unique(numbers)) == {10.0, 11.0, 12.0, 13.0, 14.0}
    bound = replace(figure("2024", 13.0, 1.0, "at_least"))
    group = AccrualGroup("made", ACCRUAL, [low, bound], 2024)
    weight, kept = group.evaluate(np.zeros((2, 4_000)), np.random.default_rng(10))
    assert (kept["made"].path[-1][np.isfinite(weight)] >= 13.0).all()
    fall = AccrualGroup("made", ACCRUAL, [figure("2020", 5.0, 1.0), figure("2022", 4.0, 1.0)], 2022)
    assert (fall.evaluate(np.zeros((2, 9)), np.random.default_rng(1))[0] == -np.inf).all()


# ---------------------------------------------------------------- in motion


def context(arrays: dict[str, FloatArray], draws: int) -> SectorContext:
    bank = PosteriorSample(arrays, np.zeros(draws, np.intp))
    numbers = SharedNumbers(RandomStreams(5, 0, draws), kept=False)
    couplings = Couplings({}, {})
    block = BlockContext(bank, {"made.path": 2025}, 2025, {}, {}, couplings, numbers, 2025, 2034)
    return SectorContext(block, {})


def test_projected_share_has_the_moments_of_the_process() -> None:
    odds = float(special.logit(0.9))
    arrays = {
        "made.path": np.array([[odds]]),
        "made.permanent": np.array([odds]),
        "made.equilibrium": np.array([0.6]),
        "made.spread": np.array([0.3]),
        "made.half_life": np.array([2.0]),
    }
    state = PercentState(context(arrays, 40_000), "made")
    assert state.step(2025) == pytest.approx(np.full(40_000, 90.0))
    for year in range(2026, 2030):
        share = state.step(year)
    left, centre = 0.25, float(special.logit(0.6))
    reached = log_odds(share)
    assert reached.mean() == pytest.approx(centre + left * (odds - centre), abs=0.01)
    assert reached.std() == pytest.approx(0.3 * np.sqrt(1.0 - left**2), rel=0.02)
    assert ((share > 0.0) & (share < 100.0)).all()


def test_projected_number_grows_by_the_rate() -> None:
    arrays = {"made.path": np.array([[4.0]]), "made.rate": np.array([0.25])}
    state = AccrualState(context(arrays, 40_000), "made")
    before = state.step(2025)
    assert (before == 4.0).all()
    for year in range(2026, 2034):
        number = state.step(year)
        assert (number >= before).all()
        before = number
    assert number.mean() == pytest.approx(6.0, abs=0.03)
    assert number.var() == pytest.approx(2.0, rel=0.04)


def test_shipped_shares_know_their_figures(posterior: Posterior) -> None:
    intent, profitable, japanese = (law.name for law in Firms.laws if law.kind == "percent")
    early = percent_of_log_odds(posterior.arrays[f"{intent}.path"].astype(np.float64)[0])
    assert np.median(early) == pytest.approx(63.0, abs=1.5)  # 64 in February, the value in July
    assert posterior.arrays[f"{profitable}.path"].shape[0] == 1
    late = percent_of_log_odds(posterior.arrays[f"{japanese}.path"].astype(np.float64)[-1])
    assert np.median(late) == pytest.approx(90.0, abs=0.5)
    status = {law: told for group in posterior.groups for law, told in group.status.items()}
    assert status[profitable] == "no figure: prior only"
