"""The central course of both economies and the yen: one fixed path, the same in every draw.

Published values up to their last year, then the forecast of the latest vintage, then growth that
fades over ten years, in equal steps, to the stated long-run growth. It follows from a models folder
and a day alone, never from a run: draws and scenarios depart from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.official import Official
from vnjp_sim.inputs.parameters import Parameters

FloatArray = NDArray[np.float64]
Rates = dict[int, float]
"""By year: growth on the year before in log points, or a level."""

FIRST, LAST = 1990, 2100
BASE_YEAR, BASE_INDEX = 2024, 100.0
FADE = 10
"""Years in which growth goes from the last forecast to the long run."""
RECENT = 5
"""Years whose mean growth begins the fade where there is no forecast."""

OUTPUT, PER_HEAD, PEOPLE = "macro_vn_gdp_usd", "macro_vn_gdp_per_capita", "macro_vn_population"
GROWTH, RATE = "macro_vn_growth", "macro_jpy_per_usd"
INDEX = {"vn": "macro_vn_gdp", "jp": "macro_jp_gdp"}
GROWTH_OF = {"vn": GROWTH, "jp": INDEX["jp"]}
"""The indicator whose figures give a country's growth."""


@dataclass(frozen=True)
class CentralCourse:
    """The central course by indicator, each year from 1990 to 2100.

    Attributes
    ----------
    levels : Mapping[str, tuple[float, ...]]
        In the unit of each indicator.
    published : Mapping[str, int]
        The last year whose value is published, and the same in every draw. Without a published
        series it is the year of the figure that a document gives, for an index its base year; the
        yen, which follows its law from a level that is not certain, is then left out.
    taken : tuple[Observation, ...]
        Figures of documents that it takes where the official series have none.
    """

    levels: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    published: Mapping[str, int] = field(default_factory=dict)
    taken: tuple[Observation, ...] = ()

    def __contains__(self, indicator: str) -> bool:
        return indicator in self.levels

    def value(self, indicator: str, year: int) -> float:
        """Return the level of a year; before 1990 and after 2100 that of the nearest year."""
        if indicator not in self.levels:
            what, remedy = "has no central course", did_you_mean(indicator, self.levels)
            raise InputError.single(indicator, what, remedy)
        return self.levels[indicator][min(max(year, FIRST), LAST) - FIRST]

    def values(self, indicator: str, first: int, last: int) -> FloatArray:
        """Return the levels of the years from `first` to `last`, (year,)."""
        return np.array([self.value(indicator, year) for year in range(first, last + 1)])

    def growth(self, indicator: str, year: int) -> float:
        """Return the log growth of a year on the year before."""
        return float(np.log(self.value(indicator, year) / self.value(indicator, year - 1)))

    def last_published(self, indicator: str) -> int:
        """Return the last year whose value is published; the year before the first if none is."""
        return self.published.get(indicator, FIRST - 1)

    @cached_property
    def content(self) -> dict[str, Any]:
        """What it says, to be written as JSON."""
        levels = {name: list(levels) for name, levels in sorted(self.levels.items())}
        return {"levels": levels, "published": dict(sorted(self.published.items()))}


def central_course(evidence: Evidence, parameters: Parameters) -> CentralCourse:
    """Return the central course of some evidence and the stated long-run growth."""
    official, taken = evidence.official, list[Observation]()
    levels: dict[str, Rates] = {}
    published: dict[str, int] = {}
    real: dict[str, Rates] = {}
    for country, index in INDEX.items():
        name = GROWTH_OF[country]
        known = _known(official, name)
        if name == GROWTH:
            known |= _later(evidence, official, name, taken)
        growth = {year: float(np.log1p(value / 100.0)) for year, value in known.items()}
        ahead = {y: float(np.log1p(f.value / 100.0)) for y, f in official.latest(name).items()}
        real[country] = _growth(growth, ahead, _long_run(parameters, f"macro_{country}_growth"))
        levels[index] = _levels({BASE_YEAR: BASE_INDEX}, real[country])
        published[index] = max(known, default=BASE_YEAR)
        if country == "vn":
            levels[GROWTH] = _percent(known, real[country])
            published[GROWTH] = published[index]
    dollars = _dollars(evidence, parameters, real["vn"], taken)
    if dollars is not None:
        levels[OUTPUT], published[OUTPUT] = dollars
        people = _people(evidence, parameters, levels[OUTPUT], taken)
        if people is not None:
            levels[PEOPLE], published[PEOPLE] = people
            levels[PER_HEAD] = {y: 1e3 * levels[OUTPUT][y] / n for y, n in levels[PEOPLE].items()}
            published[PER_HEAD] = min(published[OUTPUT], published[PEOPLE])
    if RATE in parameters.laws:
        rates = _known(official, RATE)
        levels[RATE] = _rate(rates, parameters)
        published |= {RATE: max(rates)} if rates else {}
    years = range(FIRST, LAST + 1)
    rows = {name: tuple(by_year[y] for y in years) for name, by_year in levels.items()}
    return CentralCourse(rows, published, tuple(taken))


def _known(official: Official, indicator: str) -> Rates:
    return {year: f.value for year, f in official.series(indicator).items()}


def _later(
    evidence: Evidence, official: Official, indicator: str, taken: list[Observation]
) -> Rates:
    """Return the levels of documents for the years that follow a published series; note them."""
    year = max(official.series(indicator), default=None)
    later: Rates = {}
    while year is not None:
        year += 1
        figure = _sharpest(f for f in _of_years(evidence, indicator) if f.period.year == year)
        if figure is None:
            break
        taken.append(figure)
        later[year] = figure.value
    return later


def _of_years(
    evidence: Evidence, indicator: str, uses: Collection[str] = ("calibrate",)
) -> list[Observation]:
    """Return the figures of an indicator that state its level in a whole year."""
    return [
        f
        for f in evidence.observations
        if f.indicators == (indicator,)
        and f.use in uses
        and f.period.kind == "year"
        and f.reported in ("exact", "rounded", "about", "nearly", "over")
    ]


def _sharpest(figures: Iterable[Observation]) -> Observation | None:
    return max(figures, key=lambda f: (f.period.year, -f.step, f.key), default=None)


def _long_run(parameters: Parameters, name: str) -> float:
    prior = parameters.single[f"{name}_long_run"].prior
    return float(np.log1p(float(prior.transform(np.zeros(1))[0]) / 100.0))


def _growth(known: Rates, ahead: Rates, long_run: float) -> Rates:
    """Return the growth of every year: published, forecast, fading to the long run."""
    growth = dict(known)
    last = max(known, default=min(ahead, default=FIRST) - 1)
    recent = [known[y] for y in sorted(known)[-RECENT:]]
    reached = float(np.mean(recent)) if recent else long_run
    while last < max(ahead, default=FIRST - 1):
        last += 1
        growth[last] = reached = ahead.get(last, reached)
    for year in range(last + 1, LAST + 1):
        passed = min((year - last) / FADE, 1.0)
        growth[year] = reached + (long_run - reached) * passed
    earliest = min(growth)  # its growth stands for that of the years before
    return {year: growth[max(year, earliest)] for year in range(FIRST, LAST + 1)}


def _levels(known: Rates, growth: Rates) -> Rates:
    """Return the levels of every year: those known, and from these on and back by growth."""
    levels = dict(known)
    for year in range(max(known) + 1, LAST + 1):
        levels[year] = levels[year - 1] * float(np.exp(growth[year]))
    for year in range(min(known) - 1, FIRST - 1, -1):
        levels[year] = levels[year + 1] / float(np.exp(growth[year + 1]))
    return levels


def _percent(known: Rates, growth: Rates) -> Rates:
    return {y: known.get(y, 100.0 * float(np.expm1(g))) for y, g in growth.items()}


# ---------------------------------------------------------------------- dollars and population


def _dollars(
    evidence: Evidence, parameters: Parameters, real: Rates, taken: list[Observation]
) -> tuple[Rates, int] | None:
    """Return Vietnam's output in dollars and its last published year; None without a level.

    Its growth is real growth and the rise of prices in dollars.
    """
    official = evidence.official
    series = _known(official, OUTPUT)
    later = _later(evidence, official, OUTPUT, taken)
    vintage = _Vintage.of(official, series)
    known = series | later
    prices = {y: float(np.log(known[y] / known[y - 1])) - real[y] for y in known if y - 1 in known}
    last = max(known, default=FIRST - 1)
    if vintage.rebased and not later:
        known = {vintage.first: vintage.levels[vintage.first]}
    if not known:
        figure = _sharpest(_of_years(evidence, OUTPUT, ("calibrate", "check")))
        if figure is None:
            return None
        taken.append(figure)
        last, known = figure.period.year, {figure.period.year: figure.value}
    rise = _growth(prices, vintage.prices, _long_run(parameters, "macro_vn_dollar_prices"))
    return _levels(known, {y: real[y] + rise[y] for y in rise}), last


@dataclass(frozen=True)
class _Vintage:
    """The latest forecast of output in dollars, and the rise of prices that it holds, by year.

    It is `rebased` where the published levels are of another release, which may have another base:
    they are then chained back from its first value by growth, and its own year before, which is not
    kept, is taken to have had the rise of prices of its second year.
    """

    levels: Rates
    prices: Rates
    rebased: bool

    @property
    def first(self) -> int:
        return min(self.levels)

    @classmethod
    def of(cls, official: Official, series: Rates) -> _Vintage:
        latest = official.latest(OUTPUT)
        if not latest:
            return cls({}, {}, rebased=False)
        document = latest[max(latest)].document
        levels, growth = (
            {f.year: f.value for f in official.forecasts if (f.document, f.indicator) == key}
            for key in ((document, OUTPUT), (document, GROWTH))
        )
        before = min(levels) - 1
        figure = official.series(OUTPUT).get(before)
        rebased = figure is None or figure.document != document
        chain = levels if rebased else {before: series[before]} | levels
        prices = {
            y: float(np.log(chain[y] / chain[y - 1]) - np.log1p(growth[y] / 100.0))
            for y in levels
            if y - 1 in chain and y in growth
        }
        if rebased and prices:
            prices[before + 1] = prices[before + 2]
        return cls(levels, prices, rebased)


def _people(
    evidence: Evidence, parameters: Parameters, output: Rates, taken: list[Observation]
) -> tuple[Rates, int] | None:
    """Return Vietnam's population and its last published year; None without a level.

    Without a series it is output over output per head of the latest figure.
    """
    known = _known(evidence.official, PEOPLE)
    last = max(known, default=FIRST - 1)
    growth = {y: float(np.log(known[y] / known[y - 1])) for y in known if y - 1 in known}
    if not known:
        figure = _sharpest(_of_years(evidence, PER_HEAD, ("calibrate", "check")))
        if figure is None:
            return None
        taken.append(figure)
        last = figure.period.year
        known = {last: 1e3 * output[last] / figure.value}
    ahead = _growth(growth, {}, _long_run(parameters, "macro_vn_population"))
    return _levels(known, ahead), last


# ---------------------------------------------------------------------- the yen


def _rate(known: Rates, parameters: Parameters) -> Rates:
    """Return the yen's rate: published, then the median path of its law.

    Without a published rate the law passes through the level that its prior states.
    """
    law = parameters.reverting(RATE)
    middle = np.zeros(1)
    equilibrium = float(law.equilibrium.prior.transform(middle)[0])
    half_life = float(law.half_life.prior.transform(middle)[0])
    if not known and law.level is not None and law.level_year is not None:
        known = {law.level_year: float(law.level.prior.transform(middle)[0])}
    if not known:
        return dict.fromkeys(range(FIRST, LAST + 1), float(np.exp(equilibrium)))
    levels = dict(known)
    for year in range(FIRST, LAST + 1):
        if year not in known:
            nearest = min(max(year, min(known)), max(known))
            apart = float(np.log(known[nearest])) - equilibrium
            left = apart * float(np.exp2(-abs(year - nearest) / half_life))
            levels[year] = float(np.exp(equilibrium + left))
    return levels
