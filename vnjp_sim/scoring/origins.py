"""The documents in the order of their publication: what the earlier ones said of later figures.

An origin is the day on which a document came out. From the documents published before that day the
model and the baselines forecast every level that this and later documents print, of an indicator
for which an earlier one has a level, and for a time after it. A forecast is asked for by indicator
and period alone, each by itself: no value of a later document, and no other row of it, can reach
the figures, the priors or the random numbers.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.evaluation import Question
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.calibration.planning import place_law
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw, Parameters
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.scoring import baselines
from vnjp_sim.scoring.forecasts import draws_of
from vnjp_sim.scoring.levels import (
    date_of,
    history_of,
    is_level,
    part_of_year,
    path_of,
    reading,
    spread_of,
)
from vnjp_sim.scoring.scores import MODEL, Scored, score
from vnjp_sim.sectors.central_course import central_course

FloatArray = NDArray[np.float64]

DRAWS = 4_000
SAMPLE_SIZE = 8_192
ENOUGH = 4_000.0
OTHER_SPREAD = {"stock": 0.05, "flow": 0.10}
"""Yearly spread of a baseline where the indicator has no law of its own: a judgement, like the
priors; stocks move less than flows."""

NO_LEVEL = "no earlier document has a level of it"
NO_LAW = "its law needs other figures, which came later"
NOT_LATER = "an earlier document already covers its period"
REPEATED = "forecast from the same figures at an earlier origin"


@dataclass(frozen=True)
class Forecast:
    """What was forecast of one later figure, and how good it was.

    Attributes
    ----------
    origin : date
        Only documents published before it were known.
    figure : Observation
        What a later document printed.
    levels_known : int
        How many levels of the indicator were known.
    ahead : float
        Years from the last of them.
    median, low, high : float
        Of the model's 80 % interval, in the unit of the figure.
    truth : float
        The mean of what the figure says.
    scored : tuple[Scored, ...]
        The scores of every method.
    """

    origin: date
    figure: Observation
    levels_known: int
    ahead: float
    median: float
    low: float
    high: float
    truth: float
    scored: tuple[Scored, ...]


@dataclass(frozen=True)
class Backtest:
    """All forecasts of later figures, and how many later figures none could be made of."""

    forecasts: tuple[Forecast, ...]
    left_out: dict[str, int]

    @property
    def scored(self) -> list[Scored]:
        """The scores of every forecast and method."""
        return [one for forecast in self.forecasts for one in forecast.scored]


def origins_of(evidence: Evidence) -> list[date]:
    """Return the days on which a document came out after another."""
    days = sorted({document.published_on for document in evidence.documents.values()})
    return days[1:]


def backtest(
    evidence: Evidence,
    parameters: Parameters,
    registry: Registry,
    advance: Callable[[str], None] = lambda _what: None,
) -> Backtest:
    """Forecast the figures of later documents from earlier ones, at every origin.

    A figure that was forecast from the same figures at an earlier origin is not forecast again.
    """
    forecasts: list[Forecast] = []
    left_out: Counter[str] = Counter()
    made: set[tuple[object, ...]] = set()
    for origin in origins_of(evidence):
        known, then = evidence.as_of(origin), parameters.as_of(origin)
        for figure in later_figures(evidence, parameters, origin):
            advance(f"{origin} {figure.indicators[0]} {figure.period.text}")
            groups = groups_that_measure(known, then, figure.indicators)
            reason = why_not(known, groups, figure)
            if not reason:
                basis = (figure.key, *(f.key for f in groups[0].figures))
                reason = REPEATED if basis in made else ""
                made.add(basis)
            if reason:
                left_out[reason] += 1
            else:
                drawn = model_forecast(known, then, Question(figure.indicators, figure.period))
                forecasts.append(scored_forecast(known, then, registry, origin, figure, drawn))
    return Backtest(tuple(forecasts), dict(left_out))


def later_figures(evidence: Evidence, parameters: Parameters, origin: date) -> list[Observation]:
    """Return the calibrating levels, of what any law measures, printed on or after `origin`."""
    measured = {name for groups in _groups(evidence, parameters) for name in groups[0].measured}
    return [
        f
        for f in evidence.calibrating()
        if is_level(f) and evidence.published_on(f) >= origin and set(f.indicators) <= measured
    ]


def why_not(known: Evidence, groups: Sequence[Group], figure: Observation) -> str:
    """Return why no forecast of a later figure is made; empty if one is."""
    before = [f for f in known.calibrating() if f.indicators == figure.indicators and is_level(f)]
    if not before:
        return NO_LEVEL
    if not groups:
        return NO_LAW
    return NOT_LATER if figure.period.end <= max(f.period.end for f in before) else ""


def model_forecast(known: Evidence, parameters: Parameters, question: Question) -> FloatArray:
    """Return the model's draws of the log of what is asked, (draw,), from the evidence known."""
    measuring = groups_that_measure(known, parameters, question.indicators)
    groups = [group.asking(question) for group in measuring]
    words = "/".join([*question.indicators, question.period.text])
    rng = np.random.default_rng(zlib.crc32(words.encode()))
    drawn = draws_of(groups, ["asked.0"], rng, DRAWS, SAMPLE_SIZE, ENOUGH)
    result: FloatArray = np.log(drawn["asked.0"])
    return result


def baseline_forecasts(
    known: Evidence, parameters: Parameters, registry: Registry, question: Question
) -> tuple[baselines.History, dict[str, FloatArray]]:
    """Return what the baselines see of an indicator, and their draws of what is asked, (draw,)."""
    (name,) = question.indicators
    flow = registry.indicators[name].kind == "flow"
    law = parameters.laws.get(name)
    spread = (
        spread_of(law) if isinstance(law, GrowthLaw) else OTHER_SPREAD["flow" if flow else "stock"]
    )
    figures = [f for f in known.calibrating() if f.indicators == (name,)]
    if isinstance(law, GrowthLaw):
        course = central_course(known, parameters)
        placed = place_law(name, parameters.growth(name), figures, flow, "damped", course)
        history = history_of(figures, flow=flow, prior_spread=spread, prior_path=path_of(placed))
    else:
        history = history_of(figures, flow=flow, prior_spread=spread)
    lead = date_of(question.period, flow=flow) - float(history.times[-1])
    by_method = baselines.forecasts(history, [max(lead, 0.0)])
    share = part_of_year(question.period, flow=flow)
    return history, {method: draws[0] + share for method, draws in by_method.items()}


def scored_forecast(
    known: Evidence,
    parameters: Parameters,
    registry: Registry,
    origin: date,
    figure: Observation,
    draws_of_model: FloatArray,
) -> Forecast:
    """Return the scores of the model's draws of a figure's logarithm, (draw,), and of baselines."""
    question = Question(figure.indicators, figure.period)
    drawn = {MODEL: draws_of_model}
    history, others = baseline_forecasts(known, parameters, registry, question)
    flow = registry.indicators[figure.indicators[0]].kind == "flow"
    truth = reading(figure)
    low, median, high = np.exp(np.quantile(drawn[MODEL], (0.1, 0.5, 0.9)))
    case = f"{origin} {figure.period.text}"
    return Forecast(
        origin,
        figure,
        history.times.size,
        date_of(figure.period, flow=flow) - float(history.times[-1]),
        float(median),
        float(low),
        float(high),
        float(np.exp(truth)),
        tuple(
            score(figure.indicators[0], case, method, draws, truth, history.scale)
            for method, draws in (drawn | others).items()
        ),
    )


def groups_that_measure(
    known: Evidence, parameters: Parameters, names: tuple[str, ...]
) -> list[Group]:
    """Return the group that measures the indicators, one problem for each of its growth forms."""
    forms = (g for g in _groups(known, parameters) if set(names) <= g[0].measured)
    return next(forms, [])


def _groups(known: Evidence, parameters: Parameters) -> Iterator[list[Group]]:
    for planned in make_plan(known, parameters).groups:
        problems = [planned.build(form) for form in planned.forms]
        groups = [problem for problem in problems if isinstance(problem, Group)]
        if groups:
            yield groups
