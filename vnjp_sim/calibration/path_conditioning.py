"""A law's path given anchors: their density, and a draw of the values everywhere else.

An *anchor* is a time at which the value is known in each draw. Few anchors are conditioned on
through the matrix of all of them, many by a filter over time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.markov import Chain, log_density, smooth
from vnjp_sim.calibration.matrices import backward, cholesky, forward, product
from vnjp_sim.calibration.paths import PathLaw, Values

FloatArray = NDArray[np.float64]

NUGGET = 1e-10
"""Variance added to each anchor, so that covariances stay positive definite."""
CHUNK = 2048
"""Draws whose matrices are in memory together."""
FEW_ANCHORS = 20
"""Up to so many anchors are conditioned on through the matrix of all of them, more of them by a
filter over time: the same numbers but for rounding."""


@dataclass(frozen=True)
class Conditioned:
    """A law's draw given its anchors.

    Attributes
    ----------
    log_density : FloatArray
        (draw,) of the anchors under the law.
    value : FloatArray
        (time, draw) log value (or ratio) at each time.
    permanent : FloatArray
        (time, draw) the same without transitory shocks.
    """

    log_density: FloatArray
    value: FloatArray
    permanent: FloatArray


def condition(
    law: PathLaw,
    values: Values,
    anchor_times: Sequence[float],
    anchors: FloatArray,
    times: Sequence[float],
    normals: FloatArray,
) -> Conditioned:
    """Return the density of the anchors, (anchor, draw), and a draw at `times` given them.

    The draw is made of `normals` as `law.prior_path` says. `times` ascend and hold all
    anchor times. A joint draw without anchors is corrected by what it misses at them
    (Matheron's rule), which gives an exact conditional draw.
    """
    size = normals.shape[1]
    density, value, permanent = np.zeros(size), *np.empty((2, len(times), size))
    where = [list(times).index(t) for t in anchor_times]
    for part in _chunks(size):
        own = {name: item[part] for name, item in values.items()}
        mean = law.mean(own, times)
        drawn = law.deviations(own, times, normals[:, part])
        if len(where) > FEW_ANCHORS:
            missed = anchors[:, part] - mean[where], drawn[0][where]
            density[part], gained = _filtered(law, own, times, where, *missed)
            drawn = drawn[0] + gained[0], drawn[1] + gained[1]
        elif where:
            factor = _factor(law, own, anchor_times)
            residual = anchors[:, part] - mean[where]
            density[part] = _normal_log_density(factor, residual)
            solved = backward(factor, forward(factor, residual - drawn[0][where]))
            gained = _gained(law, own, times, anchor_times, solved)
            drawn = drawn[0] + gained[0], drawn[1] + gained[1]
        value[:, part], permanent[:, part] = mean + drawn[0], mean + drawn[1]
    value[where] = anchors
    return Conditioned(density, value, permanent)


def log_density_of(
    law: PathLaw, values: Values, times: Sequence[float], anchors: FloatArray
) -> FloatArray:
    """Return the log density, (draw,), of `anchors`, (time, draw), at `times`."""
    result = np.empty(anchors.shape[1])
    residual = anchors - law.mean(values, times)
    for part in _chunks(anchors.shape[1]):
        own = {name: value[part] for name, value in values.items()}
        result[part] = _normal_log_density(_factor(law, own, times), residual[:, part])
    return result


def _factor(law: PathLaw, values: Values, times: Sequence[float]) -> FloatArray:
    within = law.covariance(values, times, times)
    diagonal = np.arange(len(times))
    within[diagonal, diagonal] += NUGGET
    return cholesky(within)


def _chain(law: PathLaw, values: Values, times: Sequence[float]) -> Chain:
    """Return the law at `times` as a chain of steps, without a level that is integrated out."""
    years = np.diff(np.asarray(times), prepend=law.origin)[:, None]
    if law.fades:
        variance, half_life = law.fading(values)
        left = np.exp2(-years / half_life)
        added = variance * (1.0 - left**2)
        return Chain(variance, left, added, np.full(variance.shape, NUGGET))
    added = values["volatility"] ** 2 * years
    noise = NUGGET + values.get("transitory", np.zeros(added.shape[1])) ** 2
    return Chain(law.level_sd**2 + added[0], np.ones(added.shape), added, noise)


def _filtered(
    law: PathLaw,
    values: Values,
    times: Sequence[float],
    where: Sequence[int],
    residual: FloatArray,
    drawn: FloatArray,
) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
    """Return the density of the anchors and what a draw gains at `times`, by a filter.

    `residual` and `drawn` are (anchor, draw): what the anchors, and a draw without them, depart
    from the mean. A level that is integrated out adds the same number to all anchors: its
    density follows from that of the chain by the formula of Sherman and Morrison.
    """
    chain = _chain(law, values, times)
    smoothed = smooth(chain, dict(zip(where, residual, strict=True)))
    density = log_density(smoothed)
    if not (law.fades and law.level_sd):
        gained = smooth(chain, dict(zip(where, residual - drawn, strict=True))).mean
        return density, (gained, gained)
    ones = smooth(chain, dict.fromkeys(where, np.ones(residual.shape[1]))).innovations
    variance = law.level_sd**2
    scale = 1.0 + variance * (ones**2 / smoothed.variances).sum(axis=0)
    along = (ones * smoothed.innovations / smoothed.variances).sum(axis=0)
    density = density + 0.5 * (variance * along**2 / scale - np.log(scale))
    missed = residual - drawn
    wanted = smooth(chain, dict(zip(where, missed, strict=True))).innovations
    shared = variance * (ones * wanted / smoothed.variances).sum(axis=0) / scale
    gained = smooth(chain, dict(zip(where, missed - shared, strict=True))).mean + shared
    return density, (gained, np.repeat(shared[None, :], len(times), axis=0))


def _gained(
    law: PathLaw,
    values: Values,
    times: Sequence[float],
    anchor_times: Sequence[float],
    solved: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the covariance of (value, permanent) at `times` with the anchors times `solved`.

    `solved` is (anchor, draw), the results (time, draw). Values at the anchors themselves lack
    what transitory shocks add, since the caller knows them.
    """
    if law.fades:
        across = law.covariance(values, times, anchor_times)
        value: FloatArray = np.einsum("tan,an->tn", across, solved)
        if not law.level_sd:
            return value, value
        shared = law.level_sd**2 * solved.sum(axis=0)
        return value, np.repeat(shared[None, :], len(times), axis=0)
    elapsed = np.minimum(np.asarray(times)[:, None], anchor_times) - law.origin
    walk = values["volatility"] ** 2 * product(elapsed, solved)
    permanent = law.level_sd**2 * solved.sum(axis=0) + walk
    return permanent, permanent


def _normal_log_density(factor: FloatArray, residual: FloatArray) -> FloatArray:
    """Log density of `residual`, (time, draw), given Cholesky factors, (time, time, draw)."""
    count = residual.shape[0]
    scaled = forward(factor, residual)
    diagonal = np.arange(count)
    log_determinant = np.log(factor[diagonal, diagonal]).sum(axis=0)
    result: FloatArray = (
        -0.5 * (scaled**2).sum(axis=0) - log_determinant - 0.5 * count * np.log(2 * np.pi)
    )
    return result


def _chunks(size: int) -> list[slice]:
    return [slice(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]
