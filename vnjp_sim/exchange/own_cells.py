"""The cells of a user's table: text in the usual encodings and delimiters, or a workbook."""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from vnjp_sim.exchange.decimal_marks import Stored
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.csv_rows import MAX_CSV_BYTES, MAX_ROWS, numbered_rows
from vnjp_sim.inputs.number_text import as_written, exact
from vnjp_sim.inputs.text_file import read_bytes, unseen_characters

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

WORKBOOK = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
DELIMITERS = (",", ";", "\t", "|")
WIDEST = 200
"""Columns of a sheet that are read."""
DIGITS = 15
"""Of a number in a workbook; further ones are rounding errors."""
SAVE_AS = "save it as 'CSV UTF-8' or as a workbook (.xlsx)"

_SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
_FAILED = re.compile(r"#[A-Z/0]+[!?]|#N/A")
"""What Excel shows where a formula fails, which is no remark."""
_PLACES = re.compile(r"[#,]*0(?:\.(0+))?(?:[_)\s].*)?")


@dataclass(frozen=True)
class Table:
    """A table as it was found.

    Attributes
    ----------
    rows : list[tuple[int, list[str]]]
        Each row with the line it begins on; the first is the header.
    delimiter : str
        What stands between cells; empty for a workbook.
    """

    rows: list[tuple[int, list[str]]]
    delimiter: str


def read_table(file: Path, faults: Refusals) -> Table:
    """Return the cells of a CSV file or of the first sheet of a workbook.

    Text is UTF-8 or UTF-16; cells are divided by commas, semicolons, tabs or vertical bars,
    whichever the header has most of. Rows without content, and those whose first cell begins with
    `#`, are left out.

    Raises
    ------
    InputError
        The file cannot be read, or is in none of these forms.
    EnvironmentFailureError
        It is a workbook, and openpyxl is not installed.
    """
    raw = read_bytes(file, MAX_CSV_BYTES)
    name = display_path(file)
    if raw.startswith(OLD_WORKBOOK):
        what = "is a workbook of the old form, .xls, or locked by a password"
        raise InputError.single(name, what, SAVE_AS)
    if raw.startswith(WORKBOOK):
        return Table(list(_with_content(_sheet_rows(raw, name))), "")
    text = _decoded(raw, name)
    unseen_characters(text, name).raise_if_any()
    skipped = 0
    delimiter = ""
    if match := _SEPARATOR.match(text):
        delimiter, text, skipped = match[1], text[match.end() :], 1
    delimiter = delimiter or _delimiter(text)
    rows = ((n + skipped, cells) for n, cells in numbered_rows(text, name, faults, delimiter))
    return Table(list(_with_content(rows)), delimiter)


def _with_content(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for line, cells in rows:
        told = [cell.strip() for cell in cells]
        if any(told) and (not told[0].startswith("#") or _FAILED.fullmatch(told[0])):
            yield line, cells


def _decoded(raw: bytes, name: str) -> str:
    """Return text that is UTF-8, or UTF-16 with a byte order mark or of mostly Latin letters."""
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    coding = "utf-16" if wide else "utf-8-sig"
    if not wide and b"\0" in raw[:200]:
        coding = "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
    try:
        return raw.decode(coding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = "is neither UTF-8 nor UTF-16"
        raise InputError.single(name, what, SAVE_AS, line) from None


def _delimiter(text: str) -> str:
    """Return what divides the cells of the header: the first line that is no remark."""
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    header = next(lines, "")
    return max(DELIMITERS, key=header.count)


def _sheet_rows(raw: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet of a workbook."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise EnvironmentFailureError(
            'Excel workbooks need openpyxl; install it with: pip install "vnjp-sim[excel]"'
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of parts that openpyxl does not keep
            book = load_workbook(BytesIO(raw), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            header = next(sheet.iter_rows(max_row=1, values_only=True), ())
            rows = sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=WIDEST)
            found = [[_text(cell) for cell in row] for row in rows]
            book.close()
    except (BadZipFile, KeyError, ValueError, IndexError, TypeError, OSError, SyntaxError):
        raise InputError.single(name, "cannot be read as a workbook", SAVE_AS) from None
    if any(cell is not None for cell in header[WIDEST:]):
        what = f"has columns behind the {WIDEST}th"
        raise InputError.single(name, what, "move those that are to be read to the front", 1)
    for line, cells in enumerate(found, start=1):
        while cells and not cells[-1]:
            cells.pop()
        yield line, cells


def _text(cell: Any) -> str:
    """Return the content of a cell as a table would have it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if "%" in str(cell.number_format):
            return f"{exact(as_written(100.0 * value))}%"
        return Stored(_number_text(value, cell))
    if isinstance(value, datetime | date):
        shown = str(cell.number_format).lower()
        parts = 3 if "d" in shown else 2 if "m" in shown else 1
        return "-".join(value.isoformat()[: len("2024-01-31")].split("-")[:parts])
    return str(value)


def _number_text(value: float, cell: Cell) -> str:
    """Return a number with its digits, and with the zeros at its end that its cell shows."""
    text = format(float(value), f".{DIGITS}g")
    if "e" in text:
        return format(float(value), f".{DIGITS}f").rstrip("0").rstrip(".")
    match = _PLACES.fullmatch(str(cell.number_format))
    places = len(match[1] or "") if match else 0
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(places, '0')}" if max(places, len(decimals)) else whole
