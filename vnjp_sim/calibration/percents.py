r"""Shares in percent: log odds that revert, conditioned on the figures.

With the share p in percent, its log odds y = log(p / (100 − p)) are an Ornstein–Uhlenbeck process.
A figure conditions y at the middle of its period: the share is drawn from what the figure says, cut
off at 0 and 100, and the draw is weighed by the law's density at y, divided by

.. math:: dp/dy = p (100 - p) / 100.

Bounds, and further figures of the same date, weigh the draw by their likelihood. Rates in percent
carry no error of their document beyond their rounding, as everywhere. Without any figure the prior
alone speaks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.observation_model import log_likelihood, sample_truth, two_sided
from vnjp_sim.calibration.path_conditioning import condition
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.planning import ONE_FORM, STATUS_PERCENT, STATUS_PRIOR, Planned, Selection
from vnjp_sim.calibration.posteriors import (
    LOG_ODDS,
    LastFigure,
    LawPosterior,
    PercentPosterior,
)
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import PercentLaw, RevertingLaw
from vnjp_sim.sectors.identities import log_odds, percent_of_log_odds

FloatArray = NDArray[np.float64]

MIDDLE = 0.5
"""Where in a year its value stands."""
SCORED_TIMES = 12
"""With at most so many times the path's noise is among the scores, so that the importance sampler
learns the path too; with more it would be lost among them."""
TRACE = 1e-6
"""No share is nearer to 0 or 100 percent than this."""


def plan_percent(selection: Selection, name: str, law: PercentLaw) -> Planned:
    """Return the plan of a share in percent."""
    figures = selection.without_rates(name)

    def build(form: str, last_year: int) -> PercentGroup:
        del form
        return PercentGroup(name, law, figures, last_year)

    status = {name: STATUS_PERCENT if figures else STATUS_PRIOR}
    return Planned(name, ONE_FORM, build, len(figures), status, tuple(figures))


class PercentGroup:
    """The posterior of one share's equilibrium, spread, half-life and path.

    Parameters
    ----------
    name : str
        Of the law.
    law : PercentLaw
        Its priors.
    figures : Sequence[Observation]
        The calibrating figures, in percent.
    last_year : int
        Last year of history.
    """

    def __init__(
        self, name: str, law: PercentLaw, figures: Sequence[Observation], last_year: int
    ) -> None:
        self.name = name
        self.law = law
        self.figures = tuple(sorted(figures, key=lambda f: (f.step, f.key)))
        first = min([f.period.year for f in figures], default=last_year)
        self.years = list(range(first, last_year + 1))
        self.first_years = {f"{name}.path": first}
        self.other_names: frozenset[str] = frozenset()
        spec = RevertingLaw(
            law="reverting", equilibrium=law.equilibrium, spread=law.spread, half_life=law.half_life
        )
        self.path = PathLaw(name, spec, flow=False, offset=MIDDLE)
        self.times = sorted(
            {*(year + MIDDLE for year in self.years), *(_date(f.period) for f in self.figures)}
        )
        self.noise = self.path.noise_rows(len(self.times))
        self.dimension = 3 + (self.noise if len(self.times) <= SCORED_TIMES else 0)

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, LawPosterior]]:
        """Return log weights and what the posterior keeps; see :mod:`importance`."""
        size = scores.shape[1]
        equilibrium = self.law.equilibrium.prior.transform(scores[0])
        values = {
            "equilibrium": log_odds(100.0 * equilibrium),
            "spread": self.law.spread.prior.transform(scores[1]),
            "half_life": self.law.half_life.prior.transform(scores[2]),
        }
        log_weight = np.zeros(size)
        anchors: dict[float, FloatArray] = {}
        rest: list[Observation] = []
        for figure in self.figures:
            time = _date(figure.period)
            if not two_sided(figure) or time in anchors:
                rest.append(figure)
                continue
            drawn = sample_truth(figure, rng, size)
            share = np.clip(drawn, TRACE, 100.0 - TRACE)
            log_weight = np.where(share == drawn, log_weight, -np.inf)
            log_weight = log_weight - np.log(share * (100.0 - share) / 100.0)
            anchors[time] = log_odds(share)
        at = sorted(anchors)
        stacked = np.stack([anchors[time] for time in at]) if at else np.empty((0, size))
        scored = self.dimension > 3
        noise = scores[3:] if scored else rng.standard_normal((self.noise, size))
        path = condition(self.path, values, at, stacked, self.times, noise)
        log_weight = log_weight + path.log_density
        for figure in rest:
            row = self.times.index(_date(figure.period))
            log_weight = log_weight + log_likelihood(figure, percent_of_log_odds(path.value[row]))
        rows = [self.times.index(year + MIDDLE) for year in self.years]
        posterior = PercentPosterior(
            path.value[rows],
            path.value[rows[-1]],
            equilibrium,
            values["spread"],
            values["half_life"],
        )
        kept: dict[str, LawPosterior] = {self.name: posterior}
        if self.figures:
            time = max(_date(figure.period) for figure in self.figures)
            level = path.value[self.times.index(time)]
            kept[f"{self.name}.last_figure"] = LastFigure(level, self.name, time, LOG_ODDS)
        return log_weight, kept


def _date(period: Period) -> float:
    return 0.5 * (period.start + period.end)
