"""Priors of the trade laws for one country of the panel, from other countries and earlier years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.parameters import Parameter, Parameters
from vnjp_sim.scoring.panel import Panel
from vnjp_sim.scoring.pooled import (
    Centre,
    at_size,
    changes,
    net_of_world,
    reverting,
    robust,
    spreads,
    world_years,
)
from vnjp_sim.sectors.trade import EXPORTS, IMPORTS, RATIO, TURNOVER

FloatArray = NDArray[np.float64]

AVERAGED_YEARS = 10
"""Growth is averaged over so many years to tell what lasts of it."""
LEAST_LASTING = 0.01
FADING = Centre(2.0, 0.5)
"""Half-life of excess growth, years: means of five years have no memory (correlation -0.01)."""
LONGEST = 15
"""Years ahead, at most."""
SOURCE = "Pooled over other countries of the panel, years before the origin."


@dataclass(frozen=True)
class Growing:
    """How trade, or output, of other countries grew, in current dollars.

    Attributes
    ----------
    growth : Centre
        Log points a year: mean of all world years; spread over countries and decades of what
        lasts.
    own_year : tuple[Centre, float]
        Spread of a year, net of the world's, of a country with a hundredth of all trade,
        lognormal; elasticity in size.
    world_year : float
        Standard deviation of a world year.
    """

    growth: Centre
    own_year: tuple[Centre, float]
    world_year: float

    def volatility(self, share: float) -> Centre:
        """Return the spread of a whole year of a country with that share of trade, lognormal."""
        own = _of_size(self.own_year, share)
        total = float(np.hypot(own.centre, self.world_year))
        return Centre(total, own.spread * (own.centre / total) ** 2)


@dataclass(frozen=True)
class OtherCountries:
    """What other countries tell before a year (a country's size is its share of all trade).

    Attributes
    ----------
    trade, output, beyond : Growing
        Of turnover, of GDP, and of turnover beyond GDP.
    ratio_trend : Centre
        Of turnover to GDP, log points a year: mean of world years; spread over decades of the
        world.
    own_trend : float
        How much countries differ in it.
    ratio_half_life : Centre
        How long the ratio stays off its trend, years, lognormal.
    balance : Centre
        Log of exports over imports, normal.
    balance_change : tuple[Centre, float]
        Spread of its yearly change, as `own_year`.
    balance_half_life : Centre
        Years, lognormal.
    ahead : Mapping[str, tuple[Centre, ...]]
        What turnover, exports and imports grew by over 1, 2, … years, by quantity.
    typical : float
        The share of trade of a typical country.
    """

    trade: Growing
    output: Growing
    beyond: Growing
    ratio_trend: Centre
    own_trend: float
    ratio_half_life: Centre
    balance: Centre
    balance_change: tuple[Centre, float]
    balance_half_life: Centre
    ahead: Mapping[str, tuple[Centre, ...]]
    typical: float

    def balance_spread(self, share: float) -> Centre:
        """Return the stationary spread of its log ratio, lognormal."""
        change = _of_size(self.balance_change, share)
        left = 2.0 ** (-1.0 / self.balance_half_life.centre)
        return Centre(change.centre / float(np.sqrt(2.0 * (1.0 - left))), change.spread)


def _of_size(line: tuple[Centre, float], share: float) -> Centre:
    at_hundredth, elasticity = line
    return Centre(at_hundredth.centre * (100.0 * share) ** elasticity, at_hundredth.spread)


def other_countries(panel: Panel, year: int, without: Sequence[str]) -> OtherCountries:
    """Return what the panel tells in years before `year` without some countries."""
    known = panel.before(year).without(without)
    turnover, output = np.log(known.turnover), np.log(known.gdp)
    balance = np.log(known.exports / known.imports)
    size = np.nanmean(np.log(share_of_trade(known)), axis=0) - np.log(0.01)
    ratio = reverting(net_of_world(turnover - output), trended=True)
    return OtherCountries(
        trade=_growing(turnover, size),
        output=_growing(output, size),
        beyond=_growing(turnover - output, size),
        ratio_trend=_regimes(world_years(turnover - output)),
        own_trend=ratio.trend.spread,
        ratio_half_life=ratio.half_life,
        balance=robust(np.nanmean(balance, axis=0)),
        balance_change=at_size(*spreads(changes(balance)), size),
        balance_half_life=reverting(balance, trended=False).half_life,
        ahead={
            TURNOVER: _ahead(turnover),
            EXPORTS: _ahead(np.log(known.exports)),
            IMPORTS: _ahead(np.log(known.imports)),
        },
        typical=float(np.exp(np.nanmedian(size)) / 100.0),
    )


def _growing(log_levels: FloatArray, size: FloatArray) -> Growing:
    own, world = changes(net_of_world(log_levels)), world_years(log_levels)
    regimes = _regimes(world)
    return Growing(
        growth=Centre(regimes.centre, float(np.hypot(regimes.spread, _lasting(own)))),
        own_year=at_size(*spreads(own), size),
        world_year=float(world.std(ddof=1)),
    )


def _regimes(world: FloatArray) -> Centre:
    """Return the mean of world years, and the spread of decades beyond that of single years."""
    decades = _averages(world[:, None]).std(ddof=1)
    beyond = max(decades**2 - world.var(ddof=1) / AVERAGED_YEARS, 0.0)
    return Centre(float(world.mean()), max(float(np.sqrt(beyond)), LEAST_LASTING))


def _ahead(log_levels: FloatArray) -> tuple[Centre, ...]:
    """Return what series grew by over 1, 2, … years: all countries and all years together."""
    return tuple(
        robust((log_levels[years:] - log_levels[:-years]).ravel())
        for years in range(1, LONGEST + 1)
    )


def _lasting(yearly: FloatArray) -> float:
    """Return the spread of what lasts of a country's growth: what two decades have in common."""
    means = _averages(yearly)
    first, second = means[:-AVERAGED_YEARS].ravel(), means[AVERAGED_YEARS:].ravel()
    known = np.isfinite(first) & np.isfinite(second)
    covariance = np.cov(first[known], second[known])[0, 1] if known.any() else 0.0
    return float(np.sqrt(max(covariance, LEAST_LASTING**2)))


def share_of_trade(panel: Panel) -> FloatArray:
    """Return each country's part of all trade in the panel, (year, country)."""
    result: FloatArray = panel.turnover / np.nansum(panel.turnover, axis=1, keepdims=True)
    return result


def _averages(yearly: FloatArray) -> FloatArray:
    """Return running means over a decade, (year, series)."""
    windows = np.lib.stride_tricks.sliding_window_view(yearly, AVERAGED_YEARS, axis=0)
    result: FloatArray = windows.mean(axis=-1)
    return result


def country_parameters(shipped: Parameters, others: OtherCountries, share: float) -> Parameters:
    """Return the trade laws alone, with the priors that fit a country; the rest as shipped.

    Growth is beyond the country's output, as that of the shipped law.
    """
    trend = Centre(
        others.ratio_trend.centre, float(np.hypot(others.ratio_trend.spread, others.own_trend))
    )
    growth = shipped.growth(TURNOVER).model_copy(
        update={
            "origin": None,
            "initial_growth": _normal(trend),
            "long_run_growth": _normal(trend),
            "half_life": _lognormal(FADING),
            "volatility": _lognormal(others.beyond.volatility(share)),
            "departure_half_life": _lognormal(others.ratio_half_life),
        }
    )
    balance = shipped.reverting(RATIO).model_copy(
        update={
            "equilibrium": _normal(others.balance),
            "spread": _lognormal(others.balance_spread(share)),
            "half_life": _lognormal(others.balance_half_life),
        }
    )
    return replace(shipped, laws={**shipped.laws, TURNOVER: growth, RATIO: balance})


def _normal(of: Centre) -> Parameter:
    return _prior(normal={"mean": of.centre, "sd": of.spread})


def _lognormal(of: Centre) -> Parameter:
    return _prior(lognormal={"median": of.centre, "sigma": of.spread})


def _prior(**form: dict[str, float]) -> Parameter:
    prior = Distribution.model_validate(form)
    return Parameter(prior=prior, unit="log points", grade="empirical", reference=SOURCE)
