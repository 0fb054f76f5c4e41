"""A chart as SVG text, without measuring the words around it, which takes longer than drawing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from vnjp_sim.charts.letters import text_width

MARK = "\u00b6"
"""Stands around the number of a line that is put in after drawing."""
_PLACE = re.compile(f"{MARK}(\\d+){MARK}")
_LABEL = re.compile('aria-label="[^"]*"')
_WIDTH = re.compile('<svg[^>]* width="([0-9.]+)"')
SAFE = 1.03
"""Times the width of a line by :func:`text_width`, it is surely no wider."""

Spec = Mapping[str, Any]


def drawn(spec: Spec, draw: Callable[[dict[str, Any]], str]) -> str:
    """Return the SVG text that `draw` makes of the specification of a framed chart.

    vl-convert lays out each letter of each line, several times, to know how wide it is. Title,
    subtitle, notes and source begin at the left edge, so where they stand does not depend on
    their width, unless one is wider than all else. So numbers are drawn in their place, and the
    lines are put in afterwards; the result is the same.
    """
    if MARK in json.dumps(spec, ensure_ascii=False):
        return draw(dict(spec))
    lines: list[str] = []
    text = draw(_numbered(spec, lines))
    if max(_widths(spec), default=0.0) * SAFE > _room(text, spec):
        return draw(dict(spec))
    return _filled(text, lines)


def _titles(spec: Spec) -> Iterator[Spec]:
    """Yield the titles of a framed chart: above it, and below it of the column's only chart."""
    for holder in (spec, *spec.get("vconcat", ())):
        if isinstance(holder.get("title"), dict):
            yield holder["title"]


def _numbered(spec: Spec, lines: list[str]) -> dict[str, Any]:
    """Return the specification with a number in place of each line of words around the chart."""

    def number(words: str | list[str]) -> list[str]:
        every = [words] if isinstance(words, str) else words
        start = len(lines)
        lines.extend(every)
        return [f"{MARK}{start + i}{MARK}" for i in range(len(every))]

    def without(holder: Spec) -> dict[str, Any]:
        title = holder.get("title")
        if not isinstance(title, dict):
            return dict(holder)
        shown = {k: number(w) if k in ("text", "subtitle") else w for k, w in title.items()}
        return {**holder, "title": shown}

    inner = [without(one) for one in spec.get("vconcat", ())]
    return without(spec) | ({"vconcat": inner} if inner else {})


def _widths(spec: Spec) -> Iterator[float]:
    """Yield how wide each line of words around a chart is."""
    usual = spec["config"]["title"]
    for title in _titles(spec):
        look = {**usual, **title}
        bold = look.get("fontWeight") == "bold"
        for words, size, strong in (
            (title.get("text", ()), look["fontSize"], bold),
            (title.get("subtitle", ()), look["subtitleFontSize"], False),
        ):
            for line in [words] if isinstance(words, str) else words:
                yield text_width(line, size, bold=strong)


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
