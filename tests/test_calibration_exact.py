"""The calibration against closed forms, an independent sampler, and synthetic figures."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import emcee
import numpy as np
import pytest
from made import figure, prior
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binom, multivariate_t, norm
from scipy.stats import t as student

from vnjp_sim.calibration import (
    Posterior,
    calibrate,
    calibrate_group,
    conditioning,
)
from vnjp_sim.calibration.bank import calibration_hash
from vnjp_sim.calibration.calibrating import resampled_together
from vnjp_sim.calibration.evaluation import OWN_ERROR, Accumulation, Draws
from vnjp_sim.calibration.groups import Group, draw_path
from vnjp_sim.calibration.importance import Problem, WeightedSample, sample
from vnjp_sim.calibration.measures import measure, truth
from vnjp_sim.calibration.observation_model import log_likelihood
from vnjp_sim.calibration.path_conditioning import log_density_of
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.calibration.posteriors import ValuePosterior
from vnjp_sim.calibration.seasons import DEGREES
from vnjp_sim.calibration.shares import SharesGroup
from vnjp_sim.calibration.trade import TRADE_METHOD
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw, Parameter, RevertingLaw, SharesLaw
from vnjp_sim.simulation.model_data import Model, load_model

FloatArray = NDArray[np.float64]
Prove = Callable[[str, Mapping[str, Any]], None]

pytestmark = pytest.mark.calibration

SAMPLE = 8_192


def normal(mean: float, sd: float) -> Parameter:
    return prior(normal={"mean": mean, "sd": sd})


def lognormal(median: float, sigma: float) -> Parameter:
    return prior(lognormal={"median": median, "sigma": sigma})


def drawn_from(problem: Problem, seed: int = 1) -> WeightedSample:
    return sample(problem, np.random.default_rng(seed), SAMPLE)


def weights(drawn: WeightedSample) -> FloatArray:
    weight = np.exp(drawn.log_weight - drawn.log_weight.max())
    return weight / weight.sum()


def moments(drawn: WeightedSample, name: str) -> tuple[float, float]:
    """Mean and sd of a kept value; of the last year of a path."""
    weight, value = weights(drawn), np.atleast_2d(drawn.kept[name])[-1]
    mean = float(weight @ value)
    return mean, float(np.sqrt(weight @ (value - mean) ** 2))


def interval(drawn: WeightedSample, value: FloatArray, mass: float) -> tuple[float, float]:
    order = np.argsort(value)
    cumulative = np.cumsum(weights(drawn)[order])
    low, high = np.interp([0.5 - mass / 2, 0.5 + mass / 2], cumulative, value[order])
    return float(low), float(high)


# ---------------------------------------------------------------- conjugate limit

DRIFT_MEAN, DRIFT_SD, VOLATILITY = 0.05, 0.06, 0.12
LEVELS = {2003: 10.0, 2007: 14.0, 2008: 13.5, 2015: 31.0, 2020: 36.0}


def straight_law(transitory: float) -> PathLaw:
    spec = GrowthLaw(
        law="growth",
        initial_growth=normal(DRIFT_MEAN, DRIFT_SD),
        long_run_growth=prior(fixed=0.0),
        half_life=prior(fixed=1e9),
        volatility=prior(fixed=VOLATILITY),
        transitory=prior(fixed=transitory) if transitory else None,
    )
    return PathLaw("flow", spec, True, 0.5, "damped", 2003.5, 17.0, float(np.log(10.0)))


def regression(transitory: float) -> tuple[float, float]:
    """Posterior of the drift by generalised least squares, the level nearly free."""
    elapsed = np.array(list(LEVELS), float) - 2003.0
    response = np.log(list(LEVELS.values()))
    noise = VOLATILITY**2 * np.minimum(elapsed[:, None], elapsed[None, :])
    noise = noise + transitory**2 * np.eye(elapsed.size) + 1e-10 * np.eye(elapsed.size)
    design = np.stack([np.ones(elapsed.size), elapsed], axis=1)
    prior_mean = np.array([np.log(10.0), DRIFT_MEAN])
    prior_precision = np.diag([1.0 / 10.0**2, 1.0 / DRIFT_SD**2])
    precision = design.T @ np.linalg.solve(noise, design) + prior_precision
    right = design.T @ np.linalg.solve(noise, response) + prior_precision @ prior_mean
    covariance = np.linalg.inv(precision)
    return float((covariance @ right)[1]), float(np.sqrt(covariance[1, 1]))


@pytest.mark.parametrize("transitory", [0.0, 0.2])
def test_posterior_of_the_drift_is_that_of_regression(transitory: float, prove: Prove) -> None:
    law = straight_law(transitory)
    grid = np.linspace(-0.3, 0.4, 7_001)
    values = {name: p.prior.transform(np.zeros(grid.size)) for name, p in law.priors.items()}
    values["initial_growth"] = grid
    anchors = np.repeat(np.log(list(LEVELS.values()))[:, None], grid.size, axis=1)
    log_density = log_density_of(law, values, [year + 0.5 for year in LEVELS], anchors)
    log_density = log_density + norm.logpdf(grid, DRIFT_MEAN, DRIFT_SD)
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    mean = float(weight @ grid)
    sd = float(np.sqrt(weight @ (grid - mean) ** 2))
    expected_mean, expected_sd = regression(transitory)
    found = {
        "transitory": transitory,
        "mean": mean,
        "mean_of_regression": expected_mean,
        "sd": sd,
        "sd_of_regression": expected_sd,
        "greatest_difference": max(abs(mean - expected_mean), abs(sd - expected_sd)),
    }
    prove(f"conjugate_{transitory}", found)
    assert found["greatest_difference"] < 1e-6, found


@pytest.mark.parametrize("transitory", [0.0, 0.2])
def test_sampler_reaches_the_regression(transitory: float) -> None:
    figures = [figure("flow", str(year), value, 1e-7) for year, value in LEVELS.items()]
    group = Group("flow", [straight_law(transitory)], figures, {"made": 0.0}, 2020)
    drawn = drawn_from(group)
    (mean, sd), effective = moments(drawn, "flow.initial_growth"), drawn.effective
    expected_mean, expected_sd = regression(transitory)
    assert effective > 1_000
    assert mean == pytest.approx(expected_mean, abs=4.0 * expected_sd / np.sqrt(effective))
    assert sd == pytest.approx(expected_sd, rel=4.0 / np.sqrt(2.0 * effective))


# ---------------------------------------------------------------- an independent sampler

TURNOVER, RATIO, SEASON = "trade_turnover", "trade_balance_ratio", "trade_balance_season"
DOCUMENT_SD, CONCENTRATION, PART_SD = 0.005, 500.0, 0.04
HALF_ERROR = DOCUMENT_SD * np.sqrt(0.5)


def trade_figures() -> list[Observation]:
    first_months = "2023-01/2023-07"
    return [
        figure(TURNOVER, "2000", 4.8, 0.1, "about"),
        figure(TURNOVER, "2011", 21.4, 0.1),
        figure("trade_exports", "2011", 11.0, 1.0),
        figure("trade_imports", "2011", 10.4, 0.1),
        figure(TURNOVER, "2022", 47.64, 0.01),
        figure("trade_exports", "2022", 24.25, 0.01),
        figure("trade_imports", "2022", 23.39, 0.01),
        figure(TURNOVER, "2023-01/2023-11", 40.0, 1.0, "over"),
        figure("trade_exports", first_months, 13.1, 0.1),
        figure("trade_imports", first_months, 11.9, 0.1),
        figure(TURNOVER, "2024", 46.2, 0.1, document="later"),
        figure(TURNOVER, "2024", 2.7, 0.1, "growth", "2023", document="later"),
    ]


def trade_group(figures: Sequence[Observation]) -> Group:
    growth = GrowthLaw(
        law="growth",
        initial_growth=normal(0.10, 0.06),
        long_run_growth=normal(0.025, 0.015),
        half_life=lognormal(8.0, 0.6),
        volatility=lognormal(0.12, 0.35),
        season=prior(fixed=CONCENTRATION),
    )
    balance = RevertingLaw(
        law="reverting",
        equilibrium=normal(0.0, 0.10),
        spread=lognormal(0.09, 0.35),
        half_life=lognormal(3.0, 0.5),
    )
    laws = [
        PathLaw(RATIO, balance, True, 0.5, origin=2000.5),
        PathLaw(TURNOVER, growth, True, 0.5, "damped", 2000.5, 24.0, float(np.log(4.8))),
    ]
    sd = dict.fromkeys(("made", "later"), DOCUMENT_SD)
    extra = {SEASON: prior(fixed=PART_SD)}
    return Group("trade", laws, figures, sd, 2024, extra=extra, method=TRADE_METHOD)


def gauss(x: FloatArray, mean: FloatArray | float, sd: FloatArray | float) -> FloatArray:
    return -0.5 * ((x - mean) / sd) ** 2 - np.log(sd) + 0.0 * x


def printed(truth: FloatArray, value: float, step: float) -> FloatArray:
    high = ndtr(np.log((value + 0.5 * step) / truth) / HALF_ERROR)
    return np.log(high - ndtr(np.log((value - 0.5 * step) / truth) / HALF_ERROR))


def trade_log_posterior(position: FloatArray) -> FloatArray:
    """The model written anew: every unknown explicit, no conditioning, nothing integrated."""
    g, g_end, log_h, log_s, eq, log_w, log_k, made, later = position.T[:9]
    z00, z11, z22, z23, z24, r11, r22, r23, c7, c11, apart, own00, own23 = position.T[9:]
    h, s, w, k = np.exp(log_h), np.exp(log_s), np.exp(log_w), np.exp(log_k)
    total = gauss(g, 0.10, 0.06) + gauss(g_end, 0.025, 0.015) + gauss(eq, 0.0, 0.10)
    total += gauss(log_h, np.log(8.0), 0.6) + gauss(log_s, np.log(0.12), 0.35)
    total += gauss(log_w, np.log(0.09), 0.35) + gauss(log_k, np.log(3.0), 0.5)
    for error in (made, later, own00, own23):
        total += gauss(error, 0.0, HALF_ERROR)

    def mean(u: float) -> FloatArray:
        return g_end * u + (g - g_end) * h / np.log(2.0) * (1.0 - 0.5 ** (u / h))

    years = (0.0, 11.0, 22.0, 23.0, 24.0)
    path = (z00, z11, z22, z23, z24)
    for i in range(1, 5):
        drift = mean(years[i]) - mean(years[i - 1])
        total += gauss(path[i], path[i - 1] + drift, s * np.sqrt(years[i] - years[i - 1]))
    total += gauss(r11, eq, w)
    for before, after, gap in ((r11, r22, 11.0), (r22, r23, 1.0)):
        left = 0.5 ** (gap / k)
        total += gauss(after, eq + (before - eq) * left, w * np.sqrt(1.0 - left**2))
    both = np.stack([c7 - 7 / 12, c11 - 11 / 12], axis=-1)
    bridge = np.array([[7 * 5, 7 * 1], [7 * 1, 11 * 1]]) / 144 / (CONCENTRATION + 1)
    total += multivariate_t(shape=bridge, df=DEGREES).logpdf(both) + gauss(apart, 0.0, PART_SD)

    error = (np.exp(z00 + made + own00) - 4.8) / 0.1
    total += np.log(ndtr(2 * error + 1) - ndtr(2 * error - 1))
    for z, r, values in (
        (z11, r11, ((21.4, 0.1), (11.0, 1.0), (10.4, 0.1))),
        (z22, r22, ((47.64, 0.01), (24.25, 0.01), (23.39, 0.01))),
    ):
        whole, share = np.exp(z + made), 1.0 / (1.0 + np.exp(-r))
        for part, (value, step) in zip((1.0, share, 1.0 - share), values, strict=True):
            total += printed(whole * part, value, step)
    part, share = np.exp(z23 + made) * c7, 1.0 / (1.0 + np.exp(-r23 - apart))
    total += printed(part * share, 13.1, 0.1) + printed(part * (1.0 - share), 11.9, 0.1)
    total += printed(np.exp(z24 + later), 46.2, 0.1)
    over = np.exp(z23 + made + own23) * c11 - 40.0
    right = np.where((over >= 0) & (over <= 1), 2.7 * (1.0 - over) ** 2, 0.0)
    wrong = np.where((over < 0) & (over >= -0.2), 1.5 * (1.0 + over / 0.2) ** 2, 0.0)
    total += np.log(right + wrong)
    rate = 100.0 * np.expm1(z24 - z23)
    inside = (np.abs(rate - 2.7) <= 0.05) & (c7 > 0) & (c7 < c11) & (c11 < 1)
    return np.where(inside & np.isfinite(total), total, -np.inf)


def start_of_walkers(rng: np.random.Generator, count: int) -> FloatArray:
    z23 = np.log(46.2 / 1.027)
    centre = [0.12, 0.025, np.log(8), np.log(0.12), 0.03, np.log(0.09), np.log(3), 0.0, 0.0]
    centre += [np.log(4.8), np.log(21.4), np.log(47.64), z23, np.log(46.2)]
    centre += [np.log(11 / 10.4), np.log(24.25 / 23.39), 0.09]
    centre += [25 / np.exp(z23), 40.25 / np.exp(z23), 0.006, 0.0, 0.0]
    spread = np.array([0.02, 0.01, 0.3, 0.2, 0.03, 0.2, 0.3, 1e-4, 1e-4])
    spread = np.concatenate([spread, np.full(5, 1e-4), np.full(3, 1e-4), np.full(5, 1e-4)])
    return np.array(centre) + spread * rng.standard_normal((count, len(centre)))


def test_trade_posterior_agrees_with_an_independent_sampler(prove: Prove) -> None:
    rng = np.random.default_rng(12)
    start = start_of_walkers(rng, 400)
    with np.errstate(divide="ignore", invalid="ignore"):
        start = start[np.isfinite(trade_log_posterior(start))][:120]
        moves = [(emcee.moves.DEMove(), 0.7), (emcee.moves.StretchMove(), 0.3)]
        sampler = emcee.EnsembleSampler(
            *start.shape, trade_log_posterior, vectorize=True, moves=moves
        )
        sampler.random_state = np.random.RandomState(5).get_state()
        sampler.run_mcmc(start, 4_500)
    chain = sampler.get_chain(discard=1_500, thin=10, flat=True)
    columns = {
        f"{TURNOVER}.initial_growth": chain[:, 0],
        f"{TURNOVER}.long_run_growth": chain[:, 1],
        f"{TURNOVER}.half_life": np.exp(chain[:, 2]),
        f"{TURNOVER}.volatility": np.exp(chain[:, 3]),
        f"{RATIO}.equilibrium": chain[:, 4],
        f"{RATIO}.spread": np.exp(chain[:, 5]),
        f"{TURNOVER}.path": chain[:, 13],
    }
    drawn = drawn_from(trade_group(trade_figures()))
    shifts, ratios = {}, {}
    for name, theirs in columns.items():
        mean, sd = moments(drawn, name)
        shifts[name] = (mean - theirs.mean()) / theirs.std()
        ratios[name] = sd / theirs.std()
    prove("independent_sampler", {"shift_of_means_in_sd": shifts, "ratio_of_sds": ratios})
    assert max(map(abs, shifts.values())) < 0.1, shifts
    assert max(abs(ratio - 1.0) for ratio in ratios.values()) < 0.08, ratios


def test_part_year_balance_is_that_of_the_conditioning_exports_and_imports() -> None:
    group = trade_group(trade_figures())
    rng = np.random.default_rng(4)
    draws = group.start(rng.standard_normal((group.dimension, 500)), rng)
    for law in group.laws.values():
        draw_path(draws, law)
    for step in group.method.afterwards:
        step(draws)
    months = parse_period("2023-01/2023-07")
    exports = measure(draws, "trade_exports", months)
    balance = measure(draws, "trade_balance", months)
    assert np.quantile(np.abs(exports - 13.1), 0.99) < 0.25
    assert np.quantile(np.abs(balance - 1.2), 0.99) < 0.35


# ---------------------------------------------------------------- conditioning against weighing


@dataclass(frozen=True)
class Weighing(Group):
    """A group whose later figures only weigh, by their likelihood; none of them conditions."""

    later: Sequence[Observation] = ()

    def weigh(self, draws: Draws) -> None:
        super().weigh(draws)
        for one in self.later:
            rate = one.reported in ("growth", "share")
            own = 0.0 if rate else OWN_ERROR * self.document_sd[one.document]
            draws.log_weight = draws.log_weight + log_likelihood(one, truth(draws, one), own)


def loose_law(name: str, season: float = 8.0) -> PathLaw:
    spec = GrowthLaw(
        law="growth",
        initial_growth=normal(0.05, 0.1),
        long_run_growth=prior(fixed=0.0),
        half_life=prior(fixed=5.0),
        volatility=prior(fixed=0.3),
        season=prior(fixed=season),
    )
    return PathLaw(name, spec, True, 0.5, "damped", 2016.5, 4.0, 1.6)


coarse = partial(figure, document="doubtful")
"""A figure so vague, of so doubtful a source, that a wrong derivative shows."""


SHARP = figure("flow", "2016", 5.0, 1e-6)
SHARP_STOCK = figure("stock", "2017", 70.0, 1e-6)
SMALL_STOCK = figure("stock", "2017", 2.0, 1e-6)
SHARP_PART = figure("flow", "2019-01/2019-06", 3.0, 1e-6)
SHARP_WHOLE = figure("whole", "2018", 12.0, 1e-6)
SHARP_TURNOVER = figure(TURNOVER, "2016", 5.0, 1e-6)
HALF = "2019-01/2019-06"
SERIES_CASES = {
    "level": ([SHARP], [coarse("flow", "2018", 6.0, 8.0)]),
    "growth": ([SHARP], [coarse("flow", "2018", 60.0, 180.0, "growth", "2016")]),
    "growth backwards": (
        [figure("flow", "2018", 5.0, 1e-6)],
        [coarse("flow", "2018", 60.0, 180.0, "growth", "2016")],
    ),
    "part of a year": ([SHARP], [coarse("flow", HALF, 3.0, 4.0, "about")]),
    "growth of a part": (
        [SHARP, SHARP_PART],
        [coarse("flow", HALF, 40.0, 200.0, "growth", "2018-01/2018-06")],
    ),
    "share": (
        [SHARP, SHARP_WHOLE],
        [replace(coarse("flow", "2018", 50.0, 80.0, "share"), of="whole")],
    ),
    "dated stock": ([SHARP, SHARP_STOCK], [coarse("stock", "2019-06", 78.0, 8.0)]),
    "stock a year later": ([SHARP, SMALL_STOCK], [coarse("stock", "2018", 8.0, 4.0)]),
    "stock within a year": ([SHARP, SMALL_STOCK], [coarse("stock", "2018-06", 5.0, 3.0)]),
    "stocks one after another": (
        [SHARP, SMALL_STOCK],
        [coarse("stock", "2018-06", 5.0, 3.0), coarse("stock", "2019-03", 10.0, 6.0)],
    ),
    "stock after a known flow": (
        [SHARP, SHARP_STOCK, figure("flow", "2018", 5.0, 1e-6)],
        [coarse("stock", "2018", 76.0, 6.0)],
    ),
}
TRADE_CASES = {
    "exports": ([SHARP_TURNOVER], [coarse("trade_exports", "2018", 3.0, 4.0)]),
    "pair with turnover": (
        [SHARP_TURNOVER],
        [coarse(TURNOVER, "2018", 6.0, 7.0), coarse("trade_imports", "2018", 3.0, 4.0)],
    ),
    "pair of directions": (
        [SHARP_TURNOVER],
        [coarse("trade_exports", "2018", 3.0, 4.0), coarse("trade_imports", "2018", 3.0, 4.0)],
    ),
    "pair in a part": (
        [SHARP_TURNOVER],
        [coarse("trade_exports", HALF, 1.5, 2.0), coarse("trade_imports", HALF, 1.5, 2.0)],
    ),
}
DOUBT = {"made": 0.0, "doubtful": 0.3}
STOCK: dict[str, Any] = {
    "accumulations": [Accumulation("stock", "flow", "exits", "revisions")],
    "extra": {
        "exits": prior(logit_normal={"median": 0.05, "sigma": 0.6}),
        "revisions": lognormal(0.04, 0.5),
    },
}


def compare(conditioned: Group, weighed: Weighing, later: Sequence[Observation]) -> None:
    left = drawn_from(conditioned, 1)
    right = drawn_from(replace(weighed, later=later), 2)
    assert min(left.effective, right.effective) > 1_500
    for name in sorted(left.kept):
        if name == "log_likelihood" or name.endswith(".last_figure"):
            continue  # the two groups take other figures: what is known of them differs
        for row, other in zip(
            np.atleast_2d(left.kept[name]), np.atleast_2d(right.kept[name]), strict=True
        ):
            if np.ptp(row) < 1e-4:
                continue
            mean, other_mean = weights(left) @ row, weights(right) @ other
            sd = np.sqrt(weights(left) @ (row - mean) ** 2)
            other_sd = np.sqrt(weights(right) @ (other - other_mean) ** 2)
            error = sd * np.sqrt(1 / left.effective + 1 / right.effective)
            assert other_mean == pytest.approx(mean, abs=4.5 * error), name
            assert other_sd == pytest.approx(sd, rel=0.12), name


@pytest.mark.parametrize("case", SERIES_CASES)
def test_conditioning_figure_says_what_its_likelihood_says(case: str) -> None:
    sharp, later = SERIES_CASES[case]
    more: dict[str, Any] = STOCK if {SHARP_STOCK, SMALL_STOCK} & {*sharp} else {}
    laws = [loose_law(name) for name in ("whole", "flow") if SHARP_WHOLE in sharp or name == "flow"]
    spread = [figure("flow", "2016", 5.0, 5.0, "at_least", document="doubtful")]
    everything = [*sharp, *spread, *later]
    conditioned = Group("flow", laws, everything, DOUBT, 2019, **more)
    weighed = Weighing("flow", laws, [*sharp, *spread], DOUBT, 2019, **more)
    compare(conditioned, weighed, later)


@pytest.mark.parametrize("case", TRADE_CASES)
def test_conditioned_trade_says_what_its_likelihood_says(case: str) -> None:
    sharp, later = TRADE_CASES[case]
    balance = RevertingLaw(
        law="reverting",
        equilibrium=normal(0.3, 0.4),
        spread=prior(fixed=0.5),
        half_life=prior(fixed=3.0),
    )
    laws = [PathLaw(RATIO, balance, True, 0.5, origin=2016.5), loose_law(TURNOVER)]
    spread = [figure(TURNOVER, "2016", 5.0, 5.0, "at_least", document="doubtful")]
    trade: dict[str, Any] = {"extra": {SEASON: prior(fixed=0.4)}, "method": TRADE_METHOD}
    conditioned = Group("trade", laws, [*sharp, *spread, *later], DOUBT, 2019, **trade)
    weighed = Weighing("trade", laws, [*sharp, *spread], DOUBT, 2019, **trade)
    compare(conditioned, weighed, later)


def test_conditioned_residual_says_what_its_likelihood_says() -> None:
    laws = [replace(loose_law(name), flow=False, offset=1.0) for name in ("part", "rest")]
    sharp = [figure(name, "2016", 5.0, 1e-6) for name in ("part", "rest")]
    spread = [figure("part", "2016", 5.0, 5.0, "at_least", document="doubtful")]
    later = [coarse("whole", "2018", 14.0, 16.0)]
    sums = {"whole": ("part", "rest")}
    residual = ("whole", "rest")
    everything = [*sharp, *spread, *later]
    conditioned = Group("sum", laws, everything, DOUBT, 2019, sums=sums, residual=residual)
    weighed = Weighing("sum", laws, [*sharp, *spread], DOUBT, 2019, sums=sums)
    with mock.patch.object(conditioning, "VAGUE", np.inf):  # else so vague a figure weighs
        compare(conditioned, weighed, later)


def test_conditioned_shares_say_what_their_likelihood_says() -> None:
    law = SharesLaw(
        law="shares",
        whole="whole",
        groups=("part",),
        rest="other",
        equilibrium=normal(-1.0, 1.2),
        spread=prior(fixed=0.5),
        half_life=prior(fixed=6.0),
        season=prior(fixed=0.05),
    )
    part, whole = figure("part", "2018", 4.0, 6.0), figure("whole", "2018", 8.0, 1e-6)
    drawn = drawn_from(SharesGroup("shares", law, [part], {whole.period: whole}, 2018))
    ratio = np.linspace(-8.0, 8.0, 200_001)
    truth = 8.0 / (1.0 + np.exp(-ratio))
    weight = norm.pdf(ratio, -1.0, np.hypot(1.2, 0.5)) * (np.abs(truth - 4.0) <= 3.0)
    mean = float(weight @ ratio / weight.sum())
    sd = float(np.sqrt(weight @ (ratio - mean) ** 2 / weight.sum()))
    value = drawn.kept["shares.path"][0, 0]
    ours = weights(drawn) @ value
    assert ours == pytest.approx(mean, abs=4.0 * sd / np.sqrt(drawn.effective))
    assert np.sqrt(weights(drawn) @ (value - ours) ** 2) == pytest.approx(sd, rel=0.08)
    equilibrium = weights(drawn) @ drawn.kept["part.equilibrium"]
    expected = -1.0 + (mean + 1.0) * 1.2**2 / (1.2**2 + 0.5**2)
    assert equilibrium == pytest.approx(expected, abs=4.0 * 1.2 / np.sqrt(drawn.effective))


# ---------------------------------------------------------------- recovery

REPLICATIONS = 40
YEARS = (2008, 2012, 2015, 2018, 2020, 2022)
KAPPA = 60.0


def synthetic_law() -> PathLaw:
    spec = GrowthLaw(
        law="growth",
        initial_growth=normal(0.06, 0.05),
        long_run_growth=normal(0.02, 0.015),
        half_life=lognormal(6.0, 0.5),
        volatility=lognormal(0.10, 0.35),
        season=prior(fixed=KAPPA),
    )
    return PathLaw("flow", spec, True, 0.5, "damped", 2008.5, 15.0, float(np.log(50.0)))


def report(truth: float, step: float, rule: str, rng: np.random.Generator) -> float | None:
    """Return the printed value; None where a writer would not have written so."""
    if rule == "rounded":
        return round(truth / step) * step
    if rule == "about":
        return round(truth / step + 0.5 * rng.standard_normal()) * step
    floor = np.floor(truth / step)
    for value in (floor, floor + 1.0):
        error = truth / step - value if rule == "over" else value - truth / step
        right = 2.7 * (1.0 - error) ** 2 if 0 <= error <= 1 else 0.0
        wrong = 1.5 * (1.0 + error / 0.2) ** 2 if -0.2 <= error < 0 else 0.0
        if rng.random() < (right + wrong) / 2.7:
            return float(value * step)
    return None


def synthetic(
    law: PathLaw, rng: np.random.Generator
) -> tuple[dict[str, float], list[Observation]] | None:
    """Draw parameters from the prior, a path from the law, and what is printed of it."""
    values = {n: p.prior.transform(rng.standard_normal(1)) for n, p in law.priors.items()}
    times = [year + 0.5 for year in (*YEARS, 2023)]
    normals = rng.standard_normal((law.noise_rows(len(times)), 1))
    normals[len(times)] = 0.0  # the level at the origin is the guess
    flows = np.exp(law.prior_path(values, times, normals)[0][:, 0])
    share = 7 / 12 + np.sqrt(7 / 12 * 5 / 12 / (KAPPA + 1.0)) * rng.standard_t(DEGREES)
    shared = HALF_ERROR * rng.standard_normal()
    rules = ("rounded", "about", "over", "rounded", "nearly", "about", "rounded")
    periods = (*map(str, YEARS), "2023-01/2023-07")
    figures = []
    for period, flow, rule in zip(periods, flows * [1, 1, 1, 1, 1, 1, share], rules, strict=True):
        truth = float(flow * np.exp(shared + HALF_ERROR * rng.standard_normal()))
        value = report(truth, 1.0, rule, rng)
        if value is None or value <= 1.0:
            return None
        figures.append(figure("flow", period, value, 1.0, rule))
    known = {name: float(value[0]) for name, value in values.items()}
    return known | {"last": float(np.log(flows[-1]))}, figures


def test_intervals_cover_known_truths_as_often_as_they_claim() -> None:
    rng = np.random.default_rng(2024)
    law = synthetic_law()
    covered = {"initial_growth": 0, "volatility": 0, "last": 0}
    done = 0
    while done < REPLICATIONS:
        made = synthetic(law, rng)
        if made is None:
            continue
        known, figures = made
        drawn = drawn_from(Group("flow", [law], figures, {"made": DOCUMENT_SD}, 2023), done)
        for name in covered:
            value = drawn.kept["flow.path"][-1] if name == "last" else drawn.kept[f"flow.{name}"]
            low, high = interval(drawn, value, 0.9)
            covered[name] += low < known[name] < high
        done += 1
    least = int(binom.ppf(0.005, REPLICATIONS, 0.9))
    assert min(covered.values()) >= least, covered
    assert sum(covered.values()) < 3 * REPLICATIONS, covered


# ---------------------------------------------------------------- fiscal and calendar years


def test_loans_of_a_calendar_year_mix_those_of_two_fiscal_years(posterior: Posterior) -> None:
    def path(name: str, year: int) -> FloatArray:
        return posterior.arrays[f"{name}.path"][year - posterior.first_years[f"{name}.path"]]

    for year in range(posterior.first_years["oda_cumulative_loans.path"] + 1, posterior.last_year):
        fiscal = [path("oda_loans", y) for y in (year - 1, year)]
        yen = 0.25 * fiscal[0] + 0.75 * fiscal[1]
        grown = path("oda_cumulative_loans", year) - path("oda_cumulative_loans", year - 1)
        np.testing.assert_allclose(
            grown, yen / np.exp(path("macro_jpy_per_usd", year)), rtol=1e-3, atol=1e-5
        )


# ---------------------------------------------------------------- what must not matter


def shuffled_models(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    shuffler = np.random.default_rng(3)
    for file in [*sorted((target / "observations").glob("*.csv")), target / "events.csv"]:
        with file.open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        shuffler.shuffle(rows)
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])
    return target


def placeless(observations: Sequence[Observation]) -> list[Observation]:
    return [replace(o, file="", row=0) for o in observations]


def test_order_of_rows_changes_no_number(shipped_model: Model, tmp_path: Path) -> None:
    other = load_model(shuffled_models(shipped_model.folder, tmp_path / "models"))
    rows = [(o.file, o.row) for o in other.evidence.observations]
    assert rows != [(o.file, o.row) for o in shipped_model.evidence.observations]
    assert placeless(other.evidence.observations) == placeless(shipped_model.evidence.observations)
    assert calibration_hash(other.evidence, other.parameters) == calibration_hash(
        shipped_model.evidence, shipped_model.parameters
    )
    for name in ("oda", "investment", "diplomacy_documents", "trade_exports_groups"):
        ours, theirs = (
            next(
                calibrate_group(g, 4_096, 4_096).arrays
                for g in make_plan(model.evidence, model.parameters).groups
                if g.name == name
            )
            for model in (shipped_model, other)
        )
        for array, values in ours.items():
            assert values.tobytes() == theirs[array].tobytes(), array


def test_hash_changes_with_any_figure_and_prior(shipped_model: Model) -> None:
    evidence, parameters = shipped_model.evidence, shipped_model.parameters
    before = calibration_hash(evidence, parameters)
    first, *rest = evidence.observations
    unused = replace(first, use="check" if first.use == "calibrate" else "calibrate")
    assert calibration_hash(replace(evidence, observations=(unused, *rest)), parameters) != before
    single = dict(parameters.single)
    single["pooled_half_life"] = lognormal(5.5, 0.5)
    assert calibration_hash(evidence, replace(parameters, single=single)) != before


@pytest.mark.parametrize(("bound", "value"), [("at_least", 1e-3), ("at_most", 1e6)])
def test_vacuous_bound_changes_nothing(bound: str, value: float) -> None:
    figures = trade_figures()
    vacuous = figure(TURNOVER, "2022", value, value, bound)
    without, with_bound = (drawn_from(trade_group(f)) for f in (figures, [*figures, vacuous]))
    for name in (f"{TURNOVER}.initial_growth", f"{TURNOVER}.volatility", f"{TURNOVER}.path"):
        (mean, sd), (other_mean, other_sd) = moments(without, name), moments(with_bound, name)
        error = sd / np.sqrt(min(without.effective, with_bound.effective))
        assert other_mean == pytest.approx(mean, abs=4.0 * error), name
        assert other_sd == pytest.approx(sd, rel=0.1), name


def test_growth_of_nought_per_cent_is_a_figure_like_others() -> None:
    figures = [
        figure("flow", "2018", 80.0, 1.0),
        figure("flow", "2019", 0.0, 1.0, "growth", base="2018"),
    ]
    drawn = drawn_from(Group("flow", [synthetic_law()], figures, {"made": 0.0}, 2019))
    growth = np.diff(drawn.kept["flow.path"][-2:], axis=0)[0]
    assert np.abs(100.0 * np.expm1(growth)).max() <= 0.5 + 1e-9


def test_binding_bound_is_kept() -> None:
    figures = [figure("flow", str(y), v, 1.0) for y, v in ((2008, 50.0), (2018, 80.0))]
    group = Group(
        "flow",
        [synthetic_law()],
        [*figures, figure("flow", "2022", 120.0, 1.0, "at_least")],
        {"made": 0.0},
        2022,
    )
    drawn = drawn_from(group)
    possible = np.isfinite(drawn.log_weight)
    assert 0.0 < possible.mean() < 1.0
    assert np.exp(drawn.kept["flow.path"][-1][possible]).min() >= 120.0


def test_thousandfold_units_move_only_the_scale(shipped_model: Model) -> None:
    evidence = shipped_model.evidence

    def scaled(one: Observation) -> Observation:
        if one.reported in ("growth", "share") or not one.indicators[0].startswith("investment_"):
            return one
        return replace(one, value=1_000.0 * one.value, step=1_000.0 * one.step)

    thousandfold = replace(evidence, observations=tuple(map(scaled, evidence.observations)))
    results = []
    for source in (evidence, thousandfold):
        plan = make_plan(source, shipped_model.parameters)
        group = next(g for g in plan.groups if g.name == "investment")
        results.append(calibrate_group(group, SAMPLE, SAMPLE).arrays)
    before, after = results
    for name in ("initial_growth", "volatility", "transitory", "half_life"):
        np.testing.assert_allclose(
            after[f"investment_flow.{name}"], before[f"investment_flow.{name}"], rtol=1e-4
        )
    shift = after["investment_flow.path"] - before["investment_flow.path"]
    np.testing.assert_allclose(shift, np.log(1_000.0), atol=1e-4)
    ratio = after["investment_stock.path"] / before["investment_stock.path"]
    np.testing.assert_allclose(ratio, 1_000.0, rtol=1e-4)


def test_form_with_more_batches_weighs_no_more() -> None:
    few, many = (
        WeightedSample(
            np.zeros(size), {"x": ValuePosterior(np.full(size, value))}, 0.0, 0.0, float(size)
        )
        for size, value in ((1_000, 0.0), (3_000, 1.0))
    )
    drawn = resampled_together("made", [few, many], 10_000)["x"]
    assert drawn.arrays["value"].mean() == pytest.approx(0.5, abs=0.01)


def test_shares_of_a_season_that_do_not_increase_have_no_weight() -> None:
    law = synthetic_law()
    spec = law.spec.model_copy(update={"season": prior(fixed=1.0)})
    figures = [figure("flow", "2008", 50.0, 1.0), figure("stock", "2008-06", 400.0, 1.0)]
    group = Group(
        "flow",
        [replace(law, spec=spec)],
        figures,
        {"made": 0.0},
        2010,
        accumulations=[Accumulation("stock", "flow")],
    )
    rng = np.random.default_rng(1)
    scores = rng.standard_normal((group.dimension, 20_000))
    log_weight, _ = group.evaluate(scores, rng)
    outside = 2.0 * student.cdf(-0.5 / np.sqrt(0.25 / 2.0), DEGREES)
    assert np.mean(~np.isfinite(log_weight)) == pytest.approx(outside, abs=0.01)


# ---------------------------------------------------------------- as of a day


def made_document(published: str) -> Document:
    return Document(
        file="made.txt",
        sha256="0" * 64,
        title="Made",
        language="en",
        kind="note",
        published=published,
        reliability="medium",
        reliability_reason="made",
    )


def test_as_of_reads_earlier_documents_and_restores_what_they_said() -> None:
    estimate = figure("flow", "2020", 50.0, 1.0, "nearly", document="early", use="superseded")
    final = figure("flow", "2020", 47.64, 0.01, document="late")
    kept = figure("flow", "2019", 44.0, 1.0, document="early")
    doubt = figure("flow", "2018", 99.0, 1.0, document="early", use="disputed")
    documents = {"early": made_document("2021-06-30"), "late": made_document("2022-12-31")}
    evidence = Evidence(documents, (estimate, final, kept, doubt), ())

    def calibrating(day: str) -> list[tuple[str, float]]:
        found = evidence.as_of(date.fromisoformat(day)).calibrating()
        return sorted((o.period.text, o.value) for o in found)

    with pytest.raises(InputError, match="no document had been published"):
        calibrating("2021-06-30")
    assert calibrating("2021-07-01") == [("2019", 44.0), ("2020", 50.0)]
    assert calibrating("2022-12-31") == [("2019", 44.0), ("2020", 50.0)]
    assert calibrating("2023-01-01") == [("2019", 44.0), ("2020", 47.64)]
    assert evidence.as_of(None) is evidence


def test_figure_is_not_restored_beside_another_of_its_period() -> None:
    estimate = figure("flow", "2020", 50.0, 1.0, "nearly", document="early", use="superseded")
    better = figure("flow", "2020", 48.1, 0.1, document="early")
    evidence = Evidence({"early": made_document("2021-06-30")}, (estimate, better), ())
    assert evidence.as_of(date(2022, 1, 1)).calibrating() == (better,)


@pytest.mark.parametrize("day", [date(2023, 10, 1), date(2023, 11, 15)])
def test_later_documents_do_not_leak_into_an_earlier_day(shipped_model: Model, day: date) -> None:
    evidence, parameters = shipped_model.evidence, shipped_model.parameters
    later = {name for name, d in evidence.documents.items() if d.published_on >= day}
    assert later

    def corrupted(one: Observation) -> Observation:
        return replace(one, value=3.0 * one.value) if one.document in later else one

    spoilt = replace(
        evidence,
        observations=tuple(map(corrupted, evidence.observations)),
        events=tuple(e for e in evidence.events if e.document not in later),
    )
    arrays: list[Mapping[str, NDArray[np.generic]]] = [
        calibrate(
            source.as_of(day), parameters, sample_size=4_096, bank_size=2_048, override_gates=True
        ).arrays
        for source in (evidence, spoilt)
    ]
    assert {"trade_turnover.path", "oda_commitments.path"} <= arrays[0].keys()
    assert arrays[0].keys() == arrays[1].keys()
    for name, values in arrays[0].items():
        assert values.tobytes() == arrays[1][name].tobytes(), name
