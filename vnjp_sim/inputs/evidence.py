"""The evidence: documents, observations, events and official series of a models folder together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from vnjp_sim.foundation.errors import BadValueError, InputError
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import DOCUMENTS, WITH_OFFICIAL, Period, parse_period
from vnjp_sim.inputs.documents import (
    Document,
    OfficialSource,
    read_documents,
    read_official_sources,
)
from vnjp_sim.inputs.events import Event, read_events
from vnjp_sim.inputs.observations import Observation, read_observations
from vnjp_sim.inputs.official import Official, read_official
from vnjp_sim.inputs.pack import Pack, read_pack
from vnjp_sim.inputs.registry import Registry


@dataclass(frozen=True)
class Evidence:
    """All documents, observations (ordered by content) and events of a models folder.

    `official` holds the official series and forecasts beside them, which make the central course;
    `pack` the official series of the partnership, whose figures are among the observations if
    `basis` is documents+official.
    """

    documents: Mapping[str, Document]
    observations: tuple[Observation, ...]
    events: tuple[Event, ...]
    official: Official = field(default_factory=Official)
    pack: Pack = field(default_factory=Pack)
    basis: str = DOCUMENTS

    def on(self, basis: str) -> Evidence:
        """Return evidence of documents alone, or with the official pack among the observations."""
        if basis == self.basis:
            return self
        rows = [o for o in self.observations if o.document in self.documents]
        rows += self.pack.figures if basis == WITH_OFFICIAL else ()
        return replace(self, observations=tuple(sorted(rows, key=lambda o: o.key)), basis=basis)

    @property
    def sources(self) -> Mapping[str, Document | OfficialSource]:
        """What the observations are cited from: the documents, and the data sets of a used pack."""
        return {**self.documents, **(self.pack.sources if self.basis == WITH_OFFICIAL else {})}

    def published_on(self, figure: Observation) -> date:
        """Return the day on which a figure was published."""
        document = self.documents.get(figure.document)
        return self.pack.published_on(figure) if document is None else document.published_on

    def figures_of(self, indicator: str, period: str | None = None) -> tuple[Observation, ...]:
        """Return every figure that measures an indicator, or a part of it, whatever its use.

        `period` is written as the figures write it (2022, 2023-09, 2023-01/2023-07, FY2019) and
        keeps the figures that touch it. Raises InputError if it cannot be read.
        """
        kept = tuple(o for o in self.observations if indicator in o.indicators or o.of == indicator)
        if period is None:
            return kept
        try:
            asked = parse_period(period)
        except BadValueError as error:
            raise InputError.single("PERIOD", error.what, error.remedy) from None
        return tuple(
            o
            for o in kept
            if any(
                p is not None and p.start < asked.end and asked.start < p.end
                for p in (o.period, o.base_period)
            )
        )

    def as_of(self, day: date | None) -> Evidence:
        """Return what had been published before `day`.

        A figure that was superseded by a document published later calibrates again, if no other
        figure of the same indicators does whose period overlaps; of several of one period, those
        of the latest document.

        Raises
        ------
        InputError
            Nothing had been published.
        """
        if day is None:
            return self
        known = {name: d for name, d in self.documents.items() if d.published_on < day}
        rows = [o for o in self.observations if self.published_on(o) < day]
        if not rows:
            first = min(self.published_on(o) for o in self.observations)
            noun = "official figure" if self.basis == WITH_OFFICIAL else "document"
            what = f"no {noun} had been published before {day}"
            raise InputError.single("--as-of", what, f"give a day after {first}")
        taken = [o for o in rows if o.use == "calibrate"]
        latest: dict[tuple[tuple[str, ...], Period], date] = {}
        for o in rows:
            if o.use == "superseded" and not any(_overlap(o, other) for other in taken):
                key = (o.indicators, o.period)
                latest[key] = max(latest.get(key, date.min), self.published_on(o))
        restored = tuple(
            replace(o, use="calibrate")
            if o.use == "superseded"
            and latest.get((o.indicators, o.period)) == self.published_on(o)
            else o
            for o in rows
        )
        events = tuple(e for e in self.events if e.document in known)
        pack = self.pack.as_of(day)
        return Evidence(known, restored, events, self.official.as_of(day), pack, self.basis)

    def calibrating(self) -> tuple[Observation, ...]:
        """Return the observations that enter the calibration."""
        return tuple(o for o in self.observations if o.use == "calibrate")


def _overlap(one: Observation, other: Observation) -> bool:
    return (
        one.indicators == other.indicators
        and one.period.start < other.period.end
        and other.period.start < one.period.end
    )


def read_evidence(models: Path, registry: Registry) -> Evidence:
    """Read documents, observations, events and official series of a models folder.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    faults = Refusals()
    documents: Mapping[str, Document] | None = None
    try:
        documents = read_documents(models)
    except InputError as error:
        faults += error.refusals
    observations = read_observations(models, registry, documents, faults)
    events = read_events(models, registry, documents, faults)
    if documents is None:
        raise InputError(faults)
    sources = read_official_sources(models)
    official = read_official(models, registry, sources, faults)
    pack = read_pack(models, registry, sources, faults)
    faults.raise_if_any()
    return Evidence(documents, tuple(observations), tuple(events), official, pack)
