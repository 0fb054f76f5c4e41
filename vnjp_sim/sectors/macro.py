"""The two economies and the yen.

Real output of each economy grows by a mean of its own plus a shock of the year; the yen's rate
reverts on the log scale; Vietnam's output in dollars follows its real growth and a drift of its
prices in dollars, and output per head besides a steady growth of its population. A shock to the
yen jumps on its date and fades with the law's half-life; each year has its average.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.identities import carried_back, decimal_year

FloatArray = NDArray[np.float64]

RATE = "macro_jpy_per_usd"
OUTPUT, PER_HEAD = "macro_vn_gdp_usd", "macro_vn_gdp_per_capita"
BASE_YEAR = 2024
BASE_INDEX = 100.0


class Macro(Sector):
    """GDP indices (2024 = 100), Vietnam's growth and its GDP in dollars, yen per dollar."""

    laws: ClassVar[tuple[Law, ...]] = (Law(RATE, "reverting", flow=True, group="oda"),)
    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "macro_vn_gdp",
            "grows by the rate of the year",
            ("macro_vn_growth",),
            set_by=("macro_vn_growth",),
        ),
        Output(
            "macro_jp_gdp",
            "grows at the draw's mean rate plus a shock of the year",
            priors=("macro_jp_growth_mean", "macro_jp_growth_shock", "common_loading_macro"),
            set_by=("macro_jp_growth",),
        ),
        Output(
            "macro_jpy_per_usd",
            laws=("macro_jpy_per_usd",),
            set_by=("macro_jpy_per_usd", "exchange_rate_shock"),
        ),
        Output(
            "macro_vn_gdp_usd",
            "the documented level, real growth, dollar prices",
            ("macro_vn_growth",),
            priors=("macro_vn_dollar_prices_mean", "macro_vn_dollar_prices_shock"),
            levels=(OUTPUT,),
            needs=("macro_vn_gdp_usd.level",),
        ),
        Output(
            "macro_vn_growth",
            "the draw's mean rate plus a shock of the year",
            priors=("macro_vn_growth_mean", "macro_vn_growth_shock", "common_loading_macro"),
            set_by=("macro_vn_growth",),
        ),
        Output(
            "macro_vn_gdp_per_capita",
            "output in dollars over a population that grows steadily",
            ("macro_vn_gdp_usd",),
            priors=("macro_vn_population_growth",),
            levels=(PER_HEAD,),
            needs=("macro_vn_gdp_per_capita.level",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.base = np.full(context.streams.size, BASE_INDEX)
        self.index = {"vn": self.base, "jp": self.base}
        self.moved: dict[str, FloatArray | float] = {"vn": 1.0, "jp": 1.0}
        self.mean = {c: context.drawn(f"macro_{c}_growth_mean") for c in ("vn", "jp")}
        self.spread = {c: context.drawn(f"macro_{c}_growth_shock") for c in ("vn", "jp")}
        self.price_mean = context.drawn("macro_vn_dollar_prices_mean")
        self.price_spread = context.drawn("macro_vn_dollar_prices_shock")
        self.rate = self.state(RATE)
        self.dollars: FloatArray | None = None
        self.people: FloatArray | None = None
        if context.has("macro_vn_gdp_usd.level"):
            self.dollar_level = context.value("macro_vn_gdp_usd.level")
            self.dollar_year = int(context.value("macro_vn_gdp_usd.level_year")[0])
            self.dollars = self._documented_dollars(context.first_year - 1)
        if context.has("macro_vn_gdp_usd.level", "macro_vn_gdp_per_capita.level"):
            self.people_growth = context.drawn("macro_vn_population_growth")
            self.people_level, self.people_year = self._documented_people()
            self.people = self.people_level
            for _ in range(self.people_year + 1, context.first_year):
                self.people = grown(self.people, self.people_growth)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's output of both economies and the yen's rate."""
        del values
        growth = {c: self._growth(c, year) for c in ("vn", "jp")}
        result = {"macro_jpy_per_usd": self._rate(year), "macro_vn_growth": growth["vn"]}
        for country, rate in growth.items():
            self.index[country] = self._indexed(country, year, rate)
            result[f"macro_{country}_gdp"] = self.index[country]
        if self.dollars is not None:
            if year > self.dollar_year:
                self.dollars = grown(self.dollars, growth["vn"]) * self._prices(year)
            else:
                self.dollars = self.moved["vn"] * self._documented_dollars(year)
            result["macro_vn_gdp_usd"] = self.dollars
            if self.people is not None:
                self.people = self._peopled(year)
                result["macro_vn_gdp_per_capita"] = self.dollars / self.people
        return result

    def _growth(self, country: str, year: int) -> FloatArray:
        """Return real growth of `year`, (draw,), in percent, as the scenario steers it."""
        plain = self._plain_growth(country, year)
        growth = self.context.controls.steer(f"macro_{country}_growth", year, plain)
        if growth is not plain:
            self.moved[country] = self.moved[country] * ((100.0 + growth) / (100.0 + plain))
        return growth

    def _plain_growth(self, country: str, year: int) -> FloatArray:
        shock = self.context.shock(f"macro_{country}_growth", year)
        return self.mean[country] + self.spread[country] * shock

    def _prices(self, year: int) -> FloatArray:
        """Return what Vietnam's prices in dollars are multiplied by in a year, (draw,)."""
        shock = self.context.streams.normal("macro_vn_dollar_prices", year)
        factor: FloatArray = np.exp(self.price_mean + self.price_spread * shock)
        return factor

    def _indexed(self, country: str, year: int, growth: FloatArray) -> FloatArray:
        """Return the index of output, (draw,), 100 in its base year without a scenario."""
        if year > BASE_YEAR:
            return grown(self.index[country], growth)

        def factor(later: int) -> FloatArray:
            return 1.0 + self._plain_growth(country, later) / 100.0

        return self.moved[country] * carried_back(self.base, BASE_YEAR, year, factor)

    def _documented_dollars(self, year: int) -> FloatArray:
        """Return output in dollars, (draw,), of any year, as its level and the laws have it."""

        def factor(later: int) -> FloatArray:
            return (1.0 + self._plain_growth("vn", later) / 100.0) * self._prices(later)

        if year <= self.dollar_year:
            return carried_back(self.dollar_level, self.dollar_year, year, factor)
        dollars = self.dollar_level
        for later in range(self.dollar_year + 1, year + 1):
            dollars = dollars * factor(later)
        return dollars

    def _documented_people(self) -> tuple[FloatArray, int]:
        """Return the population, (draw,), in billions, and its year: output over output per head.

        The output is that of the year of the figure per head: a figure of its own, or what the
        level of another year and the laws make of it.
        """
        value, has, name = self.context.value, self.context.has, "macro_vn_gdp_per_capita"
        year = self.dollar_year
        if has(f"{name}.level_year"):
            year = int(value(f"{name}.level_year")[0])
        output = value(f"{name}.output") if has(f"{name}.output") else None
        if output is None:
            output = self._documented_dollars(year)
        return output / value(f"{name}.level"), year

    def _peopled(self, year: int) -> FloatArray:
        assert self.people is not None  # noqa: S101 - asked where there are people alone
        if year > self.people_year:
            return grown(self.people, self.people_growth)
        factor = 1.0 + self.people_growth / 100.0
        return carried_back(self.people_level, self.people_year, year, lambda _later: factor)

    def _rate(self, year: int) -> FloatArray:
        """Return the yen's rate of `year`, (draw,), with the shocks of the scenario."""
        rate = np.exp(self.rate.step(year))
        for event in self.context.controls.of_type("exchange_rate_shock"):
            if event.on.year <= year:
                half_life = self.context.value("macro_jpy_per_usd.half_life")
                left = average_remaining(year - decimal_year(event.on), half_life)
                rate = rate * (1.0 + event.amount("percent") / 100.0) ** left
        return self.context.controls.steer("macro_jpy_per_usd", year, rate)


def average_remaining(since: float, half_life: FloatArray) -> FloatArray:
    """Return the average over a year of what is left of a jump, (draw,).

    The year begins `since` years after the jump, before it where negative.
    """
    rate = np.log(2.0) / half_life
    begin, end = max(since, 0.0), since + 1.0
    result: FloatArray = (np.exp(-rate * begin) - np.exp(-rate * end)) / rate
    return result


def grown(level: FloatArray, percent: FloatArray) -> FloatArray:
    """Return a level, (draw,), one year on at a growth in percent."""
    result: FloatArray = level * (1.0 + percent / 100.0)
    return result
