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

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.identities import decimal_year
from vnjp_sim.sectors.laws import RevertingState, Setting

FloatArray = NDArray[np.float64]

BASE_YEAR = 2024
BASE_INDEX = 100.0


class Macro(Sector):
    """GDP indices (2024 = 100), Vietnam's growth and its GDP in dollars, yen per dollar."""

    outputs: ClassVar[tuple[str, ...]] = (
        "macro_vn_gdp",
        "macro_jp_gdp",
        "macro_jpy_per_usd",
        "macro_vn_gdp_usd",
        "macro_vn_growth",
        "macro_vn_gdp_per_capita",
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        size = setting.luck.size
        self.index = {"vn": np.full(size, BASE_INDEX), "jp": np.full(size, BASE_INDEX)}
        self.mean = {c: setting.drawn(f"macro_{c}_growth_mean") for c in ("vn", "jp")}
        self.spread = {c: setting.drawn(f"macro_{c}_growth_shock") for c in ("vn", "jp")}
        self.price_mean = setting.drawn("macro_vn_dollar_prices_mean")
        self.price_spread = setting.drawn("macro_vn_dollar_prices_shock")
        self.rate = RevertingState(setting, "macro_jpy_per_usd")
        self.dollars: FloatArray | None = None
        self.dollar_year = 0
        if setting.has("macro_vn_gdp_usd.level"):
            self.dollars = setting.value("macro_vn_gdp_usd.level")
            self.dollar_year = int(setting.value("macro_vn_gdp_usd.level_year")[0])
        self.people: FloatArray | None = None
        if setting.has("macro_vn_gdp_usd.level", "macro_vn_gdp_per_capita.level"):
            per_head = setting.value("macro_vn_gdp_per_capita.level")
            self.people = setting.value("macro_vn_gdp_usd.level") / per_head  # billions
            self.people_growth = setting.drawn("macro_vn_population_growth")

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's output of both economies and the yen's rate."""
        del values
        growth = {c: self._growth(c, year) for c in ("vn", "jp")}
        result = {"macro_jpy_per_usd": self._rate(year), "macro_vn_growth": growth["vn"]}
        for country, rate in growth.items():
            if year > BASE_YEAR:
                self.index[country] = grown(self.index[country], rate)
            result[f"macro_{country}_gdp"] = self.index[country]
        if self.dollars is not None:
            if year > self.dollar_year:
                shock = self.setting.luck.normal("macro_vn_dollar_prices", year)
                prices = self.price_mean + self.price_spread * shock
                self.dollars = grown(self.dollars, growth["vn"]) * np.exp(prices)
            result["macro_vn_gdp_usd"] = self.dollars
            if self.people is not None:
                if year > self.dollar_year:
                    self.people = grown(self.people, self.people_growth)
                result["macro_vn_gdp_per_capita"] = self.dollars / self.people
        return result

    def _growth(self, country: str, year: int) -> FloatArray:
        """Return real growth of `year`, (draw,), in percent."""
        name = f"macro_{country}_growth"
        growth = self.mean[country] + self.spread[country] * self.setting.shock(name, year)
        return self.setting.steering.steer(name, year, growth)

    def _rate(self, year: int) -> FloatArray:
        """Return the yen's rate of `year`, (draw,), with the shocks of the scenario."""
        rate = np.exp(self.rate.step(year))
        for event in self.setting.steering.of_type("exchange_rate_shock"):
            if event.on.year <= year:
                half_life = self.setting.value("macro_jpy_per_usd.half_life")
                left = average_left(year - decimal_year(event.on), half_life)
                rate = rate * (1.0 + event.amount("percent") / 100.0) ** left
        return self.setting.steering.steer("macro_jpy_per_usd", year, rate)


def average_left(since: float, half_life: FloatArray) -> FloatArray:
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
