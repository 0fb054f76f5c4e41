"""The plane of a chart over time, and the layers that are drawn on it: bands, lines, labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from vnjp_sim.charts.letters import text_width
from vnjp_sim.charts.look import Look
from vnjp_sim.charts.quantities import CELLS, Quantity, Row, spread_apart, ticks
from vnjp_sim.charts.theme import FAINT, INK, MUTED, altair, legible
from vnjp_sim.inputs.number_text import fixed

LABEL_GAP = 14.0
LABEL_OFFSET = 4
LABEL_PADDING = 6
"""Between a plane and the labels of its vertical axis."""
OVERHANG = 8
"""How far the last year reaches beyond a plane without labels."""
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
    width, height : int
        Of the plane in pixels.
    suffix : str
        What follows each label, such as " %".
    margin : float
        Below the first tick and above the last.
    panel : bool
        Whether the plane is one of several, whose labels take the same room.
    """

    first: float
    last: float
    values: Sequence[float]
    number_format: str
    width: int
    height: int
    suffix: str = ""
    margin: float = 0.0
    panel: bool = False

    @property
    def x(self) -> Any:
        """The encoding of time; a year is the middle of that year, its tick its beginning."""
        alt = altair()
        half = 0.5 * self.width / (self.last - self.first)
        return alt.X(
            "x:Q",
            scale=alt.Scale(domain=[self.first, self.last], nice=False, zero=False),
            axis=alt.Axis(
                values=self._years(),
                format="d",
                title=None,
                grid=False,
                tickOffset=-half,
                labelOffset=half,
            ),
        )

    @property
    def y_axis(self) -> Any:
        """The vertical axis."""
        alt = altair()
        more: dict[str, Any] = {}
        if self.suffix:
            more["labelExpr"] = f"datum.label + '{self.suffix}'"
        if self.panel:
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
        return alt.Scale(domain=[self.low, self.high], nice=False, zero=False)

    @property
    def low(self) -> float:
        """The value at the lower edge."""
        return self.values[0] - self.margin

    @property
    def high(self) -> float:
        """The value at the upper edge."""
        return self.values[-1] + self.margin

    def spread(self, positions: Sequence[float], gap: float = LABEL_GAP) -> list[float]:
        """Return label positions moved apart, so that no label covers another."""
        step = gap * (self.high - self.low) / self.height
        return spread_apart(positions, step, self.low, self.high)

    @property
    def beside(self) -> float:
        """Pixels that the labels of the vertical axis take."""
        texts = [f"{fixed(v, int(self.number_format[2]))}{self.suffix}" for v in self.values]
        return max(map(text_width, texts)) + LABEL_PADDING

    def fitted(
        self, look: Look, labels: Sequence[str], size: float = 12, gap: float = LABEL_OFFSET
    ) -> Frame:
        """Return the plane so wide that with bold labels at its right the picture is filled."""
        right = max((gap + text_width(text, size, bold=True) for text in labels), default=OVERHANG)
        return replace(self, width=look.plane_width(self.beside, right))

    def _years(self) -> list[int]:
        room = self.width / 46
        span = self.last - self.first
        step = next((s for s in (1, 5, 10, 20) if span / s <= room), 50)
        return list(range(math.ceil(self.first / step) * step, math.floor(self.last) + 1, step))


def frame(
    shown: Quantity,
    rows: Iterable[Row],
    look: Look,
    *,
    height: int,
    first: float | None = None,
    width: int | None = None,
    labels: Sequence[str] = (),
    size: float = 12,
    count: int = 6,
    suffix: str = "",
) -> Frame:
    """Return axes that hold all rows, from their lowest quantile to the highest.

    Parameters
    ----------
    first : float | None
        The year at the left edge, by default that of the first row.
    width : int | None
        Of the plane as one of several; by default what `labels` at its right, bold type of a
        `size`, leave.
    """
    rows = list(rows)
    values = [value for row in rows for value in _reach(row)]
    marks, number_format = ticks(
        min(values), max(values), zero=shown.zero, count=count, whole=shown.whole
    )
    times = [row["x"] for row in rows] + [row["x2"] for row in rows if "x2" in row]
    left = min(times) if first is None else first
    if look.years is not None:
        left = max(left, min(look.years))
    cells = shown.form == CELLS
    if cells:
        marks = [value for value in marks if value.is_integer() and value >= 0.0]
        marks = marks[:-1] if len(marks) > 2 and marks[-2] >= max(values) else marks
    plane = Frame(
        math.floor(left) - 0.5,
        max(times) + 0.5,
        marks,
        number_format,
        width or 0,
        look.height_or(height),
        suffix,
        0.5 if cells else 0.0,
        width is not None,
    )
    return plane if width is not None else plane.fitted(look, labels, size)


def _reach(row: Row) -> list[float]:
    """Return the values of a row that the plane must hold: its quantiles and its mean."""
    return [value for name, value in row.items() if name == "mean" or _is_quantile(name)]


def _is_quantile(name: str) -> bool:
    return name[0] == "p" and name[1:2].isdigit()


def chart_of(rows: Sequence[Row]) -> Any:
    """Return an Altair chart of rows, still without a mark.

    Altair copies every chart within another several times, with all that is in it. It changes no
    more of a copy than its own properties: those of this chart share the rest. Of its data it
    would copy a list, not a tuple. What is encoded by a word or a plain value it would match with
    all of its classes; here the name of the channel tells the class.
    """
    return _chart_class()(altair().InlineData(values=tuple(rows)))


@cache
def _chart_class() -> Any:
    class Chart(altair().Chart):  # type: ignore[misc]
        def __deepcopy__(self, _memo: object = None) -> Any:
            return self.copy(deep=False)

        def encode(self, **channels: Any) -> Any:
            return super().encode(**{name: _channel(name, c) for name, c in channels.items()})

    return Chart


def _channel(name: str, content: Any) -> Any:
    """Return what a channel of a chart encodes, in its class if it is a word or a plain value."""
    alt, title = altair(), name[:1].upper() + name[1:]
    if isinstance(content, str):
        return getattr(alt, title)(content)
    if isinstance(content, dict) and "value" in content:
        return getattr(alt, f"{title}Value")(**content)
    return content


def line_layer(
    plane: Frame,
    rows: Sequence[Row],
    colour: str,
    size: float = 2.2,
    dash: Sequence[int] = (1, 0),
    field: str = "p50",
    **more: Any,
) -> Any:
    """Return the median of quantile rows, or another field, as a line."""
    mark = chart_of(rows).mark_line(
        color=colour, strokeWidth=size, strokeDash=list(dash), strokeCap="round", **more
    )
    return mark.encode(x=plane.x, y=plane.y(field))


def label_layer(plane: Frame, rows: Sequence[Row], *, size: int = 11, bold: bool = False) -> Any:
    """Return labels to the right of `x` at `y`; rows hold `x`, `y`, `text` and `colour`.

    The colour is made as dark as words must be. No line of the plane reaches into a label at its
    right edge.
    """
    alt = altair()
    rows = [
        row
        | {
            "colour": legible(row["colour"]),
            "x": plane.last if row["x"] + 0.5 >= plane.last else row["x"],
        }
        for row in rows
    ]
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
    if plane.low >= -plane.margin and not always:
        return []
    rule = chart_of([{"y": 0.0}]).mark_rule(color=INK, strokeWidth=1, opacity=0.75)
    return [rule.encode(y=plane.y("y"))]


def start_layers(plane: Frame, at: float) -> list[Any]:
    """Return a line where the projection begins, with the word."""
    source = [{"x": at, "y": plane.high, "text": "Projection →"}]
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
