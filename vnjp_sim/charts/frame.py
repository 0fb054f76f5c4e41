"""The plane of a chart over time, and the layers that are drawn on it: bands, lines, labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from vnjp_sim.charts.quantities import Quantity, Row, spread_apart, ticks
from vnjp_sim.charts.theme import FAINT, HEIGHT, INK, MUTED, WIDTH, altair
from vnjp_sim.simulation.summaries import fewest_draws

LABEL_GAP = 14.0
BAND_STRENGTHS = {("p05", "p95"): (0.17, 0.35), ("p25", "p75"): (0.28, 0.6)}
"""Opacity of a band as an area, and as the bar of a single year."""
LABEL_OFFSET = 7
KEY_LENGTH = 3
"""Digits before a label that keep equal labels apart."""
PANEL_EXTENT = 38
"""Room of the labels beside a panel, so that panels stand in line."""


@dataclass(frozen=True)
class Frame:
    """Axes of a chart over time.

    Attributes
    ----------
    first, last : float
        The years at its edges.
    values, number_format
        Ticks of the vertical axis and the d3 format of their labels.
    suffix : str
        What follows each label, such as " %".
    width, height : int
        Of the plane in pixels.
    """

    first: float
    last: float
    values: Sequence[float]
    number_format: str
    suffix: str = ""
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def x(self) -> Any:
        """The encoding of time; the tick of a year is the middle of that year."""
        alt = altair()
        return alt.X(
            "x:Q",
            scale=alt.Scale(domain=[self.first, self.last], nice=False, zero=False),
            axis=alt.Axis(values=self._years(), format="d", title=None, grid=False),
        )

    @property
    def y_axis(self) -> Any:
        """The vertical axis."""
        alt = altair()
        more: dict[str, Any] = {}
        if self.suffix:
            more["labelExpr"] = f"datum.label + '{self.suffix}'"
        if self.width < WIDTH:
            more["minExtent"] = PANEL_EXTENT
        return alt.Axis(
            values=list(self.values),
            format=self.number_format,
            title=None,
            tickCount=len(self.values),
            **more,
        )

    def y(self, field: str) -> Any:
        """Return the encoding of a field on the vertical axis."""
        alt = altair()
        return alt.Y(f"{field}:Q", scale=self.y_scale, axis=self.y_axis)

    @property
    def y_scale(self) -> Any:
        """The vertical scale: from the first tick to the last."""
        alt = altair()
        domain = [self.values[0], self.values[-1]]
        return alt.Scale(domain=domain, nice=False, zero=False)

    def spread(self, positions: Sequence[float], gap: float = LABEL_GAP) -> list[float]:
        """Return label positions moved apart, so that no label covers another."""
        low, high = self.values[0], self.values[-1]
        return spread_apart(positions, gap * (high - low) / self.height, low, high)

    def _years(self) -> list[int]:
        room = self.width / 46
        span = self.last - self.first
        step = next((s for s in (1, 5, 10, 20) if span / s <= room), 50)
        return list(range(math.ceil(self.first / step) * step, math.floor(self.last) + 1, step))


def frame(
    shown: Quantity,
    rows: Iterable[Row],
    fields: Sequence[str] = ("p05", "p95"),
    *,
    first: float | None = None,
    width: int = WIDTH,
    height: int = HEIGHT,
    count: int = 6,
    suffix: str = "",
) -> Frame:
    """Return axes that hold the `fields` of all rows.

    `first` is the year at the left edge, by default that of the first row.
    """
    rows = list(rows)
    values = [value for row in rows for value in _reach(row, fields)]
    marks, number_format = ticks(
        min(values), max(values), zero=shown.zero, count=count, whole=shown.whole
    )
    times = [row["x"] for row in rows] + [row["x2"] for row in rows if "x2" in row]
    left = min(times) if first is None else first
    return Frame(
        math.floor(left) - 0.5, max(times) + 0.5, marks, number_format, suffix, width, height
    )


def _reach(row: Row, fields: Sequence[str]) -> list[float]:
    """Return the values of a row that the plane must hold: its widest quantiles."""
    for names in (fields, ("p25", "p75"), ("p50",)):
        values = [row[name] for name in names if name in row]
        if values:
            return values
    return []


def bands_of(draws: int) -> str:
    """Return in words what line and bands of quantile rows are, as far as the draws give bands."""
    if draws >= fewest_draws(0.05):
        return "Line: median; bands: 50 % and 90 % of draws"
    if draws >= fewest_draws(0.25):
        return "Line: median; band: 50 % of draws, too few for more"
    return "Line: median; too few draws for bands"


def chart_of(rows: Sequence[Row]) -> Any:
    """Return an Altair chart of rows, still without a mark.

    Altair copies every chart within another several times, with all that is in it. It changes no
    more of a copy than its own properties: those of this chart share the rest. Of its data it
    would copy a list, not a tuple.
    """
    return _chart_class()(altair().InlineData(values=tuple(rows)))


@cache
def _chart_class() -> Any:
    class Chart(altair().Chart):  # type: ignore[misc]
        def __deepcopy__(self, _memo: object = None) -> Any:
            return self.copy(deep=False)

    return Chart


def band_layers(
    plane: Frame, rows: Sequence[Row], colour: str, *, strength: float = 1.0, line: float = 2.2
) -> list[Any]:
    """Return the 90 % band, the 50 % band and the median of quantile rows.

    A band that the rows lack, of too few draws, is left out. One year alone is drawn as bars, since
    an area of one point cannot be seen, and a dot.
    """
    alt = altair()
    chart = chart_of(rows).encode(x=plane.x)
    layers = []
    for (low, high), (area, bar) in BAND_STRENGTHS.items():
        if not all(low in row for row in rows):
            continue
        mark = (
            chart.mark_rule(color=colour, opacity=bar * strength, size=5)
            if len(rows) == 1
            else chart.mark_area(color=colour, opacity=area * strength)
        )
        layers.append(mark.encode(y=plane.y(low), y2=alt.Y2(high)))
    if len(rows) == 1:
        dot = chart.mark_point(color=colour, filled=True, size=40, opacity=1)
        return [*layers, dot.encode(y=plane.y("p50"))]
    return [*layers, line_layer(plane, rows, colour, line)] if line else layers


def outer_layers(plane: Frame, rows: Sequence[Row], colour: str, *, filled: bool) -> list[Any]:
    """Return the 90 % band of quantile rows, lightly: filled, or its edges alone.

    Nothing of too few draws for it.
    """
    alt = altair()
    if not all("p05" in row for row in rows):
        return []
    chart = chart_of(rows).encode(x=plane.x)
    if filled:
        area = chart.mark_area(color=colour, opacity=0.13)
        return [area.encode(y=plane.y("p05"), y2=alt.Y2("p95"))]
    edge = chart.mark_line(color=colour, strokeWidth=1.2, strokeDash=[1, 3], strokeCap="round")
    return [edge.encode(y=plane.y(name)) for name in ("p05", "p95")]


def line_layer(
    plane: Frame, rows: Sequence[Row], colour: str, size: float = 2.2, dash: Sequence[int] = (1, 0)
) -> Any:
    """Return the median of quantile rows as a line."""
    mark = chart_of(rows).mark_line(
        color=colour, strokeWidth=size, strokeDash=list(dash), strokeCap="round"
    )
    return mark.encode(x=plane.x, y=plane.y("p50"))


def label_layer(plane: Frame, rows: Sequence[Row], *, size: int = 11, bold: bool = False) -> Any:
    """Return labels to the right of `x` at `y`; rows hold `x`, `y`, `text` and `colour`."""
    alt = altair()
    mark = chart_of(rows).mark_text(
        align="left",
        baseline="middle",
        dx=LABEL_OFFSET,
        fontSize=size,
        fontWeight="bold" if bold else "normal",
    )
    return mark.encode(
        x=plane.x, y=plane.y("y"), text="text:N", color=alt.Color("colour:N", scale=None)
    )


def zero_layer(plane: Frame, *, always: bool = False) -> list[Any]:
    """Return a line at zero where the plane reaches below it, or `always`."""
    if plane.values[0] >= 0.0 and not always:
        return []
    rule = chart_of([{"y": 0.0}]).mark_rule(color=INK, strokeWidth=1, opacity=0.75)
    return [rule.encode(y=plane.y("y"))]


def start_layers(plane: Frame, at: float) -> list[Any]:
    """Return a line where the projection begins, with the word."""
    source = [{"x": at, "y": plane.values[-1], "text": "Projection →"}]
    rule = chart_of(source).mark_rule(color=FAINT, strokeDash=[2, 3], strokeWidth=1)
    word = chart_of(source).mark_text(
        align="left", baseline="top", dx=5, dy=4, color=MUTED, fontSize=10.5
    )
    return [rule.encode(x=plane.x), word.encode(x=plane.x, y=plane.y("y"), text="text:N")]


def hover_layer(
    plane: Frame, rows: Sequence[Row], fields: Sequence[tuple[str, str]], number_format: str
) -> Any:
    """Return an unseen strip for each year that tells its numbers under the pointer.

    `fields` are pairs of field and title; those that no row has are left out.
    """
    alt = altair()
    tips = [alt.Tooltip("year:O", title="year")]
    there = [(name, title) for name, title in fields if any(name in row for row in rows)]
    tips += [alt.Tooltip(f"{name}:Q", title=title, format=number_format) for name, title in there]
    strip = plane.width / (plane.last - plane.first)
    mark = chart_of(rows).mark_rule(opacity=0, strokeWidth=strip)
    return mark.encode(x=plane.x, tooltip=tips)


def keyed(place: int, label: str) -> str:
    """Return a label behind the number of its place, which keeps equal labels apart."""
    return f"{place:0{KEY_LENGTH}d}{label}"


def label_axis(limit: int, **more: Any) -> Any:
    """Return the axis of :func:`keyed` labels, at most so many pixels wide, with line breaks."""
    return altair().Axis(
        domain=False,
        ticks=False,
        labelExpr=f"split(slice(datum.label, {KEY_LENGTH}), '\\n')",
        labelLimit=limit,
        labelColor=INK,
        **more,
    )
