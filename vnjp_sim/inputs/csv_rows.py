"""Rows of the CSV files of figures and events: their shape, and the line that each begins on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vnjp_sim.foundation.errors import InputError, Place, Refusal, closest
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import MAX_REFUSALS, not_read_on
from vnjp_sim.inputs.text_file import read_text

MAX_ROWS = 10_000
MAX_CSV_BYTES = 8 << 20
MAX_CELL = 10_000


@dataclass(frozen=True)
class Row:
    """One row of a table: the file that messages name, its line, and its cells by column."""

    file: str
    line: int
    cells: Mapping[str, str]


def read_rows(
    file: Path,
    columns: tuple[str, ...],
    faults: list[Refusal],
    *,
    optional: tuple[str, ...] = (),
) -> Iterator[Row]:
    """Yield the rows of a CSV file as text; add to `faults` what is wrong with its shape.

    The `optional` columns may follow the others, all together.
    """
    name = display_path(file)
    try:
        text = read_text(file, MAX_CSV_BYTES)
    except InputError as error:
        faults.extend(error.refusals)
        return
    lines = numbered_rows(text, name, faults)
    _, header = next(lines, (1, []))
    columns = (*columns, *optional) if set(header) & set(optional) else columns
    if tuple(header) != columns:
        faults.append(Refusal(Place(name, 1), *_header_fault(header, columns)))
        return
    before = len(faults)
    for count, (line, cells) in enumerate(lines, start=1):
        if count > MAX_ROWS:
            faults.append(Refusal(Place(name, line), f"has more than {MAX_ROWS} rows", "split it"))
            return
        if len(faults) - before >= MAX_REFUSALS:
            faults.append(not_read_on(Place(name, line)))
            return
        if not any(cell.strip() for cell in cells):
            continue
        if fault := _shape_fault(cells, columns):
            faults.append(Refusal(Place(name, line), *fault))
        else:
            yield Row(name, line, dict(zip(columns, cells, strict=True)))


def numbered_rows(
    text: str, name: str, faults: list[Refusal], delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of CSV text with the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        what, remedy = f"is not CSV ({error})", "double the quotes inside a quoted cell"
        if "end of data" in str(error):
            what, remedy = "opens quotes that are not closed", "close them"
        elif "field limit" in str(error):
            what, remedy = f"has a cell of over {csv.field_size_limit()} characters", "shorten it"
        faults.append(Refusal(Place(name, line), what, remedy))


def _header_fault(header: list[str], columns: tuple[str, ...]) -> tuple[str, str]:
    """Return what is wrong with a header row, and the remedy."""
    remedy = "write: " + ",".join(columns)
    if not header:
        return "has no header row", remedy
    if len(header) == 1:
        return "the header row has one cell", "save it with commas between the cells"
    unknown = [cell for cell in header if cell not in columns]
    missing = [cell for cell in columns if cell not in header]
    what = "the header row has other columns"
    if unknown:
        what += f", unknown: {', '.join(unknown)[:80] or 'a column without a name'}"
    if missing:
        what += f", missing: {', '.join(missing)}"
        meant = [f"'{near}'" for cell in unknown[:3] if (near := closest(cell, missing))]
        remedy = f"did you mean {', '.join(meant)}? {remedy.capitalize()}" if meant else remedy
    if not unknown and not missing:
        what = "the header row has its columns in another order, or twice"
    return what, remedy


def _shape_fault(cells: list[str], columns: tuple[str, ...]) -> tuple[str, str] | None:
    """Return what is wrong with the shape of a row, and the remedy; None if nothing is."""
    if tuple(cells) == columns:
        return "repeats the header row", "delete it"
    if " " in cells[0].strip() and not any(cell.strip() for cell in cells[1:]):
        return f"holds nothing but the text '{cells[0].strip()[:60]}'", "delete the line"
    if len(cells) != len(columns):
        what = f"has {len(cells)} cells where the header has {len(columns)}"
        return what, "quote cells that hold commas, and leave no cell out"
    long = [c for c, cell in zip(columns, cells, strict=True) if len(cell) > MAX_CELL]
    return (f"{long[0]} has more than {MAX_CELL} characters", "shorten it") if long else None
