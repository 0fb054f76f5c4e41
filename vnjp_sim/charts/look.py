"""How a chart is to look: size, years, title, bands, language of numbers, light or dark."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, TypedDict, TypeVar

from vnjp_sim.charts.theme import dark
from vnjp_sim.foundation.argument_types import choice, text, whole, wholes
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import fixed

Answer = TypeVar("Answer")

WIDTH, HEIGHT = 760, 340
LEAST_WIDTH, LARGEST_WIDTH = 300, 4_000
LEAST_HEIGHT = 60
THEMES = ("light", "dark")
NARROW_SPACE = "\u202f"
MARKS = {
    "en": (".", ","),
    "ja": (".", ","),
    "de": (",", "."),
    "vi": (",", "."),
    "fr": (",", NARROW_SPACE),
}
"""Decimal mark and thousands mark of a language."""
NARROW = 480
"""A picture that is less wide has no room for a legend in one row."""
PADDING = 28
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w]|[.,]\d)")
WORDED = ("text", "subtitle", "interval", "chance", "figure", "key", "next", "words")
"""Parts of a specification that hold words with numbers in them."""


class Options(TypedDict, total=False):
    """What every chart takes besides its data.

    Attributes
    ----------
    width : int
        Of the whole picture in pixels, by default 760; 340 suits a telephone.
    height : int
        Of the plane of a chart in pixels, of each where there are several.
    years : Sequence[int]
        The first and the last of these bound the time axis; by default all of history and the
        projection.
    title : str
        Instead of the finding.
    bands : Sequence[int]
        Per cent of the draws that each band holds, by default 50 and 90; none if empty.
    numbers : str
        Language of the marks in numbers: en and ja (1,234.5), de and vi (1.234,5), fr (1 234,5).
    theme : str
        light or dark.
    """

    width: int | None
    height: int | None
    years: Sequence[int] | None
    title: str | None
    bands: Sequence[int]
    numbers: str
    theme: str


@dataclass(frozen=True)
class Look:
    """The settled options of a chart, see :class:`Options`."""

    width: int | None = None
    height: int | None = None
    years: Sequence[int] | None = None
    title: str | None = None
    bands: Sequence[int] = (50, 90)
    numbers: str = "en"
    theme: str = "light"

    @property
    def whole_width(self) -> int:
        """The width of the picture."""
        return self.width or WIDTH

    @property
    def inner_width(self) -> int:
        """The width between the margins."""
        return self.whole_width - PADDING

    def height_or(self, usual: int) -> int:
        """Return the height asked for, or the usual one."""
        return self.height or usual

    def holds(self, x: float) -> bool:
        """Return whether a place on the time axis is among the years asked for."""
        return self.years is None or min(self.years) - 0.5 <= x <= max(self.years) + 0.5

    def plane_width(self, left: float, right: float) -> int:
        """Return the width that words at both sides leave a plane, at least a third of all."""
        return round(max(self.whole_width / 3, self.inner_width - left - right))


def takes_look(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let a function that takes a `look` be called with the options of :class:`Options` instead."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.name != "look"]
    kinds = inspect.get_annotations(Options)
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=kinds[field.name],
        )
        for field in fields(Look)
    ]
    shown = signature.replace(parameters=[*own, *options])

    @wraps(function)
    def taking(*words: Any, **more: Any) -> Answer:
        for name in more.keys() - shown.parameters.keys():
            remedy = did_you_mean(name, shown.parameters)
            raise TypeError(f"{function.__name__}() takes no '{name}'; {remedy}")
        asked = {name: more.pop(name) for name in kinds if name in more}
        return function(*words, **more, look=look_of(asked))

    taking.__signature__ = shown  # type: ignore[attr-defined]
    return taking


def look_of(asked: Mapping[str, Any]) -> Look:
    """Return the settled options; raises InputError for what cannot be drawn."""
    usual = Look()
    rules: dict[str, Callable[[str, Any], Any]] = {
        "width": lambda n, v: _within(n, whole(n, v), LEAST_WIDTH, LARGEST_WIDTH),
        "height": lambda n, v: _within(n, whole(n, v), LEAST_HEIGHT, LARGEST_WIDTH),
        "years": wholes,
        "title": text,
        "bands": _bands,
        "numbers": lambda n, v: choice(n, v, tuple(MARKS)),
        "theme": lambda n, v: choice(n, v, THEMES),
    }
    given = {n: v for n, v in asked.items() if v is not None and v is not getattr(usual, n)}
    return Look(**{name: rules[name](name, value) for name, value in given.items()})


def _within(name: str, value: int, least: int, most: int) -> int:
    if least <= value <= most:
        return value
    message = f"{value} is not between {least} and {fixed(most, 0)}"
    raise InputError.single(name, message, f"give pixels, such as {max(least, 600)}")


def _bands(name: str, value: Any) -> tuple[int, ...]:
    bands = tuple(sorted(wholes(name, value))) if not _empty(value) else ()
    for band in bands:
        if not 0 < band < 100:
            raise InputError.single(name, f"{band} % of the draws give no band", "give 1 to 99")
    return bands


def _empty(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and not value


def dressed(spec: Any, look: Look) -> Any:
    """Return a specification with the numbers of a language, in light or dark."""
    if look.numbers not in ("en", "ja"):
        decimal, thousands = MARKS[look.numbers]
        locale = {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}
        spec = _worded(spec, look.numbers, within=False)
        spec["config"]["locale"] = {"number": locale}
    return dark(spec) if look.theme == "dark" else spec


def local_numbers(words: str, language: str) -> str:
    """Return words with the marks of a language in their numbers; dates and versions stay."""
    swap = dict(zip(".,", MARKS[language], strict=True))
    return _NUMBER.sub(lambda match: "".join(swap.get(c, c) for c in match[0]), words)


def _worded(part: Any, language: str, *, within: bool) -> Any:
    """Return a part of a specification, its words with the numbers of a language."""
    if isinstance(part, dict):
        return {
            name: _worded(content, language, within=name in WORDED)
            for name, content in part.items()
        }
    if isinstance(part, list | tuple):
        return [_worded(item, language, within=within) for item in part]
    return local_numbers(part, language) if within and isinstance(part, str) else part
