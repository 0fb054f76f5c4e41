"""The picture of a report's controls: a Vega-Lite specification that the page fills with rows."""

from __future__ import annotations

from typing import Any

from vnjp_sim.charts.forms import DARKEST, LIGHTEST
from vnjp_sim.charts.theme import FAINT, INK, config

HEIGHT = 390
BANDS, YEAR, LEAST = "bands", "year", "least"
"""The rows that the page fills in: bands by run and year, the chosen year, the number typed in."""

Spec = dict[str, Any]


def browsing_spec() -> Spec:
    """Return the specification of bands over time, as wide as its place in the page.

    The page sets title, subtitle, the title of the vertical axis and the colours of the runs, and
    fills the rows. Those of the bands have x, run, colour, low and high of 90 and of 50 % of the
    draws, a middle, and words for the pointer.
    """
    x = {
        "field": "x",
        "type": "quantitative",
        "axis": {"format": "d", "tickMinStep": 1, "title": None, "grid": False},
        "scale": {"nice": False, "zero": False},
    }
    colour = {
        "field": "run",
        "type": "nominal",
        "legend": {"title": None, "orient": "top", "symbolOpacity": 1},
    }
    tips = [
        {"field": "run", "title": "run"},
        {"field": "x", "title": "year", "format": "d"},
        {"field": "text", "title": "median [90 %], or mean"},
    ]

    def band(low: str, high: str, opacity: float) -> Spec:
        mark = {"type": "area", "opacity": opacity, "interpolate": "linear"}
        return {"mark": mark, "encoding": {"y": _y(low), "y2": {"field": high}}}

    runs = {
        "data": {"name": BANDS},
        "encoding": {"x": x, "color": colour},
        "layer": [
            band("low90", "high90", LIGHTEST),
            band("low50", "high50", DARKEST),
            {"mark": {"type": "line", "strokeWidth": 2.2}, "encoding": {"y": _y("middle")}},
            {
                "mark": {"type": "point", "filled": True, "size": 260, "opacity": 0},
                "encoding": {"y": _y("middle"), "tooltip": tips},
            },
        ],
    }
    line = {"type": "rule", "strokeWidth": 1.4}
    return {
        "width": "container",
        "height": HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "datasets": {BANDS: [], YEAR: [], LEAST: []},
        "layer": [
            {
                "data": {"name": YEAR},
                "mark": {**line, "color": FAINT, "strokeDash": [2, 3]},
                "encoding": {"x": x},
            },
            runs,
            {
                "data": {"name": LEAST},
                "mark": {**line, "color": INK, "strokeDash": [6, 4]},
                "encoding": {"y": _y("y")},
            },
        ],
        "config": config() | {"padding": 4},
    }


def _y(field: str) -> Spec:
    return {"field": field, "type": "quantitative", "axis": {"tickCount": 5, "title": None}}
