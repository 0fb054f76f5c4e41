"""The history as a Frictionless Data Package: tables as they are, and a descriptor beside them."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.vocabulary import DOCUMENTS, REPORTED, SECTORS, USES
from vnjp_sim.inputs.events import EVENT_COLUMNS, event_tables
from vnjp_sim.inputs.models_folder import tables
from vnjp_sim.inputs.observations import columns_of, figure_rows
from vnjp_sim.simulation.citing import document_item, software_item, text_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.storage.atomic import new_folder
from vnjp_sim.storage.store import write_json

DESCRIPTOR = "datapackage.json"
PROFILES = "https://datapackage.org/profiles/2.0/"
DOCUMENT_COLUMNS = (
    "id",
    "title",
    "language",
    "kind",
    "published",
    "published_note",
    "reliability",
    "sha256",
)
INDICATOR_COLUMNS = ("id", "label", "unit", "kind", "sector", "iamc", "meaning", "counterpart")
UNIT_COLUMNS = ("id", "label", "dimension", "scale")

PERIOD = r"^([0-9]{4}|FY[0-9]{4}|[0-9]{4}-[0-9]{2}(/[0-9]{4}-[0-9]{2})?|[0-9]{4}/[0-9]{4})$"
LINES = r"^[0-9]+( ?; ?[0-9]+)*$"
EVENT_DATE = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"

Field = dict[str, Any]


@settled
def write_datapackage(model: Model, folder: str | Path) -> Path:
    """Write the history as a Data Package into a new folder; return its descriptor.

    The folder gets the tables of observations and events byte for byte, tables of documents,
    indicators and units, and `datapackage.json` (Data Package 2.0, also read by version 1): a
    schema for each table with types, allowed words and foreign keys, sizes, SHA-256 sums, licence
    and sources. The reference of a figure to its indicator is no foreign key, as a figure may
    measure a sum of several.

    Raises
    ------
    InputError
        The folder exists, or the model was read as of a day, or with official series (the
        tables are exported whole, and tell of documents).
    EnvironmentFailureError
        The disk or its permissions refuse.
    """
    if model.as_of is not None:
        raise InputError.single("--as-of", "the history is exported whole", "leave it out")
    if model.evidence.basis != DOCUMENTS:
        what = "the history is exported as the documents tell it"
        raise InputError.single("--evidence", what, "leave it out")
    with new_folder(Path(folder)) as partial:
        resources = [*_own_tables(model, partial), *_history(model, partial)]
        write_json(partial / DESCRIPTOR, _descriptor(model, resources))
    return Path(folder) / DESCRIPTOR


def _descriptor(model: Model, resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": PROFILES + "datapackage.json",
        "name": "vnjp-sim-history",
        "title": "Documented figures and events of Vietnam–Japan relations",
        "description": "One documented figure a row, as printed, with the way in which it was "
        "reported, document, line and place; also those that are not used, with the reason.",
        "version": version("vnjp-sim"),
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "title": "Creative Commons Attribution 4.0 International",
                "path": "https://creativecommons.org/licenses/by/4.0/",
            }
        ],
        "contributors": [{"title": "vnjp_sim contributors", "roles": ["creator"]}],
        "keywords": ["Vietnam", "Japan", "trade", "investment", "aid", "labour", "security"],
        "citation": text_of(software_item()),
        "sources": [
            {"title": d.title, "reference": text_of(document_item(name, d))}
            for name, d in model.evidence.documents.items()
        ],
        "resources": list(resources),
    }


def _own_tables(model: Model, partial: Path) -> list[dict[str, Any]]:
    """Write the tables of documents, indicators and units; return their resources."""
    documents = [
        (name, d.title, d.language, d.kind, d.published, d.published_note, d.reliability, d.sha256)
        for name, d in model.evidence.documents.items()
    ]
    indicators = [
        (name, i.label, i.unit, i.kind, i.sector, i.iamc, i.meaning, i.counterpart)
        for name, i in model.registry.indicators.items()
    ]
    units = [(n, u.label, u.dimension, repr(u.scale)) for n, u in model.registry.units.items()]
    _write_table(partial / "documents.csv", DOCUMENT_COLUMNS, documents)
    _write_table(partial / "indicators.csv", INDICATOR_COLUMNS, indicators)
    _write_table(partial / "units.csv", UNIT_COLUMNS, units)
    return [
        _resource(
            partial,
            "documents.csv",
            "The sources and their reliability",
            {"fields": _document_fields(), "primaryKey": ["id"]},
        ),
        _resource(
            partial,
            "indicators.csv",
            "What the figures measure",
            {
                "fields": [_text(name, required=True) for name in INDICATOR_COLUMNS],
                "primaryKey": ["id"],
                "foreignKeys": [_key("unit", "units")],
            },
        ),
        _resource(
            partial,
            "units.csv",
            "Units: how much of its dimension's base unit one of it is",
            {
                "fields": [
                    *(_text(name, required=True) for name in UNIT_COLUMNS[:3]),
                    {"name": "scale", "type": "number", "constraints": {"required": True}},
                ],
                "primaryKey": ["id"],
            },
        ),
    ]


def _history(model: Model, partial: Path) -> list[dict[str, Any]]:
    """Copy observations and events; return their resources."""
    resources = []
    own, shipped = tables(model.folder, "observations")
    for file in sorted([*own, *shipped], key=lambda file: file.name):
        name = f"observations/{file.name}"
        schema = {
            "fields": _observation_fields(_copy_figures(file, partial / name, model)),
            "missingValues": [""],
            "foreignKeys": [_key("document", "documents"), _key("unit", "units")],
        }
        resources.append(_resource(partial, name, f"Figures: {file.stem}", schema))
    schema = {
        "fields": _event_fields(),
        "missingValues": [""],
        "foreignKeys": [_key("document", "documents")],
    }
    for file in event_tables(model.folder):
        name = file.name if file.name == "events.csv" else f"events/{file.name}"
        (partial / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(file, partial / name)
        resources.append(_resource(partial, name, "Dated events", schema))
    return resources


def _copy_figures(file: Path, to: Path, model: Model) -> tuple[str, ...]:
    """Copy a table of figures, and return its columns.

    Rows in whose place a row of an own table stands are left out.
    """
    to.parent.mkdir(exist_ok=True)
    name = display_path(file)
    kept = {figure.row for figure in model.evidence.observations if figure.file == name}
    rows = list(figure_rows(file, []))
    columns = columns_of(rows)
    if all(row.line in kept for row in rows):
        shutil.copyfile(file, to)
    else:
        cells = [list(row.cells.values()) for row in rows if row.line in kept]
        _write_table(to, columns, cells)
    return columns


def _resource(partial: Path, path: str, title: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    raw = (partial / path).read_bytes()
    name = path.removesuffix(".csv").replace("/", "-").lower()
    return {
        "$schema": PROFILES + "dataresource.json",
        "name": "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name),
        "type": "table",
        "path": path,
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(raw),
        "hash": "sha256:" + hashlib.sha256(raw).hexdigest(),
        "schema": dict(schema),
    }


def _observation_fields(columns: Sequence[str]) -> list[Field]:
    special: dict[str, Field] = {
        "period": _text("period", required=True, pattern=PERIOD),
        "value": _number("value", required=True),
        "unit": _text("unit", required=True),
        "reported": _text("reported", required=True, enum=list(REPORTED)),
        "step": _number("step"),
        "base_period": _text("base_period", pattern=PERIOD),
        "document": _text("document", required=True),
        "line": _text("line", required=True, pattern=LINES),
        "place": _text("place", required=True),
        "use": _text("use", required=True, enum=list(USES)),
    }
    described = {
        "indicator": "An indicator's id, or several joined by + when the figure is their sum.",
        "period": "2022, 2023-09, 2023-01/2023-07, 2009/2020 (sum of years) or FY2019.",
        "reported": "How the document puts the figure.",
        "step": "The rounding unit as printed; empty: the last digit written.",
        "use": "Whether the figure calibrates the model.",
        "note": "Why it does not, if so.",
        "alternative": "Another indicator that the figure may measure instead.",
        "weight": "The chance that it does not.",
    }
    special["indicator"] = _text("indicator", required=True)
    fields = [special.get(name, _text(name)) for name in columns]
    return [
        f | {"description": described[f["name"]]} if f["name"] in described else f for f in fields
    ]


def _event_fields() -> list[Field]:
    special: dict[str, Field] = {
        "date": _text("date", required=True, pattern=EVENT_DATE),
        "sector": _text("sector", required=True, enum=list(SECTORS)),
        "type": _text("type", required=True),
        "value": _number("value"),
        "document": _text("document", required=True),
        "line": _text("line", required=True, pattern=LINES),
        "place": _text("place", required=True),
    }
    return [special.get(name, _text(name)) for name in EVENT_COLUMNS]


def _document_fields() -> list[Field]:
    special: dict[str, Field] = {
        "published": {"name": "published", "type": "date", "constraints": {"required": True}},
        "reliability": _text("reliability", required=True, enum=["high", "medium", "low"]),
        "sha256": _text("sha256", required=True, pattern="^[0-9a-f]{64}$"),
    }
    special["published_note"] = _text("published_note")  # where no day is printed, how it was taken
    return [special.get(name, _text(name, required=True)) for name in DOCUMENT_COLUMNS]


def _text(name: str, **constraints: Any) -> Field:
    field: Field = {"name": name, "type": "string"}
    return field | {"constraints": constraints} if constraints else field


def _number(name: str, **constraints: Any) -> Field:
    return _text(name, **constraints) | {"type": "number"}


def _key(field: str, resource: str) -> dict[str, Any]:
    return {"fields": [field], "reference": {"resource": resource, "fields": ["id"]}}


def _write_table(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
