"""Decisions: the chance of a goal along a lever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vnjp_sim.charts.frame import chart_of
from vnjp_sim.charts.quantities import Row, compact, ticks
from vnjp_sim.charts.theme import INK, MUTED, NEGATIVE, POSITIVE, Words, altair, finish, lines
from vnjp_sim.inputs.number_text import draws_text

if TYPE_CHECKING:
    import altair as alt

    from vnjp_sim.analysis.reach import Curve, Reach

PANEL, HEIGHT = 270, 210
PERCENT = [0.0, 25.0, 50.0, 75.0, 100.0]


def reach_chart(reach: Reach) -> alt.VConcatChart:
    """Return the chance of a goal along each lever, and what becomes of its indicator.

    Raises EnvironmentFailureError if Altair is not installed.
    """
    alt = altair()
    body = alt.vconcat(*(_curve(curve) for curve in reach.curves), spacing=26)
    goal = reach.goal
    words = Words(
        f"How far does a lever carry? {goal.label}",
        f"Left: chance of {goal.text}, per cent of draws. Right: {goal.label} in {goal.year}, "
        f"{goal.measure.words}: median, half of the draws, and 90 %.",
        [
            f"{draws_text(reach.curves[0].draws)} of '{reach.scenario}', the same at each setting.",
            "Band on the left: 90 % interval of the chance from the number of draws.",
            "Dashed: the goal; grey line: no change.",
        ],
    )
    return finish(body, words)


def _curve(curve: Curve) -> Any:
    alt = altair()
    rows = _rows(curve)
    title = alt.TitleParams(
        lines(curve.lever.text, 2 * PANEL, 12), fontSize=12, color=INK, anchor="start", offset=8
    )
    return alt.hconcat(_chance_panel(curve, rows), _value_panel(curve, rows), title=title)


def _rows(curve: Curve) -> list[Row]:
    factor = curve.goal.measure.factor
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    quantiles = np.quantile(curve.outcomes, levels, axis=1).T * factor
    table = curve.table()
    names = ("p05", "p25", "p50", "p75", "p95")
    return [
        {
            "x": compact(record["setting"]),
            "chance": compact(100.0 * record["chance"]),
            "low": compact(100.0 * record["low"]),
            "high": compact(100.0 * record["high"]),
            **dict(zip(names, map(compact, row.tolist()), strict=True)),
        }
        for record, row in zip(table.to_dict("records"), quantiles, strict=True)
    ]


def _settings(curve: Curve) -> Any:
    """Return the encoding of settings on the horizontal axis."""
    alt = altair()
    low, high = float(curve.settings[0]), float(curve.settings[-1])
    sign = "× " if curve.lever.operation == "multiply" else ""
    axis = alt.Axis(
        title=curve.lever.unit or None,
        grid=False,
        tickCount=6,
        labelExpr=f"'{sign}' + datum.label",
    )
    return alt.X("x:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=axis)


def _chance_panel(curve: Curve, rows: list[Row]) -> Any:
    alt = altair()
    scale = alt.Scale(domain=[0, 100], nice=False)
    axis = alt.Axis(values=PERCENT, labelExpr="datum.label + ' %'", title=None)
    tips = [alt.Tooltip("x:Q", title="setting", format=".3~g"), alt.Tooltip("chance:Q", title="%")]
    x = _settings(curve)
    line = chart_of(rows).encode(x=x, y=alt.Y("chance:Q", scale=scale, axis=axis), tooltip=tips)
    return alt.layer(
        *_no_change(curve, x),
        chart_of(rows)
        .mark_area(color=POSITIVE, opacity=0.2)
        .encode(x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2="high"),
        line.mark_line(color=POSITIVE, strokeWidth=2),
        line.mark_circle(color=POSITIVE, size=40, opacity=1),
        width=PANEL,
        height=HEIGHT,
    )


def _value_panel(curve: Curve, rows: list[Row]) -> Any:
    alt = altair()
    bound = curve.goal.bound * curve.goal.measure.factor
    ends = [bound, *(row[name] for row in rows for name in ("p05", "p95"))]
    marks, number_format = ticks(min(ends), max(ends), zero=min(ends) < 0.4 * max(ends))
    scale = alt.Scale(domain=[marks[0], marks[-1]], nice=False, zero=False)
    axis = alt.Axis(values=marks, format=number_format, title=None)
    x = _settings(curve)
    data = chart_of(rows)

    def band(low: str, high: str, opacity: float) -> Any:
        area = data.mark_area(color=MUTED, opacity=opacity)
        return area.encode(x=x, y=alt.Y(f"{low}:Q", scale=scale, axis=axis), y2=high)

    middle = data.mark_line(color=INK, strokeWidth=2)
    goal = chart_of([{"y": compact(bound)}]).mark_rule(
        color=NEGATIVE, strokeDash=[5, 4], strokeWidth=1.6
    )
    return alt.layer(
        *_no_change(curve, x),
        band("p05", "p95", 0.2),
        band("p25", "p75", 0.3),
        middle.encode(x=x, y=alt.Y("p50:Q", scale=scale, axis=axis)),
        goal.encode(y=alt.Y("y:Q", scale=scale, axis=axis)),
        width=PANEL,
        height=HEIGHT,
    )


def _no_change(curve: Curve, x: Any) -> list[Any]:
    """Return the line at the setting that changes nothing, if it is inside the range."""
    neutral = curve.lever.neutral
    if not curve.settings[0] < neutral < curve.settings[-1]:
        return []
    rule = chart_of([{"x": neutral}]).mark_rule(color=MUTED, strokeWidth=1, opacity=0.6)
    return [rule.encode(x=x)]
