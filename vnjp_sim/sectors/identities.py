"""Identities that calibration and projection share: pure functions of arrays."""

from __future__ import annotations

from datetime import date

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


def rest_of_year(day: date) -> float:
    """Return the part of the year from `day` on, by days: 1 for 1 January."""
    days = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return (date(day.year + 1, 1, 1) - day).days / days


def fiscal_year(day: date) -> int:
    """Return the Japanese fiscal year of a day: that of the calendar year in which it began."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_overlap(year: int, start: date, years: float) -> float:
    """Return the part of the Japanese fiscal year `year` within `years` from `start` on."""
    begin = start.year + 1.0 - rest_of_year(start)
    low, high = year + 0.25, year + 1.25
    return max(0.0, min(high, begin + years) - max(low, begin))


def decimal_year(day: date) -> float:
    """Return a day as a decimal year: 2027.0 for 1 January 2027."""
    return day.year + 1.0 - rest_of_year(day)
