"""The look that all charts share: sizes, type, colours, and the frame of words around a chart.

Colours are those of Okabe and Ito (2008) and of Paul Tol's muted scheme, which readers with any
kind of colour blindness tell apart. A scenario, a source of uncertainty and a sign have the same
colour in every chart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from vnjp_sim.foundation.errors import EnvironmentFailureError

if TYPE_CHECKING:
    from altair import VConcatChart

THEME = "vnjp_sim"
FONT = "Arial, 'Liberation Sans', Helvetica, 'Noto Sans CJK JP', 'Hiragino Sans', sans-serif"

INK = "#1b262f"
MUTED = "#5c6873"
QUIET = "#6f7a84"
FAINT = "#98a2ab"
GRID = "#e4e7ea"
PAPER = "#ffffff"

POSITIVE = "#0072b2"
NEGATIVE = "#d55e00"
NEUTRAL = "#7f8a94"

WIDTH, HEIGHT = 640, 340
PANEL_WIDTH, PANEL_HEIGHT, COLUMNS = 196, 124, 3
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

INITIALS = {"oda": "ODA", "osa": "OSA", "gdp": "GDP", "fdi": "FDI"}


@dataclass(frozen=True)
class Words:
    """What stands around a chart: what is shown, unit and bands, and where it comes from."""

    title: str
    subtitle: str
    caption: Sequence[str]


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
            "charts need altair, which is not installed; run: pip install 'vnjp-sim[charts]'"
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


def finish(body: Any, words: Words, width: int = WIDTH) -> VConcatChart:
    """Return the chart with its title above, its caption below, and the theme.

    Parameters
    ----------
    body : Any
        An Altair chart without title and configuration.
    words : Words
        Title, subtitle and the sentences of the caption.
    width : int
        Of the chart in pixels, to which the words are wrapped.
    """
    alt = altair()
    caption = alt.TitleParams(
        lines(" ".join(words.caption), width + 40),
        orient="bottom",
        anchor="start",
        frame="bounds",
        fontSize=10,
        fontWeight="normal",
        color=QUIET,
        lineHeight=13,
        offset=10,
    )
    heading = alt.TitleParams(words.title, subtitle=lines(words.subtitle, width + 40, 12))
    description = f"{words.title}. {words.subtitle}."
    body.title = caption
    framed: VConcatChart = alt.vconcat(
        body, title=heading, description=description, config=alt.Config(**config())
    )
    return framed


def lines(text: str, width: float, size: float = 10) -> list[str]:
    """Return text broken into lines of `width` pixels in type of a size."""
    return wrap(text, max(12, int(width / (CHARACTER * size))), break_long_words=False)


def scenario_colours(names: Sequence[str]) -> dict[str, str]:
    """Return the colour of each scenario; those of the user take the spare colours in order."""
    own = [name for name in names if name not in SCENARIO_COLOURS]
    spare = {name: SPARE_COLOURS[i % len(SPARE_COLOURS)] for i, name in enumerate(own)}
    return {name: SCENARIO_COLOURS.get(name) or spare[name] for name in names}


def scenario_label(name: str) -> str:
    """Return the name of a scenario as words: `oda_expansion` is "ODA expansion"."""
    if name == "base":
        return "Baseline"
    words = [INITIALS.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
