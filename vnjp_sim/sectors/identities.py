"""Identities that calibration and projection share: pure functions of arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def split_turnover(turnover: FloatArray, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (exports, imports), same shape, of a turnover with log(exports / imports).

    X = T e^r / (1 + e^r) and M = T − X, so that the identity holds to rounding error.
    """
    exports = turnover / (1.0 + np.exp(-log_ratio))
    return exports, turnover - exports


def shares_from_log_ratios(log_ratios: FloatArray) -> FloatArray:
    """Return shares, (group + 1, draw), from log ratios to the rest, (group, draw).

    The last share is the rest; the shares sum to one.
    """
    odds = np.concatenate([np.exp(log_ratios), np.ones((1, *log_ratios.shape[1:]))])
    result: FloatArray = odds / odds.sum(axis=0)
    return result


def calendar_year_loans(before: FloatArray, current: FloatArray) -> FloatArray:
    """Return a calendar year's part of fiscal-year amounts, (draw,).

    A Japanese fiscal year runs from April to March: a calendar year holds the last quarter of the
    fiscal year that began in the year `before` and three quarters of the `current` one.
    """
    result: FloatArray = 0.25 * before + 0.75 * current
    return result
