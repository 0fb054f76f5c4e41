"""How a projection moved from an entry of the record to a later day, and which figures moved it.

The figures that came between are added in the order of their publication. What a figure moves is
the difference between the projection with it and with those before it, and the one without it, so
that the parts add up to the whole. Each projection is exact: the group of laws that reads the
figure is calibrated anew, the others are as they were (see :mod:`calibration.partial`). Figures of
laws that do not bear on the indicator are found by exchanging the rows of their group: where that
changes no draw, nothing they say can.

Before the figures come the published series and forecasts of both economies and the yen, on which
every law is calibrated, with the longer history that they give; documented levels, figures that
were dropped, and those with which a law begins, are part of that step. Of entries that other code
or priors made, the model comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.partial import Partial
from vnjp_sim.calibration.planning import Planned
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.shown import Tabled
from vnjp_sim.inputs.number_text import percent, significant
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.registry import Indicator
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_differences import scenario_of
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.progress import Progress
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.record_entry import (
    day_of,
    keys_of,
    model_of_entry,
    published_on,
    same_model,
)
from vnjp_sim.simulation.request import Options
from vnjp_sim.storage.record_entries import StoredEntry, read_draws, to_four_digits

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

BANDS = (0.05, 0.5, 0.95)
PROBED = 64
"""Draws by which it is found whether a group bears on an indicator."""
THE_MODEL, THE_COURSE, A_FIGURE = "model", "course", "figure"
"""Kinds of steps."""


@dataclass(frozen=True)
class Level:
    """Median and 90 % interval of a projection, and the standard error of the median."""

    low: float
    median: float
    high: float
    error: float


@dataclass(frozen=True)
class Step:
    """What moved a projection: figures of one document, the official course, or the model.

    `after` is the projection with it; `change` and `error` are of the median.
    """

    kind: str
    figures: tuple[Observation, ...]
    published: date | None
    after: Level
    change: float
    error: float


@dataclass(frozen=True, repr=False)
class Move(Tabled):
    """What :meth:`vnjp_sim.Record.moved` finds of an indicator.

    Attributes
    ----------
    indicator : Indicator
        Its label, unit and decimals; `name` is its id.
    name : str
        Of the indicator.
    year : int
        Of the projection.
    since, until : str
        The days of the entry, and of the other one or today.
    before, after : Level
        The projection of the entry, and that of the later day.
    steps : tuple[Step, ...]
        In the order in which they were taken; their changes add up to the whole.
    dropped : int
        Figures that calibrated the entry and are not known on the later day, or are not used, as
        of official series without them as evidence.
    """

    name: str
    indicator: Indicator
    year: int
    since: str
    until: str
    before: Level
    after: Level
    steps: tuple[Step, ...]
    dropped: int = 0

    @property
    def change(self) -> float:
        """The change of the median."""
        return self.after.median - self.before.median

    def table(self) -> pd.DataFrame:
        """Return a row a step.

        Returns
        -------
        pandas.DataFrame
            Columns kind, published, document, figures, change, error, low, median, high: of the
            median and of the projection after the step, in the unit of the indicator.
        """
        import pandas as pd

        rows = [
            {
                "kind": step.kind,
                "published": step.published,
                "document": step.figures[0].document if step.figures else "",
                "figures": "; ".join(map(figure_words, step.figures)),
                "change": step.change,
                "error": step.error,
                "low": step.after.low,
                "median": step.after.median,
                "high": step.after.high,
            }
            for step in self.steps
        ]
        return pd.DataFrame(rows)

    @property
    def finding(self) -> str:
        """The move in words."""
        places = self.indicator.decimals
        old, new = (significant(x.median, places) for x in (self.before, self.after))
        widths = [x.high - x.low for x in (self.before, self.after)]
        width = "wider" if widths[1] > widths[0] else "narrower"
        part = abs(widths[1] / widths[0] - 1.0) if widths[0] else 0.0
        return (
            f"{self.indicator.label} in {self.year}: {old} {self.indicator.unit} as projected on "
            f"{self.since}, {new} on {self.until}; the 90 % interval is {percent(part)} {width}"
        )

    def __repr__(self) -> str:
        return f"<Move: {self.finding}>"


def figure_words(figure: Observation) -> str:
    """Return a figure on one line: of what, when, and how much."""
    names, period = "+".join(figure.indicators), figure.period.text
    return f"{names} {period}: {figure.printed} {figure.unit}"


@dataclass(frozen=True)
class Later:
    """What an entry is held against: a model with its calibration, and its day in words."""

    model: Model
    posterior: Posterior
    day: str


def scenario_from(entry: StoredEntry, start: int) -> Scenario:
    """Return the scenario of an entry from a later year on; raises InputError if none is left."""
    manifest = entry.manifest
    scenario = scenario_of(manifest["scenario"], manifest["title"], manifest["chain"])
    if start > scenario.end:
        what = f"ends in {scenario.end}, and the figures reach to {start}"
        raise InputError.single(entry.folder.name, what, "choose a later entry")
    return replace(scenario, start=max(start, scenario.start))


def move_of(
    entry: StoredEntry,
    later: Later,
    indicator: str,
    year: int,
    *,
    each: bool,
    models: Path | None,
    out: Path,
    progress: Progress,
) -> Move:
    """Return how a projection moved since an entry; see :meth:`vnjp_sim.Record.moved`.

    Raises
    ------
    InputError
        The entry lacks the indicator or the year, or the year is history by now.
    """
    stored = read_draws(entry, [indicator])
    if indicator not in stored:
        raise InputError.single(indicator, "is not in the entry", "choose another indicator")
    first, model = int(entry.manifest["first"]), later.model
    last = first + len(stored[indicator]) - 1
    if not later.posterior.last_year <= year <= last:
        what = f"{year} is not projected by both"
        remedy = f"give a year from {later.posterior.last_year} to {last}"
        raise InputError.single("year", what, remedy)
    before = level_of(stored[indicator][year - first])
    known = model_of_entry(entry, models)
    task = _Task(entry, model, later.posterior, indicator, year, each)
    levels = list(_chain(task, progress))
    if not same_model(entry.manifest, known):
        posterior, _ = posterior_of(known, out, progress)
        now = replace(task, model=known).level(posterior)
        levels.insert(0, (THE_MODEL, (), None, now))
    was, steps = before, []
    for kind, figures, published, level in levels:
        if level != was:
            steps.append(_step(kind, figures, published, was, level))
        was = level
    keys = {o.key for o in model.evidence.observations}
    known_then = [key for key, use in keys_of(entry).items() if use == "calibrate"]
    dropped = sum(key not in keys for key in known_then)
    about = model.registry.indicators[indicator]
    day = day_of(entry).isoformat()
    return Move(indicator, about, year, day, later.day, before, was, tuple(steps), dropped)


def level_of(draws: FloatArray) -> Level:
    """Return median and 90 % interval of draws, (draw,); the error is from order statistics."""
    half = 0.5 / np.sqrt(draws.size)
    low, median, high = np.quantile(draws, BANDS)
    least, most = np.quantile(draws, [max(0.5 - half, 0.0), min(0.5 + half, 1.0)])
    return Level(float(low), float(median), float(high), 0.5 * float(most - least))


def _step(
    kind: str,
    figures: Sequence[Observation],
    published: date | None,
    before: Level,
    after: Level,
) -> Step:
    change, error = after.median - before.median, float(np.hypot(before.error, after.error))
    return Step(kind, tuple(figures), published, after, change, error)


@dataclass(frozen=True)
class _Task:
    """One indicator and year of the scenario of an entry, projected with other calibrations."""

    entry: StoredEntry
    model: Model
    posterior: Posterior
    indicator: str
    year: int
    each: bool

    def projected_with(self, posterior: Posterior) -> bool:
        """Whether a calibration allows the indicator."""
        options = Options(1, self.entry.manifest["seed"])
        return self.indicator in Projector(posterior, self.model, options).given()

    def draws(self, posterior: Posterior, count: int = 0) -> FloatArray:
        """Return the projection with a calibration, (draw,), as an entry would store it."""
        scenario = scenario_from(self.entry, posterior.last_year)
        manifest = self.entry.manifest
        options = Options(count or manifest["draws"], manifest["seed"])
        projector = Projector(posterior, self.model, options)
        batch = projector.batch(
            [projector.variant(scenario)], scenario.start, self.year, [self.indicator]
        )
        values = projector.project(batch).of(0)[self.indicator][self.year - scenario.start]
        return np.asarray(to_four_digits(values), np.float64)

    def level(self, posterior: Posterior) -> Level:
        """Return median and interval of the projection with a calibration."""
        return level_of(self.draws(posterior))


Added = tuple[str, Sequence[Observation], date | None, Level]
"""The kind of a step, its figures, when they were published, and the projection with them."""


def _chain(task: _Task, progress: Progress) -> Iterator[Added]:
    """Yield the official course, then each step of new figures, with the projection after it.

    The figures are taken away from the last to the first, so that every group is calibrated on
    what was known then, with the last year of history and the course of today.
    """
    partial = Partial(task.posterior, task.model.evidence, task.model.parameters)
    posteriors = [task.posterior]
    kept: list[tuple[tuple[Observation, ...], date]] = []
    gone: set[tuple[str, ...]] = set()
    for group, figures, published in reversed(_batches(task, partial, progress.analysing)):
        keys = {figure.key for figure in figures}
        progress.analysing(f"without {figure_words(figures[0])}")
        former = partial.without(group, gone | keys, posteriors[0])
        if former is None or not task.projected_with(former):  # its law begins with them
            continue
        gone |= keys
        posteriors.insert(0, former)
        kept.insert(0, (figures, published))
    yield THE_COURSE, (), None, task.level(posteriors[0])
    for posterior, (figures, published) in zip(posteriors[1:], kept, strict=True):
        yield A_FIGURE, figures, published, task.level(posterior)


def _batches(
    task: _Task, partial: Partial, advance: Callable[[str], None]
) -> list[tuple[Planned, tuple[Observation, ...], date]]:
    """Return the new figures that bear on the indicator, by group, in the order of publication.

    By document; if asked for, those of the group that has the indicator itself one by one.
    """
    known, evidence = keys_of(task.entry), task.model.evidence
    used = {key for key, use in known.items() if use == "calibrate"}
    batches: dict[tuple[Any, ...], tuple[Planned, tuple[Observation, ...], date]] = {}
    whole = None
    for group in partial.plan.groups:
        new = [f for f in group.taken if f.key not in used]
        if not new:
            continue
        advance(f"what bears on {task.indicator}: {group.name}")
        whole = task.draws(task.posterior, PROBED) if whole is None else whole
        if np.array_equal(whole, task.draws(_exchanged(partial, group), PROBED)):
            continue
        own = task.indicator in group.status
        for figure in new:
            published = published_on(figure, evidence)
            alone = (figure.period.end, figure.key) if own and task.each else ()
            key = (published, own, group.name, figure.document, *alone)
            had = batches[key][1] if key in batches else ()
            batches[key] = (group, (*had, figure), published)
    return [batches[key] for key in sorted(batches)]


def _exchanged(partial: Partial, group: Planned) -> Posterior:
    """Return the posterior with the rows of a group in another order."""
    names: Mapping[str, None] = dict.fromkeys(partial.arrays_of(group))
    arrays = {
        n: np.roll(a, 1, axis=-1) if n in names else a for n, a in partial.posterior.arrays.items()
    }
    return replace(partial.posterior, arrays=arrays)
