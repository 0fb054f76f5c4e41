"""YAML without surprises: values as written, with the line and column of each.

The parser of libyaml does the syntax; this module turns its events into plain Python values by
the rules below, so that nothing is guessed:

- a bare word is text (`NO`, `on`, `1:30`, `2027-10-01` stay text), as every key is; only `true`,
  `false`, `null`, plain decimal integers and decimal numbers (`1.5`, `1e3`) are anything else;
- refused: duplicate keys, lists and mappings as keys, aliases, anchors and merge keys, tags,
  several documents, numbers with a leading zero (octal elsewhere), `.nan` and `.inf`, nesting
  deeper than 24, files of more than 128 KiB, numbers of more than 40 characters, control
  characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals, not_read_on
from vnjp_sim.inputs.text_file import UNSEEN, read_text, unseen_characters

MAX_BYTES = 128 << 10
MAX_DEPTH = 24
MAX_NUMBER = 40

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?\Z")
_LEADING_ZERO = re.compile(
    r"[-+]?0([0-9_]+(\.[0-9_]*)?([eE][-+]?[0-9_]+)?|[xobXOB][0-9a-fA-F_]+)\Z"
)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)\Z", re.IGNORECASE)
_PLAIN_WORDS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}

_SYNTAX_REMEDIES = (
    ("mapping values", "quote text that holds ': ', and indent the keys of a mapping alike"),
    ("tab character", "indent with spaces, not tabs"),
    ("block scalar", "write a number without '>', and quote text that begins with '>' or '|'"),
    ("escape", "write a backslash twice, or use single quotes"),
    ("quoted scalar", "close the quotes that open here"),
    ("expected ',' or", "close the bracket, and quote text that holds a comma or a bracket"),
    ("expected ':'", "write 'key: value', with a space after the colon"),
    ("expected key", "indent the keys of a mapping alike, and close brackets and quotes"),
    ("sequence entries", "begin the list on a line of its own, or quote the text"),
    ("alphabetic or numeric", "quote text that begins with '*' or '&'"),
    ("document start", "keep one document a file, without '...' or directives"),
)
"""By a part of what libyaml says."""

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class StrictYaml:
    """The content of one YAML file, with the place of every key and item; not to be changed.

    Attributes
    ----------
    file : str
        The name that messages show.
    content : Any
        Plain dicts, lists, text, numbers, booleans and None.
    places : dict[KeyPath, tuple[int, int]]
        (line, column), both from 1, of each key and list item, by its path.
    refusals : tuple[Refusal, ...]
        Values that break a rule of this module, and repeated keys.
    broken : frozenset[KeyPath]
        Their paths; a broken value is None in the content.
    """

    file: str
    content: Any
    places: dict[KeyPath, tuple[int, int]]
    refusals: tuple[Refusal, ...] = ()
    broken: frozenset[KeyPath] = frozenset()

    def place(self, path: KeyPath) -> Place:
        """Return the place of `path`; where it has none, that of its nearest ancestor."""
        nearest = path
        while nearest and nearest not in self.places:
            nearest = nearest[:-1]
        return Place(self.file, *self.places.get(nearest, (1, 1)), path)

    def below(self, *keys: str | int) -> StrictYaml:
        """Return what stands below some keys as a document of its own, with the same places."""
        deep, content = len(keys), self.content
        for key in keys:
            content = content[key]
        start = self.place(keys)
        places = {path[deep:]: at for path, at in self.places.items() if path[:deep] == keys}
        broken = frozenset(path[deep:] for path in self.broken if path[:deep] == keys)
        places[()] = (start.line, start.column)
        return StrictYaml(self.file, content, places, (), broken)

    def refusal(self, path: KeyPath, what: str, remedy: str) -> Refusal:
        """Return a refusal of what stands at `path`."""
        return Refusal(self.place(path), what, remedy)


def read_yaml(file: Path) -> StrictYaml:
    """Read one YAML file; :func:`~vnjp_sim.inputs.schema.check` adds the faults of its values.

    Raises
    ------
    InputError
        The file is missing, unreadable, not UTF-8, too large, no YAML, or has what this module
        refuses at once (aliases, tags, several documents, …).
    """
    return _built(read_text(file, MAX_BYTES), display_path(file))


def read_line(text: str, name: str) -> StrictYaml:
    """Read YAML that a user gives as text; raises InputError as :func:`read_yaml`."""
    unseen_characters(text, name).raise_if_any()
    return _built(text, name)


def parse_yaml(text: str, name: str) -> StrictYaml:
    """Parse YAML text; `name` is the file name that messages show. Raises InputError."""
    document = _built(text, name)
    if document.refusals:
        raise InputError(document.refusals)
    return document


@lru_cache(maxsize=64)  # the shipped files are read again wherever others are held against them
def _built(text: str, name: str) -> StrictYaml:
    unseen_characters(text, name).raise_if_any()
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise InputError([*builder.refusals, _syntax_refusal(error, text, name)]) from None
    broken = frozenset(builder.broken)
    return StrictYaml(name, builder.root, builder.places, tuple(builder.refusals), broken)


def _syntax_refusal(error: yaml.MarkedYAMLError, text: str, name: str) -> Refusal:
    mark = error.problem_mark
    problem = f"{error.context or ''} {error.problem}"
    if "quoted scalar" in problem and "end of stream" in problem:
        mark = error.context_mark
    remedy = next((r for part, r in _SYNTAX_REMEDIES if part in problem), "correct the syntax")
    if "cannot start any token" in problem and mark is not None:
        sign = text[mark.index : mark.index + 1]
        remedy = f"quote text that begins with '{sign}', and write a number alone"
        if sign == "\t":
            remedy = "indent with spaces, not tabs"
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return Refusal(Place(name, line, column), f"is not YAML ({error.problem})", remedy)


@dataclass
class _Level:
    """One open mapping or list while its events come in."""

    value: dict[str, Any] | list[Any]
    path: KeyPath
    key: str | None = None


@dataclass
class _Builder:
    file: str
    root: Any = None
    places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Refusals)
    broken: set[KeyPath] = field(default_factory=set)
    levels: list[_Level] = field(default_factory=list)
    documents: int = 0

    def take(self, event: Any) -> None:
        """Take the next parser event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop(event, "holds a second document", "keep one document a file")
        elif isinstance(event, yaml.AliasEvent):
            self._stop(event, f"uses the alias '*{event.anchor}'", "write the value out")
        elif isinstance(event, yaml.ScalarEvent):
            self._check_node(event)
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._check_node(event)
            self._open(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.levels.pop()

    def _check_node(self, event: Any) -> None:
        if event.anchor is not None:
            self._stop(event, f"uses the anchor '&{event.anchor}'", "write the value out")
        if event.tag is not None:
            self._stop(event, f"uses the tag '{event.tag}'", "leave the tag out")

    def _open(self, event: Any, value: dict[str, Any] | list[Any]) -> None:
        level = self.levels[-1] if self.levels else None
        if level is not None and isinstance(level.value, dict) and level.key is None:
            self._stop(event, "uses a list or mapping as a key", "use a plain word as key")
        if len(self.levels) >= MAX_DEPTH:
            self._stop(event, f"nests deeper than {MAX_DEPTH} levels", "flatten it")
        path = self._put(event, value)
        self.levels.append(_Level(value, path))

    def _scalar(self, event: Any) -> None:
        level = self.levels[-1] if self.levels else None
        if level is None or isinstance(level.value, list) or level.key is not None:
            problem = len(self.refusals)
            path = self._put(event, self._value(event))
            if len(self.refusals) > problem:
                self.broken.add(path)
            return
        key = event.value
        if key == "<<" and not event.style:
            self._stop(event, "uses the merge key '<<'", "write the keys out")
        path = (*level.path, key)
        line, column = _line_and_column(event)
        if key in level.value:
            first = self.places[path][0]
            self._refusal(event, f"repeats the key '{key}' of line {first}", "keep one of them")
        self.places[path] = (line, column)
        level.key = key

    def _put(self, event: Any, value: Any) -> KeyPath:
        if not self.levels:
            self.root = value
            self.places.setdefault((), _line_and_column(event))
            return ()
        level = self.levels[-1]
        if isinstance(level.value, list):
            path: KeyPath = (*level.path, len(level.value))
            level.value.append(value)
            self.places[path] = _line_and_column(event)
            return path
        key = level.key
        if key is None:  # pragma: no cover - a key always precedes its value
            raise AssertionError("a value without a key")
        level.value[key] = value
        level.key = None
        return (*level.path, key)

    def _value(self, event: Any) -> Any:
        text: str = event.value
        if match := UNSEEN.search(text):
            what = f"holds the control character U+{ord(match[0]):04X}"
            self._refusal(event, what, "leave it out")
        if event.style:
            return text
        if text in _PLAIN_WORDS:
            return _PLAIN_WORDS[text]
        return self._plain(event, text)

    def _plain(self, event: Any, text: str) -> Any:
        if _NOT_FINITE.match(text):
            self._refusal(event, f"'{text}' is not a finite number", "give a number")
            return None
        if _LEADING_ZERO.match(text):
            self._refusal(
                event,
                f"'{text}' begins like an octal or hexadecimal number",
                "write a plain decimal number, or quote it if it is text",
            )
            return None
        if _DECIMAL.match(text):
            return self._number(event, text)
        return text

    def _number(self, event: Any, text: str) -> int | float | None:
        if len(text) > MAX_NUMBER:
            remedy = "shorten it, or quote it if it is text"
            self._refusal(event, f"a number of {len(text)} characters", remedy)
            return None
        if _INTEGER.match(text):
            return int(text)
        number = float(text)
        if number in (float("inf"), float("-inf")):
            self._refusal(event, f"'{text}' is too large a number", "give a smaller one")
            return None
        return number

    def _refusal(self, event: Any, what: str, remedy: str) -> None:
        place = Place(self.file, *_line_and_column(event))
        self.refusals.append(Refusal(place, what, remedy))
        if self.refusals.full:
            raise InputError([*self.refusals, not_read_on(place)])

    def _stop(self, event: Any, what: str, remedy: str) -> None:
        self._refusal(event, what, remedy)
        raise InputError(self.refusals)


def _line_and_column(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
