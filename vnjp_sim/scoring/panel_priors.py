"""Priors of the trade laws for one country of the panel, from other countries and earlier years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.parameters import AnyLaw, Distribution, Parameter, Parameters
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
from vnjp_sim.sectors.trade import EXPORTS, IMPORTS, RATIO, SEASON_OF_RATIO, TURNOVER

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
class OtherCountries:
    """What other countries tell before a year, (a country's size is its share of all trade).

    Attributes
    ----------
    growth : Centre
        Of trade, log points a year: mean of all world years; spread over countries and decades of
        what lasts.
    recent : Centre
        The same with the mean of the last decade.
    own_year : tuple[Centre, float]
        Spread of a year, net of the world's, of a country with a hundredth of all trade,
        lognormal; elasticity in size.
    world_year : float
        Standard deviation of a world year.
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

    growth: Centre
    recent: Centre
    own_year: tuple[Centre, float]
    world_year: float
    balance: Centre
    balance_change: tuple[Centre, float]
    balance_half_life: Centre
    ahead: Mapping[str, tuple[Centre, ...]]
    typical: float

    def volatility(self, share: float) -> Centre:
        """Return the spread of a whole year of a country with that share of trade, lognormal."""
        own = _of_size(self.own_year, share)
        total = float(np.hypot(own.centre, self.world_year))
        return Centre(total, own.spread * (own.centre / total) ** 2)

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
    turnover = np.log(known.turnover)
    ratio = np.log(known.exports / known.imports)
    world = world_years(turnover)
    size = np.nanmean(np.log(share_of_trade(known)), axis=0) - np.log(0.01)
    own_year = at_size(*spreads(changes(net_of_world(turnover))), size)
    lasting = _lasting(changes(net_of_world(turnover)))
    decades = _averages(world[:, None]).std(ddof=1)
    regimes = np.sqrt(max(decades**2 - world.var(ddof=1) / AVERAGED_YEARS, LEAST_LASTING**2))
    return OtherCountries(
        growth=Centre(float(world.mean()), float(np.hypot(lasting, regimes))),
        recent=Centre(float(world[-AVERAGED_YEARS:].mean()), float(np.hypot(lasting, regimes))),
        own_year=own_year,
        world_year=float(world.std(ddof=1)),
        balance=robust(np.nanmean(ratio, axis=0)),
        balance_change=at_size(*spreads(changes(ratio)), size),
        balance_half_life=reverting(ratio, trended=False).half_life,
        ahead={
            TURNOVER: _ahead(turnover),
            EXPORTS: _ahead(np.log(known.exports)),
            IMPORTS: _ahead(np.log(known.imports)),
        },
        typical=float(np.exp(np.nanmedian(size)) / 100.0),
    )


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
    """Return the trade laws alone, with the priors that fit a country; the rest as shipped."""
    growth = shipped.growth(TURNOVER).model_copy(
        update={
            "origin": None,
            "initial_growth": _normal(others.recent),
            "long_run_growth": _normal(others.growth),
            "half_life": _lognormal(FADING),
            "volatility": _lognormal(others.volatility(share)),
        }
    )
    balance = shipped.reverting(RATIO).model_copy(
        update={
            "equilibrium": _normal(others.balance),
            "spread": _lognormal(others.balance_spread(share)),
            "half_life": _lognormal(others.balance_half_life),
        }
    )
    single = {
        name: parameter
        for name, parameter in shipped.single.items()
        if name == SEASON_OF_RATIO or name.startswith("document_error_")
    }
    laws: dict[str, AnyLaw] = {TURNOVER: growth, RATIO: balance}
    return Parameters(laws, single, dict.fromkeys((*laws, *single), "trade"))


def _normal(of: Centre) -> Parameter:
    return _prior(normal={"mean": of.centre, "sd": of.spread})


def _lognormal(of: Centre) -> Parameter:
    return _prior(lognormal={"median": of.centre, "sigma": of.spread})


def _prior(**form: dict[str, float]) -> Parameter:
    prior = Distribution.model_validate(form)
    return Parameter(prior=prior, unit="log points", grade="empirical", reference=SOURCE)
