"""Projections with their uncertainty: one scenario, or several in one plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.calibration import Posterior
from vnjp_sim.charts.forms import (
    chance_strip,
    form_layers,
    start_of,
    words_of_form,
    words_of_time,
)
from vnjp_sim.charts.frame import (
    Frame,
    frame,
    hover_layer,
    label_layer,
    start_layers,
    zero_layer,
)
from vnjp_sim.charts.given import check_indicator, draws_of, levels_given, scenarios_of, years_of
from vnjp_sim.charts.history import (
    HOLLOW,
    OTHER,
    PARTIAL,
    figure_layers,
    figure_rows,
    figures,
    not_drawn,
)
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.past import LEAST_HISTORY, Past, posterior_behind
from vnjp_sim.charts.quantities import (
    CELLS,
    FAN,
    RARE,
    Quantity,
    Row,
    cell_rows,
    end_name,
    errors_of,
    levels_of,
    quantile_rows,
    quantity,
)
from vnjp_sim.charts.theme import (
    BASELINE_BAND,
    MUTED,
    NEUTRAL,
    altair,
    scenario_colours,
    scenario_label,
)
from vnjp_sim.charts.titles import level_title, middle_text
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import draws_text, fixed, percent

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

HEIGHT = 340


@dataclass(frozen=True)
class Series:
    """An indicator in a scenario as rows: of its projection, its history, and its figures."""

    shown: Quantity
    rows: list[Row]
    cells: list[Row]
    past: list[Row]
    past_cells: list[Row]
    points: list[Row]
    ends: FloatArray
    """Draws of the first and of the last year, (2, draw)."""

    @property
    def draws(self) -> int:
        """How many there are."""
        return int(self.ends.shape[1])

    def plane(self, look: Look, **more: Any) -> Frame:
        """Return axes that hold projection, history and figures; `more` goes to :func:`frame`."""
        return plane_of(
            self.shown, self.rows, self.past, self.points, look, cells=self.cells, **more
        )

    def layers(self, plane: Frame, colour: str, look: Look, line: float = 2.2) -> list[Any]:
        """Return history in grey, then the projection."""
        grey: list[Any] = []
        if self.past:
            grey = form_layers(
                plane,
                self.shown,
                self.past,
                self.past_cells,
                NEUTRAL,
                look,
                strength=1.15,
                line=1.4,
            )
        own = form_layers(plane, self.shown, self.rows, self.cells, colour, look, line=line)
        return [*zero_layer(plane), *grey, *own]


def series_of(
    runs: xr.Dataset,
    name: str,
    model: Model,
    scenario: str,
    past: Past,
    look: Look,
    shown: Quantity | None = None,
) -> Series:
    """Return an indicator in a scenario, in the years asked for; `shown` if it is not alone."""
    draws = draws_of(runs, name, scenario)
    known = [
        i
        for i, year in enumerate(years_of(runs))
        if look.holds(year) and np.isfinite(draws[i]).all()
    ]
    if not known:
        span = f"{years_of(runs)[0]} to {years_of(runs)[-1]}"
        raise InputError.single("years", "hold no projected year", f"the runs are of {span}")
    draws, years = draws[known], [years_of(runs)[i] for i in known]
    shown = shown or quantity(name, model, [draws])
    rows = quantile_rows(draws, years, shown, look.bands)
    cells = cell_rows(draws, years, shown) if shown.form == CELLS else []
    until = years[0] if shown.form == FAN else years[0] - 1  # steps do not meet in a point
    before, before_cells = past.rows(name, shown, until, look)
    since = _begins(before, years[0])
    before = [row for row in before if row["year"] >= since]
    before_cells = [cell for cell in before_cells if cell["year"] >= since]
    points = [r for r in figure_rows(figures(name, model), shown, model) if look.holds(r["x"])]
    return Series(
        shown,
        rows,
        cells,
        before,
        before_cells if shown.form == CELLS else [],
        points,
        draws[[0, -1]],
    )


def _begins(past: Sequence[Row], projected: int) -> int:
    """Return the year from which a history is drawn: not from before there was any of it."""
    some = [row["year"] for row in past if any(row.get(n) for n in ("p05", "p50", "p95", "mean"))]
    return int(min([*some, projected - LEAST_HISTORY]))


@takes_look
@settled
def fan(
    runs: xr.Dataset | Comparison,
    indicator: str,
    model: Model,
    posterior: Posterior | None = None,
    scenario: str = "base",
    *,
    look: Look,
) -> alt.VConcatChart:
    """Return a projection with its history: a fan, or steps and chances for counts.

    Parameters
    ----------
    runs : xr.Dataset | Comparison
        Dims (scenario, year, draw), one variable an indicator; or a comparison of such runs.
    indicator : str
        Id in the registry.
    model : Model
        What the models folder says.
    posterior : Posterior | None
        Draws the history as a grey band, where the indicator has one; by default the stored
        calibration that the runs were made from.
    scenario : str
        Which of the runs.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`.

    Raises
    ------
    InputError
        The indicator or the scenario is unknown, or the data are no levels.
    EnvironmentFailureError
        Altair is not installed.
    """
    indicator = check_indicator(indicator, model.registry.labels)
    runs = levels_given(runs, [indicator], model)
    past = Past(posterior or posterior_behind(runs, model), model, [indicator])
    series = series_of(runs, indicator, model, scenario, past, look)
    shown, colour = series.shown, own_colour(runs, scenario)
    labels = _end_labels(series, colour, look)
    plane = series.plane(look, height=HEIGHT, labels=[label["text"] for label in labels])
    labels, bold = placed(labels, plane), 0 if shown.form == CELLS else 1
    body = layered(
        [
            *series.layers(plane, colour, look),
            *start_layers(plane, start_of(series.rows[0], shown)),
            *([label_layer(plane, labels[:bold], size=12, bold=True)] if bold else []),
            *([label_layer(plane, labels[bold:])] if labels[bold:] else []),
            hover_layer(plane, series.rows, hover_of(shown), f",.{shown.decimals}f"),
            *figure_layers(plane, series.points),
        ],
        plane,
    )
    if shown.form == RARE:
        body = altair().vconcat(body, chance_strip(plane, series.rows, colour), spacing=14)
    few = ["Numbers with a chance below 1 % are not drawn."] if shown.form == CELLS else []
    time = words_of_time(shown)
    notes = [
        *past.told(indicator, series.past),
        time,
        *few,
        *notes_on_figures(indicator, model, series.points),
    ]
    about = "" if scenario == "base" else f" ({scenario_label(scenario)})"
    words = Words(
        level_title(shown, series.rows, series.ends) + about,
        f"{shown.label}, {shown.unit}. {words_of_form(shown, series.draws, look)}. "
        f"{scenario_label(scenario)}, {draws_text(series.draws)}",
        notes,
        source_of(runs.sel(scenario=[scenario]), model),
    )
    return finish(body, words, look)


def layered(layers: list[Any], plane: Frame) -> Any:
    """Return layers as one chart in which figures have scales of their own."""
    body = altair().layer(*layers, width=plane.width, height=plane.height)
    return body.resolve_scale(shape="independent", fill="independent", opacity="independent")


def own_colour(runs: xr.Dataset, scenario: str) -> str:
    """Return the colour of a scenario that is drawn alone."""
    return BASELINE_BAND if scenario == "base" else scenario_colours(scenarios_of(runs))[scenario]


def hover_of(shown: Quantity) -> list[tuple[str, str]]:
    """Return the fields that a tooltip tells of a year, with their titles."""
    middle = [("mean", "mean"), ("some", "chance of any, %")] if shown.middle == "mean" else []
    quantiles = [("p95", "95 %"), ("p75", "75 %"), ("p50", "median"), ("p25", "25 %")]
    return [*middle, *quantiles, ("p05", "5 %")]


def plane_of(
    shown: Quantity,
    rows: Sequence[Row],
    past: Sequence[Row],
    points: Sequence[Row],
    look: Look,
    cells: Sequence[Row] = (),
    before: int = LEAST_HISTORY,
    **more: Any,
) -> Frame:
    """Return axes that hold projection, history and figures; `more` goes to :func:`frame`.

    `before` are the years in front of the first row that they show at least.
    """
    first = begin_of(rows, past, points, before)
    edges = [{"x": p["x"], "p05": p["low"], "p95": p["high"]} for p in points]
    edges += [{"x": cell["x2"] - 0.5, "p50": cell["number"]} for cell in cells]
    return frame(shown, [*rows, *past, *edges], look, **{"first": first, **more})


def begin_of(
    rows: Sequence[Row],
    past: Sequence[Row],
    points: Sequence[Row],
    before: int = LEAST_HISTORY,
) -> float:
    """Return the first year that an axis shows: of the history, of a figure, or shortly before."""
    starts = [row["x"] for row in (*past, *points)] + [row.get("x1", row["x"]) for row in points]
    return float(min([*starts, rows[0]["x"] - before]))


def _end_labels(series: Series, colour: str, look: Look) -> list[Row]:
    """Return the labels at the end: the middle first, then the ends of the widest band, or cells.

    What reads the same stands once.
    """
    end, shown = series.rows[-1], series.shown
    x = end_of(end, shown)
    if shown.form == CELLS:
        return [
            _label(x, cell["number"], _chance(cell), MUTED)
            for cell in series.cells
            if cell["year"] == end["year"]
        ]
    widest = [end_name(level) for level in levels_of(max(look.bands, default=0))]
    known = end if look.bands else ()
    ends = [n for n in widest if n in known and (end[n] != 0 or shown.middle != "mean")]
    errors = errors_of(end, series.draws)
    texts = shown.texts([end[n] for n in ends], [errors.get(n, math.nan) for n in ends])
    middle = middle_text(end, shown, series.draws)
    labels = [_label(x, end[shown.middle], middle, colour)]
    return labels + [
        _label(x, end[name], text, MUTED)
        for name, text in zip(ends, texts, strict=True)
        if text != middle
    ]


def end_of(row: Row, shown: Quantity) -> float:
    """Return where what is drawn of a year ends: a step half a year after it."""
    return float(row["x"]) + (0.0 if shown.form == FAN else 0.5)


def _label(x: float, y: float, text: str, colour: str) -> Row:
    return {"x": x, "y": y, "text": text, "colour": colour}


def _chance(cell: Row) -> str:
    """Return a number and its chance in words."""
    number = "none" if cell["number"] == 0 else fixed(cell["number"], 0)
    return f"{number}: {percent(cell['share'] / 100)}"


def placed(labels: list[Row], plane: Frame) -> list[Row]:
    """Return labels moved apart, so that none covers another."""
    places = plane.spread([label["y"] for label in labels])
    return [label | {"y": place} for label, place in zip(labels, places, strict=True)]


def notes_on_figures(indicator: str, model: Model, points: Sequence[Row]) -> list[str]:
    """Return the sentences on the figures: what is not drawn, and the documents."""
    notes = []
    if any("x1" in row and row["way"] != PARTIAL for row in points):
        notes.append("Level line: a figure of some date within it.")
    if any(row["used"] == OTHER for row in points):
        notes.append(HOLLOW)
    left_out = not_drawn(indicator, model)
    if left_out:
        noun = "figure is" if left_out == 1 else "figures are"
        notes.append(f"{left_out} {noun} not drawn: rates of growth, shares, sums or implausible.")
    documents = sorted({row["document"] for row in points})
    known = {**model.evidence.official.sources, **model.evidence.sources}
    titles = [f"{known[name].title} ({known[name].published[:4]})" for name in documents]
    if titles:
        notes.append("Figures: " + "; ".join(titles) + ".")
    else:
        notes.append("No document gives a figure of it.")
    return notes


def sentence(text: str) -> str:
    """Return text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
