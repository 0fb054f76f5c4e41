"""History on a chart: the documents' figures, drawn as they were reported, and what they imply.

A figure that was printed as a number is a point; a floor ("over", "at least") is a triangle that
points up, a ceiling ("nearly", "at most") one that points down, a forecast or pledge a diamond.
A flow of a part of a year, or of several years, is a bar: it does not compare with whole years.
What is not calibrated on is hollow. A thin upright line is the range of rounding; a thin level one
the span in which the date of a stock lies, or the period of a bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vnjp_sim.charts.frame import Frame, chart_of
from vnjp_sim.charts.quantities import Quantity, Row, compact
from vnjp_sim.charts.theme import INK, NEUTRAL, PAPER, altair
from vnjp_sim.foundation.vocabulary import ANNOUNCED, REPORTED
from vnjp_sim.inputs.number_text import grouped
from vnjp_sim.inputs.observations import Observation

if TYPE_CHECKING:
    from vnjp_sim.simulation.model_data import Model

AS_PRINTED = "figure as printed"
FLOOR = "over, at least"
CEILING = "nearly, at most"
EXPECTED = "announced, forecast, pledge"
PARTIAL = "part of a year, or several"
SHAPES = {
    AS_PRINTED: "circle",
    FLOOR: "triangle-up",
    CEILING: "triangle-down",
    EXPECTED: "diamond",
    PARTIAL: "M-1.5,-0.45H1.5V0.45H-1.5Z",
}
WAYS = {
    "exact": AS_PRINTED,
    "rounded": AS_PRINTED,
    "about": AS_PRINTED,
    "over": FLOOR,
    "at_least": FLOOR,
    "nearly": CEILING,
    "at_most": CEILING,
    **{way: EXPECTED for way in REPORTED if way.startswith(ANNOUNCED)},
    "forecast": EXPECTED,
    "pledge": EXPECTED,
}
RANGE = {"rounded": 0.5, "about": 1.0}
"""Half-width of the range of rounding, in steps; that of "about" holds nine tenths."""
HOLLOW = "Hollow: a figure that is not calibrated on."
LEGEND_ITEM = 150
"""Width of an item of the legend in pixels."""
CALIBRATED, OTHER = "calibrated on", "not calibrated on"


def figures(name: str, model: Model) -> list[Observation]:
    """Return the figures of an indicator that are drawn.

    Rates of growth and shares have no level, and what is implausible has a wrong one.
    """
    return [
        o
        for o in model.evidence.observations
        if o.indicators == (name,) and o.reported in WAYS and o.use != "implausible"
    ]


def not_drawn(name: str, model: Model) -> int:
    """Return how many figures of an indicator are not drawn."""
    about = [o for o in model.evidence.observations if name in o.indicators]
    return len(about) - len(figures(name, model))


def figure_rows(
    observations: Sequence[Observation], shown: Quantity, model: Model | None = None
) -> list[Row]:
    """Return a row a figure: where it stands, how it is drawn, and what its tooltip tells.

    The title of its document is that of the model, without one its id.
    """
    sources = model.evidence.sources if model else {}
    rows = []
    for o in observations:
        x, span = _place(o, shown)
        half = RANGE.get(o.reported, 0.0) * o.step
        row: Row = {
            "x": x,
            "y": compact(o.value * shown.factor),
            "low": compact((o.value - half) * shown.factor),
            "high": compact((o.value + half) * shown.factor),
            "way": PARTIAL if span is not None and not shown.stock else WAYS[o.reported],
            "used": CALIBRATED if o.use == "calibrate" else OTHER,
            "period": o.period.text,
            "figure": f"{grouped(o.printed)} {o.unit}",
            "reported": o.reported.replace("_", " "),
            "document": o.document,
            "title": sources[o.document].title if o.document in sources else o.document,
            "line": ", ".join(map(str, o.lines)),
            "place": o.place,
            "note": o.note,
        }
        if span is not None:
            row["x1"], row["x2"] = span
        rows.append(row)
    return rows


def figure_layers(plane: Frame, rows: Sequence[Row], *, size: int = 68, legend: bool = True) -> Any:
    """Return the layers of figures: level lines, upright lines, points."""
    if not rows:
        return []
    alt = altair()
    tone = alt.condition(f"datum.used === '{CALIBRATED}'", alt.value(INK), alt.value(NEUTRAL))
    layers = []
    spans = [row for row in rows if "x1" in row]
    if spans:
        bars = chart_of(spans).mark_rule(strokeWidth=1.6, opacity=0.75)
        layers.append(bars.encode(x=_at(plane, "x1"), x2="x2", y=plane.y("y"), color=tone))
    wide = [row for row in rows if row["high"] > row["low"]]
    if wide:
        bars = chart_of(wide).mark_rule(strokeWidth=1.6, opacity=0.75)
        layers.append(bars.encode(x=plane.x, y=plane.y("low"), y2="high", color=tone))
    present = [way for way in SHAPES if any(row["way"] == way for row in rows)]
    uses = [use for use in (CALIBRATED, OTHER) if any(row["used"] == use for row in rows)]
    shape = alt.Shape(
        "way:N",
        scale=alt.Scale(domain=present, range=[SHAPES[way] for way in present]),
        legend=_legend(symbolFillColor=INK, columns=plane.width // LEGEND_ITEM) if legend else None,
    )
    fill = alt.Fill(
        "used:N",
        scale=alt.Scale(domain=uses, range=[{CALIBRATED: INK, OTHER: PAPER}[use] for use in uses]),
        legend=None,
    )
    stroke = alt.condition(f"datum.used === '{CALIBRATED}'", alt.value(PAPER), alt.value(NEUTRAL))
    points = chart_of(rows).mark_point(size=size, opacity=1, strokeWidth=1.3)
    fields = ("figure", "reported", "period", "used", "title", "line", "place", "note")
    tips = [alt.Tooltip(f"{n}:N", title="document" if n == "title" else n) for n in fields]
    layers.append(
        points.encode(
            x=plane.x, y=plane.y("y"), shape=shape, fill=fill, stroke=stroke, tooltip=tips
        )
    )
    return layers


def _place(o: Observation, shown: Quantity) -> tuple[float, tuple[float, float] | None]:
    """Return where a figure stands, and the span of its period if that is not a year.

    A year's flow stands at the middle of the year, as does that of a fiscal year; a stock at the
    end of its year or month.
    """
    period = o.period
    if period.kind in ("year", "fiscal"):
        return (period.year + (0.5 if shown.stock else 0.0), None)
    start, end = period.start - 0.5, period.end - 0.5
    if period.kind == "month":
        return (end if shown.stock else (start + end) / 2, None)
    return ((start + end) / 2, (round(start, 4), round(end, 4)))


def _at(plane: Frame, field: str) -> Any:
    """Return the time axis of a plane for another field than `x`."""
    encoding = plane.x.copy()
    encoding.shorthand = f"{field}:Q"
    return encoding


def _legend(**more: Any) -> Any:
    return altair().Legend(
        orient="top",
        title=None,
        direction="horizontal",
        symbolStrokeColor=NEUTRAL,
        symbolStrokeWidth=1.3,
        offset=4,
        **more,
    )
