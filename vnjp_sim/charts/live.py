"""Pictures of a page that stays open: specifications without rows, which the page exchanges.

A specification here depends on the form of a picture alone, so that a view that was made with it
takes the rows of the next answer without being made anew. Data sets are named in it and empty; the
width is that of the element that holds it. They are written as plain Vega-Lite: to check each with
the schema, as Altair does, takes longer than to project two scenarios. A test checks them once.
"""

from __future__ import annotations

from typing import Any

from vnjp_sim.charts.history import CALIBRATED, SHAPES
from vnjp_sim.charts.theme import (
    BASELINE_BAND,
    INK,
    MUTED,
    NEGATIVE,
    NEUTRAL,
    PAPER,
    POSITIVE,
    SCENARIO_COLOURS,
    config,
)

Spec = dict[str, Any]

OWN, OTHER, PAST = "scenario", "compared with", "history"
"""The series of a picture of levels."""
COLOURS = {OWN: BASELINE_BAND, OTHER: SCENARIO_COLOURS["base"], PAST: NEUTRAL}
BANDS = (("p05", "p95", 0.18), ("p25", "p75", 0.32))
"""Ends of the bands of 90 and 50 %, the wide one first, and their opacity."""
EFFECT_HEIGHT, LEVEL_HEIGHT, STRIP_HEIGHT, PANEL_HEIGHT = 230, 250, 64, 84
PANEL_WIDTH, PANEL_COLUMNS = 190, 3
PANEL_LINE, PANEL_GAP = 13, 20
"""Height of a line of words above a panel, and between these words and the panel above."""
PART_HEIGHT = 40
AXIS = 44
"""Width of the labels of an axis at least, so that pictures below one another are aligned."""


def effect_spec(*, stepped: bool) -> Spec:
    """Return the fan of a difference by year.

    Data sets: `rows` (year, x, middle, p05 … p95, told, between, chance) and `at`, the row of the
    year that is shown. `stepped` draws what is often zero, and counts, in steps.
    """
    y = _y(zero=True)
    layers = [
        _zero(),
        *_bands(y, POSITIVE, stepped=stepped),
        _line(y, POSITIVE, stepped=stepped),
        _year(),
        _dot(y, POSITIVE),
        _hover([("told", "effect"), ("between", "90 % of futures"), ("chance", "higher in")]),
    ]
    return _whole(layers, EFFECT_HEIGHT, "rows", "at")


def chance_spec() -> Spec:
    """Return in what share of the futures a difference is positive, from below, and negative.

    Data sets: `rows` (year, x, up, down_from, hundred, told, other) and `at`.
    """
    axis = {
        "values": [0, 50, 100],
        "labelExpr": "datum.label + ' %'",
        "title": None,
        "minExtent": AXIS,
    }
    y = {"type": "quantitative", "scale": {"domain": [0, 100], "nice": False}, "axis": axis}
    steps = {"type": "area", "interpolate": "step", "opacity": 0.6}
    up = {**y, "field": "up"}
    down = {**y, "field": "hundred"}
    layers: list[Spec] = [
        _layer("rows", {**steps, "color": POSITIVE}, y=up, y2={"datum": 0}),
        _layer("rows", {**steps, "color": NEGATIVE}, y=down, y2={"field": "down_from"}),
        _year(),
        _hover([("told", "higher in"), ("other", "lower in")]),
    ]
    return _whole(layers, STRIP_HEIGHT, "rows", "at")


def level_spec(*, stepped: bool, zero: bool, documented: bool = True) -> Spec:
    """Return levels of a scenario and of what it is compared with, with history and figures.

    Data sets: `rows` (series, year, x, middle, p05 … p95, told, between) of both and of history;
    `figures`, as :func:`vnjp_sim.charts.history.figure_rows` makes them, if any is `documented`:
    marks of an empty data set make Vega warn of its scales; and `at`.
    """
    y = _y(zero=zero)
    series = {"field": "series", "type": "nominal"}
    scale = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    colour = {**series, "scale": scale, "legend": None}
    mark = {"interpolate": "step"} if stepped else {}
    low, high, opacity = BANDS[0]
    band = {"type": "area", "opacity": opacity, **mark}
    layers = [
        _layer("rows", band, y={**y, "field": low}, y2={"field": high}, color=colour),
        _layer("rows", {"type": "line", "strokeWidth": 2.2, **mark}, y=_of(y), color=colour),
        _year(),
        _hover([("told", "level"), ("between", "90 % of futures")], series=True),
    ]
    if not documented:
        return _whole(layers, LEVEL_HEIGHT, "rows", "at")
    return _whole([*layers, *_figures(y)], LEVEL_HEIGHT, "rows", "figures", "at")


def panels_spec(*, lines: int = 2, columns: int = PANEL_COLUMNS, width: int = PANEL_WIDTH) -> Spec:
    """Return small pictures of differences by year, one an indicator, each with its own axis.

    Data set: `rows` (order, panel, and those of :func:`effect_spec`); a panel is its lines of words
    joined by "|", at most so many, and `order` its place. Unlike those of the others, its width is
    a number: of a panel, and how many stand beside one another, is for the page to say.
    """
    axis = {"tickCount": 3, "title": None, "minExtent": 30, "maxExtent": 30}
    y = {"type": "quantitative", "scale": {"zero": True}, "axis": axis}
    layers = [
        {**_zero(), "data": {"values": [{}]}},
        *_bands(y, POSITIVE, stepped=False),
        _line(y, POSITIVE, stepped=False),
    ]
    for layer in layers[1:]:
        layer.pop("data")
        layer["encoding"]["x"]["axis"] = {
            "format": "d",
            "title": None,
            "grid": False,
            "tickCount": 3,
        }
    tips = [("year", "year"), ("told", "effect"), ("between", "90 % of futures")]
    tips.append(("chance", "higher in"))
    layers[-1]["encoding"]["tooltip"] = _tips(tips)
    return {
        "data": {"name": "rows"},
        "datasets": {"rows": []},
        "facet": {
            "field": "order",
            "type": "ordinal",
            "header": {"labelExpr": "''", "title": None},
        },
        "columns": columns,
        "bounds": "flush",
        "spacing": {"row": PANEL_GAP + 8 + PANEL_LINE * lines, "column": AXIS},
        "spec": {"width": width, "height": PANEL_HEIGHT, "layer": [*layers, _heading()]},
        "resolve": {"scale": {"y": "independent"}},
        "config": config() | {"padding": 2},
    }


def _heading() -> Spec:
    """Return the words of a panel above it.

    They are a mark, no header of the facet: a facet that is named by words with numbers in them
    would be another one in each answer, and the old ones would stay in the view.
    """
    above = {"expr": f"-8 - {PANEL_LINE} * (length(datum.words) - 1)"}
    text = {"type": "text", "align": "left", "baseline": "bottom", "x": -30, "y": 0, "dy": above}
    return {
        "transform": [
            {"window": [{"op": "row_number", "as": "n"}], "groupby": []},
            {"filter": "datum.n === 1"},
            {"calculate": "split(datum.panel, '|')", "as": "words"},
        ],
        "mark": {**text, "fontSize": 11, "lineHeight": PANEL_LINE, "color": INK},
        "encoding": {"text": {"field": "words"}},
    }


def contributions_spec() -> Spec:
    """Return bars of what each part adds, the words of a part above its bar.

    Data set: `rows` (place, label, size, mean, low, high, told, between), in the order of `place`.
    """
    y = {"field": "place", "type": "nominal", "axis": None, "sort": None}
    x = {"type": "quantitative", "axis": {"title": None, "tickCount": 4, "grid": False}}
    x["scale"] = {"zero": True}
    sign = {"condition": {"test": "datum.mean < 0", "value": NEGATIVE}, "value": POSITIVE}
    tips = _tips(
        [("label", "what"), ("size", "how"), ("told", "adds"), ("between", "90 % of futures")]
    )
    words = {"type": "text", "align": "left", "baseline": "bottom", "dy": -8, "color": INK}
    room = {"limit": {"expr": "width - 60"}}
    numbers = {"fontWeight": "bold", "align": "right"}
    data: Spec = {"name": "rows"}
    bar = {"type": "bar", "height": 10, "opacity": 0.9, "yOffset": 6}
    thin = {"type": "rule", "color": INK, "strokeWidth": 1.3, "yOffset": 6}
    layers: list[Spec] = [
        {"mark": bar, "encoding": {"x": {**x, "field": "mean"}, "color": sign, "tooltip": tips}},
        {"mark": thin, "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}}},
        {"mark": words | room, "encoding": {"x": {"value": 0}, "text": {"field": "label"}}},
        {
            "mark": words | numbers,
            "encoding": {"x": {"value": "width"}, "text": {"field": "told"}},
        },
    ]
    for layer in layers:
        layer["data"] = data
        layer["encoding"] = {"y": y, **layer["encoding"]}
    zero = {"data": {"values": [{}]}, "mark": {"type": "rule", "color": INK, "opacity": 0.4}}
    below = {**zero, "encoding": {"x": {"datum": 0}}}
    return _whole([below, *layers], 0, "rows") | {"height": {"step": PART_HEIGHT}}


def _whole(layers: list[Spec], height: int, *data: str) -> Spec:
    """Return layers as a picture as wide as what holds it."""
    return {
        "datasets": {name: [] for name in data},
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": layers,
        "resolve": {"scale": {"shape": "independent", "fill": "independent"}},
        "config": config() | {"padding": {"left": 2, "right": 14, "top": 6, "bottom": 2}},
    }


def _layer(data: str, mark: Spec, **encoding: Any) -> Spec:
    return {"data": {"name": data}, "mark": mark, "encoding": {"x": _x(), **encoding}}


def _x(field: str = "x") -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"zero": False, "nice": False},
        "axis": {
            "format": "d",
            "title": None,
            "grid": False,
            "tickMinStep": 1,
            "labelOverlap": True,
            "labelSeparation": 10,
        },
    }


def _y(*, zero: bool) -> Spec:
    axis = {"title": None, "tickCount": 5, "minExtent": AXIS}
    return {"type": "quantitative", "scale": {"zero": zero, "nice": True}, "axis": axis}


def _of(y: Spec, field: str = "middle") -> Spec:
    return {**y, "field": field}


def _zero() -> Spec:
    mark = {"type": "rule", "color": INK, "opacity": 0.75}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": {"y": {"datum": 0}}}


def _bands(y: Spec, colour: str, *, stepped: bool) -> list[Spec]:
    more = {"interpolate": "step"} if stepped else {}
    return [
        _layer(
            "rows",
            {"type": "area", "color": colour, "opacity": opacity, **more},
            y=_of(y, low),
            y2={"field": high},
        )
        for low, high, opacity in BANDS
    ]


def _line(y: Spec, colour: str, *, stepped: bool) -> Spec:
    more = {"interpolate": "step"} if stepped else {}
    return _layer("rows", {"type": "line", "color": colour, "strokeWidth": 2.4, **more}, y=_of(y))


def _year() -> Spec:
    """Return the upright line of the year that is shown."""
    return _layer("at", {"type": "rule", "color": MUTED, "strokeDash": [3, 3]})


def _dot(y: Spec, colour: str) -> Spec:
    return _layer("at", {"type": "point", "filled": True, "size": 60, "color": colour}, y=_of(y))


def _hover(fields: list[tuple[str, str]], *, series: bool = False) -> Spec:
    """Return the upright line that follows the pointer and tells the numbers of its year."""
    tips = [("year", "year"), *([("series", "of")] if series else []), *fields]
    near = {
        "name": "near",
        "select": {
            "type": "point",
            "nearest": True,
            "on": "pointermove",
            "fields": ["x"],
            "clear": "pointerout",
        },
    }
    shown = {"condition": {"param": "near", "empty": False, "value": 0.4}, "value": 0}
    rule = {"type": "rule", "color": INK}
    return _layer("rows", rule, opacity=shown, tooltip=_tips(tips)) | {"params": [near]}


def _tips(fields: list[tuple[str, str]]) -> list[Spec]:
    return [{"field": name, "type": "nominal", "title": title} for name, title in fields]


def _figures(y: Spec) -> list[Spec]:
    """Return the figures of documents as :func:`vnjp_sim.charts.history.figure_layers` does."""
    used = f"datum.used === '{CALIBRATED}'"
    tone = {"condition": {"test": used, "value": INK}, "value": NEUTRAL}
    shape = {
        "field": "way",
        "type": "nominal",
        "scale": {"domain": list(SHAPES), "range": list(SHAPES.values())},
        "legend": None,
    }
    fill = {"condition": {"test": used, "value": INK}, "value": PAPER}
    stroke = {"condition": {"test": used, "value": PAPER}, "value": NEUTRAL}
    names = ("figure", "reported", "period", "used", "title", "line", "place", "note")
    tips = _tips([(name, "document" if name == "title" else name) for name in names])
    rule = {"type": "rule", "strokeWidth": 1.6, "opacity": 0.75}
    point = {"type": "point", "size": 56, "opacity": 1, "strokeWidth": 1.3}
    level = {"x": _x("x1"), "x2": {"field": "x2"}, "y": _of(y, "y"), "color": tone}
    spans = {"data": {"name": "figures"}, "mark": rule, "encoding": level}
    spans["transform"] = [{"filter": "isValid(datum.x1)"}]
    upright = _layer("figures", rule, y=_of(y, "low"), y2={"field": "high"}, color=tone)
    points = _layer(
        "figures", point, y=_of(y, "y"), shape=shape, fill=fill, stroke=stroke, tooltip=tips
    )
    return [spans, upright, points]
