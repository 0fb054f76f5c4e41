"""Forecasts from the official evidence pack, at fixed days, of all that was published later.

At each origin the model is calibrated on what had been published before that day, with priors that
could be given then, and is asked for the period of every later level. The figures of one group of
laws are asked for together: a question holds an indicator and a period, never a value.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from vnjp_sim.calibration.evaluation import Question
from vnjp_sim.calibration.groups import Group
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.scoring.forecasts import draws_of
from vnjp_sim.scoring.origins import (
    DRAWS,
    ENOUGH,
    SAMPLE_SIZE,
    Backtest,
    FloatArray,
    Forecast,
    groups_that_measure,
    later_figures,
    scored_forecast,
    why_not,
)
from vnjp_sim.scoring.scores import Pooled, pool

YEARLY = tuple(date(year, 5, 1) for year in range(2012, 2019))
"""Origins of the pack: counts of a year's end are out in spring."""
HINDCASTS = (date(2019, 5, 1), date(2022, 1, 1), date(2024, 1, 1))
"""Days from which later documents are forecast: after the first vintage of forecasts, after the
first document, and before the last one."""
MOST_YEARS = 5.5


def hindcasts(
    evidence: Evidence,
    parameters: Parameters,
    registry: Registry,
    origins: Sequence[date],
    indicators: Sequence[str] = (),
    size: int = SAMPLE_SIZE,
    advance: Callable[[str], None] = lambda _what: None,
) -> Backtest:
    """Forecast at each origin all levels that were published on it or later.

    Parameters
    ----------
    evidence, parameters, registry
        Everything that is known today.
    origins : Sequence[date]
        Only what was published before such a day, and priors known before it, are used.
    indicators : Sequence[str]
        Of these alone, if any are given.
    size : int
        Sample size of the calibration of a group.
    """
    forecasts: list[Forecast] = []
    left_out: Counter[str] = Counter()
    for origin in origins:
        known, then = evidence.as_of(origin), parameters.as_of(origin)
        asked: dict[str, tuple[list[Group], list[Observation]]] = {}
        for figure in later_figures(evidence, parameters, origin):
            if indicators and not set(figure.indicators) <= set(indicators):
                continue
            groups = groups_that_measure(known, then, figure.indicators)
            if reason := why_not(known, groups, figure):
                left_out[reason] += 1
            else:
                asked.setdefault(groups[0].name, (groups, []))[1].append(figure)
        for name, (groups, figures) in asked.items():
            advance(f"{origin} {name}")
            drawn = _answers(groups, figures, f"{origin}/{name}", size)
            forecasts += [
                scored_forecast(known, then, registry, origin, figure, draws)
                for figure, draws in zip(figures, drawn, strict=True)
            ]
    return Backtest(tuple(forecasts), dict(left_out))


def by_lead(result: Backtest) -> dict[int, dict[str, Pooled]]:
    """Return pooled scores by whole years ahead, from one to five, then by method."""
    near = [f for f in result.forecasts if f.ahead <= MOST_YEARS]
    leads = sorted({max(round(f.ahead), 1) for f in near})
    return {
        lead: pool(one for f in near if max(round(f.ahead), 1) == lead for one in f.scored)
        for lead in leads
    }


def _answers(
    groups: Sequence[Group], figures: Sequence[Observation], words: str, size: int
) -> list[FloatArray]:
    """Return the model's draws of the log of each figure, (draw,)."""
    questions = [Question(f.indicators, f.period) for f in figures]
    rng = np.random.default_rng(zlib.crc32(words.encode()))
    names = [f"asked.{number}" for number in range(len(questions))]
    problems = [group.asking(*questions) for group in groups]
    drawn = draws_of(problems, names, rng, DRAWS, size, min(ENOUGH, size / 2))
    return [np.log(drawn[name]) for name in names]
