"""YAML without surprises: values as written, with the line and column of each.

The parser of libyaml does the syntax; this module turns its events into plain Python values by
the rules below, so that nothing is guessed:

- a bare word is text (`NO`, `on`, `1:30`, `2027-10-01` stay text); only `true`, `false`, `null`,
  plain decimal integers and decimal numbers (`1.5`, `1e3`) are anything else;
- refused: duplicate keys, keys that are not text, aliases and anchors, tags, several documents,
  numbers with a leading zero (octal elsewhere), `.nan` and `.inf`, nesting deeper than 24, files
  of more than 1 MiB, numbers of more than 40 characters, control characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vnjp_sim.errors import Fault, InputError
from vnjp_sim.shipped import display_path

MAX_BYTES = 1 << 20
MAX_DEPTH = 24
MAX_NUMBER = 40

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+\Z|[-+]?0[xob][0-9a-fA-F_]+\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)\Z", re.IGNORECASE)
_PLAIN_WORDS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class StrictYaml:
    """The content of one YAML file, with the place of every key and item.

    Attributes
    ----------
    file : the name that messages show.
    content : plain dicts, lists, text, numbers, booleans and None.
    places : (line, column), both from 1, of each key and list item, by its path.
    """

    file: str
    content: Any
    places: dict[KeyPath, tuple[int, int]]

    def place(self, path: KeyPath) -> tuple[int, int]:
        """Return line and column of `path`, or of its nearest ancestor that has a place."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def fault(self, path: KeyPath, what: str, remedy: str) -> Fault:
        """Return a fault at `path`."""
        line, column = self.place(path)
        return Fault(self.file, line, column, what, remedy)


def read_yaml(file: Path) -> StrictYaml:
    """Read one YAML file.

    Raises
    ------
    InputError
        The file is missing, unreadable, not UTF-8, too large, or breaks a rule of this module;
        all such faults of the file that can be told at once are told at once.
    """
    name = display_path(file)
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise InputError.single(name, "no such file", "check the path") from None
    except IsADirectoryError:
        raise InputError.single(name, "is a folder, not a file", "name a YAML file") from None
    except OSError as error:
        raise InputError.single(
            name, f"cannot be read ({error.strerror})", "check its permissions"
        ) from None
    if len(raw) > MAX_BYTES:
        raise InputError.single(
            name, f"has {len(raw)} bytes", f"keep a YAML file below {MAX_BYTES} bytes"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError.single(name, "is not UTF-8", "save it as UTF-8", line) from None
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> StrictYaml:
    """Parse YAML text; `name` is the file name that messages show. Raises InputError."""
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        builder.faults.append(
            Fault(name, line, column, f"is not YAML ({error.problem})", "mend the syntax")
        )
    except yaml.YAMLError as error:
        what = str(error).split("\n", maxsplit=1)[0]
        builder.faults.append(Fault(name, 0, 0, f"is not YAML ({what})", "mend the syntax"))
    except UnicodeEncodeError:
        builder.faults.append(Fault(name, 0, 0, "has a lone surrogate", "save it as UTF-8"))
    if builder.faults:
        raise InputError(builder.faults)
    return StrictYaml(name, builder.root, builder.places)


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
    faults: list[Fault] = field(default_factory=list)
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
            self._put(event, self._value(event))
            return
        key = event.value
        path = (*level.path, key)
        line, column = _place(event)
        if key in level.value:
            first = self.places[path][0]
            self._fault(event, f"repeats the key '{key}' of line {first}", "keep one of them")
            key = f"{key} (line {line})"
            path = (*level.path, key)
        self.places[path] = (line, column)
        level.key = key

    def _put(self, event: Any, value: Any) -> KeyPath:
        if not self.levels:
            self.root = value
            self.places.setdefault((), _place(event))
            return ()
        level = self.levels[-1]
        if isinstance(level.value, list):
            path: KeyPath = (*level.path, len(level.value))
            level.value.append(value)
            self.places[path] = _place(event)
            return path
        key = level.key
        if key is None:  # pragma: no cover - a key always precedes its value
            raise AssertionError("a value without a key")
        level.value[key] = value
        level.key = None
        return (*level.path, key)

    def _value(self, event: Any) -> Any:
        text: str = event.value
        if event.style:
            return text
        if text in _PLAIN_WORDS:
            return _PLAIN_WORDS[text]
        return self._plain(event, text)

    def _plain(self, event: Any, text: str) -> Any:
        if _NOT_FINITE.match(text):
            self._fault(event, f"'{text}' is not a finite number", "give a number")
            return 0.0
        if _LEADING_ZERO.match(text):
            self._fault(
                event,
                f"'{text}' could be octal or hexadecimal",
                "write a plain decimal number, or quote it if it is text",
            )
            return 0
        if _DECIMAL.match(text):
            return self._number(event, text)
        return text

    def _number(self, event: Any, text: str) -> int | float:
        if len(text) > MAX_NUMBER:
            self._fault(event, f"a number of {len(text)} characters", "shorten it")
            return 0
        if _INTEGER.match(text):
            return int(text)
        number = float(text)
        if number in (float("inf"), float("-inf")):
            self._fault(event, f"'{text}' is too large a number", "give a smaller one")
            return 0.0
        return number

    def _fault(self, event: Any, what: str, remedy: str) -> None:
        line, column = _place(event)
        self.faults.append(Fault(self.file, line, column, what, remedy))

    def _stop(self, event: Any, what: str, remedy: str) -> None:
        self._fault(event, what, remedy)
        raise InputError(self.faults)


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
