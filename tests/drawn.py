"""What a picture of a chart shows: its words and where they stand, its structure, its pixels."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

SVG = "{http://www.w3.org/2000/svg}"
WIDTH_OF_LETTER = 0.43
"""Mean width of a letter, in units of its size: narrow, so that what overlaps surely does."""
HEIGHT_OF_LETTER = 0.7
BLOCK = 8
"""Pixels of the side of a block that pictures are compared by: wider than a stroke of a letter."""


@dataclass(frozen=True)
class Word:
    """A line of text in a picture: where it stands in pixels, and its colour."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    colour: str

    def covers(self, other: Word) -> bool:
        """Whether both stand on a part of the picture that is more than a touch."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide > 2.0 and high > 2.0


def words_of(svg: str) -> list[Word]:
    """Return the lines of text of a picture."""
    return list(_words(ET.fromstring(svg), 0.0, 0.0))  # noqa: S314 - drawn here


def size_of(svg: str) -> tuple[float, float]:
    """Return width and height of a picture."""
    root = ET.fromstring(svg)  # noqa: S314
    return float(root.attrib["width"]), float(root.attrib["height"])


def overlaps(words: list[Word]) -> list[str]:
    """Return the pairs of lines of which one covers the other."""
    return [f"{a.text!r} and {b.text!r}" for a, b in combinations(words, 2) if a.covers(b)]


def _words(node: ET.Element, x: float, y: float) -> Iterator[Word]:
    moved = re.search(r"translate\(([-\d.e]+),([-\d.e]+)\)", node.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    if node.tag == f"{SVG}text" and float(node.get("opacity", "1")) > 0:
        yield from _lines(node, x, y)
    for part in node:
        yield from _words(part, x, y)


def _lines(node: ET.Element, x: float, y: float) -> Iterator[Word]:
    """Yield the lines of an element of text, which are its parts if it has several."""
    size = float(node.get("font-size", "11px").removesuffix("px"))
    colour = node.get("fill", "black")
    for part in [*node] or [node]:
        y += float(part.get("dy", "0")) if part is not node else 0.0
        text = (part.text or "").strip()
        wide = len(text) * size * WIDTH_OF_LETTER
        left = x - wide * {"middle": 0.5, "end": 1.0}.get(node.get("text-anchor", "start"), 0.0)
        if text:
            yield Word(text, left, left + wide, y - size * HEIGHT_OF_LETTER, y, colour)


def structure(spec: Mapping[str, Any]) -> Any:
    """Return what a chart is made of: its parts, marks and encodings, without data and sizes."""
    for kind in ("vconcat", "hconcat", "concat", "layer"):
        if kind in spec:
            return {kind: [structure(part) for part in spec[kind]]}
    mark = spec["mark"]
    encoding = {
        channel: _encoded(content) for channel, content in sorted(spec.get("encoding", {}).items())
    }
    kept = ("type", "interpolate", "strokeDash")
    return {**{name: mark[name] for name in kept if name in mark}, **encoding}


def _encoded(content: Any) -> str:
    if isinstance(content, list):
        return ", ".join(map(_encoded, content))
    return str(content.get("field", "a value"))


def blocks(png: bytes) -> NDArray[np.uint8]:
    """Return a picture as the mean colour of each of its blocks, (row, column, colour)."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        small = (max(1, picture.width // BLOCK), max(1, picture.height // BLOCK))
        return np.asarray(picture.convert("RGB").resize(small, Image.Resampling.BOX))
