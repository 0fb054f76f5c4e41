"""Forecasts of the shipped calibrator for real countries, from few and rounded figures.

A case is a country and an origin, the last year that is known. Three to eight years up to the
origin are printed as documents print: some of them turnover alone, some exports and imports, to two
or three digits, `over`, `nearly` or `about`. The calibrator sees them through its own plan and its
own sampler, with priors from other countries and earlier years, and forecasts turnover, exports and
imports; so do the baselines.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.observation_model import ABOUT_SD
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.scoring import baselines
from vnjp_sim.scoring.levels import history_of
from vnjp_sim.scoring.panel import Panel
from vnjp_sim.scoring.panel_model import Output, model_forecast
from vnjp_sim.scoring.panel_priors import OtherCountries, country_parameters, share_of_trade
from vnjp_sim.scoring.scores import MODEL
from vnjp_sim.sectors.trade import EXPORTS, IMPORTS, TURNOVER

FloatArray = NDArray[np.float64]

LEADS = (1, 3, 5, 10, 15)
QUANTITIES = (TURNOVER, EXPORTS, IMPORTS)
POOLED = "pooled"
METHODS = (MODEL, "naive", "drift", "damped", "theta", POOLED)
FEWEST, MOST, LONGEST_SPAN, SHORTEST_SPAN = 3, 8, 24, 5
BOTH_WAYS = 0.5
WAYS = {"rounded": 0.6, "about": 0.15, "over": 0.15, "nearly": 0.10}


@dataclass(frozen=True)
class Scores:
    """Of one case: CRPS in log points and probability below the truth, (method, quantity, lead).

    NaN where the truth lies beyond the table.
    """

    country: str
    origin: int
    crps: FloatArray
    below: FloatArray


def figures_of(panel: Panel, country: str, origin: int) -> tuple[Observation, ...]:
    """Return the figures of a case; the same for the same country and origin."""
    rng = np.random.default_rng([origin, zlib.crc32(country.encode())])
    column, years = panel.column(country), np.array(panel.years)
    known = years[np.isfinite(panel.turnover[:, column]) & (years <= origin)]
    count = int(rng.integers(FEWEST, MOST + 1))
    span = int(rng.integers(max(SHORTEST_SPAN, count), LONGEST_SPAN + 1))
    first = max(origin - span, int(known[0]))
    between = rng.choice(np.arange(first + 1, origin), count - 2, replace=False)
    figures: list[Observation] = []
    for year in sorted({first, origin, *map(int, between)}):
        row = panel.years.index(year)
        values = dict(
            zip(
                QUANTITIES,
                (table[row, column] for table in (panel.turnover, panel.exports, panel.imports)),
                strict=True,
            )
        )
        both = year in (first, origin) or rng.random() < BOTH_WAYS
        figures += [
            _printed(rng, name, year, float(values[name]))
            for name in ((EXPORTS, IMPORTS) if both else (TURNOVER,))
        ]
    return tuple(sorted(figures, key=lambda figure: figure.key))


def _printed(rng: np.random.Generator, name: str, year: int, value: float) -> Observation:
    way = str(rng.choice(list(WAYS), p=list(WAYS.values())))
    digits = int(rng.integers(1, 3)) if way == "rounded" else 1
    step = float(10.0 ** (np.floor(np.log10(value)) - digits))
    shown = value + ABOUT_SD * step * rng.standard_normal() if way == "about" else value
    whole = {"over": np.floor, "nearly": np.ceil}.get(way, np.round)
    number = float(whole(shown / step) * step)
    return Observation(
        indicators=(name,),
        period=parse_period(str(year)),
        value=number,
        step=step,
        printed=repr(number),
        unit="USD bn",
        reported=way,
        base_period=None,
        of="",
        document="panel",
        lines=(1,),
        place="the table",
        use="calibrate",
        note="",
        file="panel",
        row=1,
    )


def baseline_forecasts(
    figures: Sequence[Observation], years: Sequence[int], others: OtherCountries, share: float
) -> dict[str, list[FloatArray]]:
    """Return draws by method: for each quantity in turn (year, draw)."""
    spread = others.trade.volatility(share).centre
    by_method: dict[str, list[FloatArray]] = {}
    for name in QUANTITIES:
        history = _history(figures, name, spread)
        leads = [year + 0.5 - float(history.times[-1]) for year in years]
        forecasts = baselines.forecasts(history, leads)
        forecasts[POOLED] = _pooled(history, name, leads, others, share)
        for method, draws in forecasts.items():
            by_method.setdefault(method, []).append(draws)
    return by_method


def _history(figures: Sequence[Observation], name: str, spread: float) -> baselines.History:
    """Return what a baseline sees; of turnover also the sums of exports and imports."""
    own = [figure for figure in figures if figure.indicators == (name,)]
    if name != TURNOVER:
        return history_of(own, flow=True, prior_spread=spread)
    directions = [
        history_of([f for f in figures if f.indicators == (way,)], flow=True, prior_spread=spread)
        for way in (EXPORTS, IMPORTS)
    ]
    exports, imports = directions
    levels = dict(zip(exports.times, np.logaddexp(exports.levels, imports.levels), strict=True))
    if own:
        alone = history_of(own, flow=True, prior_spread=spread)
        levels |= dict(zip(alone.times, alone.levels, strict=True))
    times = sorted(levels)
    return baselines.History(np.array(times), np.array([levels[t] for t in times]), spread)


def _pooled(
    history: baselines.History,
    name: str,
    leads: Sequence[float],
    others: OtherCountries,
    share: float,
) -> FloatArray:
    """Return the last level, grown and spread as other countries did over so many years."""
    wider = others.trade.volatility(share).centre / others.trade.volatility(others.typical).centre
    grown = [others.ahead[name][round(lead) - 1] for lead in leads]
    centre = history.levels[-1] + np.array([of.centre for of in grown])
    spread = wider * np.array([of.spread for of in grown])
    draws: FloatArray = centre[:, None] + spread[:, None] * baselines.normal_quantiles()
    return draws


def score_case(
    panel: Panel, country: str, origin: int, others: OtherCountries, shipped: Parameters
) -> Scores:
    """Forecast one country from one origin by every method, and score."""
    from scoringrules import crps_ensemble

    figures = figures_of(panel, country, origin)
    years = [origin + lead for lead in LEADS if origin + lead <= panel.years[-1]]
    column = panel.column(country)
    share = float(share_of_trade(panel)[panel.years.index(origin), column])
    parameters = country_parameters(shipped, others, share)
    output = Output(origin, panel.years[0], panel.gdp[: panel.years.index(origin) + 1, column])
    ahead = [year - origin for year in years]
    rng = np.random.default_rng([origin, zlib.crc32(country.encode()), 1])
    drawn: Mapping[str, Sequence[FloatArray]] = {
        MODEL: list(model_forecast(parameters, figures, output, others, share, ahead, rng)),
        **baseline_forecasts(figures, years, others, share),
    }
    rows = [panel.years.index(year) for year in years]
    truths = [
        np.log(table[rows, column]) for table in (panel.turnover, panel.exports, panel.imports)
    ]
    crps, below = np.full((2, len(METHODS), len(QUANTITIES), len(LEADS)), np.nan)
    for i, method in enumerate(METHODS):
        for j, (draws, truth) in enumerate(zip(drawn[method], truths, strict=True)):
            crps[i, j, : len(years)] = crps_ensemble(truth, draws, estimator="qd")
            below[i, j, : len(years)] = (draws < truth[:, None]).mean(axis=1)
    return Scores(country, origin, crps, below)
