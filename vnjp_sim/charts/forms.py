"""The draws of a quantity on a plane, by its form: fans, steps, cells of few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vnjp_sim.charts.frame import Frame, chart_of, line_layer
from vnjp_sim.charts.look import Look
from vnjp_sim.charts.quantities import CELLS, FAN, Quantity, Row, end_name, levels_of
from vnjp_sim.charts.theme import MUTED, altair
from vnjp_sim.inputs.number_text import percent
from vnjp_sim.simulation.summaries import fewest_draws

LIGHTEST, DARKEST = 0.17, 0.28
"""Opacity of the widest band, and of the narrowest of several, which lies on the others."""
ALONE = 2.1
"""How much stronger the band of a single year is drawn, as a bar."""
OUTER = 0.13


def words_of_form(shown: Quantity, draws: int, look: Look) -> str:
    """Return in words what line, bands and cells are, as far as the draws give bands."""
    line = "Line: mean" if shown.middle == "mean" else "Line: median"
    if shown.form == CELLS:
        return f"{line}; shade: chance of each number"
    bands = words_of_bands(draws, look)
    return f"{line}; {bands}" if bands else line


def words_of_time(shown: Quantity) -> str:
    """Return where on the axis the value of a year stands."""
    begins = "A year begins at its tick"
    if shown.form == FAN:
        return f"{begins}; values of a year stand at its {'end' if shown.stock else 'middle'}."
    noun = "cell" if shown.form == CELLS else "step"
    height = " and as high as the stock at its end" if shown.stock else ""
    return f"{begins}; each {noun} is a year wide{height}."


def words_of_bands(draws: int, look: Look) -> str:
    """Return in words what the bands are, as far as the draws give them; empty without bands."""
    if not look.bands:
        return ""
    held = [band for band in look.bands if draws >= fewest_draws(levels_of(band)[0])]
    if not held:
        return "too few draws for bands"
    noun = "band" if len(held) == 1 else "bands"
    more = ", too few for more" if len(held) < len(look.bands) else ""
    return f"{noun}: {' and '.join(f'{band} %' for band in held)} of draws{more}"


def form_layers(
    plane: Frame,
    shown: Quantity,
    rows: Sequence[Row],
    cells: Sequence[Row],
    colour: str,
    look: Look,
    *,
    strength: float = 1.0,
    line: float = 2.2,
) -> list[Any]:
    """Return bands and middle line of quantile rows, or the cells of a count of few."""
    if shown.form == CELLS and cells:
        bands = [_cells(plane, cells, colour, strength)]
    else:
        bands = band_layers(plane, shown, rows, colour, look.bands, strength=strength)
    if len(rows) == 1:
        dot = chart_of(rows).mark_point(color=colour, filled=True, size=40, opacity=1)
        return [*bands, dot.encode(x=plane.x, y=plane.y(shown.middle))]
    return [*bands, middle_layer(plane, shown, rows, colour, line)]


def middle_layer(
    plane: Frame, shown: Quantity, rows: Sequence[Row], colour: str, size: float
) -> Any:
    """Return the median or mean of quantile rows, in steps if the form has them."""
    if shown.form == FAN:
        return line_layer(plane, rows, colour, size)
    return line_layer(
        plane, stepped(rows), colour, size, field=shown.middle, interpolate="step-after"
    )


def band_layers(
    plane: Frame,
    shown: Quantity,
    rows: Sequence[Row],
    colour: str,
    bands: Sequence[int],
    *,
    strength: float = 1.0,
) -> list[Any]:
    """Return the bands of quantile rows, the widest first; those that the rows lack are left out.

    One year alone is drawn as bars, since an area of one point cannot be seen.
    """
    layers = []
    for place, band in enumerate(sorted(bands, reverse=True)):
        low, high = map(end_name, levels_of(band))
        if not all(low in row and high in row for row in rows):
            continue
        opacity = strength * (DARKEST if place else LIGHTEST)
        layers.append(_band(plane, shown, rows, (low, high), colour, opacity))
    return layers


def _band(
    plane: Frame,
    shown: Quantity,
    rows: Sequence[Row],
    ends: tuple[str, str],
    colour: str,
    opacity: float,
) -> Any:
    low, high = ends
    if len(rows) == 1:
        mark = chart_of(rows).mark_rule(color=colour, opacity=ALONE * opacity, size=5)
    elif shown.form == FAN:
        mark = chart_of(rows).mark_area(color=colour, opacity=opacity)
    else:
        mark = chart_of(stepped(rows)).mark_area(
            color=colour, opacity=opacity, interpolate="step-after"
        )
    return mark.encode(x=plane.x, y=plane.y(low), y2=altair().Y2(high))


def outer_layers(
    plane: Frame, shown: Quantity, rows: Sequence[Row], colour: str, band: int, *, filled: bool
) -> list[Any]:
    """Return one band of quantile rows, lightly: filled, or its edges alone.

    Nothing of too few draws for it.
    """
    low, high = map(end_name, levels_of(band))
    if not all(low in row for row in rows):
        return []
    if filled:
        return [_band(plane, shown, rows, (low, high), colour, OUTER)]
    more = {} if shown.form == FAN else {"interpolate": "step-after"}
    edges = rows if shown.form == FAN else stepped(rows)
    return [
        line_layer(plane, edges, colour, 1.2, (1, 3), field=name, **more) for name in (low, high)
    ]


def start_of(row: Row, shown: Quantity) -> float:
    """Return where what is drawn of a year begins: a step half a year before its middle."""
    return float(row["x"]) - (0.0 if shown.form == FAN else 0.5)


def stepped(rows: Sequence[Row]) -> list[Row]:
    """Return rows that begin half a year before, and the last one half a year after it again."""
    ends = [row | {"x": row["x"] - 0.5} for row in rows]
    return [*ends, rows[-1] | {"x": rows[-1]["x"] + 0.5}]


def _cells(plane: Frame, cells: Sequence[Row], colour: str, strength: float) -> Any:
    """Return a cell for each year and number, the darker the likelier."""
    alt = altair()
    scale = alt.Scale(domain=[0, 100], range=[0.04, min(1.0, 0.85 * strength)])
    tips = [
        alt.Tooltip("year:O"),
        alt.Tooltip("number:Q", format="d"),
        alt.Tooltip("share:Q", title="per cent of draws", format=".1f"),
    ]
    mark = chart_of(cells).mark_rect(color=colour)
    return mark.encode(
        x=plane.x,
        x2="x2",
        y=plane.y("low"),
        y2="high",
        opacity=alt.Opacity("share:Q", scale=scale, legend=None),
        tooltip=tips,
    )


def chance_strip(plane: Frame, rows: Sequence[Row], colour: str) -> Any:
    """Return a low chart of the chance that there is any in a year."""
    alt = altair()
    source = [row | {"zero": 0.0} for row in stepped(rows)]
    axis = alt.Axis(values=[0, 50, 100], labelExpr="datum.label + ' %'", title=None)
    scale = alt.Scale(domain=[0, 100], nice=False)
    end = [source[-1] | {"text": percent(rows[-1]["some"] / 100)}]
    y = alt.Y("some:Q", scale=scale, axis=axis)
    area = chart_of(source).mark_area(color=colour, opacity=0.45, interpolate="step-after")
    label = chart_of(end).mark_text(align="left", baseline="middle", dx=9, fontWeight="bold")
    heading = alt.TitleParams(
        "Chance of any in the year", fontSize=12, color=MUTED, fontWeight="normal", offset=6
    )
    return alt.layer(
        area.encode(x=plane.x, y=y, y2="zero"),
        label.encode(x=plane.x, y=y, text="text:N", color=alt.value(MUTED)),
        width=plane.width,
        height=STRIP,
        title=heading,
    )


STRIP = 56
