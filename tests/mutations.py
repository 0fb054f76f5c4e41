"""Damage to good files: what a slip, an editor, a spreadsheet or a bad disk may do to them.

A mutant is made by one operator, or by several in a row, from a seeded generator, so that file,
seed and number give it again. Where an operator does harm in every case, the mutant says what must
come of it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any, Literal

import yaml

Must = Literal["", "refuse", "suggest", "accept"]
"""What must come of a mutant: a refusal, one with "did you mean", nothing at all; or unknown."""


@dataclass(frozen=True)
class Mutant:
    """The bytes of a damaged file, how they came about, and what must come of them."""

    content: bytes
    operators: tuple[str, ...]
    must: Must


@dataclass(frozen=True)
class Part:
    """A key or a scalar value of a YAML text: its place, and what it is."""

    start: int
    end: int
    path: tuple[str | int, ...]
    key: bool
    flow: bool
    plain: bool
    column: int


Operator = Callable[[Random, str], str | bytes | None]
Cells = list[list[str]]

UNREADABLE = (
    *("> 40", "nearly 25", "about 5", "1,234", "1.234,5", "1 234", "1_234", "1'234", "\u22125"),
    *("5 %", "50%", "=1+1", "$5", "NaN", "nan", ".nan", "inf", "-inf", ".inf", "-.INF", "Infinity"),
    *("1e999", "010", "-07", "00.5", "0x1F", "0o17", "0b11", "1:30", "190:20:30", "\u0664\u0667"),
    *("\uff14\uff17", "\u00bd", "5\u00a0000", "1e", "1.2.3", "--5", "five", "NO", "on", "9" * 5000),
)
"""What is no number, wherever one is due."""

NASTY = (
    *UNREADABLE,
    *("", "~", "null", "true", "Yes", "0", "-0", "1", "-1", "1e3", "1E-3", "1e300", "1e-300", "5."),
    *("2024", "2024-02-30", "2024-13-01", "20240131", "2024-W05-3", "31.01.2024", "1900", "99999"),
    *("'quoted'", '"5"', "'5", '"5', "[1, 2]", "[]", "{}", "{a: 1}", "[", "}", "- 5", "&a 5", "*a"),
    *("!!float 5", "!!python/object:os.system x", "| text", ">", "%", "@x", "`x`", "a: b", "# x"),
    *("../../etc/passwd", "/etc/passwd", "C:\\x", "a\\0b", '"\\u202e"', "{{x}}", "${HOME}", "<<"),
    *("x" * 300, "x" * 20_000, "\u00e9", "\u4e2d\u6587", "\U0001f600", "e\u0301", "\u200d", "ß"),
)
"""Values that programs stumble over."""

UNSEEN = (
    *("\0", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066"),
    *("\ufeff", "\ufffe", "\uffff", "\xad", "\u200b", "\u200f", "\u2060"),
)
"""Characters that no editor shows, refused wherever they stand (a byte order mark at the start
apart)."""

BENEATH = {
    *("units", "indicators", "documents", "links", "levers", "event_types", "fields", "laws"),
    *("parameters", "occasions", "multiply", "add", "set", "at_least", "at_most"),
}
"""Keys whose own keys are names that a file gives, or years, not words of the format."""

POSITIVE = {"sd", "sigma", "scale", "half_life", "phase_in"}
"""Keys whose number must be above zero."""


def mutant(seed: str, text: str, operators: Mapping[str, tuple[Operator, Must]]) -> Mutant:
    """Return the mutant that a seed makes of a text."""
    random = Random(seed)  # noqa: S311 - no secret
    names = list(operators)
    for _ in range(100):
        chosen = random.choices(names, k=random.choice((1, 1, 1, 2, 3)))
        content: str | bytes | None = text
        for name in chosen:
            if isinstance(content, str):
                content = operators[name][0](random, content)
        if content is None or content == text:
            continue
        must = operators[chosen[0]][1] if len(chosen) == 1 else ""
        return Mutant(as_bytes(content), tuple(chosen), must)
    raise AssertionError("no operator fits")


def as_bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")


# ---------------------------------------------------------------------- lines and characters


def delete_line(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    del lines[random.randrange(len(lines)) : random.randrange(len(lines)) + 1]
    return "".join(lines)


def delete_one_line(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    del lines[random.randrange(len(lines))]
    return "".join(lines)


def repeat_line(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    lines.insert(random.randrange(len(lines)), random.choice(lines))
    return "".join(lines)


def swap_lines(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    a, b = random.randrange(len(lines)), random.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return "".join(lines)


def indent_line(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = random.randrange(len(lines))
    spaces = random.choice(("  ", " ", "\t", "", ""))
    lines[at] = spaces + (lines[at] if spaces else lines[at].lstrip())
    return "".join(lines)


def cut_text(random: Random, text: str) -> str:
    return text[: random.randrange(len(text))]


def delete_characters(random: Random, text: str) -> str:
    at = random.randrange(len(text))
    return text[:at] + text[at + random.choice((1, 1, 1, 2, 5, 50)) :]


def insert_sign(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice("abcXYZ019 -?:,[]{}#&*!|>'\"%@`~.;\n\t\\=_+/") + text[at:]


def insert_unicode(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    sign = random.choice("\u00a0\u200d\u2212\u2013\u201c\uff0c\u0301\u0430\u00e9\U0001f600\u3000")
    return text[:at] + sign + text[at:]


def insert_unseen(random: Random, text: str) -> str:
    at = random.randrange(1, len(text) + 1)
    return text[:at] + random.choice(UNSEEN) + text[at:]


def change_bytes(random: Random, text: str) -> bytes:
    raw = bytearray(text.encode())
    for _ in range(random.choice((1, 1, 2, 8))):
        raw[random.randrange(len(raw))] = random.randrange(256)
    return bytes(raw)


def change_encoding(random: Random, text: str) -> bytes:
    return text.encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32")))


def change_to_latin(random: Random, text: str) -> bytes:
    at = random.randrange(1, len(text))
    return (text[:at] + "\u00e9" + text[at:]).encode("latin-1", "replace")


def mark_byte_order(random: Random, text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.encode()


def change_line_ends(random: Random, text: str) -> bytes:
    return text.replace("\n", random.choice(("\r\n", "\r"))).encode()


ANY_TEXT: dict[str, tuple[Operator, Must]] = {
    "delete_lines": (delete_line, ""),
    "delete_line": (delete_one_line, ""),
    "repeat_line": (repeat_line, ""),
    "swap_lines": (swap_lines, ""),
    "cut_text": (cut_text, ""),
    "delete_characters": (delete_characters, ""),
    "insert_sign": (insert_sign, ""),
    "insert_unicode": (insert_unicode, ""),
    "insert_unseen": (insert_unseen, "refuse"),
    "change_bytes": (change_bytes, ""),
    "change_encoding": (change_encoding, "refuse"),
    "change_to_latin": (change_to_latin, "refuse"),
    "mark_byte_order": (mark_byte_order, "accept"),
    "change_line_ends": (change_line_ends, "accept"),
}

# ---------------------------------------------------------------------- YAML


@cache
def parts(text: str) -> tuple[Part, ...]:
    """Return every key and scalar of a YAML text in its order; none if it is not YAML."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        return tuple(_walk(root, (), flow=False))
    except (yaml.YAMLError, UnicodeEncodeError, RecursionError):
        return ()


def _walk(node: Any, path: tuple[str | int, ...], *, flow: bool) -> Iterator[Part]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            below = (*path, str(key.value))
            yield _part(key, below, is_key=True, flow=bool(node.flow_style))
            yield from _walk(value, below, flow=bool(node.flow_style))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), flow=bool(node.flow_style))
    elif node is not None:
        yield _part(node, path, is_key=False, flow=flow)


def _part(node: Any, path: tuple[str | int, ...], *, is_key: bool, flow: bool) -> Part:
    start, end = node.start_mark, node.end_mark
    return Part(start.index, end.index, path, is_key, flow, not node.style, start.column)


def _some(random: Random, text: str, fits: Callable[[Part], bool]) -> Part | None:
    """Return one of the parts that fit, if there is one."""
    fitting = [part for part in parts(text) if fits(part)]
    return random.choice(fitting) if fitting else None


def _instead(text: str, part: Part, new: str) -> str:
    return text[: part.start] + new + text[part.end :]


def is_number(text: str, part: Part) -> bool:
    written = text[part.start : part.end]
    return not part.key and part.plain and bool(re.fullmatch(r"[-+]?[0-9.]+(e[0-9]+)?", written))


def is_word_of_the_format(part: Part) -> bool:
    """Whether a part is a key that the format knows, not a name or year that the file gives."""
    return part.key and (len(part.path) == 1 or part.path[-2] not in BENEATH)


def misspelt(random: Random, word: str) -> str:
    """Return a word with one slip: a letter left out, put in or changed, or two swapped."""
    at = random.randrange(len(word))
    letter = random.choice("abcdefghijklmnopqrstuvwxyz")
    kind = random.randrange(4)
    if kind == 0:
        return word[:at] + letter + word[at:]
    if kind == 1:
        return word[:at] + letter + word[at + 1 :]
    if kind == 2 and len(word) > 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]


def misspell_key(random: Random, text: str) -> str | None:
    part = _some(random, text, is_word_of_the_format)
    if part is None:
        return None
    word, known = str(part.path[-1]), {str(p.path[-1]) for p in parts(text) if p.key}
    slip = misspelt(random, word)
    return None if slip in known | {"add", "set", "to"} else _instead(text, part, slip)


def change_key(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda part: part.key)
    other = _some(random, text, lambda part: part.key)
    return part and other and _instead(text, part, str(other.path[-1]))


def repeat_key(random: Random, text: str) -> str | None:
    """Give a key once more, with its value."""
    all_parts = parts(text)
    pairs = [
        (key, value)
        for key, value in pairwise(all_parts)
        if key.key and not value.key and value.path == key.path
    ]
    if not pairs:
        return None
    key, value = random.choice(pairs)
    entry = text[key.start : value.end]
    between = ", " if key.flow else "\n" + " " * key.column
    return text[: key.start] + entry.rstrip() + between + text[key.start :]


def unreadable_number(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda part: is_number(text, part))
    return part and _instead(text, part, random.choice(UNREADABLE))


def negative_spread(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda p: is_number(text, p) and p.path[-1] in POSITIVE)
    return part and _instead(text, part, random.choice(("-", "-1", "0 #", "-1e-9 #")))


def nasty_value(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda part: not part.key)
    return part and _instead(text, part, random.choice(NASTY))


def nasty_key(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda part: part.key)
    return part and _instead(text, part, random.choice(NASTY))


def other_number(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda part: is_number(text, part))
    number = f"{random.choice((-1, 1)) * 10 ** random.uniform(-9, 16):.{random.randrange(1, 12)}g}"
    return part and _instead(text, part, number)


def other_value(random: Random, text: str) -> str | None:
    """Put the value of another key, or of the same key elsewhere, in its place."""
    part = _some(random, text, lambda part: not part.key)
    if part is None:
        return None
    alike = random.random() < 0.5
    other = _some(random, text, lambda p: not p.key and (not alike or p.path[-1] == part.path[-1]))
    return other and _instead(text, part, text[other.start : other.end])


def quote_value(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda p: not p.key and p.plain and p.end > p.start)
    return part and _instead(text, part, repr(text[part.start : part.end]).replace("\n", " "))


def misspell_value(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda p: not p.key and p.plain and p.end > p.start)
    return part and _instead(text, part, misspelt(random, text[part.start : part.end]))


def drop_entry(random: Random, text: str) -> str | None:
    """Leave a key of a flow mapping out, or a key of a block mapping with all below it."""
    part = _some(random, text, lambda part: part.key)
    if part is None:
        return None
    if part.flow:
        return re.sub(r"\A[^,{}\[\]]*,? ?", "", text[part.start :]).join((text[: part.start], ""))
    below = [p for p in parts(text) if p.path[: len(part.path)] == part.path]
    return text[: part.start] + text[max(p.end for p in below) :].lstrip()


def anchor_and_alias(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda part: not part.key)
    if part is None:
        return None
    written = text[part.start : part.end]
    return _instead(text, part, random.choice((f"&a {written}", "*a", f"!!str {written}", "!x y")))


def second_document(random: Random, text: str) -> str:
    return text + "---\n" + text


def deep_value(random: Random, text: str) -> str | None:
    part = _some(random, text, lambda part: not part.key)
    depth = random.randrange(25, 2_000)
    return part and _instead(text, part, "[" * depth + "]" * depth)


def add_comment(random: Random, text: str) -> str:
    return random.choice(("# a remark\n", "\n", "# caf\u00e9: [\n")) + text


YAML: dict[str, tuple[Operator, Must]] = {
    **ANY_TEXT,
    "indent_line": (indent_line, ""),
    "misspell_key": (misspell_key, "suggest"),
    "change_key": (change_key, ""),
    "repeat_key": (repeat_key, "refuse"),
    "unreadable_number": (unreadable_number, "refuse"),
    "negative_spread": (negative_spread, "refuse"),
    "nasty_value": (nasty_value, ""),
    "nasty_key": (nasty_key, ""),
    "other_number": (other_number, ""),
    "other_value": (other_value, ""),
    "quote_value": (quote_value, ""),
    "misspell_value": (misspell_value, ""),
    "drop_entry": (drop_entry, ""),
    "anchor_and_alias": (anchor_and_alias, "refuse"),
    "second_document": (second_document, "refuse"),
    "deep_value": (deep_value, "refuse"),
    "add_comment": (add_comment, "accept"),
}

# ---------------------------------------------------------------------- CSV


def _table(text: str) -> Cells | None:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None


def _written(rows: Cells, delimiter: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", delimiter=delimiter).writerows(rows)
    return stream.getvalue()


def table(change: Callable[[Random, Cells], object]) -> Operator:
    """Return the operator that changes a table in place."""

    def operate(random: Random, text: str) -> str | None:
        rows = _table(text)
        if rows is None or len(rows) < 3 or min(map(len, rows)) < 2:
            return None
        change(random, rows)
        return _written(rows)

    return operate


def _row(random: Random, rows: Cells) -> list[str]:
    return rows[random.randrange(1, len(rows))]


def _with(rows: Cells, column: str, fits: Callable[[str], bool] = bool) -> list[tuple[int, int]]:
    """Return the places of the cells of a column that fit."""
    at = rows[0].index(column) if column in rows[0] else len(rows[0])
    return [(i, at) for i, row in enumerate(rows) if i and at < len(row) and fits(row[at])]


def _replace(random: Random, rows: Cells, column: str, new: Callable[[str], str]) -> None:
    places = _with(rows, column)
    if places:
        i, j = random.choice(places)
        rows[i][j] = new(rows[i][j])


def other_cell(random: Random, rows: Cells) -> None:
    row, other = _row(random, rows), _row(random, rows)
    row[random.randrange(len(row))] = random.choice(other)


def cell_of_column(random: Random, rows: Cells) -> None:
    row, other, at = _row(random, rows), _row(random, rows), random.randrange(len(rows[0]))
    row[at : at + 1] = other[at : at + 1]


def nasty_cell(random: Random, rows: Cells) -> None:
    row = _row(random, rows)
    row[random.randrange(len(row))] = random.choice(NASTY)


def misspell_cell(random: Random, rows: Cells) -> None:
    row = _row(random, rows)
    at = random.randrange(len(row))
    row[at] = misspelt(random, row[at]) if row[at] else "x"


def misspell_word(random: Random, rows: Cells) -> None:
    """Misspell a cell that must be one of a list of words or names."""
    column = random.choice([c for c in ("reported", "use", "sector", "document") if c in rows[0]])
    _replace(random, rows, column, lambda word: misspelt(random, word))


def misspell_column(random: Random, rows: Cells) -> None:
    at = random.randrange(len(rows[0]))
    rows[0][at] = misspelt(random, rows[0][at])


def unreadable_cell(random: Random, rows: Cells) -> None:
    _replace(random, rows, "value", lambda _: random.choice((*UNREADABLE, "1e3", "+5", "5.", ".5")))


def clash_of_units(random: Random, rows: Cells) -> None:
    _replace(random, rows, "unit", lambda unit: "doses" if unit != "doses" else "USD bn")


def no_citation(random: Random, rows: Cells) -> None:
    column = random.choice(("document", "line", "place"))
    _replace(random, rows, column, lambda _: random.choice(("", "   ")))


def bad_period(random: Random, rows: Cells) -> None:
    column = "period" if "period" in rows[0] else "date"
    bad = (
        "2022-13",
        "2022-00",
        "22",
        "2022-02-30",
        "20220101",
        "2022/2009",
        "FY22",
        "1850",
        "3000",
    )
    _replace(random, rows, column, lambda _: random.choice(bad))


def ragged(random: Random, rows: Cells) -> None:
    row = _row(random, rows)
    if random.random() < 0.5:
        del row[random.randrange(len(row))]
    else:
        row.insert(random.randrange(len(row) + 1), random.choice(("", "x")))


def repeat_row(random: Random, rows: Cells) -> None:
    rows.insert(random.randrange(1, len(rows)), list(_row(random, rows)))


def shuffle_rows(random: Random, rows: Cells) -> None:
    below = rows[1:]
    random.shuffle(below)
    rows[1:] = below


def swap_columns(random: Random, rows: Cells) -> None:
    a, b = random.sample(range(len(rows[0])), 2)
    for row in rows:
        if max(a, b) < len(row):
            row[a], row[b] = row[b], row[a]


def blank_row(random: Random, rows: Cells) -> None:
    rows.insert(random.randrange(1, len(rows)), [random.choice(("", " "))] * len(rows[0]))


def other_delimiter(random: Random, text: str) -> str | None:
    rows = _table(text)
    return rows and _written(rows, random.choice(";\t|"))


def loose_quotes(random: Random, text: str) -> str:
    at = random.choice([m.end() for m in re.finditer("[,\n]|$", text)])
    return text[:at] + '"' + text[at:]


CSV: dict[str, tuple[Operator, Must]] = {
    **ANY_TEXT,
    "other_cell": (table(other_cell), ""),
    "cell_of_column": (table(cell_of_column), ""),
    "nasty_cell": (table(nasty_cell), ""),
    "misspell_cell": (table(misspell_cell), ""),
    "misspell_word": (table(misspell_word), "suggest"),
    "misspell_column": (table(misspell_column), "suggest"),
    "unreadable_cell": (table(unreadable_cell), "refuse"),
    "clash_of_units": (table(clash_of_units), "refuse"),
    "no_citation": (table(no_citation), "refuse"),
    "bad_period": (table(bad_period), "refuse"),
    "ragged": (table(ragged), "refuse"),
    "repeat_row": (table(repeat_row), "refuse"),
    "shuffle_rows": (table(shuffle_rows), "accept"),
    "swap_columns": (table(swap_columns), "refuse"),
    "blank_row": (table(blank_row), "accept"),
    "other_delimiter": (other_delimiter, "refuse"),
    "loose_quotes": (loose_quotes, ""),
}


# ---------------------------------------------------------------------- several faults

Planted = tuple[str, list[int]]


def plant_in_yaml(random: Random, text: str, count: int, values: Sequence[str]) -> Planted | None:
    """Put values that are no numbers where numbers are due, on lines of their own.

    Returns the text and the lines; None if there are too few numbers.
    """
    by_line = {text[: p.start].count("\n") + 1: p for p in parts(text) if is_number(text, p)}
    if len(by_line) < 2:
        return None
    lines = sorted(random.sample(sorted(by_line), min(count, len(by_line))))
    for line in reversed(lines):
        text = _instead(text, by_line[line], random.choice(values))
    return text, lines


def plant_in_table(random: Random, text: str, count: int, values: Sequence[str]) -> Planted | None:
    """Put values that are no numbers into rows of a table."""
    rows = _table(text) or []
    places = _with(rows, "value") if rows else []
    if len(places) < 2:
        return None
    chosen = sorted(random.sample(places, min(count, len(places))))
    for i, j in chosen:
        rows[i][j] = random.choice(values)
    return _written(rows), [i + 1 for i, _ in chosen]
