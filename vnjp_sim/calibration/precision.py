"""The Monte Carlo error of the quantiles of a posterior: how far other random numbers move them.

An estimated quantile at level p is known up to the error of the weight below it, whose variance is
Σ w² (1[x ≤ q] − p)² over the weighted draws, and p (1 − p) / n more for the n rows of the bank. The
quantiles a standard deviation of that weight below and above p are its interval. It is told as a
part of the width of the 90 % interval, so that it says whether a band is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.importance import LOG_LIKELIHOOD, WeightedSample, joint_weight

FloatArray = NDArray[np.float64]

LOW, HIGH = 0.05, 0.95
LEVELS = (LOW, 0.5, HIGH)


class QuantileError(NamedTuple):
    """The least certain quantile: of what, and its error as a part of the 90 % interval."""

    of: str
    share: float


LARGEST_LOG = 700.0
"""What a log level counts for at most: draws beyond have no weight, and would overflow."""


def least_certain(
    samples: Sequence[WeightedSample],
    rows: int,
    sums: Mapping[str, tuple[str, ...]] | None = None,
) -> QuantileError:
    """Return the largest error of the 5, 50 and 95 % points of what a calibration gives.

    Parameters
    ----------
    samples : Sequence[WeightedSample]
        Of the growth forms of a group.
    rows : int
        Of the bank that they are resampled into.
    sums : Mapping[str, tuple[str, ...]] | None
        Indicators that are sums of the group's laws.
    """
    weight = joint_weight(samples)
    errors = [QuantileError("", 0.0)]
    for name, values in _quantities(samples, sums or {}):
        low, *_, high = quantiles(values, weight, LEVELS)
        if high > low:
            error = max(quantile_error(values, weight, level, rows) for level in LEVELS)
            errors.append(QuantileError(name, error / (high - low)))
    return max(errors, key=lambda error: error.share)


def quantile_error(values: FloatArray, weight: FloatArray, level: float, rows: int) -> float:
    """Return the Monte Carlo standard error of a quantile, in the unit of the values.

    Parameters
    ----------
    values, weight : FloatArray
        (draw,), weights that sum to one.
    level : float
        Of the quantile.
    rows : int
        How many rows are resampled from the draws.
    """
    (quantile,) = quantiles(values, weight, (level,))
    missed = weight * ((values <= quantile) - level)
    error = float(np.sqrt((missed**2).sum() + level * (1.0 - level) / rows))
    low, high = quantiles(values, weight, (level - error, level + error))
    return 0.5 * float(high - low)


def quantiles(values: FloatArray, weight: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Return quantiles of weighted draws, (level,)."""
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order])
    places = np.searchsorted(cumulative, np.asarray(levels) * cumulative[-1])
    result: FloatArray = values[order][places.clip(max=values.size - 1)]
    return result


def _quantities(
    samples: Sequence[WeightedSample], sums: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, FloatArray]]:
    """Yield what is known of every draw, (draw,): paths in the last year, sums, single numbers.

    Whole numbers are left out, whose quantiles jump.
    """
    names = set.intersection(*(set(sample.kept) for sample in samples)) - {LOG_LIKELIHOOD}
    last = {
        name: np.concatenate([np.asarray(s.kept[name])[..., -1, :] for s in samples], axis=-1)
        for name in names
        if samples[0].kept[name].ndim > 1
    }
    single = {
        name: np.concatenate([s.kept[name] for s in samples])
        for name in names
        if samples[0].kept[name].ndim == 1
    }
    for total, parts in sums.items():
        logs = [np.minimum(last[f"{part}.path"], LARGEST_LOG) for part in parts]
        last[total] = np.sum(np.exp(logs), axis=0)
    for name, values in sorted((last | single).items()):
        for row in np.atleast_2d(np.asarray(values, np.float64)):
            if np.isfinite(row).all() and (row != np.rint(row)).any():
                yield name.removesuffix(".path"), row
