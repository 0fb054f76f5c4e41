"""The look that all charts share: sizes, type, colours, and the frame of words around a chart.

Colours are those of Okabe and Ito (2008) and of Paul Tol's muted scheme, which readers with any
kind of colour blindness tell apart. A scenario, a source of uncertainty and a sign have the same
colour in every chart. Words have a contrast of 4.5 to 1 or more with the paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from textwrap import wrap
from typing import Any

from vnjp_sim.analysis.effect_words import scenario_words
from vnjp_sim.foundation.errors import EnvironmentFailureError

THEME = "vnjp_sim"
FONT = "Arial, 'Liberation Sans', Helvetica, 'Noto Sans CJK JP', 'Hiragino Sans', sans-serif"

INK = "#1b262f"
MUTED = "#5c6873"
QUIET = "#68737d"
BOX = "#f4f6f7"
FAINT = "#98a2ab"
GRID = "#e4e7ea"
PAPER = "#ffffff"

POSITIVE = "#0072b2"
NEGATIVE = "#d55e00"
NEUTRAL = "#7f8a94"

PANEL_HEIGHT = 124
LEAST_PANEL = 215
"""Width of a panel among others, with its axis."""
PANEL_SPACE = 14
CHARACTER = 0.47
"""Mean width of a character, in units of the size of the type."""

SCENARIO_COLOURS = {
    "base": "#37474f",
    "oda_expansion": "#0072b2",
    "osa_framework": "#cc79a7",
    "labour_growth": "#009e73",
    "combined": "#d55e00",
    "oda_freeze": "#56b4e9",
    "labour_stall": "#999933",
    "demand_shock": "#882255",
    "maritime_tension": "#332288",
    "weak_yen": "#e69f00",
    "china_plus_one": "#ee7733",
    "agreement_use": "#ccbb44",
    "political_setback": "#bb5566",
}
SPARE_COLOURS = ("#44aa99", "#aa4499", "#117733", "#661100", "#6699cc", "#ddaa33", "#004488")
BASELINE_BAND = "#0072b2"
"""A baseline alone is drawn in colour; among other scenarios it is the dark reference."""

LEGIBLE = 4.5
"""Contrast of words with the paper that WCAG 2.2 asks for at least."""
DARK = {
    PAPER: "#14191d",
    INK: "#e6eaed",
    MUTED: "#aab5be",
    QUIET: "#9aa6b0",
    FAINT: "#66717b",
    GRID: "#2a3239",
    BOX: "#1f272d",
}
"""What stands for a colour of the light theme in the dark one; others are lightened."""


def altair() -> Any:
    """Return the altair module, with the theme registered under the name `vnjp_sim`.

    Charts carry the theme with them; ``alt.theme.enable("vnjp_sim")`` gives it to other charts.

    Raises
    ------
    EnvironmentFailureError
        Altair is not installed.
    """
    try:
        import altair as alt
    except ImportError:
        raise EnvironmentFailureError(
            'charts need altair, which is not installed; run: pip install "vnjp-sim[charts]"'
        ) from None
    _register()
    return alt


@contextmanager
def unchecked() -> Iterator[None]:
    """Build charts without checking each part against the schema, which takes most of the time.

    For charts of this package, whose specifications the tests check.
    """
    altair()
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        yield


@cache
def _register() -> None:
    """Make the theme known to altair by its name, once, without enabling it."""
    import altair as alt

    def theme() -> Any:
        return {"config": config()}

    alt.theme.register(THEME, enable=False)(theme)


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration of the theme."""
    small = {"font": FONT, "fontSize": 11, "color": MUTED, "fontWeight": "normal"}
    return {
        "background": PAPER,
        "font": FONT,
        "padding": {"left": 14, "right": 14, "top": 14, "bottom": 12},
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "font": FONT,
            "fontSize": 17,
            "fontWeight": "bold",
            "color": INK,
            "offset": 12,
            "subtitleFont": FONT,
            "subtitleFontSize": 12,
            "subtitleColor": MUTED,
            "subtitlePadding": 5,
        },
        "axis": {
            "labelFont": FONT,
            "labelFontSize": 11,
            "labelColor": MUTED,
            "titleFont": FONT,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "titleColor": MUTED,
            "gridColor": GRID,
            "domainColor": FAINT,
            "tickColor": FAINT,
            "tickSize": 4,
        },
        "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
        "legend": {
            "labelFont": FONT,
            "labelFontSize": 11,
            "labelColor": MUTED,
            "labelLimit": 320,
            "titleFont": FONT,
            "titleFontSize": 11,
            "titleFontWeight": "bold",
            "titleColor": MUTED,
            "symbolSize": 70,
        },
        "header": {"labelFont": FONT, "titleFont": FONT},
        "text": small,
        "concat": {"spacing": 22},
    }


def lines(text: str, width: float, size: float = 10) -> list[str]:
    """Return text broken into lines of `width` pixels in type of a size."""
    return wrap(text, max(6, int(width / (CHARACTER * size))), break_long_words=False)


def balanced(text: str, width: float, size: float) -> list[str]:
    """Return text broken into as few lines as :func:`lines` needs, of about equal length.

    No number is parted from its unit, and no year from its "in".
    """
    text = _TOGETHER.sub(NO_BREAK, text)
    needed = len(lines(text, width, size))
    for part in range(50, 100, 2):
        tried = lines(text, width * part / 100, size)
        if len(tried) <= needed:
            return tried
    return lines(text, width, size)


def scenario_colours(names: Sequence[str]) -> dict[str, str]:
    """Return the colour of each scenario; those of the user take the spare colours in order."""
    own = [name for name in names if name not in SCENARIO_COLOURS]
    spare = {name: SPARE_COLOURS[i % len(SPARE_COLOURS)] for i, name in enumerate(own)}
    return {name: SCENARIO_COLOURS.get(name) or spare[name] for name in names}


def scenario_label(name: str) -> str:
    """Return the name of a scenario as words: `oda_expansion` is "ODA expansion"."""
    return "Baseline" if name == "base" else scenario_words(name)


@cache
def legible(colour: str, paper: str = PAPER) -> str:
    """Return a colour that words can have on a paper: itself, or darker or lighter as needed."""
    towards = 0.0 if luminance(paper) > 0.2 else 1.0
    parts = _parts(colour)
    for step in range(101):
        mixed = [part + (towards - part) * step / 100 for part in parts]
        found = "#" + "".join(f"{round(255 * part):02x}" for part in mixed)
        if contrast(found, paper) >= LEGIBLE:
            return found
    raise AssertionError(paper)  # black or white is legible on any paper


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour of the form #rrggbb, as WCAG 2.2 defines it."""
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def dark(part: Any) -> Any:
    """Return a specification, or a part of one, with the colours of the dark theme."""
    if isinstance(part, dict):
        return {name: dark(content) for name, content in part.items()}
    if isinstance(part, list | tuple):
        return [dark(item) for item in part]
    if isinstance(part, str) and _COLOUR.fullmatch(part):
        return DARK.get(part) or legible(part, DARK[PAPER])
    return part


NO_BREAK = "\u00a0"
_TOGETHER = re.compile(
    r" (?=in \d{4})|(?<=\bin) (?=\d{4})|(?<=[A-Z]{3}) (?=\d)|(?<=\d) (?=[%bmtp])"
)
_COLOUR = re.compile("#[0-9a-f]{6}")
