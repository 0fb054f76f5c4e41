"""How the entries of a record did: the figures that became known later, against their draws.

A figure is scored if it was published on the day of an entry or later, if the entry did not know
it, and if it is a level of one indicator beyond the last that was known. What an entry says of it
is what its draws say over the period of the figure (parts of years, fiscal years and dates within
a year as in the fit table), reported with the error of the figure's document. It is compared with
the last value then known, as in a backtest; scores are those of :mod:`scores`.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.planning import document_error
from vnjp_sim.inputs.documents import Document, OfficialSource
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.scoring import baselines
from vnjp_sim.scoring.levels import date_of, history_of, is_level, part_of_year, reading, spread_of
from vnjp_sim.scoring.origins import NO_LEVEL, NOT_LATER, OTHER_SPREAD
from vnjp_sim.scoring.scores import MODEL, Scored, score
from vnjp_sim.simulation.fit import BEFORE, Past
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.record_entry import day_of, keys_of, model_of_entry, published_on
from vnjp_sim.storage.record_entries import StoredEntry, read_draws, read_units

FloatArray = NDArray[np.float64]

NAIVE = "naive"
NO_NUMBER = "a bound, rate, share, sum or announcement: no level of one indicator"
SIGNED = "may be zero or below, and scores are of logarithms"
AGAIN = "another figure of its period was published later, or is sharper"
OTHER_UNIT = "the entry has its indicator in another unit"
NOT_IN_ENTRY = "the entry does not project its indicator"
TOO_OLD = "its period begins before the years of the entry"
EARLY = "published before the entry's day, though the entry did not know it"
BANDS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class ScoredFigure:
    """What an entry said of one figure that came later.

    Attributes
    ----------
    entry, scenario, day : str, str, date
        The entry: its hash, whose projection it is, and of which day.
    figure, published : Observation, date
        What became known, and when.
    label, unit : str
        Of its indicator.
    last, ahead : float
        The last value that was known then, and how many years before the figure's date.
    value : float
        The mean of what the figure says.
    low, median, high : float
        Of the 90 % interval of what the entry expected to be reported.
    model, naive : Scored
        The scores of the entry, and of the last value.
    """

    entry: str
    scenario: str
    day: date
    figure: Observation
    published: date
    label: str
    unit: str
    last: float
    ahead: float
    value: float
    low: float
    median: float
    high: float
    model: Scored
    naive: Scored

    @property
    def inside(self) -> bool:
        """Whether the 90 % interval holds the figure."""
        return self.low <= self.value <= self.high

    @property
    def lead(self) -> int:
        """Years ahead of the last value known, in whole years, at least one."""
        return max(round(self.ahead), 1)


def scored_figures(
    entry: StoredEntry,
    left_out: Counter[str],
    models: Path | None = None,
    indicators: Collection[str] = (),
) -> list[ScoredFigure]:
    """Score all figures that came after an entry, of some indicators or all, oldest first.

    Counts in `left_out` why others are not. Raises InputError if the models folder cannot be used.
    """
    judge = _Judge(entry, load_model(models), model_of_entry(entry, models))
    found = []
    for figure, published in judge.later(left_out, indicators):
        drawn = judge.reported(figure)
        reason = drawn if isinstance(drawn, str) else judge.why_not(figure)
        if isinstance(drawn, str) or reason:
            left_out[reason] += 1
        else:
            found.append(judge.scored(figure, published, drawn))
    return sorted(found, key=lambda one: (one.published, one.label, one.figure.period.end))


@dataclass(frozen=True)
class _Judge:
    """An entry, the model as it is now, and with what the entry knew."""

    entry: StoredEntry
    model: Model
    known: Model

    def later(
        self, left_out: Counter[str], indicators: Collection[str]
    ) -> Iterator[tuple[Observation, date]]:
        """Yield the levels that became known after the entry, one of each period, and their days.

        Of several of one period the one that was published last counts; of these the sharpest.
        """
        known, day = keys_of(self.entry), day_of(self.entry)
        best: dict[tuple[str, str], tuple[date, float, Observation]] = {}
        for figure in self._published():
            if indicators and not set(figure.indicators) & set(indicators):
                continue
            published = published_on(figure, self.model.evidence)
            if figure.key in known:
                continue
            if published < day:
                left_out[EARLY] += figure.document not in self.model.evidence.pack.sources
            elif not is_level(figure):
                left_out[NO_NUMBER] += 1
            elif self.model.registry.indicators[figure.indicators[0]].sign == "any":
                left_out[SIGNED] += 1
            else:
                key = (figure.indicators[0], figure.period.text)
                rank = (published, -figure.step, figure)
                left_out[AGAIN] += key in best
                if key not in best or rank[:2] > best[key][:2]:
                    best[key] = rank
        for published, _, figure in best.values():
            yield figure, published

    def _published(self) -> Iterator[Observation]:
        """Yield the figures of documents and official series that calibrate, and of the course."""
        evidence = self.model.evidence
        known = self.known.evidence.official
        before = {(f.indicators, f.period) for n in self._course for f in known.series(n).values()}
        yield from evidence.calibrating()
        yield from (f for f in evidence.pack.figures if f.use == "calibrate")
        for name in self._course:
            for figure in evidence.official.series(name).values():
                if (figure.indicators, figure.period) not in before:
                    yield figure

    @cached_property
    def _course(self) -> list[str]:
        figures = self.model.evidence.official.figures
        return list(dict.fromkeys(figure.indicators[0] for figure in figures))

    @cached_property
    def _past(self) -> Past:
        return Past(None, self.model, int(self.entry.manifest["first"]), read_draws(self.entry))

    @cached_property
    def _units(self) -> dict[str, str]:
        return read_units(self.entry)

    def reported(self, figure: Observation) -> FloatArray | str:
        """Return the log of what the draws expect to be reported, (draw,), or why there is none."""
        name = figure.indicators[0]
        if name not in self._units:
            return NOT_IN_ENTRY
        if self._units[name] != self.model.registry.indicators[name].unit:
            return OTHER_UNIT
        words = f"{self.entry.entry}/{'/'.join(figure.key)}"
        rng = np.random.default_rng(zlib.crc32(words.encode()))
        truth = self._past.truth(figure, rng)
        if isinstance(truth, str):
            return TOO_OLD if truth == BEFORE else truth
        floor = 1e-9 * figure.value
        error = document_error(self._source(figure).reliability, self.model.parameters)
        return np.log(np.maximum(truth, floor)) + error * rng.standard_normal(truth.size)

    def _source(self, figure: Observation) -> Document | OfficialSource:
        evidence = self.model.evidence
        official = {**evidence.official.sources, **evidence.pack.sources}
        return evidence.documents.get(figure.document) or official[figure.document]

    def why_not(self, figure: Observation) -> str:
        """Return why a later figure is not scored; empty if it is."""
        before = self._levels(figure.indicators[0])
        if not before:
            return NO_LEVEL
        return NOT_LATER if figure.period.end <= max(f.period.end for f in before) else ""

    def _levels(self, name: str) -> list[Observation]:
        return [f for f in self._known(name) if is_level(f)]

    def _known(self, name: str) -> list[Observation]:
        evidence = self.known.evidence
        own = [f for f in evidence.calibrating() if f.indicators == (name,)]
        return own + list(evidence.official.series(name).values())

    def scored(self, figure: Observation, published: date, drawn: FloatArray) -> ScoredFigure:
        """Return the scores of the log of what the draws expect, and of the last value."""
        name = figure.indicators[0]
        indicator, manifest = self.model.registry.indicators[name], self.entry.manifest
        flow = indicator.kind == "flow"
        history = self._history(name, flow=flow)
        ahead = date_of(figure.period, flow=flow) - float(history.times[-1])
        share = part_of_year(figure.period, flow=flow)
        naive = baselines.forecasts(history, [max(ahead, 0.0)], (NAIVE,))[NAIVE][0] + share
        truth, case = reading(figure), f"{self.entry.entry} {figure.period.text}"
        low, median, high = np.exp(np.quantile(drawn, BANDS))
        return ScoredFigure(
            self.entry.entry,
            str(manifest["scenario"]["name"]),
            day_of(self.entry),
            figure,
            published,
            indicator.label,
            indicator.unit,
            float(np.exp(history.levels[-1] + share)),
            ahead,
            float(np.exp(truth)),
            float(low),
            float(median),
            float(high),
            score(name, case, MODEL, drawn, truth, history.scale),
            score(name, case, NAIVE, naive, truth, history.scale),
        )

    def _history(self, name: str, *, flow: bool) -> baselines.History:
        law = self.model.parameters.laws.get(name)
        other = OTHER_SPREAD["flow" if flow else "stock"]
        spread = spread_of(law) if isinstance(law, GrowthLaw) else other
        return history_of(self._known(name), flow=flow, prior_spread=spread)


def all_scored(
    entries: Sequence[StoredEntry],
    models: Path | None = None,
    indicators: Collection[str] = (),
) -> tuple[list[ScoredFigure], dict[str, int]]:
    """Return the scored figures of entries, in their order, and how many are not scored and why."""
    left_out: Counter[str] = Counter()
    found = [one for e in entries for one in scored_figures(e, left_out, models, indicators)]
    return found, {reason: count for reason, count in left_out.items() if count}
