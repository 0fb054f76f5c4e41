"""Dated events of the relationship: one a row, with where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core.core_schema import ValidationInfo

from vnjp_sim.foundation.errors import Place, Refusal, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import FIRST_YEAR, LAST_YEAR, SECTORS, parse_day
from vnjp_sim.inputs.csv_rows import read_rows
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.models_folder import file_of, tables
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.row_schema import (
    DocumentCell,
    LinesCell,
    NameCell,
    PlaceCell,
    WordsCell,
    check_row,
    context_of,
    number,
    one_of,
)
from vnjp_sim.inputs.schema import BadCellError, Checked, Text


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


def _date(text: str) -> str:
    text = text.strip()
    if not _valid_date(text):
        what = f"date '{text[:40]}' is not a date"
        raise BadCellError(what, "write 2015, 2015-09 or 2015-09-16")
    return text


def _valid_date(text: str) -> bool:
    try:
        day = parse_day((text + "-01-01")[:10] if len(text) in (4, 7) else text)
    except ValueError:
        return False
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _type(text: str) -> str:
    if not text:
        raise BadCellError("'type' is empty", "say what kind of event it is, as in other rows")
    return text


def _value(text: str, info: ValidationInfo) -> str:
    return number(text, info) if text.strip() else ""


def _unit(unit: str, info: ValidationInfo) -> str:
    units = context_of(info).registry.units
    if info.data.get("value") and not unit:
        raise BadCellError("a value without unit", "name a unit of the registry, such as USD bn")
    if unit and unit not in units:
        raise BadCellError(f"unknown unit '{unit}'", did_you_mean(unit, units))
    return unit


class EventRow(Checked):
    """A row of a table of events; the fields are its columns, in their order."""

    date: Annotated[str, AfterValidator(_date)]
    sector: Annotated[NameCell, AfterValidator(one_of(*SECTORS))]
    type: Annotated[NameCell, AfterValidator(_type)]
    actor: Text
    value: Annotated[str, AfterValidator(_value)]
    unit: Annotated[WordsCell, AfterValidator(_unit)]
    document: DocumentCell
    line: LinesCell
    place: PlaceCell
    note: Text


EVENT_COLUMNS = tuple(EventRow.model_fields)


def event_tables(models: Path) -> list[Path]:
    """Return the tables of events: `events.csv`, own or shipped, and all of the folder `events`."""
    own, shipped = tables(models, "events")
    return [file_of(models, "events.csv"), *own, *shipped]


def read_events(
    models: Path, registry: Registry, documents: Mapping[str, Document] | None, faults: Refusals
) -> list[Event]:
    """Return the events of a models folder, ordered by content; add to `faults` what is wrong."""
    events: list[Event] = []
    first_of: dict[Event, Event] = {}
    for file in event_tables(models):
        for row in read_rows(file, EVENT_COLUMNS, faults):
            cells, wrong = check_row(EventRow, row, registry, documents)
            faults.extend(wrong)
            if cells is None:
                continue
            event = Event(
                cells.date,
                cells.sector,
                cells.type,
                cells.actor,
                float(cells.value) if cells.value else None,
                cells.unit,
                cells.document,
                cells.line,
                cells.place,
                cells.note,
                row.file,
                row.line,
            )
            events.append(event)
            first = first_of.setdefault(replace(event, file="", row=0), event)
            if first is not event:
                place = (
                    f"line {first.row}" if first.file == row.file else f"{first.file}:{first.row}"
                )
                what = f"repeats the event of {place}"
                faults.append(Refusal(Place(row.file, row.line), what, "keep one of the two rows"))
    return sorted(events, key=lambda e: (e.date, e.sector, e.type, e.actor, e.document, e.lines))
