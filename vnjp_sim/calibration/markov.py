r"""Conditioning a law on many anchors: a filter over time, instead of a matrix of all anchors.

The laws are Markov processes: a random walk, or an Ornstein–Uhlenbeck process. With the deviation
x from the mean, and a figure's transitory part of variance R,

.. math:: x_k = a_k x_{k-1} + q_k, \qquad d_k = x_k + e_k,

the Kalman filter gives the density of the anchors d, and the Rauch–Tung–Striebel smoother the mean
of x at every time given them, in a time that grows with the number of anchors and not with its
third power (Durbin and Koopman 2012, Time Series Analysis by State Space Methods, chapter 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """A Markov process at ascending times.

    Attributes
    ----------
    first : FloatArray
        (draw,) variance at the first time.
    kept, added : FloatArray
        (time, draw) factor and variance of each step from the time before; the first row
        is not used.
    noise : FloatArray
        (draw,) variance of what the anchors add to the process.
    """

    first: FloatArray
    kept: FloatArray
    added: FloatArray
    noise: FloatArray


@dataclass(frozen=True)
class Smoothed:
    """What anchors say of a chain.

    Attributes
    ----------
    innovations, variances : FloatArray
        (anchor, draw) of each anchor given those before.
    mean : FloatArray
        (time, draw) of the process at every time given all anchors.
    """

    innovations: FloatArray
    variances: FloatArray
    mean: FloatArray


def smooth(chain: Chain, anchors: Mapping[int, FloatArray]) -> Smoothed:
    """Return what anchors, (draw,) deviations from the mean by row of a time, say of a chain."""
    count, size = chain.kept.shape
    before, after = np.empty((2, count, size)), np.empty((2, count, size))
    innovations, variances = [], []
    mean, variance = np.zeros(size), chain.first
    for row in range(count):
        if row:
            mean = chain.kept[row] * mean
            variance = chain.kept[row] ** 2 * variance + chain.added[row]
        before[:, row] = mean, variance
        if row in anchors:
            innovation, total = anchors[row] - mean, variance + chain.noise
            mean = mean + variance / total * innovation
            variance = variance * chain.noise / total
            innovations.append(innovation)
            variances.append(total)
        after[:, row] = mean, variance
    for row in reversed(range(count - 1)):
        pull = after[1, row] * chain.kept[row + 1] / before[1, row + 1]
        after[0, row] += pull * (after[0, row + 1] - before[0, row + 1])
    return Smoothed(np.stack(innovations), np.stack(variances), after[0])


def log_density(smoothed: Smoothed) -> FloatArray:
    """Return the log density, (draw,), of the anchors."""
    terms = smoothed.innovations**2 / smoothed.variances + np.log(2 * np.pi * smoothed.variances)
    result: FloatArray = -0.5 * terms.sum(axis=0)
    return result
