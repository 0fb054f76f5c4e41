"""Pooled estimates from a panel: what is typical of a country or pair, and how much they differ.

World years (the median change of all countries in a year) are taken off first, since in them the
countries are not independent. Outliers of the table, such as conversions in a hyperinflation, weigh
little: a country has its own spread, and spreads are pooled by medians.

Series that revert are pooled by maximum likelihood. With a country's own level a (flat prior),
trend b, half-life h and yearly spread s,

    y_t = a + b·t + u_t,   u_t = ρ·u_{t−1} + s·η_t,   ρ = 2^(−1/h),

b ~ N(mean, spread²), log h and log s normal over countries; a and b are integrated exactly, h and s
over a grid. So few series tell the spread of log h badly, and give one near zero or none at all
where shocks last longer than the records: it has a prior of 0.8, up to a factor of about 1.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FEWEST_YEARS = 15
HALF_LIVES = np.geomspace(0.7, 60.0, 17)
YEARLY_SPREADS = np.geomspace(0.01, 1.5, 24)
TAILS = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 30.0)
NORMAL_MAD = 1.4826
SPREAD_OF_LOG_HALF_LIFE, ITS_FACTOR = 0.8, 0.15


@dataclass(frozen=True)
class Centre:
    """A typical value and the spread around it: of a normal, or of the log of a lognormal."""

    centre: float
    spread: float


@dataclass(frozen=True)
class Reverting:
    """What is pooled of series that revert.

    Attributes
    ----------
    trend : Centre
        Log points a year, normal.
    half_life : Centre
        Years, lognormal.
    yearly : Centre
        Standard deviation of a year's shock, lognormal.
    """

    trend: Centre
    half_life: Centre
    yearly: Centre


def changes(log_levels: FloatArray) -> FloatArray:
    """Return the changes from year to year, (year − 1, series)."""
    return np.diff(log_levels, axis=0)


def world_years(log_levels: FloatArray) -> FloatArray:
    """Return the median change of each year, (year − 1,)."""
    result: FloatArray = np.nanmedian(changes(log_levels), axis=1)
    return result


def net_of_world(log_levels: FloatArray) -> FloatArray:
    """Return the log levels, (year, series), less the sum of the world years so far."""
    total = np.concatenate([[0.0], np.cumsum(world_years(log_levels))])
    net: FloatArray = log_levels - total[:, None]
    return net


def robust(values: FloatArray) -> Centre:
    """Return the median and the scaled median absolute deviation."""
    known = values[np.isfinite(values)]
    middle = float(np.median(known))
    return Centre(middle, float(NORMAL_MAD * np.median(np.abs(known - middle))))


def spreads(yearly_changes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the log standard deviation of each series and its sampling variance, (series,).

    NaN for a series of few years. The sampling variance of a log standard deviation of n values
    is (kurtosis − 1) / 4n, with the median kurtosis of all series.
    """
    count = np.isfinite(yearly_changes).sum(axis=0)
    known = yearly_changes[:, count >= FEWEST_YEARS]
    departures = known - np.nanmean(known, axis=0)
    variance = np.nanmean(departures**2, axis=0)
    kurtosis = float(np.median(np.nanmean(departures**4, axis=0) / variance**2))
    log_sd = np.full(count.shape, np.nan)
    log_sd[count >= FEWEST_YEARS] = 0.5 * np.log(variance)
    return log_sd, (kurtosis - 1.0) / (4.0 * np.maximum(count, 1))


def at_size(log_sd: FloatArray, sampling: FloatArray, log_size: FloatArray) -> tuple[Centre, float]:
    """Return the spread of a series of log size zero, lognormal, and its elasticity in size.

    The line is that of Theil and Sen, which outliers do not move; the spread around it is without
    what sampling adds.
    """
    from scipy.stats import theilslopes

    known = np.isfinite(log_sd) & np.isfinite(log_size)
    slope = float(theilslopes(log_sd[known], log_size[known]).slope)
    level = robust(log_sd[known] - slope * log_size[known])
    own = max(level.spread**2 - float(np.median(sampling[known])), 0.1**2)
    return Centre(float(np.exp(level.centre)), float(np.sqrt(own))), slope


def tails(yearly_changes: FloatArray) -> float:
    """Return the degrees of freedom of Student's t that fit best, each series with its own scale.

    The scale is the likeliest one within a factor of two of the median absolute deviation.
    """
    from scipy.stats import t as student

    count = np.isfinite(yearly_changes).sum(axis=0)
    known = yearly_changes[:, count >= FEWEST_YEARS]
    departures = known - np.nanmedian(known, axis=0)
    scaled = departures / np.nanmedian(np.abs(departures), axis=0)
    scales = np.geomspace(0.5, 2.0, 29)
    likelihoods = []
    for freedom in TAILS:
        by_scale = [
            np.nansum(student.logpdf(scaled * scale, freedom) + np.log(scale), axis=0)
            for scale in student.ppf(0.75, freedom) * scales
        ]
        likelihoods.append(np.max(by_scale, axis=0).sum())
    return TAILS[int(np.argmax(likelihoods))]


def reverting(log_levels: FloatArray, *, trended: bool) -> Reverting:
    """Return the pooled law of series that revert, (year, series), by maximum likelihood."""
    from scipy.optimize import minimize

    sums = _sums(log_levels)
    start = np.array([0.0, np.log(0.01), np.log(8.0), np.log(0.8), np.log(0.15), np.log(0.5)])
    steps = np.array([0.005, 0.3, 0.3, 0.1, 0.3, 0.3])
    least = minimize(
        lambda at: -_log_likelihood(sums, start + steps * at, trended),
        np.zeros(6),
        method="L-BFGS-B",
        bounds=[(-20.0, 20.0)] + [(-8.0, 8.0)] * 5,
    )
    best = start + steps * least.x
    half_life = min(float(np.exp(best[2])), float(HALF_LIVES[-1]))
    trend = Centre(float(best[0]), float(np.exp(best[1]))) if trended else Centre(0.0, 0.0)
    return Reverting(
        trend,
        Centre(half_life, float(np.exp(best[3]))),
        Centre(float(np.exp(best[4])), float(np.exp(best[5]))),
    )


@dataclass(frozen=True)
class _Sums:
    """Of each series and half-life, (series, half-life): what its density needs, whitened.

    Sums of squares and products of time and level after the level's own mean, log determinant and
    number of values; with a yearly spread of one.
    """

    time: FloatArray
    both: FloatArray
    level: FloatArray
    log_determinant: FloatArray
    count: FloatArray


def _sums(log_levels: FloatArray) -> _Sums:
    left = np.exp2(-1.0 / HALF_LIVES)
    rows = []
    for series in log_levels.T:
        (at,) = np.nonzero(np.isfinite(series))
        if at.size < FEWEST_YEARS:
            continue
        gaps = np.diff(at)
        kept = left[:, None] ** gaps
        variance = np.concatenate([np.ones((left.size, 1)), 1.0 - kept**2], axis=1) / (
            1.0 - left[:, None] ** 2
        )
        design = np.stack([np.ones(at.size), at - at.mean(), series[at]])
        white = np.repeat(design[None], left.size, axis=0)
        white[:, :, 1:] -= kept[:, None, :] * design[None, :, :-1]
        white /= np.sqrt(variance)[:, None, :]
        one, time, level = white.transpose(1, 0, 2)
        weight = (one * one).sum(axis=1)
        mean_time, mean_level = (one * time).sum(axis=1), (one * level).sum(axis=1)
        rows.append(
            [
                (time * time).sum(axis=1) - mean_time**2 / weight,
                (time * level).sum(axis=1) - mean_time * mean_level / weight,
                (level * level).sum(axis=1) - mean_level**2 / weight,
                np.log(variance).sum(axis=1) + np.log(weight),
                np.full(left.size, at.size - 1.0),
            ]
        )
    return _Sums(*np.array(rows).transpose(1, 0, 2))


def _log_likelihood(sums: _Sums, at: FloatArray, trended: bool) -> float:
    """Return the log likelihood at six numbers.

    Trend mean and its log spread, mean of log h and its log spread, and the same of log s.
    """
    mean, log_spread, half_life, half_life_spread, yearly, yearly_spread = at
    variance = YEARLY_SPREADS**2
    square = sums.level[:, :, None]
    determinant = np.zeros(square.shape)
    if trended:
        around = sums.both[:, :, None] - mean * sums.time[:, :, None]
        square = square - mean * (sums.both[:, :, None] + around)
        precision = np.exp(-2.0 * log_spread) + sums.time[:, :, None] / variance
        square = square - around**2 / variance / precision
        determinant = np.log(precision) + 2.0 * log_spread
    density = -0.5 * (
        square / variance
        + determinant
        + sums.log_determinant[:, :, None]
        + sums.count[:, :, None] * np.log(variance)
    )
    of_half_life = _weights(np.log(HALF_LIVES), half_life, np.exp(half_life_spread))
    of_yearly = _weights(np.log(YEARLY_SPREADS), yearly, np.exp(yearly_spread))
    prior = ((half_life_spread - np.log(SPREAD_OF_LOG_HALF_LIFE)) / ITS_FACTOR) ** 2
    density += of_half_life[:, None] + of_yearly
    highest = density.max(axis=(1, 2))
    likelihood = np.exp(density - highest[:, None, None]).sum(axis=(1, 2))
    return float((highest + np.log(likelihood)).sum() - 0.5 * prior)


def _weights(grid: FloatArray, mean: float, spread: float) -> FloatArray:
    """Return the log weights of a normal on a grid."""
    log_density = -0.5 * ((grid - mean) / spread) ** 2
    result: FloatArray = log_density - np.log(np.exp(log_density).sum())
    return result
