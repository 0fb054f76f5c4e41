"""What a group of laws is made of, and the draws of one evaluation of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.figures import (
    base_figure,
    count_repeated,
    indicators_of,
    periods_of,
    rounded_time,
    stock_time,
)
from vnjp_sim.calibration.observation_model import log_mass, sample_truth
from vnjp_sim.calibration.path_conditioning import Conditioned
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.readings import open_times
from vnjp_sim.calibration.revisions import Revisions
from vnjp_sim.calibration.seasons import Season
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import Parameter

FloatArray = NDArray[np.float64]

SHARED_ERROR = OWN_ERROR = np.sqrt(0.5)
"""Of the variance of a figure's error half is its document's, shared by its figures, half own."""
HALF_A_YEAR = 0.5 - 1e-9
MAX_REPEATED = 3
"""Up to so many repeated figures a group weighs proposals; with more it chooses candidates."""


@dataclass(frozen=True)
class Accumulation:
    """A stock that is a base plus the flows of a law, less exits, and revised.

    Attributes
    ----------
    stock, flow : str
        Names of the stock and of the law.
    exit_rate, revision_spread : str
        Names of the group's further parameters that say what the stock loses and how it is
        revised, see :mod:`revisions`; the stock is the sum of its flows if empty.
    net_flow : str
        Indicator that measures the change of the stock, "" for none.
    """

    stock: str
    flow: str
    exit_rate: str = ""
    revision_spread: str = ""
    net_flow: str = ""


@dataclass(frozen=True)
class Question:
    """What is asked of each draw: the sum of indicators over a period, or at its end."""

    indicators: tuple[str, ...]
    period: Period


Known = dict[float, FloatArray]
"""Log values of a law that figures condition, (draw,), by time."""


Step = Callable[["Draws", PathLaw, Known], None]
"""Adds to the log values that figures condition of a law."""


@dataclass(frozen=True)
class Method:
    """How a group's figures condition its laws, and what follows from the laws.

    Attributes
    ----------
    steps : tuple of callables
        Each adds to the log values that figures condition of a law: (draws, law, known).
    of_law : mapping
        Other steps, for the laws named here.
    afterwards : tuple of callables
        What figures condition once all paths are drawn: seasons, and single numbers.
    measures : mapping
        Indicators that follow from the laws: (draws, period).
    gain : callable, optional
        What a stock gains between two fractions of a year: (draws, stock, year, start, end); the
        flow by default.
    askable : frozenset of str
        Those of the measures that forecasts may be asked of.
    further_times : callable, optional
        Times that the path of a law must cover beside those of its own figures: (layout, law).
    count_repeated : callable, optional
        How many figures repeat what others condition; levels of one period by default.
    """

    steps: tuple[Step, ...] = ()
    of_law: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    afterwards: tuple[Callable[[Draws], None], ...] = ()
    measures: Mapping[str, Callable[[Draws, Period], FloatArray]] = field(default_factory=dict)
    gain: Callable[[Draws, Accumulation, int, float, float], FloatArray] | None = None
    askable: frozenset[str] = frozenset()
    further_times: Callable[[Layout, PathLaw], set[float]] | None = None
    count_repeated: Callable[[Layout], int] | None = None


@dataclass(frozen=True)
class Layout:
    """Laws with their figures.

    Attributes
    ----------
    name : str
        Of the group.
    in_order : sequence of PathLaw
        The laws, in the order in which they are drawn; a residual part last.
    figures : sequence of Observation
        The calibrating figures, ordered by content.
    document_sd : mapping
        Log standard deviation of each document's error.
    last_year : int
        Last year of history; paths are drawn for every year up to it.
    accumulations : sequence of Accumulation
        Stocks that accumulate from a law's flow.
    sums : mapping
        Indicators that are the sum of laws of the group.
    residual : tuple of str, optional
        (sum, part): figures of the sum condition the part, whatever the other parts are.
    extra : mapping
        Further parameters that the group draws.
    hurdles : mapping
        Indicators that some years lack, each with the prior of the chance of that.
    method : Method
        How figures condition the laws.
    asked : tuple of Question
        What else is kept of each draw, as `asked.0` and so on.
    lags : mapping
        Release lags of the stocks that documents quote without a date; see :mod:`readings`.
    dates : frozenset of float
        Further times that the paths of stocks have.
    """

    name: str
    in_order: Sequence[PathLaw]
    figures: Sequence[Observation]
    document_sd: Mapping[str, float]
    last_year: int
    accumulations: Sequence[Accumulation] = ()
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    residual: tuple[str, str] | None = None
    extra: Mapping[str, Parameter] = field(default_factory=dict)
    hurdles: Mapping[str, Parameter] = field(default_factory=dict)
    method: Method = field(default_factory=Method)
    asked: tuple[Question, ...] = ()
    lags: Mapping[str, Parameter] = field(default_factory=dict)
    dates: frozenset[float] = frozenset()

    @cached_property
    def laws(self) -> dict[str, PathLaw]:
        """The laws by name, in the order in which they are drawn."""
        return {law.name: law for law in self.in_order}

    @cached_property
    def stocks(self) -> dict[str, Accumulation]:
        """The stocks by name."""
        return {stock.stock: stock for stock in self.accumulations}

    @cached_property
    def net_flows(self) -> dict[str, Accumulation]:
        """The stocks by the name of what measures their change."""
        return {s.net_flow: s for s in self.accumulations if s.net_flow}

    @property
    def documents(self) -> list[str]:
        """The documents of the figures, sorted."""
        return sorted({figure.document for figure in self.figures})

    @property
    def measured(self) -> frozenset[str]:
        """The indicators that a draw of the group says something of."""
        own = (*self.laws, *self.sums, *self.stocks, *self.net_flows)
        return frozenset(own) | self.method.askable

    @cached_property
    def many_repeated(self) -> bool:
        """Whether so many figures repeat others that candidates are chosen by them."""
        counted = self.method.count_repeated
        return many(count_repeated(self.figures, self.laws) if counted is None else counted(self))

    @cached_property
    def times(self) -> dict[str, list[float]]:
        """The times of each law's path."""
        return {name: self._times(law) for name, law in self.laws.items()}

    def _times(self, law: PathLaw) -> list[float]:
        times = set(law.history_times(self.last_year))
        names = {law.name, *(total for total, parts in self.sums.items() if law.name in parts)}
        own = [f for f in self.figures if not names.isdisjoint(indicators_of(f))]
        located = [law.time_of(period) for figure in own for period in periods_of(figure)]
        times |= {time for time in located if time is not None}
        if not law.flow:
            times |= self.dates | open_times(self.figures, self.lags)
        if self.method.further_times is not None:
            times |= self.method.further_times(self, law)
        for question in self.asked:
            time = law.time_of(question.period)
            if time is not None and time >= law.origin:
                times.add(time)
        return sorted(times)

    def stock_years(self, stock: str) -> list[int]:
        """Return the years at whose ends a stock is kept."""
        base = base_figure(self.figures, stock)
        first = base.period.last_year if base else self.last_year
        return list(range(first, self.last_year + 1))

    def last_figure(self, name: str) -> float | None:
        """Return the time of the last figure of a law or a stock, if there is one.

        A figure of a sum tells of its residual part, else of all its parts; one of a stock tells
        of the stock. A flow has a figure of a year if the figure covers at least half of it.
        """
        sums = {total for total, parts in self.sums.items() if name in parts}
        if self.residual is not None and self.residual[1] != name:
            sums.discard(self.residual[0])
        others = {*self.laws, *self.sums, *self.stocks} - sums - {name}
        law = self.laws.get(name)
        if law is None or not law.flow:
            located = [stock_time(f.period) for f in self.figures if not others & {*f.indicators}]
            return max(located, default=None)
        whole = [f.period for f in self.figures if not others & {*f.indicators}]
        covered = [p for p in whole if p.end - p.start >= HALF_A_YEAR]
        return max((p.last_year + law.offset for p in covered), default=None)

    def base_of(self, stock: str) -> Observation:
        """Return the figure from which a stock accumulates."""
        base = base_figure(self.figures, stock)
        if base is None:
            raise ValueError(f"{stock} has no figure to accumulate from")
        return base


def many(count: int) -> bool:
    """Whether so many figures would leave hardly a draw if they all weighed it."""
    return count > MAX_REPEATED


@dataclass
class Draws:
    """One evaluation of a group: what is known of each draw so far.

    Attributes
    ----------
    layout : Layout
        The group.
    size, rng : int, Generator
        The number of draws, and the generator of all their random numbers.
    values, extra : mapping
        Parameters of each law, and further ones, (draw,).
    document_error, own_error : mapping
        Log errors, (draw,), of documents, and of figures by their key.
    log_weight : FloatArray
        (draw,)
        The log weights so far.
    normals : mapping
        The normals, (row, draw), of paths whose noise is among the scores.
    ahead : mapping
        Log values of laws that are not drawn yet, where figures condition several laws at once.
    paths, bases, seasons, revisions : mapping
        What is drawn: paths of laws, levels that stocks accumulate from, seasons of flows by year,
        revisions of stocks.
    parts : mapping
        Values of laws that hold for a part of a year alone, by law, year and end of the part.
    chances, occurrences : mapping
        Of each hurdle the chance that a year lacks it, and by name and year whether it occurs.
    used : set of int
        The figures, by their place, that have conditioned an unknown.
    """

    layout: Layout
    size: int
    rng: np.random.Generator
    values: dict[str, dict[str, FloatArray]]
    extra: dict[str, FloatArray]
    document_error: dict[str, FloatArray]
    log_weight: FloatArray
    own_error: dict[tuple[str, ...], FloatArray] = field(default_factory=dict)
    normals: dict[str, FloatArray] = field(default_factory=dict)
    ahead: dict[str, Known] = field(default_factory=dict)
    paths: dict[str, Conditioned] = field(default_factory=dict)
    seasons: dict[tuple[str, int], Season] = field(default_factory=dict)
    parts: dict[tuple[str, int, float], FloatArray] = field(default_factory=dict)
    bases: dict[str, FloatArray] = field(default_factory=dict)
    revisions: dict[str, Revisions] = field(default_factory=dict)
    chances: dict[str, FloatArray] = field(default_factory=dict)
    occurrences: dict[tuple[str, int], NDArray[np.bool_]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    @property
    def open(self) -> list[Observation]:
        """The figures that have conditioned nothing so far."""
        return [f for i, f in enumerate(self.layout.figures) if i not in self.used]

    def widened(self, times: int) -> Draws:
        """Return draws without paths, so many for each, with the errors of the documents."""
        size = self.size * times
        errors = {name: np.tile(error, times) for name, error in self.document_error.items()}
        return Draws(self.layout, size, self.rng, {}, {}, errors, np.zeros(size))

    def use(self, figure: Observation, log_derivative: FloatArray) -> None:
        """Mark a figure as conditioning an unknown, with log |d truth / d unknown|.

        The mass of its likelihood makes the draw comparable with those of another reading of the
        figures, where it may weigh.
        """
        self.mark(figure)
        self.log_weight = self.log_weight + (log_mass(figure) - log_derivative)

    def mark(self, *figures: Observation) -> None:
        """Mark figures as used."""
        self.used |= {self.layout.figures.index(figure) for figure in figures}

    def require(self, possible: NDArray[np.bool_]) -> None:
        """Take all weight from draws that are not possible."""
        self.log_weight = np.where(possible, self.log_weight, -np.inf)

    def true_level(self, figure: Observation) -> FloatArray:
        """Draw what a level figure says, free of its error; never below a trace."""
        truth = sample_truth(figure, self.rng, self.size)
        floor = 1e-9 * (abs(figure.value) or figure.step)
        return np.maximum(truth, floor) * np.exp(-self.error(figure))

    def error(self, figure: Observation) -> FloatArray:
        """Return the log error of a conditioning figure, (draw,): its document's and its own."""
        if figure.key not in self.own_error:
            sd = OWN_ERROR * self.layout.document_sd[figure.document]
            self.own_error[figure.key] = sd * self.rng.standard_normal(self.size)
        return self.document_error[figure.document] + self.own_error[figure.key]

    def season(self, name: str, year: int) -> Season:
        """Return the season of a law's flow in `year`."""
        key = (name, year)
        if key not in self.seasons:
            parameter = self.layout.laws[name].spec.season
            concentration = (
                parameter.prior.transform(np.zeros(self.size))
                if parameter is not None
                else np.full(self.size, 100.0)
            )
            self.seasons[key] = Season(concentration)
        return self.seasons[key]

    def revision(self, stock: str) -> Revisions:
        """Return the revisions of a stock."""
        if stock not in self.revisions:
            start = stock_time(self.layout.base_of(stock).period)
            self.revisions[stock] = Revisions(rounded_time(start), self.size)
        return self.revisions[stock]

    def occurs(self, name: str, year: int) -> NDArray[np.bool_]:
        """Return whether what a hurdle may leave out occurs in a year, (draw,)."""
        if name not in self.chances:
            score = self.rng.standard_normal(self.size)
            self.chances[name] = self.layout.hurdles[name].prior.transform(score)
        if (name, year) not in self.occurrences:
            self.occurrences[name, year] = self.rng.random(self.size) >= self.chances[name]
        return self.occurrences[name, year]
