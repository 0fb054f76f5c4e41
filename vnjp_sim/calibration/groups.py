"""Identity groups: the laws that share figures, and the posterior of each.

A group's posterior is reached by importance sampling. Each sharp figure *pins* one unknown (a
law's value at a time, the season's share of a year, the base of a stock): the unknown is drawn
from what the figure says and weighed by the model's density at it, divided by the derivative of
the figure's truth with respect to it. All other figures weigh the draw by their likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.candidates import CANDIDATES, MAX_TWINS, choose
from vnjp_sim.calibration.observation_model import (
    log_likelihood,
    sample_truth,
    sharpness,
    two_sided,
)
from vnjp_sim.calibration.paths import Conditioned, PathLaw
from vnjp_sim.calibration.seasons import Season
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import Parameter

FloatArray = NDArray[np.float64]

SCORED_TIMES = 8
"""A single law with at most so many times has its path's noise among the scores, so that the
importance sampler learns the path too."""
SHARED_ERROR = OWN_ERROR = np.sqrt(0.5)
"""Of the variance of a figure's error half is its document's, shared by its figures, half own."""


@dataclass
class State:
    """One evaluation of a group: what is known of each draw so far."""

    size: int
    rng: np.random.Generator
    values: dict[str, dict[str, FloatArray]]
    extra: dict[str, FloatArray]
    document_error: dict[str, FloatArray]
    own_error: dict[tuple[str, ...], FloatArray]
    log_weight: FloatArray
    normals: dict[str, FloatArray] = field(default_factory=dict)
    paths: dict[str, Conditioned] = field(default_factory=dict)
    seasons: dict[tuple[str, int], Season] = field(default_factory=dict)
    bases: dict[str, FloatArray] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Accumulation:
    """A stock that is a base plus the flows of a law."""

    stock: str
    flow: str


@dataclass(frozen=True)
class Question:
    """What is asked of each draw: the sum of indicators over a period, or at its end."""

    indicators: tuple[str, ...]
    period: Period


class Group:
    """Laws with their figures.

    Parameters
    ----------
    name : of the group.
    laws : the laws, in the order in which they are drawn; a residual part last.
    figures : the calibrating figures, ordered by content.
    document_sd : log standard deviation of each document's error.
    last_year : last year of history; paths are drawn for every year up to it.
    accumulations : stocks that accumulate from a law's flow.
    sums : indicators that are the sum of laws of the group.
    residual : (sum, part): figures of the sum pin the part, whatever the other parts are.
    extra : further parameters that the group draws.
    """

    def __init__(
        self,
        name: str,
        laws: Sequence[PathLaw],
        figures: Sequence[Observation],
        document_sd: Mapping[str, float],
        last_year: int,
        accumulations: Sequence[Accumulation] = (),
        sums: Mapping[str, tuple[str, ...]] | None = None,
        residual: tuple[str, str] | None = None,
        extra: Mapping[str, Parameter] | None = None,
    ) -> None:
        self.name = name
        self.laws = {law.name: law for law in laws}
        self.figures = tuple(figures)
        self.document_sd = {
            d: document_sd[d] for d in sorted({figure.document for figure in figures})
        }
        self.last_year = last_year
        self.accumulations = {a.stock: a for a in accumulations}
        self.sums = dict(sums or {})
        self.residual = residual
        self.extra = dict(extra or {})
        self.asked: tuple[Question, ...] = ()
        self.score_names = [
            *((law.name, part) for law in laws for part in law.priors),
            *(("", extra_name) for extra_name in self.extra),
            *(("document", document) for document in self.document_sd),
        ]
        self._lay_out()
        self.many_twins = self.count_twins() > MAX_TWINS

    @property
    def measured(self) -> frozenset[str]:
        """The indicators that a draw of the group says something of."""
        return frozenset((*self.laws, *self.sums, *self.accumulations))

    def _lay_out(self) -> None:
        """Set the times of each law's path, and which of its noise is among the scores."""
        laws = self.laws.values()
        self.times = {law.name: self._times(law) for law in laws}
        self.scored_rows = {
            law.name: law.noise_rows(len(self.times[law.name]))
            for law in laws
            if len(laws) == 1 and len(self.times[law.name]) <= SCORED_TIMES
        }
        self.dimension = len(self.score_names) + sum(self.scored_rows.values())

    def ask(self, *questions: Question) -> None:
        """Keep with each draw what it says of further periods, as `asked.0` and so on.

        Every indicator has to be one of `measured`. Years after the last of history are forecast
        by the laws of the group.
        """
        self.asked = questions
        ends = (question.period.last_year for question in questions)
        self.last_year = max(self.last_year, *ends)
        self._lay_out()

    # ------------------------------------------------------------------ evaluation

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return log weights and what the posterior keeps; see :mod:`importance`."""
        state = self.start(scores, rng)
        for law in self.laws.values():
            self.draw_path(state, law)
        self.pin_shares(state)
        self.weigh(state)
        kept = self.keep(state)  # may draw shares of a season, which have to increase too
        for season in state.seasons.values():
            state.log_weight = state.log_weight + season.log_weight
        return state.log_weight, kept

    def start(self, scores: FloatArray, rng: np.random.Generator) -> State:
        """Return a state with the parameters that belong to `scores`, (score, draw)."""
        values: dict[str, dict[str, FloatArray]] = {name: {} for name in self.laws}
        extra: dict[str, FloatArray] = {}
        error: dict[str, FloatArray] = {}
        for (owner, part), score in zip(self.score_names, scores, strict=False):
            if owner == "document":
                error[part] = SHARED_ERROR * self.document_sd[part] * score
            elif owner:
                values[owner][part] = self.laws[owner].priors[part].prior.transform(score)
            else:
                extra[part] = self.extra[part].prior.transform(score)
        size = scores.shape[1]
        state = State(size, rng, values, extra, error, {}, np.zeros(size))
        row = len(self.score_names)
        for name, count in self.scored_rows.items():
            state.normals[name] = scores[row : row + count]
            row += count
        return state

    def draw_path(self, state: State, law: PathLaw) -> None:
        """Draw a law's path given the figures that pin it."""
        anchors = self.anchors(state, law)
        times = sorted(anchors)
        stacked = np.stack([anchors[t] for t in times]) if times else np.empty((0, state.size))
        normals = state.normals.get(law.name)
        if normals is None:
            rows = law.noise_rows(len(self.times[law.name]))
            normals = state.rng.standard_normal((rows, state.size))
        path = law.condition(state.values[law.name], times, stacked, self.times[law.name], normals)
        state.paths[law.name] = path
        state.log_weight = state.log_weight + path.log_density

    def anchors(self, state: State, law: PathLaw) -> dict[float, FloatArray]:
        """Return the log values, (draw,), that figures pin, by time."""
        found: dict[float, FloatArray] = {}
        for figure in self._open_levels(state, law.name):
            time = self.time_of(law, figure.period)
            if time is None or time in found:
                continue
            found[time] = self._pin_level(state, law, figure, time)
        if self.residual and law.name == self.residual[1]:
            self._pin_residual(state, law, found)
        self._pin_share(state, law, found)
        self._pin_growth(state, law, found)
        self._pin_flows(state, law, found)
        return found

    def pin_shares(self, state: State) -> None:
        """Pin the season's shares by part-year figures, then stocks at dates."""
        for figure in self._open(state):
            if self._part_of_year(figure) and figure.reported != "growth":
                self._pin_part_year(state, figure)
        for figure in self._open(state):
            if figure.reported == "growth" and self._part_of_year(figure):
                self._pin_part_year_growth(state, figure)
        for stock in self.accumulations.values():
            self._pin_stock(state, stock)

    def weigh(self, state: State) -> None:
        """Weigh the draw by every figure that pinned nothing."""
        for figure in self._open(state):
            own = 0.0 if figure.reported in ("growth", "share") else OWN_ERROR
            sd = own * self.document_sd[figure.document]
            truth = self.truth(state, figure)
            state.log_weight = state.log_weight + log_likelihood(figure, truth, sd)

    def keep(self, state: State) -> dict[str, FloatArray]:
        """Return what the posterior keeps, each with the draws on its last axis."""
        kept: dict[str, FloatArray] = {}
        for name, law in self.laws.items():
            kept |= {f"{name}.{part}": value for part, value in state.values[name].items()}
            path = state.paths[name]
            rows = [self.times[name].index(t) for t in self.history_times(law)]
            kept[f"{name}.path"] = path.value[rows]
            kept[f"{name}.permanent"] = path.permanent[rows[-1]]
        for stock in self.accumulations:
            kept[f"{stock}.path"] = np.stack(
                [
                    self.stock_at(state, stock, year + 1.0)
                    for year in self.stock_years(self.accumulations[stock])
                ]
            )
        for number, question in enumerate(self.asked):
            kept[f"asked.{number}"] = self.total(state, question.indicators, question.period)
        return kept | state.extra

    # ------------------------------------------------------------------ time

    def time_of(self, law: PathLaw, period: Period) -> float | None:
        """Return where on the law's time axis a period lies; None if it spans a part of a year."""
        if law.flow:
            return period.start + 0.5 if period.kind in ("year", "fiscal") else None
        if period.kind == "months":
            return 0.5 * (period.start + period.end)
        return period.end

    def history_times(self, law: PathLaw) -> list[float]:
        """Return the times of the law's history, one a year from its first figure."""
        first = self.first_year(law)
        return [year + law.offset for year in range(first, self.last_year + 1)]

    def first_year(self, law: PathLaw) -> int:
        """Return the first year of the law's history."""
        return int(law.origin) if law.flow else int(np.ceil(law.origin - 1e-9)) - 1

    def stock_years(self, stock: Accumulation) -> list[int]:
        """Return the years at whose ends the stock is kept."""
        base = self._base_figure(stock)
        first = base.period.last_year if base else self.last_year
        return list(range(first, self.last_year + 1))

    def _times(self, law: PathLaw) -> list[float]:
        times = set(self.history_times(law))
        for figure in self.of_law(law):
            for period in (figure.period, figure.base_period):
                time = self.time_of(law, period) if period else None
                if time is not None:
                    times.add(time)
        for question in self.asked:
            time = self.time_of(law, question.period)
            if time is not None and time >= law.origin:
                times.add(time)
        return sorted(times)

    def of_law(self, law: PathLaw) -> list[Observation]:
        """Return the figures whose periods the law's path must cover."""
        names = {law.name, *(total for total, parts in self.sums.items() if law.name in parts)}
        return [f for f in self.figures if names & {*f.indicators, f.of}]

    # ------------------------------------------------------------------ pins

    def count_twins(self) -> int:
        """Return how many figures tell a level again that another figure already pins."""
        keys = [
            (f.indicators, f.period.text)
            for f in self.figures
            if f.indicators[0] in self.laws and len(f.indicators) == 1 and _is_level(f)
        ]
        return len(keys) - len(set(keys))

    def twins_of(self, state: State, figure: Observation) -> list[Observation]:
        """Return the open figures that tell the level of `figure` again, if there are many."""
        if not self.many_twins:
            return []
        return [
            f
            for f in self._open(state)
            if f is not figure
            and f.indicators == figure.indicators
            and f.period == figure.period
            and f.reported not in ("growth", "share")
        ]

    def draw_level(self, state: State, figure: Observation) -> FloatArray:
        """Draw the level, (draw,), that a figure pins on the log scale, and use the figure up."""
        twins = self.twins_of(state, figure)
        if twins:
            name = figure.indicators[0]
            chosen = self.choose_levels(state, [figure], twins, lambda x: (x, np.log(x[name])))
            return chosen[name]
        level = self.true_level(state, figure)
        self.use(state, figure, np.log(level) + self.error(state, figure))
        return level

    def choose_levels(
        self,
        state: State,
        pins: Sequence[Observation],
        twins: Sequence[Observation],
        told: Callable[[dict[str, FloatArray]], tuple[dict[str, FloatArray], FloatArray]],
    ) -> dict[str, FloatArray]:
        """Draw the levels that `pins` tell, chosen among candidates by what `twins` say.

        `told` gets the candidate levels by indicator, and returns what they make of the level of
        every twin, and the log derivative of the pins with respect to the unknowns; a level below
        zero is impossible. Pins and twins are used up.
        """
        wide = State(
            state.size * CANDIDATES,
            state.rng,
            {},
            {},
            {name: np.tile(error, CANDIDATES) for name, error in state.document_error.items()},
            {},
            np.zeros(state.size * CANDIDATES),
        )
        levels = {f.indicators[0]: self.true_level(wide, f) for f in pins}
        truths, log_derivative = told(levels)
        log_weight = -log_derivative
        for figure in pins:
            log_weight = log_weight - self.error(wide, figure)
        for twin in twins:
            truth = truths[twin.indicators[0]] * np.exp(wide.document_error[twin.document])
            sd = OWN_ERROR * self.document_sd[twin.document]
            log_weight = log_weight + log_likelihood(twin, truth, sd)
        log_weight = np.where(np.isnan(log_weight), -np.inf, log_weight)
        shape = (CANDIDATES, state.size)
        mean, chosen = choose(
            state.rng,
            log_weight.reshape(shape),
            {name: level.reshape(shape) for name, level in levels.items()},
        )
        state.log_weight = state.log_weight + mean
        state.used |= {self.figures.index(f) for f in (*pins, *twins)}
        return chosen

    def _open(self, state: State) -> list[Observation]:
        return [f for i, f in enumerate(self.figures) if i not in state.used]

    def _open_levels(self, state: State, name: str) -> list[Observation]:
        """Return the two-sided levels of an indicator, the sharpest first."""
        levels = [f for f in self._open(state) if f.indicators == (name,) and _is_level(f)]
        return sorted(levels, key=lambda f: (sharpness(f), f.key))

    def use(self, state: State, figure: Observation, log_derivative: FloatArray) -> None:
        """Mark a figure as used to pin an unknown, with log |d truth / d unknown|."""
        state.used.add(self.figures.index(figure))
        state.log_weight = state.log_weight - log_derivative

    def true_level(self, state: State, figure: Observation) -> FloatArray:
        """Draw what a level figure says, free of its error; never below a trace."""
        truth = sample_truth(figure, state.rng, state.size)
        floor = 1e-9 * (abs(figure.value) or figure.step)
        return np.maximum(truth, floor) * np.exp(-self.error(state, figure))

    def error(self, state: State, figure: Observation) -> FloatArray:
        """Return the log error of a figure that pins, (draw,): its document's and its own."""
        if figure.key not in state.own_error:
            sd = OWN_ERROR * self.document_sd[figure.document]
            state.own_error[figure.key] = sd * state.rng.standard_normal(state.size)
        return state.document_error[figure.document] + state.own_error[figure.key]

    def _pin_level(
        self, state: State, law: PathLaw, figure: Observation, time: float
    ) -> FloatArray:
        level = self.draw_level(state, figure)
        anchor = np.log(level)
        if figure.period.kind == "months" and not law.flow:
            # the date lies somewhere in the range: move along the mean growth to its middle
            half = 0.5 * (figure.period.end - figure.period.start)
            shift = half * (2.0 * state.rng.random(state.size) - 1.0)
            around = law.mean(state.values[law.name], [time - half, time + half])
            anchor = anchor - shift * (around[1] - around[0]) / (2.0 * half)
        return anchor

    def _pin_share(self, state: State, law: PathLaw, found: dict[float, FloatArray]) -> None:
        """Pin a law by its share of a whole that is drawn already."""
        for figure in self._open(state):
            if figure.indicators != (law.name,) or figure.reported != "share":
                continue
            time, whole = self.time_of(law, figure.period), self.laws.get(figure.of)
            if time is None or time in found or whole is None or figure.of not in state.paths:
                continue
            of_whole = self.time_of(whole, figure.period)
            if of_whole not in self.times[figure.of]:
                continue
            percent = np.maximum(sample_truth(figure, state.rng, state.size), 1e-9)
            found[time] = np.log(percent / 100.0 * self.value_at(state, figure.of, of_whole))
            self.use(state, figure, np.log(percent))

    def _pin_growth(self, state: State, law: PathLaw, found: dict[float, FloatArray]) -> None:
        for figure in self._open(state):
            if figure.indicators != (law.name,) or figure.reported != "growth":
                continue
            assert figure.base_period is not None  # noqa: S101 - the reader saw to it
            time = self.time_of(law, figure.period)
            base = self.time_of(law, figure.base_period)
            if time is None or base is None or (time in found) == (base in found):
                continue
            rate = np.maximum(sample_truth(figure, state.rng, state.size), -99.9)
            step = np.log1p(rate / 100.0)
            if base in found:
                found[time] = found[base] + step
            else:
                found[base] = found[time] - step
            self.use(state, figure, np.log(100.0) + step)

    def _pin_flows(self, state: State, law: PathLaw, found: dict[float, FloatArray]) -> None:
        """Pin the flows of years by the stocks at their ends, if there are many of these.

        A stock at the end of one year and of the next tells the flow between. From the base on,
        each stock figure pins the flow of its year, unless the flow has a figure of its own.
        """
        for stock in self.accumulations.values():
            base = self._base_figure(stock)
            ends = self._year_ends(stock)
            if stock.flow != law.name or base is None or len(ends) <= MAX_TWINS:
                continue
            if ends.get(round(_stock_time(base.period))) is not base:
                continue
            before = state.bases[stock.stock] = self.true_level(state, base)
            self.use(state, base, self.error(state, base))
            year = base.period.last_year + 1
            while year + law.offset in found or year + 1 in ends:
                if year + law.offset in found:
                    before = before + np.exp(found[year + law.offset])
                else:
                    figure = ends[year + 1]
                    level = self.true_level(state, figure)
                    possible = level > before
                    state.log_weight = np.where(possible, state.log_weight, -np.inf)
                    flow = np.where(possible, level - before, 1e-3 * level)
                    found[year + law.offset] = np.log(flow)
                    self.use(state, figure, np.log(flow) + self.error(state, figure))
                    before = before + flow
                year += 1

    def _year_ends(self, stock: Accumulation) -> dict[int, Observation]:
        """Return the sharpest level figure of a stock at each end of a year, by the next year."""
        found: dict[int, Observation] = {}
        for figure in sorted(self.figures, key=lambda f: (sharpness(f), f.key)):
            time = _stock_time(figure.period)
            if figure.indicators == (stock.stock,) and _is_level(figure) and time == round(time):
                found.setdefault(round(time), figure)
        return found

    def _pin_residual(self, state: State, law: PathLaw, found: dict[float, FloatArray]) -> None:
        assert self.residual is not None  # noqa: S101 - the caller saw to it
        total, part = self.residual
        others = [name for name in self.sums[total] if name != part]
        for figure in self._open_levels(state, total):
            time = self.time_of(law, figure.period)
            if time is None or time in found:
                continue
            level = self.true_level(state, figure)
            rest = sum(self.value_at(state, name, time) for name in others)
            residual = level - rest
            possible = residual > 0
            state.log_weight = np.where(possible, state.log_weight, -np.inf)
            residual = np.where(possible, residual, 1e-3 * level)
            found[time] = np.log(residual)
            self.use(state, figure, np.log(residual) + self.error(state, figure))

    def _part_of_year(self, figure: Observation) -> bool:
        law = self.laws.get(figure.indicators[0])
        return (
            law is not None
            and law.flow
            and len(figure.indicators) == 1
            and figure.period.within_one_year
            and two_sided(figure)
        )

    def season(self, state: State, name: str, year: int) -> Season:
        """Return the season of a law's flow in `year`."""
        key = (name, year)
        if key not in state.seasons:
            spec = self.laws[name].spec
            parameter = spec.season
            concentration = (
                parameter.prior.transform(np.zeros(state.size))
                if parameter is not None
                else np.full(state.size, 100.0)
            )
            state.seasons[key] = Season(concentration)
        return state.seasons[key]

    def _pin_part_year(self, state: State, figure: Observation) -> None:
        start, end = year_fractions(figure.period)
        season = self.season(state, figure.indicators[0], figure.period.year)
        if start > 0.0 or end in season.known:
            return
        flow = self.year_flow(state, figure.indicators[0], figure.period.year)
        season.pin(end, self.true_level(state, figure) / flow)
        self.use(state, figure, np.log(flow) + self.error(state, figure))

    def _pin_part_year_growth(self, state: State, figure: Observation) -> None:
        assert figure.base_period is not None  # noqa: S101 - the reader saw to it
        name = figure.indicators[0]
        start, end = year_fractions(figure.base_period)
        season = self.season(state, name, figure.base_period.year)
        known = self.season(state, name, figure.period.year).known
        if start > 0.0 or end in season.known or year_fractions(figure.period)[1] not in known:
            return
        part = self.flow_of(state, name, figure.period)
        rate = np.maximum(sample_truth(figure, state.rng, state.size), -99.9)
        base = part / (1.0 + rate / 100.0)
        share = base / self.year_flow(state, name, figure.base_period.year)
        season.pin(end, share)
        self.use(state, figure, np.log(100.0) + np.log(part / base) - np.log(share))

    def _base_figure(self, stock: Accumulation) -> Observation | None:
        figures = [
            f
            for f in self.figures
            if f.indicators == (stock.stock,)
            and two_sided(f)
            and f.reported not in ("growth", "share")
        ]
        ends = [f for f in figures if f.period.kind == "year"]
        ordered = sorted(ends or figures, key=lambda f: (f.period.end, sharpness(f), f.key))
        return ordered[0] if ordered else None

    def _pin_stock(self, state: State, stock: Accumulation) -> None:
        base = self._base_figure(stock)
        if base is None:
            return
        if stock.stock not in state.bases:
            state.bases[stock.stock] = self.true_level(state, base)
            self.use(state, base, self.error(state, base))
        figures = [f for f in self._open(state) if f.indicators == (stock.stock,) and two_sided(f)]
        for figure in sorted(figures, key=lambda f: (f.period.end, f.key)):
            if figure.reported in ("growth", "share") or figure.period.end <= base.period.end:
                continue
            year, fraction = split_time(_stock_time(figure.period))
            season = self.season(state, stock.flow, year)
            if fraction in season.known:
                continue
            before = self.stock_at(state, stock.stock, float(year))
            flow = self.year_flow(state, stock.flow, year)
            share = (self.true_level(state, figure) - before) / flow
            season.pin(fraction, share)
            self.use(state, figure, np.log(flow) + self.error(state, figure))

    # ------------------------------------------------------------------ measuring

    def truth(self, state: State, figure: Observation) -> FloatArray:
        """Return what a figure should say, (draw,), in its own unit, document error included."""
        if figure.reported == "growth":
            assert figure.base_period is not None  # noqa: S101 - the reader saw to it
            now = self.total(state, figure.indicators, figure.period)
            base = self.total(state, figure.indicators, figure.base_period)
            return 100.0 * (now / base - 1.0)
        measured = self.total(state, figure.indicators, figure.period)
        if figure.reported == "share":
            return 100.0 * measured / self.measure(state, figure.of, figure.period)
        return measured * np.exp(state.document_error[figure.document])

    def total(self, state: State, names: Sequence[str], period: Period) -> FloatArray:
        """Return the sum of several indicators over a period, (draw,)."""
        result = np.zeros(state.size)
        for name in names:
            result = result + self.measure(state, name, period)
        return result

    def measure(self, state: State, name: str, period: Period) -> FloatArray:
        """Return an indicator of the group over a period, (draw,)."""
        if name in self.sums:
            return self.total(state, self.sums[name], period)
        if name in self.accumulations:
            return self.stock_at(state, name, _stock_time(period))
        law = self.laws[name]
        if law.flow:
            return self.flow_of(state, name, period)
        time = self.time_of(law, period)
        assert time is not None  # noqa: S101 - stocks have a time for every period
        return self.value_at(state, name, time)

    def value_at(self, state: State, name: str, time: float) -> FloatArray:
        """Return a law's value, (draw,), at a time of its axis."""
        row = self.times[name].index(time)
        level: FloatArray = np.exp(state.paths[name].value[row])
        return level

    def year_flow(self, state: State, name: str, year: int) -> FloatArray:
        """Return a law's flow in `year`, (draw,)."""
        return self.value_at(state, name, year + self.laws[name].offset)

    def flow_of(self, state: State, name: str, period: Period) -> FloatArray:
        """Return a law's flow over a period, (draw,), part-years by the season."""
        if period.kind == "fiscal":
            return self.value_at(state, name, period.start + 0.5)
        result = np.zeros(state.size)
        for year in range(period.year, period.last_year + 1):
            start = max(period.start - year, 0.0)
            end = min(period.end - year, 1.0)
            result = result + self.part_flow(state, name, year, start, end)
        return result

    def part_flow(self, state: State, name: str, year: int, start: float, end: float) -> FloatArray:
        """Return a law's flow, (draw,), between two fractions of a year."""
        flow = self.year_flow(state, name, year)
        if start <= 0.0 and end >= 1.0:
            return flow
        season = self.season(state, name, year)
        before = season.share(round_fraction(start), state.rng)
        return flow * (season.share(round_fraction(end), state.rng) - before)

    def stock_at(self, state: State, name: str, time: float) -> FloatArray:
        """Return an accumulated stock, (draw,), at a decimal year."""
        stock = self.accumulations[name]
        base = self._base_figure(stock)
        assert base is not None  # noqa: S101 - a stock without a figure is not accumulated
        result = state.bases[name]
        start = _stock_time(base.period)
        low, high = min(start, time), max(start, time)
        sign = 1.0 if time >= start else -1.0
        year = int(low + 1e-9)
        while year < high - 1e-9:
            begin, finish = max(low - year, 0.0), min(high - year, 1.0)
            result = result + sign * self.increment(state, stock, year, begin, finish)
            year += 1
        return result

    def increment(
        self, state: State, stock: Accumulation, year: int, start: float, end: float
    ) -> FloatArray:
        """Return what a stock gains, (draw,), between two fractions of a year."""
        return self.part_flow(state, stock.flow, year, start, end)


def _is_level(figure: Observation) -> bool:
    return two_sided(figure) and figure.reported not in ("growth", "share")


def year_fractions(period: Period) -> tuple[float, float]:
    """Return the bounds of a period within one year as fractions of that year."""
    return round_fraction(period.start - period.year), round_fraction(period.end - period.year)


def round_fraction(fraction: float) -> float:
    """Round a fraction of a year so that the same month always gives the same number."""
    return round(fraction * 12 * 2) / 24


def split_time(time: float) -> tuple[int, float]:
    """Split a decimal year into year and fraction in (0, 1]."""
    year = int(np.ceil(time - 1e-9)) - 1
    return year, round_fraction(time - year)


def _stock_time(period: Period) -> float:
    return 0.5 * (period.start + period.end) if period.kind == "months" else period.end
