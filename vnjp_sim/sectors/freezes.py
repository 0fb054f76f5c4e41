r"""Stops of new yen loans: stated by events, or after corruption cases at random.

With a rate of r cases a year, a Japanese fiscal year has one with the chance 1 − exp(−r), on a day
that is drawn evenly; it stops new loans for m exp(s z) years, with the median m, the spread s
between cases and a standard normal z of its own. A stop that begins within another one lasts as
long as the later of the two. Grants and the disbursement of earlier loans go on.

Usual loans of that time are not made up for. A loan that a scenario names, a pledge or an order of
vessels, is for a project that goes on: it is agreed when the stop that holds its date ends, as the
loans held back in December 2008 were signed in March 2009. Where a random stop ends, that is taken
as the middle of the part of a fiscal year, by calendar year, in which it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.identities import decimal_year, fiscal_parts, overlap, years_later

FloatArray = NDArray[np.float64]

FREEZE, STOPS = "oda_freeze", "oda_corruption_rate"
LENGTH, SPREAD = "oda_corruption_stop", "oda_corruption_stop_spread"


class Freezes:
    """When no new loan is agreed.

    Parameters
    ----------
    context : SectorContext
        The events, the lever on cases and the random numbers.
    """

    def __init__(self, context: SectorContext) -> None:
        self.stated = [
            (decimal_year(event.on), years_later(event.on, event.amount("years")))
            for event in context.controls.of_type(FREEZE)
        ]
        self.random = _stops(context) if STOPS in context.controls.levers else []
        self.ones = np.ones(context.streams.size)

    def stated_part(self, low: float, high: float) -> float:
        """Return the part of a span of decimal years that events leave open."""
        part = 1.0
        for begin, end in self.stated:
            part *= 1.0 - overlap(low, high, begin, end) / (high - low)
        return part

    def random_part(self, low: float, high: float) -> FloatArray | None:
        """Return the part of a span that random stops leave open, (draw,); None if all of it.

        It is taken of what events leave open: the two are independent within a span.
        """
        spans = [np.minimum(high, end) - np.maximum(low, begin) for begin, end in self.random]
        closed = [np.maximum(span, 0.0) for span in spans if np.any(span > 0.0)]
        return 1.0 - sum(closed) / (high - low) if closed else None

    def signed(self, on: date, year: int) -> Iterator[tuple[float, FloatArray]]:
        """Yield when a loan named for a date is agreed in a fiscal year, and in which draws.

        Yields
        ------
        day, here : the day in decimal years, and (draw,) 1 where it is agreed then, else 0.
        """
        at = self.agreed(on)
        certain = [decimal_year(on), *(end for _, end in self.stated)]
        parts = fiscal_parts(year)
        begin, end = parts[0][1], parts[-1][2]
        left = self.ones
        for day in sorted(set(certain)):
            if begin <= day < end and (here := at == day).any():
                yield day, here.astype(np.float64)
            left = np.where(at == day, 0.0, left)
        for _, low, high in parts:
            if (here := left * ((at >= low) & (at < high))).any():
                yield 0.5 * (low + high), here

    def agreed(self, on: date) -> FloatArray:
        """Return the day on which a loan named for a date is agreed, (draw,), in decimal years."""
        at = decimal_year(on) * self.ones
        stops: list[tuple[FloatArray | float, FloatArray | float]] = [*self.stated, *self.random]
        stops.sort(key=lambda stop: float(np.min(stop[0])))
        for _ in range(len(stops)):  # a stop may begin where another ends
            before = at
            for begin, end in stops:
                at = np.where((begin <= at) & (at < end), end, at)
            if (at == before).all():
                break
        return at


def _stops(context: SectorContext) -> list[tuple[FloatArray, FloatArray]]:
    """Return the random stops of each fiscal year, (draw,) from and to; no two overlap."""
    streams, size = context.streams, context.streams.size
    length, spread = context.drawn(LENGTH), context.drawn(SPREAD)
    until = np.full(size, -np.inf)
    stops = []
    for year in range(context.last_history + 1, context.block.last_year + 1):
        rate = context.controls.steer(STOPS, year, np.zeros(size))
        case = streams.uniform("oda_corruption.case", year) < -np.expm1(-rate)
        begin = decimal_year(date(year, 4, 1)) + streams.uniform("oda_corruption.day", year)
        lasting = length * np.exp(spread * streams.normal("oda_corruption.stop", year))
        end = np.maximum(begin + lasting, until)
        begin = np.maximum(begin, until)
        stops.append((np.where(case, begin, np.inf), np.where(case, end, np.inf)))
        until = np.where(case, end, until)
    return stops
