"""Numbers as spreadsheets of different countries write them: 1234.5, 1,234.5, 1.234,5, 1 234,5.

What a comma or a point means is decided once for a whole table, by the numbers that can be read in
one way alone. A number that can still be read in two ways, such as 1.234 beside 47,6, is refused:
it may be a thousand times as large as it is taken for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.foundation.refusals import Refusals

Decimal = Literal["auto", "point", "comma"]
DECIMALS = get_args(Decimal)
MARKS = {"point": ".", "comma": ","}
NAMES = {mark: name for name, mark in MARKS.items()}

_GROUPING = re.compile(r"(?<=[0-9])[ \u00a0\u2009\u202f'\u2019](?=[0-9]{3}(?:[^0-9]|$))")
_ONE = re.compile(r"-?([0-9]+)([.,])([0-9]+)", re.ASCII)
_GROUPS = re.compile(r"-?[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})+", re.ASCII)
_BOTH = re.compile(r"-?[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*([.,])[0-9]+", re.ASCII)


class Stored(str):
    """A number that a workbook stores as one, so that its decimal mark is known."""

    __slots__ = ()


@dataclass(frozen=True)
class Cell:
    """A cell that should hold a number: where it stands, and its text."""

    place: Place
    column: str
    text: str


def plain_numbers(
    cells: Sequence[Cell], decimal: Decimal, *, points_usual: bool, faults: Refusals
) -> dict[Place, dict[str, str]]:
    """Return numbers with a decimal point and no thousands marks, by place and column.

    What is no number is returned as it is: the schema of the row says what is wrong with it. A
    number that may mean two things is added to `faults`.

    Parameters
    ----------
    decimal : Decimal
        What stands before decimals; `auto` finds it in the numbers.
    points_usual : bool
        Whether a table like this one usually has decimal points, which decides where no number of
        the table does.
    """
    mark = _mark_of(cells, faults) if decimal == "auto" else MARKS[decimal]
    found: dict[Place, dict[str, str]] = {}
    for cell in cells:
        text = cell.text if isinstance(cell.text, Stored) else _cleaned(cell.text)
        if not isinstance(cell.text, Stored):
            usual = mark or ("." if points_usual else "")
            if decimal == "auto" and _may_be_thousands(text, usual):
                faults.append(Refusal(cell.place, *_ambiguous(cell, text, mark)))
            text = _with_point(text, mark or ".")
        found.setdefault(cell.place, {})[cell.column] = text
    return found


def decimal_mark(text: str) -> str:
    """Return the decimal mark that a number shows beyond doubt; empty if it shows none.

    A mark that stands twice, or before another mark, divides thousands.
    """
    if match := _GROUPS.fullmatch(text):
        return _other(match[1])
    if (match := _BOTH.fullmatch(text)) and match[1] != match[2]:
        return match[2]
    match = _ONE.fullmatch(text)
    return match[2] if match and not _is_grouped(match) else ""


def _mark_of(cells: Iterable[Cell], faults: Refusals) -> str:
    """Return the decimal mark of a table, the more frequent one; the others are faults."""
    shown: dict[str, list[Cell]] = {".": [], ",": []}
    for cell in cells:
        mark = "" if isinstance(cell.text, Stored) else decimal_mark(_cleaned(cell.text))
        if mark:
            shown[mark].append(cell)
    mark = "," if len(shown[","]) > len(shown["."]) else "."
    if not shown[mark]:
        return ""
    first = shown[mark][0]
    for cell in shown[_other(mark)]:
        what = (
            f"{cell.column} '{cell.text[:60]}' has a decimal {NAMES[_other(mark)]}, but line "
            f"{first.place.line} a decimal {NAMES[mark]}: '{first.text[:60]}'"
        )
        faults.append(Refusal(cell.place, what, "write all numbers of the file in one way"))
    return mark


def _may_be_thousands(text: str, mark: str) -> bool:
    """Whether a number has one mark before three digits, which is not the decimal mark."""
    match = _ONE.fullmatch(text)
    return bool(match and _is_grouped(match) and match[2] != mark)


def _is_grouped(match: re.Match[str]) -> bool:
    """Whether a number with one mark may be in thousands: 1.234, but not 0.123, 1.5 or 1234.567."""
    return len(match[3]) == 3 and len(match[1]) <= 3 and not match[1].startswith("0")


def _ambiguous(cell: Cell, text: str, mark: str) -> tuple[str, str]:
    whole = text.replace(".", "").replace(",", "")
    part = text.replace(",", ".")
    what = f"{cell.column} '{cell.text.strip()[:60]}' may mean {whole} or {part}"
    if mark:
        what += f", in a file with decimal {NAMES[mark]}s"
    return what, f"write {whole} without a mark, or say --decimal point or --decimal comma"


def _with_point(text: str, mark: str) -> str:
    """Return a number without thousands marks and with a decimal point; other text as it is."""
    if not any(form.fullmatch(text) for form in (_ONE, _GROUPS, _BOTH)):
        return text
    return text.replace(_other(mark), "").replace(mark, ".")


def _cleaned(text: str) -> str:
    """Return a number without blanks and apostrophes between thousands, and with a plain minus."""
    text = text.strip().replace("\u2212", "-")
    return _GROUPING.sub("", text.removeprefix("+") if text[1:2].isdigit() else text)


def _other(mark: str) -> str:
    return "," if mark == "." else "."
