"""Decisions: the chance of a goal along a lever, and what is regretted of policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vnjp_sim.analysis.effect_words import scenario_in_sentence
from vnjp_sim.analysis.regret import ALL
from vnjp_sim.charts.frame import chart_of
from vnjp_sim.charts.letters import text_width
from vnjp_sim.charts.look import NARROW, Look, takes_look
from vnjp_sim.charts.page import Words, finish
from vnjp_sim.charts.quantities import Row, compact, ticks
from vnjp_sim.charts.theme import (
    INK,
    MUTED,
    NEGATIVE,
    POSITIVE,
    SPARE_COLOURS,
    altair,
    lines,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.inputs.number_text import draws_text

if TYPE_CHECKING:
    import altair as alt

    from vnjp_sim.analysis.reach import Curve, Reach
    from vnjp_sim.analysis.regret import Regret

HEIGHT = 220
AXES = 51
"""Room beside a panel for its vertical axis."""
ROW = 17
PERCENT = [0.0, 25.0, 50.0, 75.0, 100.0]


@takes_look
@settled
def reach(reach: Reach, *, look: Look) -> alt.VConcatChart:
    """Return the chance of a goal along each lever, and what becomes of its indicator.

    Parameters
    ----------
    reach : Reach
        What :func:`vnjp_sim.reach` returns.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; bands and the time axis are not asked for here.

    Raises
    ------
    InputError
        It is something else, or an option cannot be used.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    body = alt.vconcat(*(_curve(curve, look) for curve in reach.curves), spacing=26)
    goal = reach.goal
    first, second = _sides(look)
    words = Words(
        reach.finding,
        f"{first}: chance of {goal.text}, per cent of draws. {second}: {goal.label} "
        f"in {goal.year}, {goal.measure.words}: median, half of the draws, and 90 %.",
        [
            "Band of the chance: 90 % interval from the number of draws.",
            "Dashed: the goal; grey line: no change.",
        ],
        f"{draws_text(reach.curves[0].draws)} of {scenario_in_sentence(reach.scenario)}, "
        "the same at each setting.",
    )
    return finish(body, words, look)


def _curve(curve: Curve, look: Look) -> Any:
    alt = altair()
    rows, narrow = _rows(curve), look.inner_width <= NARROW
    width = look.inner_width - AXES if narrow else (look.inner_width - 2 * AXES) // 2
    size = {"width": width, "height": look.height_or(HEIGHT)}
    title = alt.TitleParams(
        lines(curve.lever.text, look.inner_width - AXES, 12),
        fontSize=12,
        color=INK,
        anchor="start",
        offset=8,
    )
    beside = alt.vconcat if narrow else alt.hconcat
    return beside(
        _chance_panel(curve, rows).properties(**size),
        _value_panel(curve, rows).properties(**size),
        title=title,
    )


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
    )


def _no_change(curve: Curve, x: Any) -> list[Any]:
    """Return the line at the setting that changes nothing, if it is inside the range."""
    neutral = curve.lever.neutral
    if not curve.settings[0] < neutral < curve.settings[-1]:
        return []
    rule = chart_of([{"x": neutral}]).mark_rule(color=MUTED, strokeWidth=1, opacity=0.6)
    return [rule.encode(x=x)]


def _sides(look: Look) -> tuple[str, str]:
    """Return where the two panels stand."""
    return ("Above", "Below") if look.inner_width <= NARROW else ("Left", "Right")


@takes_look
@settled
def regret(regret: Regret, *, look: Look) -> alt.VConcatChart:
    """Return in which share of the futures each policy is best, and what is regretted of it.

    Parameters
    ----------
    regret : Regret
        What :func:`vnjp_sim.regret` returns.
    width, height, years, title, bands, numbers, theme
        As for :func:`reach`.

    Raises what :func:`reach` raises.
    """
    alt = altair()
    factor = regret.measure.factor
    rows = [
        {
            "policy": scenario_label(verdict.policy),
            "world": _world(verdict.world, regret),
            "best": compact(100.0 * verdict.best),
            "mean": compact(factor * verdict.mean),
            "high": compact(factor * verdict.high),
            "zero": 0.0,
        }
        for verdict in regret.verdicts()
        if len(regret.worlds) == 1 or verdict.world != ALL
    ]
    narrow = look.inner_width <= NARROW
    names = round(max(text_width(str(row["policy"])) for row in rows)) + 2 * AXES // 3
    room = look.inner_width - names - (0 if narrow else AXES // 2)
    panels = [
        _share_panel(rows, regret).properties(width=room if narrow else 2 * room // 5),
        _regret_panel(rows, regret, labels=narrow).properties(
            width=room if narrow else 3 * room // 5
        ),
    ]
    panels = [panel.properties(height=look.height_or(_height(rows))) for panel in panels]
    body = (alt.vconcat if narrow else alt.hconcat)(*panels)
    first, second = _sides(look)
    words = Words(
        regret.told(scenario_label),
        f"{regret.label} in {regret.year}. {first}: in which part of the futures a policy is best. "
        f"{second}: how much is lost against the best of them, {regret.measure.words}: mean (dot), "
        "and what 95 % of the futures stay below (end of the line).",
        [
            "Worlds are no forecasts and have no probabilities."
            if len(regret.worlds) > 1
            else "Policies that are alike share what is best."
        ],
        f"{draws_text(regret.draws)} in each world, the same for each policy.",
    )
    return finish(body, words, look)


def _world(name: str, regret: Regret) -> str:
    return "Baseline world" if name in (regret.worlds[0], ALL) else scenario_label(name)


def _places(rows: list[Row], regret: Regret, *, labels: bool) -> dict[str, Any]:
    """Return the encodings of policies in rows, of worlds in lines within them by colour."""
    alt = altair()
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    worlds = list(dict.fromkeys(row["world"] for row in rows))
    axis = alt.Axis(grid=False, domain=False, ticks=False, labelPadding=8) if labels else None
    colours = [INK, POSITIVE, NEGATIVE, *SPARE_COLOURS][: len(worlds)]
    legend = alt.Legend(orient="top", title=None, direction="horizontal", columns=4)
    return {
        "y": alt.Y("policy:N", sort=policies, title=None, axis=axis),
        "yOffset": alt.YOffset("world:N", sort=worlds, scale=alt.Scale(paddingOuter=0.5)),
        "color": alt.Color(
            "world:N",
            sort=worlds,
            scale=alt.Scale(domain=worlds, range=colours),
            legend=legend if len(regret.worlds) > 1 else None,
        ),
    }


def _share_panel(rows: list[Row], regret: Regret) -> Any:
    alt = altair()
    axis = alt.Axis(values=PERCENT, labelExpr="datum.label + ' %'", title=None, orient="top")
    x = alt.X("best:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)
    return chart_of(rows).mark_bar(size=7).encode(x=x, **_places(rows, regret, labels=True))


def _regret_panel(rows: list[Row], regret: Regret, *, labels: bool) -> Any:
    alt = altair()
    marks, number_format = ticks(0.0, max(row["high"] for row in rows), zero=True, count=4)
    axis = alt.Axis(values=marks, format=number_format, title=None, orient="top")
    scale = alt.Scale(domain=[0.0, marks[-1]], nice=False)
    x = alt.X("zero:Q", scale=scale, axis=axis)
    places = _places(rows, regret, labels=labels)
    data = chart_of(rows)
    return alt.layer(
        data.mark_rule(strokeWidth=2).encode(x=x, x2="high", **places),
        data.mark_circle(size=60, opacity=1).encode(
            x=alt.X("mean:Q", scale=scale, axis=axis), **places
        ),
    )


def _height(rows: list[Row]) -> int:
    return ROW * len(rows) + 20 * len({row["policy"] for row in rows})
