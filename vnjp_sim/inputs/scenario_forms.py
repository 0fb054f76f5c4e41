"""A scenario's statement written out: as a YAML file, on one line, as Python, as URL-safe text.

A statement is the content of a scenario file, in plain values, with the parents that are not
shipped written out below `extends`. Every form reads back to the same statement.
"""

from __future__ import annotations

import base64
import json
import math
import re
import textwrap
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from vnjp_sim.foundation.argument_types import PACKED
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.levers import OPERATIONS
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.reasons import REASONS
from vnjp_sim.inputs.strict_yaml import MAX_BYTES

Statement = Mapping[str, Any]

WIDTH = 100
KEYS = (
    "name title extends narrative sources horizon levers events parameters remove variants".split()  # noqa: SIM905
)
"""The keys of a file in the order in which they are written."""
FREQUENT = (
    b"narrative: remove: parameters: {fixed: {normal: {mean: , sd: {logit_normal: {lognormal: "
    b"{median: , sigma: horizon: {start: 2025, end: 20title: sources: [note: demand_shock, "
    b"percent: osa_grant, amount: vessel_order, count: 2025-07-01, type: -10-01, type: events: "
    b"[{on: 2027-04-01, type: add: , set: {path: series, multiply: {path: pulse, from: {path: "
    b"step, from: security_labour_trade_investment_people_oda_commitments: labour_trainee_intake: "
    b"{path: ramp, from: 2026, to: 2030, multiply: 1.{name: , title: {extends: base, levers: {"
)
"""What packed text often holds, so that it gets short; part of its first form, never changed."""

_BARE = re.compile(
    r"[A-Za-z][A-Za-z0-9_]*([ ./-][A-Za-z0-9_]+)*|20[0-9]{2}(-[0-9]{2}){2}"
    r"|-?[0-9]+(\.[0-9]+)? [A-Za-z][A-Za-z0-9. ]*[A-Za-z0-9]"  # 2 USD bn, 6 months until 2030
)
_KEY = re.compile(r"[A-Za-z0-9_]+")
_TAKEN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""Words that YAML readers take for something else than text."""


def one_line(value: Any) -> str:
    """Return content as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {one_line(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(one_line, value)) + "]"
    if isinstance(value, str):
        bare = _BARE.fullmatch(value) and value.lower() not in _TAKEN
        return value if bare else _quoted(value)
    return _number(value)


def _key(key: str) -> str:
    return key if _KEY.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    """Return a number with all its digits, as YAML and Python read it."""
    if value == 0 and math.copysign(1.0, value) < 0:
        return "-0.0"
    return str(value) if isinstance(value, int) else exact(value)


def as_yaml(statement: Statement) -> str:
    """Return a statement as a scenario file."""
    return "\n".join([*_yaml_lines(statement), ""])


def _yaml_lines(statement: Statement) -> Iterator[str]:
    for key in (key for key in KEYS if key in statement):
        value = statement[key]
        if key == "extends" and isinstance(value, Mapping):
            yield "extends:"
            yield from (f"  {line}" for line in _yaml_lines(value))
        elif key == "narrative" and _folds(value):
            yield "narrative: >-"
            yield from (f"  {line}" for line in _folded(value))
        elif key in ("levers", "parameters"):
            yield f"{key}:"
            yield from (f"  {_key(name)}: {one_line(item)}" for name, item in value.items())
        elif key == "variants":
            yield "variants:"
            for name, part in value.items():
                yield f"  {name}:" if part else f"  {name}: {{}}"
                yield from (f"    {line}" for line in _yaml_lines(part))
        elif key in ("events", "sources"):
            yield f"{key}:"
            yield from (f"  - {one_line(item)}" for item in value)
        else:
            yield f"{key}: {one_line(value)}"


def _folds(text: str) -> bool:
    """Whether a text can be folded at its blanks, and read back as it is."""
    return len(text) > WIDTH and text.split(" ") == text.split() and "\n" not in text


def _folded(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH - 2, break_long_words=False, break_on_hyphens=False)


def as_python(statement: Statement) -> str:
    """Return a statement as Python that makes the scenario again."""
    lines = ["import vnjp_sim as vj", "", "scenario = vj.new_scenario("]
    for key in ("extends", *(key for key in KEYS if key != "extends")):
        value = statement.get(key)
        if key == "levers" and value:
            lines.append("    levers={")
            lines += [f"        {_quoted(n)}: {_path_call(path)}," for n, path in value.items()]
            lines.append("    },")
        elif key in ("events", "sources") and value:
            lines.append(f"    {key}=[")
            lines += [f"        {_literal(item)}," for item in value]
            lines.append("    ],")
        elif key == "horizon" and value:
            lines.append(f"    horizon=({value['start']}, {value['end']}),")
        elif value is not None or key == "extends":
            lines.append(f"    {key}={_literal(value)},")
    return "\n".join([*lines, ")", ""])


def _literal(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    return "None" if value is None else _number(value)


def _path_call(path: Mapping[str, Any]) -> str:
    """Return the call that makes the path of a lever, such as vj.ramp(2026, 2030, multiply=2)."""
    words = [str(path[key]) for key in ("from", "to") if key in path]
    for key in (key for key in OPERATIONS if key in path):
        amount = path[key]
        if isinstance(amount, Mapping):
            by_year = ", ".join(f"{year}: {_literal(value)}" for year, value in amount.items())
            words.append(f"{key}={{{by_year}}}")
        else:
            words.append(f"{key}={_literal(amount)}")
    words += [f"{key}={_quoted(path[key])}" for key in ("when", *REASONS) if key in path]
    return f"vj.{path['path']}({', '.join(words)})"


def as_text(statement: Statement) -> str:
    """Return a statement as URL-safe text: a mark, then its line compressed, in base64url."""
    packing = zlib.compressobj(9, zdict=FREQUENT)
    packed = packing.compress(one_line(statement).encode()) + packing.flush()
    return PACKED + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def line_of(text: str) -> str:
    """Return the line that URL-safe text holds; raises InputError for damaged or oversized text."""
    place, letters = "scenario text", text.removeprefix(PACKED)
    remedy = "give a file instead"
    if len(letters) > MAX_BYTES:
        raise InputError.single(place, f"has more than {MAX_BYTES} characters", remedy)
    raw, whole = _unpacked(letters)
    if len(raw) > MAX_BYTES:
        raise InputError.single(place, f"unpacks to more than {MAX_BYTES} bytes", remedy)
    if not whole:
        remedy = f"copy the whole text, from '{PACKED}' to its last letter"
        raise InputError.single(place, "is damaged or not complete", remedy)
    return raw.decode()


def _unpacked(letters: str) -> tuple[bytes, bool]:
    """Return what letters hold, at most one byte more than is allowed, and whether it is whole."""
    unpacking = zlib.decompressobj(zdict=FREQUENT)
    try:
        packed = base64.b64decode(letters + "=" * (-len(letters) % 4), b"-_", validate=True)
        raw = unpacking.decompress(packed, MAX_BYTES + 1)
        raw.decode()
    except (ValueError, zlib.error):
        return b"", False
    return raw, unpacking.eof and not unpacking.unused_data
