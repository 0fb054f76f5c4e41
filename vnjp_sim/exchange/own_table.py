"""A user's table of figures as rows of `models/observations`, whatever its columns are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from vnjp_sim.exchange.decimal_marks import Cell, Decimal, plain_numbers
from vnjp_sim.exchange.own_cells import Table, read_table
from vnjp_sim.foundation.choices import id_meant
from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import MAX_REFUSALS, Refusals, not_read_on
from vnjp_sim.inputs.csv_rows import MAX_CELL, MAX_ROWS, Row
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS, OPTIONAL_COLUMNS
from vnjp_sim.inputs.registry import Registry

NEEDED = ("indicator", "period", "value", "unit")
COLUMNS = (*OBSERVATION_COLUMNS, *OPTIONAL_COLUMNS)
NUMBERS = ("value", "step", "weight")
USUAL = {"reported": "exact", "use": "calibrate"}
"""What stands in a column that a table lacks, or in an empty cell of it."""
OTHER_NAMES = {
    "indicator": ("series", "variable", "indicator id", "indicator name"),
    "period": ("year", "date", "time", "time period"),
    "value": ("figure", "number", "amount", "obs value"),
    "unit": ("units", "unit of measure", "unit measure"),
    "reported": ("reported as", "wording"),
    "step": ("rounding", "rounded to"),
    "base_period": ("base", "compared with"),
    "of": ("share of",),
    "document": ("source", "doc", "publication"),
    "line": ("lines",),
    "place": ("page", "table", "location"),
    "note": ("notes", "comment", "comments", "remark", "remarks"),
}
"""Other names of columns, as they are compared: in small letters, with single blanks."""

SIZES = {"mrd": "bn", "billion": "bn", "mio": "mn", "million": "mn", "$": "usd", "us$": "usd"}
"""Other spellings of words in units."""
SLIP = 0.75
"""From this likeness on, a heading that is none is taken for a misspelt one."""

_JOINTS = re.compile(r"[\s_\-.]+")
_WITH_UNIT = re.compile(r"(.+?)\s*(?:[(\[](.+)[)\]]|,\s*(.+))")
_FISCAL = re.compile(r"fy\s*([0-9]{4})", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """Where the columns of a table stand.

    Attributes
    ----------
    places : Mapping[str, int]
        The number of each column, from 0.
    unit : str
        The unit of all values, where the heading of the values gives it.
    width : int
        How many columns the table has.
    unread : tuple[str, ...]
        Headings of columns that no figure needs.
    """

    places: Mapping[str, int]
    unit: str
    width: int
    unread: tuple[str, ...]


def read_own_table(
    file: Path, registry: Registry, decimal: Decimal, faults: Refusals
) -> tuple[list[Row], list[str]]:
    """Return the rows of a user's table, and what of it was left out, in words.

    What is wrong with single rows is added to `faults`, to be told together with what the figures
    themselves have wrong.

    Raises
    ------
    InputError
        The file cannot be read, or its header row cannot be used.
    EnvironmentFailureError
        See :func:`vnjp_sim.exchange.own_cells.read_table`.
    """
    table = read_table(file, faults)
    name = display_path(file)
    if not table.rows:
        faults.append(Refusal(Place(name), "has no header row", _remedy(table)))
    faults.raise_if_any()
    (line, heading), *rows = table.rows
    header = _header(heading, Place(name, line), table, faults)
    faults.raise_if_any()
    if not rows:
        faults.append(Refusal(Place(name), "holds no figure", "add one or more"))
    found = list(_rows(rows, header, name, registry, faults))
    found = _with_numbers(found, decimal, points_usual=table.delimiter == ",", faults=faults)
    left_out = [f"column '{title}', which no figure needs" for title in header.unread]
    return found, left_out


def _header(heading: Sequence[str], place: Place, table: Table, faults: Refusals) -> Header:
    """Return where the columns stand; adds to `faults` what is missing, repeated or misspelt."""
    places: dict[str, int] = {}
    unread: list[str] = []
    unit = ""
    for number, title in enumerate(heading):
        column, own_unit = _column_of(title)
        if column is None:
            unread += [title.strip()] if title.strip() else []
        elif column in places:
            first = heading[places[column]].strip()
            what = f"has two columns for {column}: '{first}' and '{title.strip()[:60]}'"
            faults.append(Refusal(place, what, "keep one, or rename the other"))
        else:
            places[column] = number
            unit = own_unit or unit
    misspelt = set()
    for title in unread:
        absent = [column for column in COLUMNS if column not in places]
        if near := get_close_matches(_plain(title), absent, 1, SLIP):
            misspelt.update(near)
            what = f"has the unknown column '{title[:60]}'"
            faults.append(Refusal(place, what, f"did you mean '{near[0]}'? Else rename it"))
    told = {*places, *misspelt, *(["unit"] if unit else [])}
    missing = [column for column in NEEDED if column not in told]
    if missing:
        what = f"the header row lacks {', '.join(missing)}"
        faults.append(Refusal(place, what, _remedy(table)))
    return Header(places, unit, len(heading), tuple(unread))


def _remedy(table: Table) -> str:
    between = table.delimiter if table.delimiter in (",", ";") and table.rows else ","
    return (
        f"begin with a line such as {between.join(NEEDED)}; "
        "'vnjp_sim import --template FILE' writes one"
    )


def _column_of(title: str) -> tuple[str | None, str]:
    """Return the column that a heading means, None if none, and the unit that it gives."""
    plain = _plain(title)
    for column in COLUMNS:
        if plain in (_plain(column), *OTHER_NAMES.get(column, ())):
            return column, ""
    match = _WITH_UNIT.fullmatch(title.strip())
    if match and _column_of(match[1])[0] == "value":
        return "value", (match[2] or match[3]).strip()
    return None, ""


def _plain(text: str) -> str:
    return _JOINTS.sub(" ", text).strip().casefold()


def _rows(
    rows: Sequence[tuple[int, list[str]]],
    header: Header,
    name: str,
    registry: Registry,
    faults: Refusals,
) -> Iterator[Row]:
    """Yield rows with all columns; adds to `faults` those of another shape."""
    for count, (line, cells) in enumerate(rows, start=1):
        place = Place(name, line)
        if count > MAX_ROWS:
            faults.append(Refusal(place, f"has more than {MAX_ROWS} rows", "split it"))
            return
        if len(faults) >= MAX_REFUSALS:
            faults.append(not_read_on(place))
            return
        if fault := _shape_fault(cells, header):
            faults.append(Refusal(place, *fault))
            continue
        padded = [*cells, *[""] * (header.width - len(cells))]
        found = {column: padded[number] for column, number in header.places.items()}
        for column in OBSERVATION_COLUMNS:
            if column not in NUMBERS:
                found[column] = found.get(column, "").strip() or USUAL.get(column, "")
        found["unit"] = _meant_unit(found["unit"] or header.unit, registry)
        found["period"] = _FISCAL.sub(r"FY\1", found["period"])
        found["reported"], found["use"] = found["reported"].lower(), found["use"].lower()
        try:
            found["indicator"] = _meant_indicators(found["indicator"], registry)
        except InputError as error:
            faults += [Refusal(place, f"'{r.place}' {r.what}", r.remedy) for r in error.refusals]
            continue
        columns = COLUMNS if set(OPTIONAL_COLUMNS) & set(header.places) else OBSERVATION_COLUMNS
        yield Row(name, line, {column: found.get(column, "") for column in columns})


def _shape_fault(cells: Sequence[str], header: Header) -> tuple[str, str] | None:
    """Return what is wrong with the shape of a row, and the remedy; None if nothing is."""
    if any(cell.strip() for cell in cells[header.width :]):
        what = f"has {len(cells)} cells where the header has {header.width}"
        return what, 'quote cells that hold the mark between cells, such as "47,6"'
    if not any(cell.strip() for cell in cells[1:]):
        return f"holds nothing but the text '{cells[0].strip()[:60]}'", "delete the line"
    long = [c for c in cells if len(c) > MAX_CELL]
    return (f"has a cell of more than {MAX_CELL} characters", "shorten it") if long else None


def _meant_indicators(text: str, registry: Registry) -> str:
    """Return the ids of indicators that are given by id, label or beginning, divided by `+`.

    Raises InputError for a word that may mean several; one that means none stays as it is.
    """
    words = [word.strip() for word in text.split("+")]
    return "+".join(id_meant(word, registry.labels) or word for word in words)


def _meant_unit(text: str, registry: Registry) -> str:
    """Return a unit whose name or full name a text is, but for capitals, blanks and order."""
    names = {_plain(unit.label): name for name, unit in registry.units.items()}
    names |= {_plain(name): name for name in registry.units}
    names |= {_sized(name): name for name in registry.units}
    if text in registry.units:
        return text
    return names.get(_plain(text)) or names.get(_sized(text), text)


def _sized(text: str) -> str:
    """Return a unit with its size in one spelling and place: "Mrd. USD" as "USD bn"."""
    words = [SIZES.get(word, word) for word in _plain(text).split()]
    return " ".join(sorted(words))


def _with_numbers(
    rows: Sequence[Row], decimal: Decimal, *, points_usual: bool, faults: Refusals
) -> list[Row]:
    """Return rows whose numbers have a decimal point."""
    cells = [
        Cell(Place(row.file, row.line), column, row.cells[column])
        for row in rows
        for column in NUMBERS
        if row.cells.get(column, "").strip()
    ]
    plain = plain_numbers(cells, decimal, points_usual=points_usual, faults=faults)
    return [
        Row(row.file, row.line, {**row.cells, **plain.get(Place(row.file, row.line), {})})
        for row in rows
    ]
