"""Skill on the panel: scores of every country and origin, and what they say on the whole.

Years are the sample size, since countries depend on one another through world trade: intervals come
from a circular block bootstrap over origin years, with blocks as long as the lead, for forecasts
whose spans overlap share years.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.scoring.panel import Panel
from vnjp_sim.scoring.panel_cases import LEADS, METHODS, Scores, score_case
from vnjp_sim.scoring.panel_priors import OtherCountries, other_countries
from vnjp_sim.scoring.scores import MODEL, inside

FloatArray = NDArray[np.float64]

FIRST_ORIGIN = 1975
FIRST_FIGURES = 1960
LARGEST_CHANGE = 1.5
"""A country whose exports or imports moved by more log points in a year is left out: such jumps
come from conversions in hyperinflations and from the coming of new prices, not from trade."""
FOLDS = 4
"""The priors of a country leave out its own quarter of the countries."""
RENEWED = 5
"""Priors are those of the last year that divides by it, at the origin or before."""
RESAMPLES = 4_000
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Interval:
    """An estimate and its 90 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PanelSkill:
    """Scores of all cases, (case, method, quantity, lead), of a country and an origin each."""

    countries: tuple[str, ...]
    origins: NDArray[np.int64]
    crps: FloatArray
    below: FloatArray

    def mean_crps(self) -> FloatArray:
        """Return mean CRPS, (method, quantity, lead)."""
        result: FloatArray = np.nanmean(self.crps, axis=0)
        return result

    def difference(self, method: str, quantity: int, lead: int) -> Interval:
        """Return the model's mean CRPS less that of another method."""
        model, other = METHODS.index(MODEL), METHODS.index(method)
        gaps = self.crps[:, model, quantity, lead] - self.crps[:, other, quantity, lead]
        return self._mean(gaps, LEADS[lead])

    def coverage(self, level: float, quantity: int, lead: int, method: str = MODEL) -> Interval:
        """Return the share of truths inside central intervals."""
        below = self.below[:, METHODS.index(method), quantity, lead]
        held = np.where(np.isnan(below), np.nan, inside(below, level))
        return self._mean(held, LEADS[lead])

    def held_by_year(self, level: float, lead: int) -> dict[int, float]:
        """Return the share of truths of each year inside the model's intervals, by that year."""
        below = self.below[:, METHODS.index(MODEL), :, lead]
        shares = {}
        for origin in np.unique(self.origins):
            own = below[self.origins == origin]
            if np.isfinite(own).any():
                held = inside(own[np.isfinite(own)], level)
                shares[int(origin) + LEADS[lead]] = float(held.mean())
        return shares

    def _mean(self, values: FloatArray, block: int) -> Interval:
        years = np.unique(self.origins[np.isfinite(values)])
        sums = np.array([np.nansum(values[self.origins == year]) for year in years])
        counts = np.array([np.isfinite(values[self.origins == year]).sum() for year in years])
        rng = np.random.default_rng(0)
        blocks = -(-years.size // block)
        starts = rng.integers(years.size, size=(RESAMPLES, blocks))
        rows = (starts[:, :, None] + np.arange(block)) % years.size
        rows = rows.reshape(RESAMPLES, -1)[:, : years.size]
        means = sums[rows].sum(axis=1) / counts[rows].sum(axis=1)
        low, high = np.quantile(means, INTERVAL)
        return Interval(float(sums.sum() / counts.sum()), float(low), float(high))


def countries_of(panel: Panel) -> tuple[str, ...]:
    """Return the countries of the suite: complete from 1960 on, without jumps of conversion."""
    since = panel.years.index(FIRST_FIGURES)
    complete = np.isfinite(panel.turnover[since:]).all(axis=0)
    jumps = [
        np.nanmax(np.abs(np.diff(np.log(table), axis=0)), axis=0)
        for table in (panel.exports, panel.imports)
    ]
    kept = complete & (np.maximum(*jumps) <= LARGEST_CHANGE)
    return tuple(np.array(panel.countries)[kept].tolist())


def panel_skill(
    panel: Panel,
    shipped: Parameters,
    countries: Sequence[str],
    origins: Sequence[int],
    processes: int = 1,
    advance: Callable[[int], None] = lambda _cases: None,
) -> PanelSkill:
    """Forecast every country from every origin by every method, and score."""
    cases = [(country, origin) for origin in origins for country in countries]
    wanted = sorted({(_renewed(origin), _fold(panel, country)) for country, origin in cases})
    priors = partial(_priors, panel)
    scored: list[Scores] = []
    if processes == 1:
        known = dict(zip(wanted, map(priors, wanted), strict=True))
        for case in cases:
            scored.append(_scored(panel, shipped, known, case))
            advance(1)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            known = dict(zip(wanted, pool.map(priors, wanted), strict=True))
            one = partial(_scored, panel, shipped, known)
            for scores in pool.map(one, cases, chunksize=16):
                scored.append(scores)
                advance(1)
    return PanelSkill(
        tuple(one.country for one in scored),
        np.array([one.origin for one in scored]),
        np.stack([one.crps for one in scored]),
        np.stack([one.below for one in scored]),
    )


def _renewed(origin: int) -> int:
    return origin - origin % RENEWED


def _fold(panel: Panel, country: str) -> int:
    return panel.column(country) % FOLDS


def _priors(panel: Panel, wanted: tuple[int, int]) -> OtherCountries:
    year, fold = wanted
    return other_countries(panel, year, panel.countries[fold::FOLDS])


def _scored(
    panel: Panel,
    shipped: Parameters,
    known: dict[tuple[int, int], OtherCountries],
    case: tuple[str, int],
) -> Scores:
    country, origin = case
    others = known[_renewed(origin), _fold(panel, country)]
    return score_case(panel, country, origin, others, shipped)
