"""A chart as SVG text, without measuring the words around it, which takes longer than drawing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from vnjp_sim.charts.letters import text_width

MARK = "\u00b6"
"""Stands around the number of a line that is put in after drawing."""
_PLACE = re.compile(f"{MARK}(\\d+){MARK}")
_LABEL = re.compile('aria-label="[^"]*"')
_WIDTH = re.compile('<svg[^>]* width="([0-9.]+)"')

Spec = Mapping[str, Any]
Draw = Callable[[dict[str, Any]], str]


def drawn(spec: Spec, draw: Draw) -> str:
    """Return the SVG text that `draw` makes of the specification of a framed chart.

    vl-convert lays out each letter of each line, several times, to know how wide it is. Title,
    subtitle, notes and source begin at the left edge, so where they stand does not depend on
    their width, unless one is wider than the rest of the picture. So numbers are drawn in their
    place, and the lines are put in afterwards; the result is the same.
    """
    if MARK in json.dumps(spec, ensure_ascii=False):
        return draw(dict(spec))
    lines: dict[str, float] = {}
    text = draw(_numbered(spec, lines))
    room = _room(text, spec)
    wide = frozenset(line for line, width in lines.items() if width > room)
    if wide:
        text = draw(_numbered(spec, lines, wide))
    return _filled(text, list(lines))


def _numbered(
    spec: Spec, lines: dict[str, float], wide: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return a specification with numbers in place of the lines around the chart that are not wide.

    `lines` takes their widths; the number of a line is its place there.
    """
    usual = spec["config"]["title"]

    def numbered(words: str | list[str], size: float, *, bold: bool) -> list[str]:
        every = [words] if isinstance(words, str) else list(words)
        for line in every:
            width = text_width(line, size, bold=bold)
            lines[line] = max(width, lines.get(line, 0.0))
        places = {line: place for place, line in enumerate(lines)}
        return [line if line in wide else f"{MARK}{places[line]}{MARK}" for line in every]

    def title_of(holder: Spec) -> Spec:
        title = holder.get("title")
        if not isinstance(title, dict):
            return holder
        look = {**usual, **title}
        bold, size = look.get("fontWeight") == "bold", look["fontSize"]
        shown = {"text": numbered(title["text"], size, bold=bold)}
        if title.get("subtitle"):
            shown["subtitle"] = numbered(title["subtitle"], look["subtitleFontSize"], bold=False)
        return {**holder, "title": {**title, **shown}}

    # of the column of charts within a frame, the only one, whose title is what stands below
    inner = {"vconcat": [title_of(one) for one in spec["vconcat"]]} if "vconcat" in spec else {}
    return {**title_of(spec), **inner}


def _room(text: str, spec: Spec) -> float:
    """Return how wide a picture is between its margins; 0 if it does not say."""
    found, margins = _WIDTH.search(text), spec["config"]["padding"]
    return float(found[1]) - margins["left"] - margins["right"] if found else 0.0


def _filled(text: str, lines: list[str]) -> str:
    """Return a picture with its lines in place of their numbers."""

    def put(part: str, entities: Mapping[str, str]) -> str:
        return _PLACE.sub(lambda place: escape(lines[int(place[1])], dict(entities)), part)

    text = _LABEL.sub(lambda label: put(label[0], {'"': "&quot;"}), text)
    return put(text, {})
