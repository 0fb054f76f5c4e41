"""The past of an indicator alone, with the documents' figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vnjp_sim.charts.fans import end_of, hover_of, layered, notes_on_figures, placed, plane_of
from vnjp_sim.charts.forms import form_layers, words_of_form
from vnjp_sim.charts.frame import hover_layer, label_layer, zero_layer
from vnjp_sim.charts.history import figure_layers, figure_rows, figures
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import CELLS, cell_rows, quantile_rows, quantity
from vnjp_sim.charts.theme import BASELINE_BAND
from vnjp_sim.charts.titles import middle_text
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import DRAW, YEAR
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.simulation.history import History

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 340


@takes_look
@settled
def history_fan(history: History, indicator: str | None = None, *, look: Look) -> alt.VConcatChart:
    """Return the past of an indicator with its figures, and what it rests on.

    Parameters
    ----------
    history : History
        What :func:`vnjp_sim.history` returns.
    indicator : str | None
        One of those; by default the first that has a past beside its figures.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`.

    Raises
    ------
    InputError
        The history does not hold the indicator or a year, or has figures of it alone.
    EnvironmentFailureError
        Altair is not installed.
    """
    name, model = _asked(history, indicator), history.model
    draws = np.asarray(history.draws[name].to_numpy(), np.float64)
    every = [int(year) for year in history.draws[YEAR].to_numpy()]
    known = [i for i, y in enumerate(every) if look.holds(y) and np.isfinite(draws[i]).all()]
    if not known:
        span = f"the history is of {every[0]} to {every[-1]}"
        raise InputError.single("years", "hold no year with a past", span)
    draws, years = draws[known], [every[i] for i in known]
    shown = quantity(name, model, [draws])
    rows = quantile_rows(draws, years, shown, look.bands)
    cells = cell_rows(draws, years, shown) if shown.form == CELLS else []
    points = [r for r in figure_rows(figures(name, model), shown, model) if look.holds(r["x"])]
    count = history.draws.sizes[DRAW]
    first, last = (middle_text(row, shown, count) for row in (rows[0], rows[-1]))
    label = {
        "x": end_of(rows[-1], shown),
        "y": rows[-1][shown.middle],
        "text": last,
        "colour": BASELINE_BAND,
    }
    plane = plane_of(
        shown, rows, [], points, look, cells=cells, before=0, height=HEIGHT, labels=[last]
    )
    body = layered(
        [
            *zero_layer(plane),
            *form_layers(plane, shown, rows, cells, BASELINE_BAND, look),
            label_layer(plane, placed([label], plane), size=12, bold=True),
            hover_layer(plane, rows, hover_of(shown), f",.{shown.decimals}f"),
            *figure_layers(plane, points),
        ],
        plane,
    )
    change = shown.amount(last)
    if len(years) > 1:
        change = f"{shown.amount(first)} in {years[0]}, {last} in {years[-1]}"
    words = Words(
        f"{shown.label}: {change}",
        f"{shown.label}, {shown.unit}. {words_of_form(shown, count, look)}. {draws_text(count)}",
        [f"History: {history.basis(name)}.", *notes_on_figures(name, model, points)],
        source_of(None, model),
    )
    return finish(body, words, look)


def _asked(history: History, indicator: str | None) -> str:
    """Return the indicator that is to be drawn; raises InputError."""
    labels = history.model.registry.labels
    if indicator is None:
        asked = next((name for name in history.indicators if name in history.draws), None)
        name = asked or history.indicators[0]
    else:
        name = id_asked(indicator, {one: labels[one] for one in history.indicators})
    if name not in history.draws:
        remedy = "choose an indicator that is projected"
        raise InputError.single(name, "has no past but its figures", remedy)
    return name
