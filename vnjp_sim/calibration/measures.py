"""The truths of figures in each draw: sums, seasons, growth rates, shares and stocks of paths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.evaluation import Accumulation, Draws
from vnjp_sim.calibration.figures import round_fraction, rounded_time, stock_time
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation

FloatArray = NDArray[np.float64]


def truth(draws: Draws, figure: Observation) -> FloatArray:
    """Return what a figure should say, (draw,), in its own unit, document error included."""
    measured = total(draws, figure.indicators, figure.period)
    if figure.reported == "growth":
        assert figure.base_period is not None  # noqa: S101 - the reader saw to it
        base = total(draws, figure.indicators, figure.base_period)
        return 100.0 * (measured / base - 1.0)
    if figure.reported == "share":
        return 100.0 * measured / measure(draws, figure.of, figure.period)
    return measured * np.exp(draws.document_error[figure.document])


def total(draws: Draws, names: Sequence[str], period: Period) -> FloatArray:
    """Return the sum of several indicators over a period, (draw,)."""
    result = np.zeros(draws.size)
    for name in names:
        result = result + measure(draws, name, period)
    return result


def measure(draws: Draws, name: str, period: Period) -> FloatArray:
    """Return an indicator of the group over a period, (draw,)."""
    layout = draws.layout
    if name in layout.method.measures:
        return layout.method.measures[name](draws, period)
    if name in layout.sums:
        return total(draws, layout.sums[name], period)
    if name in layout.stocks:
        return stock_at(draws, name, stock_time(period))
    if name in layout.net_flows:
        stock = layout.net_flows[name].stock
        return stock_at(draws, stock, period.end) - stock_at(draws, stock, period.start)
    law = layout.laws[name]
    if law.flow:
        return flow_of(draws, name, period)
    return value_at(draws, name, stock_time(period))


def state_at(draws: Draws, name: str, time: float) -> FloatArray:
    """Return a law's value on its own scale, (draw,), at a time of its axis."""
    state: FloatArray = draws.paths[name].value[draws.layout.times[name].index(time)]
    return state


def value_at(draws: Draws, name: str, time: float) -> FloatArray:
    """Return a law's level, (draw,), at a time of its axis."""
    level: FloatArray = np.exp(state_at(draws, name, time))
    return level


def year_flow(draws: Draws, name: str, year: int) -> FloatArray:
    """Return a law's flow in `year`, (draw,)."""
    return value_at(draws, name, year + draws.layout.laws[name].offset)


def flow_of(draws: Draws, name: str, period: Period) -> FloatArray:
    """Return a law's flow over a period, (draw,), part-years by the season."""
    if period.kind == "fiscal":
        return value_at(draws, name, period.start + 0.5)
    result = np.zeros(draws.size)
    for year in range(period.year, period.last_year + 1):
        start = max(period.start - year, 0.0)
        end = min(period.end - year, 1.0)
        result = result + part_flow(draws, name, year, start, end)
    return result


def part_flow(draws: Draws, name: str, year: int, start: float, end: float) -> FloatArray:
    """Return a law's flow, (draw,), between two fractions of a year."""
    return year_flow(draws, name, year) * share_of_year(draws, name, year, start, end)


def share_of_year(
    draws: Draws, name: str, year: int, start: float, end: float
) -> FloatArray | float:
    """Return the share of a year's flow, (draw,), between two fractions of the year."""
    if start <= 0.0 and end >= 1.0:
        return 1.0
    season = draws.season(name, year)
    before = season.share(round_fraction(start), draws.rng)
    return season.share(round_fraction(end), draws.rng) - before


def stock_at(draws: Draws, name: str, time: float) -> FloatArray:
    """Return an accumulated stock, (draw,), at a decimal year."""
    stock = draws.layout.stocks[name]
    level = draws.bases[name]
    start = stock_time(draws.layout.base_of(name).period)
    for year, begin, end in parts_of_years(start, time):
        level = level * kept_share(draws, stock, year + begin, year + end)
        level = level + _gain(draws, stock, year, begin, end)
    for year, begin, end in reversed(parts_of_years(time, start)):
        level = level - _gain(draws, stock, year, begin, end)
        level = level / kept_share(draws, stock, year + begin, year + end)
    return level


def parts_of_years(start: float, end: float) -> list[tuple[int, float, float]]:
    """Return (year, begin, end), fractions of it, of each year between two times; none backward."""
    parts = []
    year = int(start + 1e-9)
    while year < end - 1e-9:
        parts.append((year, max(start - year, 0.0), min(end - year, 1.0)))
        year += 1
    return parts


def kept_share(draws: Draws, stock: Accumulation, begin: float, end: float) -> FloatArray | float:
    """Return what exits and revisions leave of a stock from one time to another, (draw,)."""
    if not stock.exit_rate:
        return 1.0
    revision = draws.revision(stock.stock)
    begun, ended = (revision.at(rounded_time(t), draws.rng) for t in (begin, end))
    spread = draws.extra[stock.revision_spread]
    kept: FloatArray = 1.0 - draws.extra[stock.exit_rate] * (end - begin) + spread * (ended - begun)
    return kept


def _gain(draws: Draws, stock: Accumulation, year: int, begin: float, end: float) -> FloatArray:
    gain = draws.layout.method.gain
    if gain is None:
        return part_flow(draws, stock.flow, year, begin, end)
    return gain(draws, stock, year, begin, end)
