r"""Numbers of institutions that only grow: a Poisson process conditioned on the figures.

Arrivals have the rate λ a year. The first documented number came together in the time T, with a
prior of its own; between documented dates, and after them, arrivals go on:

.. math:: N(t_1) \sim \mathrm{Poisson}(\lambda T), \qquad
          N(t_{i+1}) - N(t_i) \sim \mathrm{Poisson}(\lambda (t_{i+1} - t_i)).

A figure conditions the whole number at the end of its period, or at the middle of a range of
months in which its date lies: the number is drawn from those that the figure may stand for. Between
two such figures arrivals fall evenly (a binomial bridge), after the last one they are drawn from
the process. Bounds weigh the draw by whether it keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.counts import Count, fits_a_count
from vnjp_sim.calibration.figures import levels_of, stock_time
from vnjp_sim.calibration.observation_model import log_likelihood, two_sided
from vnjp_sim.calibration.planning import (
    NO_LEVEL,
    NO_WHOLE,
    NOT_YET,
    ONE_FORM,
    STATUS_ACCRUAL,
    Planned,
    Selection,
)
from vnjp_sim.calibration.posteriors import LINEAR, AccrualPosterior, LastFigure, LawPosterior
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import AccrualLaw

FloatArray = NDArray[np.float64]


def plan_accrual(selection: Selection, name: str, law: AccrualLaw) -> Planned | None:
    """Return the plan of a number that only grows; None without a level."""
    figures = selection.only(selection.without_rates(name), lambda f: not f.announced, NOT_YET)
    figures = selection.only(figures, fits_a_count, NO_WHOLE)
    levels = levels_of(figures, name)
    if not levels:
        selection.missing.append(name)
        selection.pass_by(figures, NO_LEVEL)
        return None
    first = min(stock_time(f.period) for f in levels)
    figures = selection.only(
        figures, lambda f: stock_time(f.period) >= first, "it is earlier than the first level"
    )

    def build(form: str, last_year: int) -> AccrualGroup:
        del form
        return AccrualGroup(name, law, figures, last_year)

    status = {name: STATUS_ACCRUAL}
    return Planned(name, ONE_FORM, build, len(figures), status, tuple(figures))


class AccrualGroup:
    """The posterior of one process's rate, and its numbers at the ends of years.

    Parameters
    ----------
    name : str
        Of the law.
    law : AccrualLaw
        Its priors.
    figures : Sequence[Observation]
        The calibrating figures, at least one of them two-sided, none before the first such.
    last_year : int
        Last year of history.
    """

    dimension = 2

    def __init__(
        self, name: str, law: AccrualLaw, figures: Sequence[Observation], last_year: int
    ) -> None:
        self.name = name
        self.law = law
        self.figures = tuple(sorted(figures, key=lambda f: (f.step, f.key)))
        self.conditioning: dict[float, Observation] = {}
        self.weighing: list[Observation] = []
        for figure in self.figures:
            time = stock_time(figure.period)
            if two_sided(figure) and time not in self.conditioning:
                self.conditioning[time] = figure
            else:
                self.weighing.append(figure)
        first = min(self.conditioning)
        self.years = list(range(int(np.ceil(first)) - 1, last_year + 1))
        self.first_years = {f"{name}.path": self.years[0]}
        self.other_names = frozenset((f"{name}.rate",))
        ends = (year + 1.0 for year in self.years)
        self.times = sorted(
            {*ends, *self.conditioning, *(stock_time(f.period) for f in self.weighing)}
        )

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, LawPosterior]]:
        """Return log weights and what the posterior keeps; see :mod:`importance`."""
        rate = self.law.rate.prior.transform(scores[0])
        years = self.law.years.prior.transform(scores[1])
        log_weight = np.zeros(rate.shape)
        known: dict[float, FloatArray] = {}
        before, waited = np.zeros(rate.shape), years
        ordered = sorted(self.conditioning)
        for time, following in zip(ordered, [*ordered[1:], np.inf], strict=True):
            number = _drawn_number(self.conditioning[time], rng, rate.size)
            log_weight = log_weight + poisson_log_probability(number - before, rate * waited)
            known[time] = before = number
            waited = np.full(rate.shape, following - time)
        path = self._path(known, rate, rng)
        for figure in self.weighing:
            log_weight = log_weight + log_likelihood(figure, path[stock_time(figure.period)])
        numbers = np.stack([path[year + 1.0] for year in self.years])
        last = max(stock_time(figure.period) for figure in self.figures)
        return log_weight, {
            self.name: AccrualPosterior(numbers, rate, years),
            f"{self.name}.last_figure": LastFigure(path[last], self.name, last, LINEAR),
        }

    def _path(
        self, known: dict[float, FloatArray], rate: FloatArray, rng: np.random.Generator
    ) -> dict[float, FloatArray]:
        """Return the numbers, (draw,), at every time: known, bridged, then arrivals."""
        ends = sorted(known)
        path: dict[float, FloatArray] = {}
        number, at = known[ends[0]], ends[0]
        for time in self.times:
            following = next((end for end in ends if end >= time), None)
            if following is None:
                number = number + rng.poisson(rate * (time - at))
            elif following > at:
                missing = np.maximum(known[following] - number, 0.0).astype(np.int64)
                number = number + rng.binomial(missing, (time - at) / (following - at))
            path[time], at = number, time
        return path


def poisson_log_probability(count: FloatArray, mean: FloatArray) -> FloatArray:
    """Return the log probability, (draw,), of whole numbers; −∞ below zero."""
    from scipy.special import gammaln

    possible = np.maximum(count, 0.0)
    result: FloatArray = np.where(
        count >= 0.0, possible * np.log(mean) - mean - gammaln(possible + 1.0), -np.inf
    )
    return result


def _drawn_number(figure: Observation, rng: np.random.Generator, size: int) -> FloatArray:
    """Draw whole numbers, (draw,), that a figure may stand for."""
    rule = "rounded" if figure.reported == "exact" else figure.reported
    numbers, weights = Count("", figure.value, 1.0, rule, figure.step).candidates()
    if numbers.size == 1:
        return np.full(size, numbers[0])
    return rng.choice(numbers, size, p=weights / weights.sum())
