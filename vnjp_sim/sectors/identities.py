"""Identities that calibration and projection share: pure functions of arrays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def split_turnover(turnover: FloatArray, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (exports, imports), same shape, of a turnover with log(exports / imports).

    X = T e^r / (1 + e^r) and M = T − X, so that the identity holds to rounding error.
    """
    exports = turnover / (1.0 + np.exp(-log_ratio))
    return exports, turnover - exports


def shares_from_log_ratios(log_ratios: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Return shares, (group + 1, draw), from log ratios to the rest, (group, draw).

    The last share is the rest; the shares sum to one. They stand in `out` if given.
    """
    odds: FloatArray = (
        np.empty((len(log_ratios) + 1, *log_ratios.shape[1:])) if out is None else out
    )
    np.exp(log_ratios, out=odds[:-1])
    odds[-1] = 1.0
    odds /= sum(odds[1:], odds[0])  # in order; np.sum adds a single draw's parts in another
    return odds


def sum_of_rows(rows: FloatArray, out: FloatArray) -> FloatArray:
    """Return the sum over the first axis of (row, draw), added in order, in `out`.

    Over a single draw numpy would add in another order.
    """
    if rows.shape[-1] > 1:
        np.add.reduce(rows, axis=0, out=out)
        return out
    out[...] = sum(rows[1:], rows[0])
    return out


def count_of_rows(flags: NDArray[np.bool_]) -> FloatArray:
    """Return in how many rows of (row, draw) a flag is set, (draw,)."""
    counts = np.add.reduce(flags.view(np.uint8), axis=0, dtype=np.min_scalar_type(len(flags)))
    return np.asarray(counts, np.float64)


def carried_back(
    level: FloatArray, known: int, year: int, factor: Callable[[int], FloatArray]
) -> FloatArray:
    """Return a level of the year `known`, (draw,), as it was at the end of an earlier `year`.

    `factor` gives what a year multiplies the level by.
    """
    for later in range(known, year, -1):
        level = level / factor(later)
    return level


def log_odds(percent: FloatArray) -> FloatArray:
    """Return log(p / (100 − p)), same shape, of shares p in percent."""
    result: FloatArray = np.log(percent / (100.0 - percent))
    return result


def percent_of_log_odds(odds: FloatArray) -> FloatArray:
    """Return shares in percent, same shape, between 0 and 100, of their log odds."""
    result: FloatArray = 100.0 / (1.0 + np.exp(-odds))
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


def overlap(low: float, high: float, begin: float, end: float) -> float:
    """Return the time that two spans of decimal years have in common."""
    return max(0.0, min(high, end) - max(low, begin))


def decimal_year(day: date) -> float:
    """Return a day as a decimal year: 2027.0 for 1 January 2027."""
    return day.year + 1.0 - rest_of_year(day)


def years_later(day: date, years: float) -> float:
    """Return the decimal year `years` after a day; whole years lead to the same day of the year."""
    whole = int(years)
    leap_day = (day.month, day.day) == (2, 29)
    again = date(day.year + whole, 3, 1) if leap_day else day.replace(year=day.year + whole)
    return decimal_year(again) + years - whole


@lru_cache(maxsize=256)
def fiscal_parts(year: int) -> tuple[tuple[float, float, float], ...]:
    """Return (share, begin, end), in decimal years, of a fiscal year's parts by calendar year."""
    new_year = year + 1.0
    begin, end = decimal_year(date(year, 4, 1)), decimal_year(date(year + 1, 4, 1))
    return (0.75, begin, new_year), (0.25, new_year, end)


@lru_cache(maxsize=256)
def middles(year: int) -> tuple[tuple[float, float], ...]:
    """Return (share, middle) of a fiscal year's parts by calendar year."""
    return tuple((share, 0.5 * (low + high)) for share, low, high in fiscal_parts(year))
