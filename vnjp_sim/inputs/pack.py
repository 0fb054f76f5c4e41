"""The official evidence pack: official series of the partnership, used only where asked for.

Its figures stand in `official/*.csv`, beside the macro series and the forecasts, in the columns of
all figures; a data set has no line numbers. A figure counts as published its source's lag after
the end of its period; where a source has none, on the day of its release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.documents import OfficialSource
from vnjp_sim.inputs.models_folder import tables
from vnjp_sim.inputs.observations import Observation, check_observation, figure_rows
from vnjp_sim.inputs.official import FORECASTS, SERIES, OfficialRow
from vnjp_sim.inputs.registry import Registry

LEVELS = ("exact", "rounded", "about")
OWN_FORMS = {Path(SERIES).name, Path(FORECASTS).name}
"""Tables of `official/` that make the central course, and are no part of the pack."""


@dataclass(frozen=True)
class Pack:
    """Official figures of the partnership, ordered by content, with the data sets they are from."""

    sources: Mapping[str, OfficialSource] = field(default_factory=dict)
    figures: tuple[Observation, ...] = ()

    def published_on(self, figure: Observation) -> date:
        """Return the day from which a figure counts as published."""
        source = self.sources[figure.document]
        if not source.lag_months:
            return source.published_on
        months = round(12.0 * figure.period.end) + source.lag_months
        return date(months // 12, months % 12 + 1, 1)

    def as_of(self, day: date) -> Pack:
        """Return what had been published before `day`."""
        return self.holding(tuple(f for f in self.figures if self.published_on(f) < day))

    def holding(self, figures: tuple[Observation, ...]) -> Pack:
        """Return a pack of these figures, with their sources alone."""
        named = {figure.document for figure in figures}
        sources = {name: source for name, source in self.sources.items() if name in named}
        return replace(self, sources=sources, figures=figures)


def read_pack(
    models: Path, registry: Registry, sources: Mapping[str, OfficialSource], faults: Refusals
) -> Pack:
    """Read the pack of a models folder; add to `faults` what is wrong with it."""
    own, shipped = tables(models, "official")
    figures = []
    for file in (*own, *shipped):
        if file.name in OWN_FORMS:
            continue
        for row in figure_rows(file, faults):
            figure, wrong = check_observation(row, registry, sources, OfficialRow)
            faults.extend(wrong)
            if figure is not None:
                figures.append(figure)
    return Pack(sources).holding(tuple(sorted(figures, key=lambda figure: figure.key)))


@dataclass(frozen=True)
class Conflict:
    """Two sources on one indicator and period: the figure that is used, and another.

    `difference` is that of the other, as a part of the used one.
    """

    used: Observation
    other: Observation

    @property
    def difference(self) -> float:
        """The other figure over the used one, less one."""
        return self.other.value / self.used.value - 1.0


def conflicts(figures: Iterable[Observation], pack: Pack) -> list[Conflict]:
    """Return where an official level differs from the figure used of its indicator and period.

    The used figure is one that calibrates, of the documents if they have one.
    """
    by_key: dict[tuple[tuple[str, ...], str], list[Observation]] = {}
    for figure in {f.key: f for f in (*figures, *pack.figures)}.values():
        if figure.reported in LEVELS and figure.value != 0.0:
            by_key.setdefault((figure.indicators, figure.period.text), []).append(figure)
    pairs = []
    for _, own in sorted(by_key.items()):
        own.sort(key=lambda f: (f.use != "calibrate", f.document in pack.sources, f.key))
        used, *others = own
        official = [f for f in others if f.document in pack.sources and f.value != used.value]
        pairs += [Conflict(used, other) for other in official]
    return pairs
