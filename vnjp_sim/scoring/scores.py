"""How good a forecast was: proper scores of draws, pooled over cases.

Positive quantities are scored on the log scale, so that a miss of a tenth counts alike for a
turnover in billions and for a few dozen accords, and a score reads as a relative error.

* CRPS, the continuous ranked probability score, and the interval score of the 80 % interval:
  T. Gneiting, A. E. Raftery, Strictly proper scoring rules, prediction, and estimation. Journal of
  the American Statistical Association 102, 2007.
* MASE, the mean absolute error of the medians over the mean absolute yearly change in the figures
  that the forecast knew: R. J. Hyndman, A. B. Koehler, Another look at measures of forecast
  accuracy. International Journal of Forecasting 22, 2006. Pooled as a ratio of sums, since single
  series of three figures may hardly have moved.
* PIT, the probability below the truth: even between 0 and 1 where the forecast is calibrated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

COVERAGES = (0.5, 0.8, 0.9, 0.95)
INTERVAL = 0.8
MODEL = "model"
PIT_BINS = 10
RESAMPLES = 10_000


@dataclass(frozen=True)
class Scored:
    """The scores of one forecast of one case.

    Attributes
    ----------
    series, case : str
        What the case belongs to (resampled together), and the case itself.
    method : str
        Who forecast.
    crps, interval_score, error : float
        Log points; `error` is that of the median, without sign.
    scale : float
        Log points a year, what the series moved by before.
    pit : float
        Between 0 and 1.
    """

    series: str
    case: str
    method: str
    crps: float
    interval_score: float
    error: float
    scale: float
    pit: float


def score(
    series: str, case: str, method: str, draws: FloatArray, truth: float, scale: float
) -> Scored:
    """Score the draws of a log level, (draw,), against the truth."""
    from scoringrules import crps_ensemble, interval_score

    tail = 0.5 * (1.0 - INTERVAL)
    low, median, high = np.quantile(draws, (tail, 0.5, 1.0 - tail))
    below = (draws < truth).sum() + 0.5 * (draws == truth).sum()
    return Scored(
        series,
        case,
        method,
        float(crps_ensemble(truth, draws, estimator="qd")),
        float(interval_score(truth, low, high, 1.0 - INTERVAL)),
        float(abs(median - truth)),
        scale,
        float(below / draws.size),
    )


@dataclass(frozen=True)
class Pooled:
    """The scores of one method over all cases.

    `coverage` maps the nominal coverage of central intervals to the share of truths inside;
    `pit` counts truths in ten equal bins of the probability below them.
    """

    method: str
    cases: int
    series: int
    crps: float
    mase: float
    interval_score: float
    coverage: Mapping[float, float]
    pit: tuple[int, ...]


def pool(scored: Iterable[Scored]) -> dict[str, Pooled]:
    """Return the pooled scores by method, in the order in which methods first occur."""
    by_method: dict[str, list[Scored]] = {}
    for one in scored:
        by_method.setdefault(one.method, []).append(one)
    return {method: _pooled(method, cases) for method, cases in by_method.items()}


def _pooled(method: str, cases: Sequence[Scored]) -> Pooled:
    pit = np.array([c.pit for c in cases])
    counts, _ = np.histogram(pit, bins=PIT_BINS, range=(0.0, 1.0))
    return Pooled(
        method,
        len(cases),
        len({c.series for c in cases}),
        float(np.mean([c.crps for c in cases])),
        float(np.sum([c.error for c in cases]) / np.sum([c.scale for c in cases])),
        float(np.mean([c.interval_score for c in cases])),
        {level: float(np.mean(inside(pit, level))) for level in COVERAGES},
        tuple(int(n) for n in counts),
    )


def inside(pit: FloatArray, level: float) -> NDArray[np.bool_]:
    """Return whether the central interval of `level` holds the truth, (case,)."""
    result: NDArray[np.bool_] = np.abs(pit - 0.5) <= 0.5 * level
    return result


@dataclass(frozen=True)
class Difference:
    """Mean CRPS of a method less that of another, with its 95 % interval over series."""

    method: str
    other: str
    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """`better` or `worse` where the interval excludes zero, else `open`."""
        if self.high < 0.0:
            return "better"
        return "worse" if self.low > 0.0 else "open"


def differences(scored: Sequence[Scored], seed: int = 0) -> list[Difference]:
    """Compare the model with every other method: cases paired, series resampled whole."""
    crps: dict[str, dict[tuple[str, str], float]] = {}
    for one in scored:
        crps.setdefault(one.method, {})[one.series, one.case] = one.crps
    if MODEL not in crps:
        return []
    cases = sorted(crps[MODEL])
    names = sorted({series for series, _ in cases})
    rows = np.array([names.index(series) for series, _ in cases])
    sizes = np.bincount(rows, minlength=len(names))
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(names), size=(RESAMPLES, len(names)))
    gaps = []
    for method in crps:
        if method == MODEL:
            continue
        gap = np.array([crps[MODEL][case] - crps[method][case] for case in cases])
        sums = np.bincount(rows, gap, minlength=len(names))
        means = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
        low, high = np.quantile(means, (0.025, 0.975))
        gaps.append(Difference(MODEL, method, float(gap.mean()), float(low), float(high)))
    return gaps


def binomial_band(count: int, level: float) -> tuple[int, int]:
    """Return the central 95 % band of how many of `count` truths an interval holds."""
    from scipy.stats import binom

    low, high = binom.ppf((0.025, 0.975), count, level)
    return int(low), int(high)
