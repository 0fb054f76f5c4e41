"""Identity groups: the laws that share figures, and the posterior of each.

A group's posterior is reached by importance sampling. Conditioning figures determine unknowns, see
:mod:`conditioning`; all other figures weigh the draw by their likelihood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.conditioning import BY_SEASONS, BY_VALUES
from vnjp_sim.calibration.evaluation import (
    OWN_ERROR,
    SHARED_ERROR,
    Draws,
    Known,
    Layout,
    Method,
    Question,
)
from vnjp_sim.calibration.figures import is_rate
from vnjp_sim.calibration.measures import state_at, stock_at, total, truth
from vnjp_sim.calibration.observation_model import log_likelihood
from vnjp_sim.calibration.path_conditioning import condition
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.posteriors import (
    LINEAR,
    LOG,
    GrowthPosterior,
    LastFigure,
    LawPosterior,
    RevertingPosterior,
    StockPosterior,
    ValuePosterior,
    joined,
)
from vnjp_sim.calibration.readings import drawn_readings, is_open, open_times
from vnjp_sim.inputs.parameters import RevertingLaw

FloatArray = NDArray[np.float64]

TOLERANCE = 1e-9
SCORED_TIMES = 8
"""A single law with at most so many times has its path's noise among the scores, so that the
importance sampler learns the path too."""
SERIES_METHOD = Method(steps=BY_VALUES, afterwards=BY_SEASONS)
"""How the figures of laws that stand apart condition them."""


@dataclass(frozen=True)
class Group(Layout):
    """Laws with their figures, as a problem for the importance sampler; see :class:`Layout`."""

    method: Method = field(default=SERIES_METHOD)

    def asking(self, *questions: Question) -> Group:
        """Return the group that also keeps what each draw says of further periods.

        Every indicator has to be one of `measured`. Years after the last of history are forecast
        by the laws of the group.
        """
        ends = (question.period.last_year for question in questions)
        return replace(self, asked=questions, last_year=max(self.last_year, *ends))

    @property
    def first_years(self) -> dict[str, int]:
        """The first year of each path that is kept, by its stored name."""
        years = {f"{law.name}.path": law.first_year for law in self.laws.values()}
        return years | {f"{stock}.path": self.stock_years(stock)[0] for stock in self.stocks}

    @property
    def other_names(self) -> frozenset[str]:
        """The single numbers that are kept."""
        return frozenset(self.extra)

    @cached_property
    def scored_rows(self) -> dict[str, int]:
        """How many rows of noise the path of a law has among the scores, if any."""
        return {
            law.name: law.noise_rows(len(self.times[law.name]))
            for law in self.laws.values()
            if len(self.laws) == 1 and len(self.times[law.name]) <= SCORED_TIMES
        }

    @cached_property
    def dimension(self) -> int:
        """The number of scores: of parameters, errors of documents, and noise of paths."""
        parameters = sum(len(law.priors) for law in self.laws.values()) + len(self.extra)
        return parameters + len(self.documents) + sum(self.scored_rows.values())

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, LawPosterior]]:
        """Return log weights and what the posterior keeps; see :mod:`importance`."""
        if any(is_open(figure, self.lags) for figure in self.figures):
            return self._evaluate_readings(scores, rng)
        draws = self.start(scores, rng)
        for law in self.laws.values():
            draw_path(draws, law)
        for step in self.method.afterwards:
            step(draws)
        self.weigh(draws)
        kept = self.keep(draws)  # may draw shares of a season, which have to increase too
        seasons = [season.log_weight for season in draws.seasons.values()]
        revisions = [revision.log_weight for revision in draws.revisions.values()]
        for log_weight in (*seasons, *revisions):
            draws.log_weight = draws.log_weight + log_weight
        return draws.log_weight, kept

    def _evaluate_readings(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, LawPosterior]]:
        """Evaluate parts of the draws, each with a reading of the figures that have several."""
        readings = drawn_readings(self.figures, self.lags, rng, scores.shape[1])
        dates = self.dates | open_times(self.figures, self.lags)
        parts = [
            replace(self, figures=figures, lags={}, dates=dates).evaluate(part, rng)
            for figures, part in zip(
                readings, np.array_split(scores, len(readings), axis=1), strict=True
            )
        ]
        log_weight = np.concatenate([weight for weight, _ in parts])
        return log_weight, joined([kept for _, kept in parts])

    def start(self, scores: FloatArray, rng: np.random.Generator) -> Draws:
        """Return draws with the parameters that belong to `scores`, (score, draw)."""
        rows = iter(scores)
        values = {
            name: {part: prior.prior.transform(next(rows)) for part, prior in law.priors.items()}
            for name, law in self.laws.items()
        }
        extra = {name: prior.prior.transform(next(rows)) for name, prior in self.extra.items()}
        errors = {d: SHARED_ERROR * self.document_sd[d] * next(rows) for d in self.documents}
        size = scores.shape[1]
        draws = Draws(self, size, rng, values, extra, errors, np.zeros(size))
        row = self.dimension - sum(self.scored_rows.values())
        for name, count in self.scored_rows.items():
            draws.normals[name] = scores[row : row + count]
            row += count
        return draws

    def weigh(self, draws: Draws) -> None:
        """Weigh the draws by every figure that conditioned nothing."""
        for figure in draws.open:
            own = 0.0 if is_rate(figure) else OWN_ERROR
            sd = own * self.document_sd[figure.document]
            draws.log_weight = draws.log_weight + log_likelihood(figure, truth(draws, figure), sd)

    def keep(self, draws: Draws) -> dict[str, LawPosterior]:
        """Return what the posterior keeps of each law, stock and single number."""
        kept: dict[str, LawPosterior] = {
            name: _posterior(draws, law) for name, law in self.laws.items()
        }
        for stock in self.stocks:
            levels = [stock_at(draws, stock, year + 1.0) for year in self.stock_years(stock)]
            kept[stock] = StockPosterior(np.stack(levels))
        for number, question in enumerate(self.asked):
            answer = total(draws, question.indicators, question.period)
            kept[f"asked.{number}"] = ValuePosterior(answer)
        kept |= {name: ValuePosterior(value) for name, value in draws.extra.items()}
        return kept | {f"{last.law}.last_figure": last for last in self._last_figures(draws)}

    def _last_figures(self, draws: Draws) -> Iterator[LastFigure]:
        """Yield the level of each law and stock when it has its last figure."""
        for name in self.laws:
            time = self.last_figure(name)
            known = [t for t in self.times[name] if time is not None and t <= time + TOLERANCE]
            if known:
                yield LastFigure(state_at(draws, name, known[-1]), name, known[-1], LOG)
        for name in self.stocks:
            time = self.last_figure(name)
            if time is not None:
                time = min(time, self.last_year + 1.0)
                yield LastFigure(stock_at(draws, name, time), name, time, LINEAR)


def draw_path(draws: Draws, law: PathLaw) -> None:
    """Draw a law's path given the figures that condition it."""
    layout = draws.layout
    known: Known = dict(draws.ahead.get(law.name, {}))
    for step in layout.method.of_law.get(law.name, layout.method.steps):
        step(draws, law, known)
    times = sorted(known)
    stacked = np.stack([known[t] for t in times]) if times else np.empty((0, draws.size))
    normals = draws.normals.get(law.name)
    if normals is None:
        rows = law.noise_rows(len(layout.times[law.name]))
        normals = draws.rng.standard_normal((rows, draws.size))
    path = condition(law, draws.values[law.name], times, stacked, layout.times[law.name], normals)
    draws.paths[law.name] = path
    draws.log_weight = draws.log_weight + path.log_density


def _posterior(draws: Draws, law: PathLaw) -> GrowthPosterior | RevertingPosterior:
    """Return what is known of a law, in the years of history."""
    values, times = draws.values[law.name], draws.layout.times[law.name]
    rows = [times.index(t) for t in law.history_times(draws.layout.last_year)]
    drawn = draws.paths[law.name]
    path, permanent = drawn.value[rows], drawn.permanent[rows[-1]]
    if isinstance(law.spec, RevertingLaw):
        return RevertingPosterior(
            path,
            permanent,
            values["equilibrium"],
            values["spread"],
            values["half_life"],
            law.origin,
        )
    mean = law.growth_parameters(values)
    logistic = law.form == "logistic"
    departure = path[-1] - permanent if law.fades else None
    return GrowthPosterior(
        path,
        path[-1] if law.fades else permanent,
        mean.form,
        mean.initial,
        mean.long_run,
        values["volatility"],
        None if logistic else mean.half_life,
        mean.slowdown if logistic else None,
        values.get("transitory"),
        departure,
        values.get("departure_half_life"),
        law.origin,
        law.plateau,
    )
