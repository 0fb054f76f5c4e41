r"""Figures whose date or meaning is open: each draw reads them in one of the ways they may be read.

A stock quoted without a date is of the latest release at the writing. Its row gives a span of
months that ends with the writing; counts of people are taken at the ends of half-years, so that its
date is one of those in the span: the nearest to the writing less a release lag (the prior
`release_lag`, or the law's own). The undated stocks of one document have lags of the same rank,
since one release gives them all. A span without the end of a half-year stands for its middle.

A figure with an `alternative` measures its indicator with the chance `weight`, and the alternative
otherwise: its likelihood is the mixture :math:`w\,p(v | A) + (1 - w)\,p(v | B)`.

An evaluation splits its draws into parts, each with one reading of all such figures drawn from
these chances; the weights of the draws then say which reading the other figures support.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.figures import stock_time
from vnjp_sim.foundation.vocabulary import Period, parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import Parameter

Lags = Mapping[str, Parameter]
"""Release lags in years, of the stocks whose spans of months are dates of a release."""

READINGS = 16
"""Parts of an evaluation, each with a reading of its own."""
LEAST_DRAWS = 32
"""An evaluation has fewer parts rather than parts of fewer draws."""


def undated(figure: Observation, lags: Lags) -> bool:
    """Whether a figure is a stock whose date is somewhere in its span of months."""
    return figure.period.kind == "months" and set(figure.indicators) <= lags.keys()


def is_open(figure: Observation, lags: Lags) -> bool:
    """Whether a figure can be read in several ways."""
    return bool(figure.alternative) or undated(figure, lags)


def release_dates(period: Period) -> tuple[Period, ...]:
    """Return the dates of a span at which a stock may have been counted, the latest first."""
    half_years = range(int(np.ceil(2 * period.start - 1e-6)), int(2 * period.end + 1e-6) + 1)
    return tuple(_end_of_half_year(number) for number in reversed(half_years)) or (period,)


def date_at(period: Period, lag: Parameter, rank: float) -> Period:
    """Return the date of a span that is nearest to the lag of a rank between 0 and 1."""
    from scipy.special import ndtri

    counted = period.end - float(lag.prior.transform(np.array([ndtri(rank)]))[0])
    return min(release_dates(period), key=lambda date: abs(date.end - counted))


def dates_drawn(
    period: Period, lag: Parameter, rng: np.random.Generator, size: int
) -> NDArray[np.float64]:
    """Draw dates of a span in decimal years, (draw,)."""
    ends = np.array([stock_time(date) for date in release_dates(period)])
    counted = period.end - lag.prior.transform(rng.standard_normal(size))
    nearest: NDArray[np.float64] = ends[np.abs(ends[:, None] - counted).argmin(axis=0)]
    return nearest


def _end_of_half_year(number: int) -> Period:
    """Return the month or the year at whose end so many half-years have passed."""
    year, second = divmod(number, 2)
    return parse_period(f"{year}-06") if second else parse_period(str(year - 1))


def open_times(figures: Sequence[Observation], lags: Lags) -> set[float]:
    """Return all dates that undated stocks may have."""
    spans = {figure.period for figure in figures if undated(figure, lags)}
    return {stock_time(date) for span in spans for date in release_dates(span)}


def drawn_readings(
    figures: Sequence[Observation], lags: Lags, rng: np.random.Generator, size: int
) -> list[list[Observation]]:
    """Draw readings of all figures for an evaluation of `size` draws, a part of them each.

    The ranks of lags and of alternatives are stratified over the parts, each apart.
    """
    count = max(1, min(READINGS, size // LEAST_DRAWS))
    sources = dict.fromkeys(_source(f) for f in figures if is_open(f, lags))
    ranks = {source: (rng.permutation(count) + rng.random(count)) / count for source in sources}
    return [
        [_read(f, lags, ranks[_source(f)][part]) if is_open(f, lags) else f for f in figures]
        for part in range(count)
    ]


def _source(figure: Observation) -> tuple[str, ...]:
    return figure.key if figure.alternative else (figure.document,)


def _read(figure: Observation, lags: Lags, rank: float) -> Observation:
    """Return a figure as it is read at a rank between 0 and 1."""
    if figure.alternative:
        chosen = figure.indicators if rank < figure.weight else (figure.alternative,)
        return replace(figure, indicators=chosen, alternative="", weight=1.0)
    lag = lags[figure.indicators[0]]
    return replace(figure, period=date_at(figure.period, lag, rank))
