"""The two economies and the yen, as they depart from their central course.

In published years every draw has the published values. Afterwards the real growth of each economy,
the rise of Vietnam's prices in dollars and the growth of its population depart from the central
course by a lasting part and a shock of the year, which add up in the levels; the yen's rate follows
its reverting law from the last published rate on. A shock to the yen jumps on its date and fades
with the law's half-life; each year has its average.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.central_course import GROWTH, INDEX, OUTPUT, PEOPLE, PER_HEAD, RATE
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.growth import Reversion
from vnjp_sim.sectors.identities import decimal_year

FloatArray = NDArray[np.float64]

DEPARTS = "the central course, a lasting departure and a shock of the year"


class Macro(Sector):
    """GDP indices (2024 = 100), Vietnam's growth, GDP in dollars and population, the yen."""

    laws: ClassVar[tuple[Law, ...]] = (Law(RATE, "reverting", flow=True, group="oda"),)
    gives: ClassVar[tuple[Output, ...]] = (
        Output("macro_vn_gdp", "grows by the rate of the year", (GROWTH,), set_by=(GROWTH,)),
        Output(
            "macro_jp_gdp",
            f"grows by the rate of the year: {DEPARTS}",
            priors=("macro_jp_growth_lasting", "macro_jp_growth_shock", "common_loading_macro"),
            course=("macro_jp_growth_long_run",),
            set_by=("macro_jp_growth",),
        ),
        Output(
            RATE,
            "the published rate, then its reverting law",
            laws=(RATE,),
            set_by=(RATE, "exchange_rate_shock"),
        ),
        Output(
            OUTPUT,
            f"the published level, real growth, and the rise of prices in dollars: {DEPARTS}",
            (GROWTH,),
            priors=(
                "macro_vn_dollar_prices_lasting",
                "macro_vn_dollar_prices_shock",
                "macro_vn_dollar_prices_current",
            ),
            course=("macro_vn_dollar_prices_long_run",),
            levels=(OUTPUT,),
            needs=(f"{OUTPUT}.level",),
        ),
        Output(
            GROWTH,
            DEPARTS,
            priors=("macro_vn_growth_lasting", "macro_vn_growth_shock", "common_loading_macro"),
            course=("macro_vn_growth_long_run",),
            levels=(GROWTH,),
            set_by=(GROWTH,),
        ),
        Output(
            PER_HEAD,
            "output in dollars over the population",
            (OUTPUT, PEOPLE),
            levels=(PER_HEAD,),
        ),
        Output(
            PEOPLE,
            "the central course and a lasting departure of its growth",
            priors=("macro_vn_population_lasting",),
            course=("macro_vn_population_long_run",),
            needs=(f"{PEOPLE}.level",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.economies = {country: economy(context, country) for country in INDEX}
        self.moved: dict[str, FloatArray | float] = {"vn": 1.0, "jp": 1.0}
        self.rates = yen(context)
        self.dollars: FloatArray | None = None
        self.people: FloatArray | None = None
        if context.has(f"{OUTPUT}.level"):
            real = ("macro_vn_growth", INDEX["vn"])
            self.dollars = levels(context, OUTPUT, real, ("macro_vn_dollar_prices", OUTPUT))
        if context.has(f"{PEOPLE}.level"):
            self.people = levels(context, PEOPLE, ("macro_vn_population", PEOPLE))

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's output of both economies and the yen's rate."""
        del values
        row = year - self.context.first_year
        result = {RATE: self._rate(year), GROWTH: self._growth("vn", year)}
        self._growth("jp", year)
        for country, name in INDEX.items():
            result[name] = self.moved[country] * self.economies[country].index[row]
        if self.dollars is not None:
            result[OUTPUT] = self.moved["vn"] * self.dollars[row]
        if self.people is not None:
            result[PEOPLE] = self.people[row]
        if self.dollars is not None and self.people is not None:
            result[PER_HEAD] = THOUSANDS * result[OUTPUT] / result[PEOPLE]
        return result

    def _growth(self, country: str, year: int) -> FloatArray:
        """Return real growth of `year`, (draw,), in percent, as the scenario steers it."""
        plain = self.economies[country].growth[year - self.context.first_year]
        growth = self.context.controls.steer(f"macro_{country}_growth", year, plain)
        if growth is not plain:
            self.moved[country] = self.moved[country] * ((100.0 + growth) / (100.0 + plain))
        return growth

    def _rate(self, year: int) -> FloatArray:
        """Return the yen's rate of `year`, (draw,), with the shocks of the scenario."""
        rate = self.rates[year - self.context.first_year]
        for event in self.context.controls.of_type("exchange_rate_shock"):
            if event.on.year <= year:
                half_life = self.context.value("macro_jpy_per_usd.half_life")
                left = average_remaining(year - decimal_year(event.on), half_life)
                rate = rate * (1.0 + event.amount("percent") / 100.0) ** left
        return self.context.controls.steer("macro_jpy_per_usd", year, rate)


THOUSANDS = 1e3
"""Dollars a head for each billion of dollars over a million of people."""


@dataclass(frozen=True)
class Economy:
    """Real output of an economy without a scenario, each (year, draw).

    Attributes
    ----------
    growth : FloatArray
        In percent on the year before.
    index : FloatArray
        The central course has 100 in 2024.
    """

    growth: FloatArray
    index: FloatArray


def economy(context: SectorContext, country: str) -> Economy:
    """Return an economy in the years that the engine closes; variants of a block share it."""
    name, index, course = f"macro_{country}_growth", INDEX[country], context.course
    first, last = context.first_year, context.block.last_year

    def make() -> Economy:
        departure = departures(context, name, index)
        central = course.values(index, first - 1, last)
        growth = np.diff(departure, axis=0)
        growth += np.diff(np.log(central))[:, None]
        np.expm1(growth, out=growth)
        growth *= 100.0
        if country == "vn":  # as published, not as it comes back from the index
            known = max(min(course.last_published(index), last) + 1 - first, 0)
            growth[:known] = course.values(GROWTH, first, first + known - 1)[:, None]
        growth.flags.writeable = False
        return Economy(growth, levels(context, index, (name, index)))

    return context.block.shared(("economy", *context.drawn_key(name)), make)


def levels(context: SectorContext, indicator: str, *parts: tuple[str, str]) -> FloatArray:
    """Return a level in the years that the engine closes, (year, draw), without a scenario.

    It departs from its central course by the sum of `parts`, see :func:`departures`.
    """

    def make() -> FloatArray:
        apart = sum(departures(context, *part)[1:] for part in parts)
        course = context.course.values(indicator, context.first_year, context.block.last_year)
        level: FloatArray = np.exp(apart)
        level *= course[:, None]
        level.flags.writeable = False
        return level

    keys = [context.drawn_key(name) for name, _ in parts]
    return context.block.shared(("level", indicator, *keys), make)


def departures(context: SectorContext, name: str, indicator: str) -> FloatArray:
    """Return the log departures of a level from its central course, (year, draw).

    They are those of the year before the engine's first and all that it closes: zero up to the last
    published year, then the sum of a lasting part and shocks of the year, in points of growth.

    Parameters
    ----------
    context : SectorContext
        Where draws come from.
    name : str
        Of the priors `<name>_lasting` and, unless the growth is steady, `<name>_shock`;
        `<name>_current`, if there is one, multiplies the departure of the first year.
    indicator : str
        The level.
    """
    first, last = context.first_year - 1, context.block.last_year
    begin = min(context.course.last_published(indicator) + 1, last + 1)
    years = last + 1 - begin

    def make() -> FloatArray:
        steps = np.zeros((years, context.streams.size))
        if f"{name}_shock" in context.parameters:
            common = name.endswith("_growth")  # the prices' shocks are their own
            shocks = context.shocks(name, begin) if common else context.normals(name, begin)
            np.multiply(shocks, context.drawn(f"{name}_shock"), out=steps)
        steps += context.drawn(f"{name}_lasting")
        if f"{name}_current" in context.parameters:
            steps[:1] *= context.drawn(f"{name}_current")
        steps /= 100.0
        for before, after in pairwise(steps):  # faster than numpy's cumsum over the first axis
            np.add(after, before, out=after)
        levels = np.zeros((last + 1 - first, context.streams.size))
        kept = min(years, len(levels))
        levels[len(levels) - kept :] = steps[years - kept :]
        levels.flags.writeable = False
        return levels

    return context.block.shared(("departures", *context.drawn_key(name)), make)


def yen(context: SectorContext) -> FloatArray:
    """Return the yen's rate, (year, draw), in the years that the engine closes.

    Published rates, then the calibrated path up to the end of history, then the reverting law.
    """
    first, last = context.first_year, context.block.last_year
    published = context.course.last_published(RATE)
    begin = max(published, context.last_history)

    def make() -> FloatArray:
        rates = np.full((last + 1 - first, context.streams.size), np.nan)
        for year in range(first, min(begin, last) + 1):
            if year <= published:
                rates[year - first] = context.course.value(RATE, year)
            elif (known := context.history(RATE, year)) is not None:
                rates[year - first] = np.exp(known)
        if begin < last:
            value = context.value
            law = Reversion(
                value(f"{RATE}.equilibrium"), value(f"{RATE}.spread"), value(f"{RATE}.half_life")
            )
            start = value(f"{RATE}.permanent")
            if published >= context.last_history:
                start = np.full(context.streams.size, np.log(context.course.value(RATE, published)))
            ahead = law.path(start, context.normals(f"{RATE}.shock", begin + 1))
            rates[begin + 1 - first :] = np.exp(ahead[-len(rates) :])
        rates.flags.writeable = False
        return rates

    return context.block.shared(("yen", *context.seeds), make)


def average_remaining(since: float, half_life: FloatArray) -> FloatArray:
    """Return the average over a year of what is left of a jump, (draw,).

    The year begins `since` years after the jump, before it where negative.
    """
    rate = np.log(2.0) / half_life
    begin, end = max(since, 0.0), since + 1.0
    result: FloatArray = (np.exp(-rate * begin) - np.exp(-rate * end)) / rate
    return result
