"""The entries of a record over time: what each projected, and the figures that came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.charts.fans import end_of, hover_of, layered, notes_on_figures, placed, plane_of
from vnjp_sim.charts.forms import band_layers, middle_layer, words_of_bands, words_of_time
from vnjp_sim.charts.frame import Frame, chart_of, hover_layer, label_layer, zero_layer
from vnjp_sim.charts.history import (
    CALIBRATED,
    HOLLOW,
    OTHER,
    WAYS,
    figure_layers,
    figure_rows,
)
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import CELLS, RARE, Quantity, Row, quantile_rows, quantity
from vnjp_sim.charts.theme import BASELINE_BAND
from vnjp_sim.charts.titles import middle_text
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import WITH_OFFICIAL
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.living_record import Record
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.record_entry import day_of, published_on
from vnjp_sim.storage.record_entries import SHORT_HASH, StoredEntry, read_draws

if TYPE_CHECKING:
    import altair as alt

FloatArray = NDArray[np.float64]

HEIGHT = 340
MOST = 4
"""Entries that one plane holds: the first, the last, and some between."""
BEFORE, AFTER = 10, 6
"""Years that are drawn before the first entry, and after the last figure or entry."""
COLOURS = (BASELINE_BAND, "#d55e00", "#009e73", "#882255")


@takes_look
@settled
def record(
    record: Record, indicator: str, entries: Sequence[str] | None = None, *, look: Look
) -> alt.VConcatChart:
    """Return what entries projected of an indicator, with the figures known then and later.

    By default from ten years before the first entry to six years after the last figure or entry.

    Parameters
    ----------
    record : Record
        What :func:`vnjp_sim.record` returns; of more than four entries the first, the last and two
        between are drawn.
    indicator : str
        Id in the registry.
    entries : Sequence[str] | None
        Hashes, or their beginnings, days, or scenarios; all by default.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`.

    Raises
    ------
    InputError
        The record has no entry, or none projects the indicator.
    EnvironmentFailureError
        An entry is damaged, or Altair is not installed.
    """
    every = record.stored(entries)
    official = any(e.manifest["evidence"] == WITH_OFFICIAL for e in every)
    model = load_model(record.models, None, WITH_OFFICIAL if official else "documents")
    name = id_asked(indicator, model.registry.labels)
    figures = _figures(name, model)
    look = look if look.years is not None else replace(look, years=_span(every, figures))
    drawn = [one for e in every if (one := _drawn(e, name, look)) is not None]
    if not drawn:
        remedy = "choose an indicator and years that one projects"
        raise InputError.single(name, "is in no entry of the record", remedy)
    some = np.linspace(0, len(drawn) - 1, min(MOST, len(drawn))).round().astype(int)
    chosen = [drawn[i] for i in some]
    shown = quantity(name, model, [one.draws for one in chosen])
    if shown.form == CELLS:
        shown = replace(shown, form=RARE)
    rows = [quantile_rows(one.draws, one.years, shown, look.bands[-1:]) for one in chosen]
    points = _points(figures, model, shown, chosen[-1].day, look)
    labels = [
        _label(own, one, shown, colour)
        for own, one, colour in zip(rows, chosen, COLOURS, strict=False)
    ]
    plane = plane_of(
        shown,
        [row for own in rows for row in own],
        [],
        points,
        look,
        before=0,
        height=HEIGHT,
        labels=[label["text"] for label in labels],
    )
    layers: list[Any] = [*zero_layer(plane)]
    for colour, own in zip(COLOURS, rows, strict=False):
        layers += band_layers(plane, shown, own, colour, look.bands[-1:], strength=0.9)
    for colour, own, one in zip(COLOURS, rows, chosen, strict=False):
        layers += [middle_layer(plane, shown, own, colour, 2.0), _day(plane, one, colour)]
    body = layered(
        [
            *layers,
            label_layer(plane, placed(labels, plane), bold=True),
            hover_layer(plane, rows[-1], hover_of(shown), f",.{shown.decimals}f"),
            *figure_layers(plane, points),
        ],
        plane,
    )
    return finish(body, _words(shown, rows, chosen, points, model, look), look)


@dataclass(frozen=True)
class _Drawn:
    """What an entry projects of an indicator in the years that are drawn, (year, draw)."""

    entry: StoredEntry
    years: list[int]
    draws: FloatArray

    @property
    def day(self) -> date:
        return day_of(self.entry)


def _drawn(entry: StoredEntry, name: str, look: Look) -> _Drawn | None:
    """Return what an entry projects of an indicator from its first projected year."""
    first = int(entry.manifest["first"])
    start, end = entry.manifest["scenario"]["horizon"]
    draws = read_draws(entry, [name]).get(name)
    years = [year for year in range(start, end + 1) if look.holds(year)]
    if draws is None or not years:
        return None
    return _Drawn(entry, years, draws[[year - first for year in years]])


def _figures(name: str, model: Model) -> list[Observation]:
    """Return the figures of an indicator that are drawn, of documents and official series."""
    official = model.evidence.official.series(name).values()
    return [
        o
        for o in (*model.evidence.observations, *official)
        if o.indicators == (name,) and o.reported in WAYS and o.use == "calibrate"
    ]


def _span(entries: Sequence[StoredEntry], figures: Sequence[Observation]) -> tuple[int, ...]:
    """Return the years that are drawn, if none are asked for."""
    days = [day_of(entry).year for entry in entries]
    last = max([*days, *(figure.period.last_year for figure in figures)])
    return tuple(range(min(days) - BEFORE, last + AFTER + 1))


def _points(
    figures: Sequence[Observation], model: Model, shown: Quantity, day: date, look: Look
) -> list[Row]:
    """Return the figures as rows; hollow those that came after a day."""
    rows = figure_rows(figures, shown, model)
    for row, figure in zip(rows, figures, strict=True):
        row["used"] = CALIBRATED if published_on(figure, model.evidence) < day else OTHER
    return [row for row in rows if look.holds(row["x"])]


def _label(rows: list[Row], one: _Drawn, shown: Quantity, colour: str) -> Row:
    text = f"{middle_text(rows[-1], shown, one.draws.shape[1])} ({one.day.year})"
    y = rows[-1][shown.middle]
    return {"x": end_of(rows[-1], shown), "y": y, "text": text, "colour": colour}


def _day(plane: Frame, one: _Drawn, colour: str) -> Any:
    """Return a line at the day of an entry."""
    at = one.day.year + (one.day.timetuple().tm_yday - 1) / 365.25 - 0.5
    rule = chart_of([{"x": at}]).mark_rule(color=colour, strokeDash=[2, 3], strokeWidth=1)
    return rule.encode(x=plane.x)


def _words(
    shown: Quantity,
    rows: list[list[Row]],
    entries: list[_Drawn],
    points: list[Row],
    model: Model,
    look: Look,
) -> Words:
    """Return the words around the picture."""
    year = min(own[-1]["year"] for own in rows)
    told = [
        f"{middle_text(row, shown, one.draws.shape[1])} as projected on {one.day}"
        for own, one in ((rows[0], entries[0]), (rows[-1], entries[-1]))
        for row in own
        if row["year"] == year
    ]
    middles = told if len(entries) > 1 else told[:1]
    came = sum(row["used"] == OTHER for row in points)
    bands = words_of_bands(entries[0].draws.shape[1], replace(look, bands=look.bands[-1:]))
    line = "Line: mean" if shown.middle == "mean" else "Line: median"
    runs = {
        f"{one.entry.manifest['scenario']['name']} {one.day}": one.entry.manifest for one in entries
    }
    hashes = ", ".join(f"{one.day} {one.entry.entry[:SHORT_HASH]}" for one in entries)
    later = ["Hollow: a figure published after the last entry."] if came else []
    return Words(
        f"{shown.label} in {year}: {', '.join(middles)}",
        f"{shown.label}, {shown.unit}. {line}; {bands}. "
        f"{count_text(len(entries), 'entry', 'entries')} of a record, and the figures",
        [
            "Dotted: the day of an entry, in its colour.",
            words_of_time(shown),
            *later,
            *(n for n in notes_on_figures(shown.name, model, points) if n != HOLLOW),
            f"Entries: {hashes}.",
        ],
        source_of(runs, model),
    )
