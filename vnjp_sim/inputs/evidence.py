"""The evidence: documents, observations and events, read and checked.

An :class:`Observation` is one documented figure with the way in which it was reported and the
place where it stands. All faults of all files are found in one reading.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from vnjp_sim.foundation.errors import (
    BadValueError,
    InputError,
    Place,
    Refusal,
    closest,
    did_you_mean,
)
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import MAX_REFUSALS, Refusals, not_read_on
from vnjp_sim.foundation.vocabulary import (
    FIRST_YEAR,
    LAST_YEAR,
    REPORTED,
    SECTORS,
    USES,
    Period,
    parse_day,
    parse_period,
)
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import Checked, Id, Text, blank_in, check
from vnjp_sim.inputs.strict_yaml import read_yaml
from vnjp_sim.inputs.text_file import read_text

OBSERVATION_COLUMNS = (
    "indicator",
    "period",
    "value",
    "unit",
    "reported",
    "step",
    "base_period",
    "of",
    "document",
    "line",
    "place",
    "use",
    "note",
)
EVENT_COLUMNS = (
    "date",
    "sector",
    "type",
    "actor",
    "value",
    "unit",
    "document",
    "line",
    "place",
    "note",
)
ID_COLUMNS = frozenset({"indicator", "reported", "of", "document", "use", "sector", "type"})
PHRASE_COLUMNS = frozenset({"unit"})
"""Columns that name things: blanks at the ends of their cells are refused, elsewhere left out."""
MAX_ROWS = 10_000
MAX_CSV_BYTES = 8 << 20
MAX_CELL = 10_000

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z", re.ASCII)
_LINES = re.compile(r"[1-9][0-9]{0,6}(;[1-9][0-9]{0,6})*\Z", re.ASCII)


class Document(Checked):
    """A source: what it is, when it was published, and how far its figures can be relied on."""

    file: Text
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    title: Text
    language: Id
    kind: Text
    published: str
    published_note: Text = ""
    reliability: Literal["high", "medium", "low"]
    reliability_reason: Text

    @field_validator("published")
    @classmethod
    def _day(cls, published: str) -> str:
        parse_day(published)
        return published

    @property
    def published_on(self) -> date:
        """The day of publication."""
        return date.fromisoformat(self.published)


class _DocumentsFile(Checked):
    documents: dict[Id, Document]


@dataclass(frozen=True)
class Observation:
    """One documented figure.

    Attributes
    ----------
    indicators : ids whose sum (mostly of one) it measures.
    period, base_period : what it refers to; `base_period` for a growth rate alone.
    value, step : in the unit of the indicator (percent for growth rates and shares); `step` is
        the rounding unit as printed.
    printed, unit : value and unit as the row gives them.
    reported : how it was reported; `of` is the whole of a share.
    document, lines, place : where it stands.
    use, note : whether it calibrates, and why not.
    file, row : the CSV file and line that hold it.
    """

    indicators: tuple[str, ...]
    period: Period
    value: float
    step: float
    printed: str
    unit: str
    reported: str
    base_period: Period | None
    of: str
    document: str
    lines: tuple[int, ...]
    place: str
    use: str
    note: str
    file: str
    row: int

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What identifies the figure by content, whatever file and row it stands in."""
        base = self.base_period.text if self.base_period else ""
        lines = ";".join(map(str, self.lines))
        return (
            "+".join(self.indicators),
            self.period.text,
            self.reported,
            self.printed,
            self.unit,
            repr(self.step),
            base,
            self.of,
            self.document,
            lines,
        )


@dataclass(frozen=True)
class Event:
    """One dated event of the relationship; `value` is None where none is documented."""

    date: str
    sector: str
    type: str
    actor: str
    value: float | None
    unit: str
    document: str
    lines: tuple[int, ...]
    place: str
    note: str
    file: str
    row: int

    @property
    def year(self) -> int:
        """The calendar year of the event."""
        return int(self.date[:4])

    @property
    def duplicate(self) -> bool:
        """Whether another row already tells this event."""
        return self.note.startswith("duplicate:")


@dataclass(frozen=True)
class Evidence:
    """All documents, observations (ordered by content) and events of a models folder."""

    documents: Mapping[str, Document]
    observations: tuple[Observation, ...]
    events: tuple[Event, ...]

    def figures_of(self, indicator: str, period: str | None = None) -> tuple[Observation, ...]:
        """Return every figure that measures an indicator, or a part of it, whatever its use.

        `period` is written as the figures write it (2022, 2023-09, 2023-01/2023-07, FY2019) and
        keeps the figures that touch it. Raises InputError if it cannot be read.
        """
        found = tuple(
            o for o in self.observations if indicator in o.indicators or o.of == indicator
        )
        if period is None:
            return found
        try:
            asked = parse_period(period)
        except BadValueError as error:
            raise InputError.single("PERIOD", error.what, error.remedy) from None
        return tuple(
            o
            for o in found
            if any(
                p is not None and p.start < asked.end and asked.start < p.end
                for p in (o.period, o.base_period)
            )
        )

    def as_of(self, day: date | None) -> Evidence:
        """Return what had been published before `day`.

        A figure that was superseded by a document published later calibrates again, if no other
        figure of the same indicators and period does; of several, those of the latest document.

        Raises
        ------
        InputError
            No document had been published.
        """
        if day is None:
            return self
        known = {name: d for name, d in self.documents.items() if d.published_on < day}
        if not known:
            first = min(d.published for d in self.documents.values())
            what = f"no document had been published before {day}"
            raise InputError.single("--as-of", what, f"give a day after {first}")
        rows = [o for o in self.observations if o.document in known]
        taken = {(o.indicators, o.period) for o in rows if o.use == "calibrate"}
        latest: dict[tuple[tuple[str, ...], Period], date] = {}
        for o in rows:
            key = (o.indicators, o.period)
            if o.use == "superseded" and key not in taken:
                latest[key] = max(latest.get(key, date.min), known[o.document].published_on)
        restored = tuple(
            replace(o, use="calibrate")
            if o.use == "superseded"
            and latest.get((o.indicators, o.period)) == known[o.document].published_on
            else o
            for o in rows
        )
        return Evidence(known, restored, tuple(e for e in self.events if e.document in known))

    def calibrating(self) -> tuple[Observation, ...]:
        """Return the observations that enter the calibration."""
        return tuple(o for o in self.observations if o.use == "calibrate")


def read_evidence(models: Path, registry: Registry) -> Evidence:
    """Read documents, observations and events of a models folder.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    faults = Refusals()
    documents: Mapping[str, Document] | None = None
    try:
        documents = read_documents(models)
    except InputError as error:
        faults += error.refusals
    observations: list[Observation] = []
    folder = models / "observations"
    files = sorted(folder.glob("*.csv"))
    if not files:
        faults.append(Refusal(Place(display_path(folder)), "holds no CSV file", "check --models"))
    for file in files:
        for row in read_rows(file, OBSERVATION_COLUMNS, faults):
            observation, told = check_observation(row, registry, documents)
            faults.extend(told)
            if observation is not None:
                observations.append(observation)
    faults.extend(islice(_repeated(observations), MAX_REFUSALS))
    events = _read_events(models / "events.csv", registry, documents, faults)
    if faults or documents is None:
        raise InputError(faults)
    observations.sort(key=lambda o: o.key)
    events.sort(key=lambda e: (e.date, e.sector, e.type, e.actor, e.document, e.lines))
    return Evidence(documents, tuple(observations), tuple(events))


def _read_events(
    file: Path,
    registry: Registry,
    documents: Mapping[str, Document] | None,
    faults: list[Refusal],
) -> list[Event]:
    events: list[Event] = []
    places: dict[tuple[str, ...], int] = {}
    for row in read_rows(file, EVENT_COLUMNS, faults):
        reader = _EventReader(row, registry, documents)
        event = reader.read()
        first = places.setdefault(tuple(row.cells.values()), row.line)
        if first != row.line:
            reader.fault(f"repeats the event of line {first}", "keep one of the two rows")
        faults.extend(reader.faults)
        if event is not None:
            events.append(event)
    return events


def read_documents(models: Path) -> Mapping[str, Document]:
    """Read `documents.yml` of a models folder; raises InputError."""
    return check(_DocumentsFile, read_yaml(models / "documents.yml")).documents


def check_observation(
    row: Row, registry: Registry, documents: Mapping[str, Document] | None
) -> tuple[Observation | None, list[Refusal]]:
    """Return the figure that a row holds, or None, and all that is wrong with the row.

    Whether the document exists is not asked if `documents` is None.
    """
    reader = _ObservationReader(row, registry, documents)
    return reader.read(), reader.faults


@dataclass(frozen=True)
class Row:
    """One row of a table: the file that messages name, its line, and its cells by column."""

    file: str
    line: int
    cells: Mapping[str, str]


def read_rows(
    file: Path, columns: tuple[str, ...], faults: list[Refusal], *, padded: bool = False
) -> Iterator[Row]:
    """Yield the rows of a CSV file as text; add to `faults` what is wrong with its shape.

    `padded` says that blanks at the ends of cells are the filling of a spreadsheet, in names too;
    else they are a fault of a name.
    """
    name = display_path(file)
    try:
        text = read_text(file, MAX_CSV_BYTES)
    except InputError as error:
        faults.extend(error.refusals)
        return
    lines = numbered_rows(text, name, faults)
    _, header = next(lines, (1, []))
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
        if told := _shape_fault(cells, columns):
            faults.append(Refusal(Place(name, line), *told))
        else:
            row = dict(zip(columns, [c.strip() for c in cells] if padded else cells, strict=True))
            faults += [Refusal(Place(name, line), *fault) for fault in _blank_faults(row)]
            yield Row(name, line, {column: cell.strip() for column, cell in row.items()})


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


def _blank_faults(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (what, remedy) of the ids of a row that have blanks at their ends or inside."""
    for column in row:
        if column in ID_COLUMNS | PHRASE_COLUMNS:
            told = blank_in(row[column], words=column in PHRASE_COLUMNS)
            if told is not None:
                yield f"{column} '{row[column][:60]}' {told[0]}", told[1]


class _RowReader:
    """What the readers of observation and event rows share."""

    def __init__(
        self, row: Row, registry: Registry, documents: Mapping[str, Document] | None
    ) -> None:
        self.row = row
        self.registry = registry
        self.documents = documents
        self.faults = Refusals()

    def fault(self, what: str, remedy: str) -> None:
        self.faults.append(Refusal(Place(self.row.file, self.row.line), what, remedy))

    def cell(self, name: str) -> str:
        return self.row.cells[name]

    def number(self, column: str) -> float | None:
        text = self.cell(column)
        if _NUMBER.match(text) and len(text) <= 40:
            return float(text)
        remedies: list[tuple[Callable[[str], bool], str]] = [
            (
                lambda t: bool(re.match(r"[<>≥≤~≈]|about|nearly|over|at ", t, re.IGNORECASE)),
                "write the number alone, and how it was reported (over, nearly, …) in 'reported'",
            ),
            (
                lambda t: bool(re.search(r"[0-9][,'\s][0-9]", t)),
                "write it without thousands marks, with a decimal point: 1234.5",
            ),
            (lambda t: t.startswith("="), "write the number that the formula gives"),
            (lambda t: "\u2212" in t, "write an ASCII minus sign"),
            (lambda t: t == "", "give the figure as printed"),
        ]
        remedy = next((r for test, r in remedies if test(text)), "write a plain number like 47.64")
        self.fault(f"{column} '{text[:60]}' is not a plain number", remedy)
        return None

    def period(self, column: str) -> Period | None:
        try:
            return parse_period(self.cell(column))
        except BadValueError as error:
            self.fault(f"{column} {error.what}", error.remedy)
            return None

    def document(self) -> str:
        name = self.cell("document")
        if not name:
            self.fault("has no citation: 'document' is empty", "name the document")
        elif self.documents is not None and name not in self.documents:
            self.fault(f"unknown document '{name}'", did_you_mean(name, self.documents))
        return name

    def lines(self) -> tuple[int, ...]:
        text = self.cell("line").replace(" ", "")
        if _LINES.match(text):
            return tuple(int(part) for part in text.split(";"))
        what = (
            f"line '{text[:40]}' is no line number" if text else "has no citation: 'line' is empty"
        )
        self.fault(what, "give line numbers in the document's text, separated by ';'")
        return ()

    def place(self) -> str:
        if not self.cell("place"):
            self.fault("has no citation: 'place' is empty", "say where a reader finds the figure")
        return self.cell("place")

    def choice(self, column: str, choices: tuple[str, ...]) -> str:
        word = self.cell(column)
        if word not in choices:
            what = f"{column} '{word[:40]}' is not known" if word else f"'{column}' is empty"
            self.fault(what, did_you_mean(word, choices))
        return word


class _ObservationReader(_RowReader):
    def read(self) -> Observation | None:
        """Return the observation, or None with `faults` filled."""
        indicators = self._indicators()
        period = self.period("period")
        printed = self.cell("value")
        value = self.number("value")
        reported = self.choice("reported", REPORTED)
        use = self.choice("use", USES)
        base = self._base_period(reported)
        of = self._whole(reported, indicators)
        step = self._step(printed, value)
        factor = self._factor(indicators, reported)
        document, lines, place = self.document(), self.lines(), self.place()
        if use in USES and use != "calibrate" and not self.cell("note"):
            self.fault(f"use '{use}' has no note", "say in the column 'note' why")
        self._check_periods(indicators, period, base, reported)
        if value is not None and use == "calibrate":
            self._check_value(indicators, value, reported)
            self._check_most(indicators, value * factor, reported)
        if self.faults or period is None or value is None or step is None:
            return None
        return Observation(
            indicators,
            period,
            value * factor,
            step * factor,
            printed,
            self.cell("unit"),
            reported,
            base,
            of,
            document,
            lines,
            place,
            use,
            self.cell("note"),
            self.row.file,
            self.row.line,
        )

    def _indicators(self) -> tuple[str, ...]:
        names = tuple(sorted(self.cell("indicator").split("+")))
        for name in sorted(set(names)):
            if name not in self.registry.indicators:
                remedy = did_you_mean(name, self.registry.indicators)
                what = f"unknown indicator '{name[:60]}'" if name else "names no indicator"
                self.fault(what, remedy)
        if len(set(names)) < len(names):
            self.fault("sums an indicator with itself", "name each indicator of a sum once")
        return names

    def _base_period(self, reported: str) -> Period | None:
        if reported == "growth" and not self.cell("base_period"):
            self.fault("a growth without base_period", "give the period that it is measured from")
            return None
        if reported == "growth":
            return self.period("base_period")
        if self.cell("base_period"):
            self.fault(f"'{reported}' takes no base_period", "leave the cell empty")
        return None

    def _whole(self, reported: str, indicators: tuple[str, ...]) -> str:
        of = self.cell("of")
        if reported != "share" and of:
            self.fault(f"'{reported}' takes no 'of'", "leave the cell empty")
        elif reported == "share" and of not in self.registry.indicators:
            what = f"share of the unknown indicator '{of}'" if of else "a share without 'of'"
            remedy = did_you_mean(of, self.registry.indicators) if of else "name the whole in 'of'"
            self.fault(what, remedy)
        elif reported == "share":
            for name in indicators:
                self._check_share(name, of)
        return of

    def _check_share(self, name: str, of: str) -> None:
        """Check that an indicator can be a share of another."""
        known = self.registry.indicators
        if name == of:
            self.fault(f"a share of {of} in itself", "name the whole in 'of'")
        elif name in known:
            units = [self.registry.units[known[n].unit] for n in (name, of)]
            if units[0].dimension != units[1].dimension:
                what = f"{name}, in {known[name].unit}, is no share of {of}, in {known[of].unit}"
                self.fault(what, "name a whole in the same unit")

    def _step(self, printed: str, value: float | None) -> float | None:
        if self.cell("step"):
            step = self.number("step")
            if step is not None and step <= 0:
                self.fault(f"step {self.cell('step')} is not positive", "give the rounding unit")
            return step
        return None if value is None else last_digit(printed)

    def _factor(self, indicators: tuple[str, ...], reported: str) -> float:
        unit = self.cell("unit")
        if not unit:
            self.fault("'unit' is empty", "name a unit of the registry, such as USD bn")
            return 1.0
        if reported in ("growth", "share"):
            if unit != "percent":
                self.fault(f"a {reported} in unit '{unit}'", "give it in percent")
            return 1.0
        factors = set()
        for name in indicators:
            if name in self.registry.indicators:
                try:
                    factors.add(self.registry.factor(unit, self.registry.indicators[name].unit))
                except BadValueError as error:
                    self.fault(f"{name}: {error.what}", error.remedy)
        if len(factors) > 1:
            self.fault("sums indicators that have different units", "give a row to each of them")
        return factors.pop() if len(factors) == 1 else 1.0

    def _check_periods(
        self, indicators: tuple[str, ...], period: Period | None, base: Period | None, reported: str
    ) -> None:
        if period is None:
            return
        for name in indicators:
            indicator = self.registry.indicators.get(name)
            if indicator is not None and indicator.kind == "stock" and period.kind == "years":
                self.fault(f"{name} is a stock, '{period.text}' sums years", "give one date")
        if base is not None and base.start >= period.start:
            what = f"base_period '{base.text}' does not begin before '{period.text}'"
            self.fault(what, "give the earlier period as base_period")
        document = (self.documents or {}).get(self.cell("document"))
        if document is None or reported in ("forecast", "pledge"):
            return
        published = document.published_on
        if period.start > published.year + published.month / 12:
            what = f"period '{period.text}' begins after the document of {document.published}"
            self.fault(what, "mend the period, or report it as forecast or pledge")

    def _check_value(self, indicators: tuple[str, ...], value: float, reported: str) -> None:
        """Check a value that calibrates."""
        printed = self.cell("value")
        if reported in ("forecast", "pledge"):
            self.fault(f"a {reported} cannot calibrate", "set 'use' to check, and say why")
        elif reported == "growth":
            if value <= -100:
                self.fault(f"a growth of {printed} percent", "give a rate above -100")
        elif reported == "share":
            if not 0 < value <= 100:
                self.fault(f"a share of {printed} percent", "give a share above 0, up to 100")
        else:
            known = [self.registry.indicators.get(name) for name in indicators]
            signs = {indicator.sign for indicator in known if indicator is not None}
            if value < 0 and "any" not in signs:
                self.fault(f"value {printed} of a quantity without sign", "give no negative number")
            elif value == 0 and "positive" in signs:
                self.fault(f"value {printed} of a positive quantity", "give a number above zero")

    def _check_most(self, indicators: tuple[str, ...], value: float, reported: str) -> None:
        """Check that a level is not larger than its quantity can be."""
        for name in indicators:
            known = self.registry.indicators.get(name)
            if known is None or known.most is None or reported in ("growth", "share", "at_most"):
                continue
            if value > known.most * len(indicators):
                printed, unit = self.cell("value"), self.cell("unit")
                most = grouped(exact(known.most))
                what = f"{name} cannot be {printed} {unit}: at most {most} {known.unit}"
                self.fault(what, "check value and unit")


class _EventReader(_RowReader):
    def read(self) -> Event | None:
        """Return the event, or None with `faults` filled."""
        when = self.cell("date")
        if not _valid_date(when):
            self.fault(f"date '{when[:40]}' is not a date", "write 2015, 2015-09 or 2015-09-16")
        self.choice("sector", SECTORS)
        if not self.cell("type"):
            self.fault("'type' is empty", "say what kind of event it is, as in other rows")
        value = self.number("value") if self.cell("value") else None
        unit = self.cell("unit")
        if value is not None and not unit:
            self.fault("a value without unit", "name a unit of the registry, such as USD bn")
        elif unit and unit not in self.registry.units:
            self.fault(f"unknown unit '{unit}'", did_you_mean(unit, self.registry.units))
        document, lines, place = self.document(), self.lines(), self.place()
        if self.faults:
            return None
        cells = self.row.cells
        return Event(
            when,
            cells["sector"],
            cells["type"],
            cells["actor"],
            value,
            cells["unit"],
            document,
            lines,
            place,
            cells["note"],
            self.row.file,
            self.row.line,
        )


def last_digit(printed: str) -> float:
    """Return the rounding unit of a number as printed.

    Trailing zeros of a whole number count as rounding (185600 → 100), decimals do not
    (20.0 → 0.1).
    """
    digits = printed.lstrip("-")
    if "." in digits:
        return float(10.0 ** -len(digits.split(".")[1]))
    stripped = digits.rstrip("0")
    return float(10 ** (len(digits) - len(stripped))) if stripped else 1.0


def _valid_date(text: str) -> bool:
    try:
        day = parse_day((text + "-01-01")[:10] if len(text) in (4, 7) else text)
    except ValueError:
        return False
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _repeated(observations: list[Observation]) -> Iterator[Refusal]:
    seen: dict[tuple[str, ...], Observation] = {}
    for observation in observations:
        first = seen.setdefault(observation.key, observation)
        if first is not observation:
            yield Refusal(
                Place(observation.file, observation.row),
                f"repeats the figure of {first.file}:{first.row}",
                "keep one of the two rows",
            )
