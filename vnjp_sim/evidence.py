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
from pathlib import Path
from typing import Literal

from pydantic import Field

from vnjp_sim.checked import Checked, check
from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.registry import Registry
from vnjp_sim.shipped import display_path
from vnjp_sim.strict_yaml import read_yaml
from vnjp_sim.vocabulary import REPORTED, USES, Period, parse_period

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
MAX_ROWS = 100_000
MAX_CSV_BYTES = 64 << 20

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z", re.ASCII)
_LINES = re.compile(r"[0-9]+(;[0-9]+)*\Z", re.ASCII)
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z", re.ASCII)


class Document(Checked):
    """A source: what it is, when it was published, and how far its figures can be relied on."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    title: str
    language: str
    kind: str
    published: str
    published_note: str = ""
    reliability: Literal["high", "medium", "low"]
    reliability_reason: str

    @property
    def published_on(self) -> date:
        """The day of publication."""
        return date.fromisoformat(self.published)


class _DocumentsFile(Checked):
    documents: dict[str, Document]


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

    @property
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

    def as_of(self, day: date | None) -> Evidence:
        """Return what had been published before `day`.

        A figure that was superseded by a document published later calibrates again, if no other
        figure of the same indicators and period does.
        """
        if day is None:
            return self
        known = {name: d for name, d in self.documents.items() if d.published_on < day}
        rows = [o for o in self.observations if o.document in known]
        taken = {(o.indicators, o.period) for o in rows if o.use == "calibrate"}
        restored = tuple(
            replace(o, use="calibrate")
            if o.use == "superseded" and (o.indicators, o.period) not in taken
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
    faults: list[Fault] = []
    documents = check(_DocumentsFile, read_yaml(models / "documents.yml")).documents
    for name, document in documents.items():
        try:
            date.fromisoformat(document.published)
        except ValueError:
            faults.append(
                Fault(
                    display_path(models / "documents.yml"),
                    0,
                    0,
                    f"document {name}: published '{document.published}' is not a date",
                    "write it as 2023-12-31",
                )
            )
    observations: list[Observation] = []
    folder = models / "observations"
    files = sorted(folder.glob("*.csv"))
    if not files:
        faults.append(Fault(display_path(folder), 0, 0, "holds no CSV file", "check --models"))
    for file in files:
        for row in _rows(file, OBSERVATION_COLUMNS, faults):
            reader = _ObservationReader(row, registry, documents)
            observation = reader.read()
            faults.extend(reader.faults)
            if observation is not None:
                observations.append(observation)
    faults.extend(_repeated(observations))
    events: list[Event] = []
    for row in _rows(models / "events.csv", EVENT_COLUMNS, faults):
        event_reader = _EventReader(row, registry, documents)
        event = event_reader.read()
        faults.extend(event_reader.faults)
        if event is not None:
            events.append(event)
    if faults:
        raise InputError(faults)
    observations.sort(key=lambda o: o.key)
    events.sort(key=lambda e: (e.date, e.sector, e.type, e.actor, e.document, e.lines))
    return Evidence(documents, tuple(observations), tuple(events))


@dataclass(frozen=True)
class _Row:
    file: str
    line: int
    cells: Mapping[str, str]


def _rows(file: Path, columns: tuple[str, ...], faults: list[Fault]) -> Iterator[_Row]:
    """Yield the rows of a CSV file as text; add to `faults` what is wrong with its shape."""
    name = display_path(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        faults.append(Fault(name, 0, 0, f"cannot be read ({error.strerror})", "check the path"))
        return
    if len(raw) > MAX_CSV_BYTES:
        faults.append(Fault(name, 0, 0, f"has {len(raw)} bytes", "split it by sector"))
        return
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.append(Fault(name, line, 0, "is not UTF-8", "save it as UTF-8"))
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from _shaped_rows(reader, name, columns, faults)
    except csv.Error as error:
        faults.append(Fault(name, reader.line_num, 0, f"is not CSV ({error})", "mend the quoting"))


def _shaped_rows(
    reader: Iterator[list[str]], name: str, columns: tuple[str, ...], faults: list[Fault]
) -> Iterator[_Row]:
    header = next(reader, [])
    if tuple(header) != columns:
        unknown = [cell for cell in header if cell not in columns]
        missing = [cell for cell in columns if cell not in header]
        what = "the header row differs from the contract"
        if unknown:
            what += f", unknown: {', '.join(unknown)[:80]}"
        if missing:
            what += f", missing: {', '.join(missing)}"
        faults.append(Fault(name, 1, 0, what, "write: " + ",".join(columns)))
        return
    count = 0
    while True:
        line = getattr(reader, "line_num", 0) + 1
        cells = next(reader, None)
        if cells is None:
            return
        count += 1
        if count > MAX_ROWS:
            faults.append(Fault(name, line, 0, f"has more than {MAX_ROWS} rows", "split it"))
            return
        if not cells:
            continue
        if len(cells) != len(columns):
            faults.append(
                Fault(
                    name,
                    line,
                    0,
                    f"has {len(cells)} cells where the header has {len(columns)}",
                    "quote cells that hold commas",
                )
            )
            continue
        yield _Row(name, line, {c: cell.strip() for c, cell in zip(columns, cells, strict=True)})


class _RowReader:
    """What the readers of observation and event rows share."""

    def __init__(self, row: _Row, registry: Registry, documents: Mapping[str, Document]) -> None:
        self.row = row
        self.registry = registry
        self.documents = documents
        self.faults: list[Fault] = []

    def fault(self, what: str, remedy: str) -> None:
        self.faults.append(Fault(self.row.file, self.row.line, 0, what, remedy))

    def cell(self, name: str) -> str:
        return self.row.cells[name]

    def number(self, column: str) -> float | None:
        text = self.cell(column)
        if _NUMBER.match(text) and len(text) <= 40:
            return float(text)
        remedies: list[tuple[Callable[[str], bool], str]] = [
            (
                lambda t: bool(re.match(r"[<>≥≤~≈]", t)),
                "write the number alone, and how it was reported (over, nearly, …) in 'reported'",
            ),
            (lambda t: "," in t, "write it without thousands marks, with a decimal point"),
            (lambda t: "\u2212" in t, "write an ASCII minus sign"),
            (lambda t: t == "", "give the figure as printed"),
        ]
        remedy = next((r for test, r in remedies if test(text)), "write a plain number like 47.64")
        self.fault(f"{column} '{text[:60]}' is not a plain number", remedy)
        return None

    def period(self, column: str) -> Period | None:
        try:
            return parse_period(self.cell(column))
        except ValueError as error:
            self.fault(f"{column}: {error}", "write the period in one of these forms")
            return None

    def document(self) -> str:
        name = self.cell("document")
        if not name:
            self.fault("has no citation: 'document' is empty", "name the document")
        elif name not in self.documents:
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
            self.fault(f"{column} '{word[:40]}' is not known", did_you_mean(word, choices))
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
        of = self._whole(reported)
        step = self._step(printed, value)
        factor = self._factor(indicators, reported)
        document, lines, place = self.document(), self.lines(), self.place()
        if use != "calibrate" and not self.cell("note"):
            self.fault(f"use '{use}' has no note", "say in the column 'note' why")
        self._check_period(indicators, period)
        if value is not None and value <= 0 and self._positive(indicators, reported, use):
            self.fault(f"value {printed} of a positive quantity", "give a number above zero")
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
        for name in names:
            if name not in self.registry.indicators:
                remedy = did_you_mean(name, self.registry.indicators)
                self.fault(f"unknown indicator '{name[:60]}'", remedy)
        return names

    def _base_period(self, reported: str) -> Period | None:
        if reported == "growth":
            return self.period("base_period")
        if self.cell("base_period"):
            self.fault(f"'{reported}' takes no base_period", "leave the cell empty")
        return None

    def _whole(self, reported: str) -> str:
        of = self.cell("of")
        if reported != "share" and of:
            self.fault(f"'{reported}' takes no 'of'", "leave the cell empty")
        elif reported == "share" and of not in self.registry.indicators:
            self.fault(f"share of unknown indicator '{of}'", "name the whole in the column 'of'")
        return of

    def _step(self, printed: str, value: float | None) -> float | None:
        if self.cell("step"):
            step = self.number("step")
            if step is not None and step <= 0:
                self.fault(f"step {self.cell('step')} is not positive", "give the rounding unit")
            return step
        return None if value is None else last_digit(printed)

    def _factor(self, indicators: tuple[str, ...], reported: str) -> float:
        unit = self.cell("unit")
        if reported in ("growth", "share"):
            if unit != "percent":
                self.fault(f"a {reported} in unit '{unit}'", "give it in percent")
            return 1.0
        factors = set()
        for name in indicators:
            if name in self.registry.indicators:
                try:
                    factors.add(self.registry.factor(unit, self.registry.indicators[name].unit))
                except ValueError as error:
                    what, _, remedy = str(error).partition(" — ")
                    self.fault(f"{name}: {what}", remedy)
        return factors.pop() if len(factors) == 1 else 1.0

    def _check_period(self, indicators: tuple[str, ...], period: Period | None) -> None:
        for name in indicators:
            indicator = self.registry.indicators.get(name)
            if indicator is None or period is None:
                continue
            if indicator.kind == "stock" and period.kind == "years":
                self.fault(f"{name} is a stock, '{period.text}' sums years", "give one date")

    def _positive(self, indicators: tuple[str, ...], reported: str, use: str) -> bool:
        if reported == "growth" or use != "calibrate":
            return False
        known = [self.registry.indicators.get(name) for name in indicators]
        return any(indicator is not None and indicator.sign == "positive" for indicator in known)


class _EventReader(_RowReader):
    def read(self) -> Event | None:
        """Return the event, or None with `faults` filled."""
        when = self.cell("date")
        if not _valid_date(when):
            self.fault(f"date '{when[:40]}' is not a date", "write 2015, 2015-09 or 2015-09-16")
        for column in ("sector", "type"):
            if not self.cell(column):
                self.fault(f"'{column}' is empty", "fill it")
        value = self.number("value") if self.cell("value") else None
        if value is not None and self.cell("unit") not in self.registry.units:
            unit = self.cell("unit")
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
    if not _DATE.match(text):
        return False
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _repeated(observations: list[Observation]) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], Observation] = {}
    for observation in observations:
        first = seen.setdefault(observation.key, observation)
        if first is not observation:
            yield Fault(
                observation.file,
                observation.row,
                0,
                f"repeats the figure of {first.file}:{first.row}",
                "keep one of the two rows",
            )
