"""Skill on made-up series: the model against baselines that see the same figures."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from vnjp_sim.calibration.planning import place_law
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.scoring import baselines
from vnjp_sim.scoring.forecasts import draws_of, series_groups
from vnjp_sim.scoring.levels import date_of, history_of, path_of, spread_of
from vnjp_sim.scoring.scores import MODEL, Difference, Pooled, Scored, differences, pool, score
from vnjp_sim.scoring.synthetic import DOCUMENTS, Series, SeriesLaw, make_series

DRAWS = 1_000
CHUNK = 8

Result = TypeVar("Result")


@dataclass(frozen=True)
class Skill:
    """What a study found: every score, pooled by method and by years ahead, and differences."""

    name: str
    scored: tuple[Scored, ...]

    @property
    def pooled(self) -> dict[str, Pooled]:
        """Scores over all cases, by method."""
        return pool(self.scored)

    @property
    def differences(self) -> list[Difference]:
        """The model's mean CRPS less that of each baseline."""
        return differences(self.scored)

    def by_lead(self) -> dict[str, dict[str, Pooled]]:
        """Scores by case (years ahead), then by method."""
        cases = list(dict.fromkeys(one.case for one in self.scored))
        return {case: pool(one for one in self.scored if one.case == case) for case in cases}


def synthetic_skill(
    generator: str,
    count: int,
    laws: Sequence[SeriesLaw],
    seed: int = 0,
    workers: int = 1,
    advance: Callable[[int], None] = lambda _series: None,
) -> Skill:
    """Forecast `count` made-up series of a generator and score every method.

    The scores do not depend on the number of workers; `advance` is called after each series.
    """
    one = partial(score_series, generator, seed=seed, laws=laws)
    scored = _each(one, count, workers, advance)
    return Skill(generator, tuple(item for items in scored for item in items))


def own_probabilities(
    count: int, laws: Sequence[SeriesLaw], seed: int = 0, workers: int = 1
) -> baselines.FloatArray:
    """Return the model's probability below the truth, (series,), on series of its own laws.

    One truth a series, so that they are independent: 1, 3 and 5 years ahead in turn.
    """
    one = partial(_own_probability, seed=seed, laws=laws)
    return np.array(_each(one, count, workers))


def _own_probability(number: int, seed: int, laws: Sequence[SeriesLaw]) -> float:
    series = make_series("own", number, seed, laws)
    row = number % len(series.years)
    draws = model_forecast(series, np.random.default_rng([seed, number]))[row]
    return float((draws < series.truth[row]).mean())


def _each(
    one: Callable[[int], Result],
    count: int,
    workers: int,
    advance: Callable[[int], None] = lambda _done: None,
) -> list[Result]:
    """Return what `one` gives for 0, 1, … below `count`, in that order."""
    results = []
    if workers == 1:
        for number in range(count):
            results.append(one(number))
            advance(1)
        return results
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as processes:
        for result in processes.map(one, range(count), chunksize=CHUNK):
            results.append(result)
            advance(1)
    return results


def score_series(generator: str, number: int, seed: int, laws: Sequence[SeriesLaw]) -> list[Scored]:
    """Return the scores of all methods on one made-up series, one case for each year ahead."""
    series = make_series(generator, number, seed, laws)
    rng = np.random.default_rng([seed, number])
    forecasts = {MODEL: model_forecast(series, rng), **baseline_forecasts(series)}
    history = seen_history(series)
    last = series.figures_end
    return [
        score(series.name, f"{year - last} years ahead", method, draws[row], truth, history.scale)
        for method, draws in forecasts.items()
        for row, (year, truth) in enumerate(zip(series.years, series.truth, strict=True))
    ]


def model_forecast(series: Series, rng: np.random.Generator) -> baselines.FloatArray:
    """Return the model's draws of the log levels to come, (year, draw)."""
    law = series.law
    groups = series_groups(law.name, law.spec, law.flow, series.figures, DOCUMENTS, series.years)
    names = [f"asked.{number}" for number in range(len(series.years))]
    drawn = draws_of(groups, names, rng, DRAWS)
    return np.log(np.stack([drawn[name] for name in names]))


def baseline_forecasts(series: Series) -> dict[str, baselines.FloatArray]:
    """Return the baselines' draws of the log levels to come, each (year, draw)."""
    history = seen_history(series)
    return baselines.forecasts(history, leads_from(history, series.years, flow=series.law.flow))


def seen_history(series: Series) -> baselines.History:
    """Return what baselines see of a series: its levels, and what the priors of its law expect."""
    law = series.law
    placed = place_law(law.name, law.spec, series.figures, law.flow, "damped")
    return history_of(
        series.figures,
        flow=law.flow,
        prior_spread=spread_of(law.spec),
        prior_path=path_of(placed),
    )


def leads_from(history: baselines.History, years: Sequence[int], *, flow: bool) -> list[float]:
    """Return how many years each year lies after the last level."""
    dates = (date_of(parse_period(str(year)), flow=flow) for year in years)
    return [float(date - history.times[-1]) for date in dates]
