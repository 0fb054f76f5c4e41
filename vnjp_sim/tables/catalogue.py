"""Tables of what there is to ask for, and the same as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from vnjp_sim.inputs.scenario_file import AT
from vnjp_sim.simulation.catalogue import Entry
from vnjp_sim.tables.text_table import Column, TextTable

COLUMNS = {
    "indicators": ("id", "label", "unit"),
    "scenarios": ("id", "title", "variants"),
    "examples": ("id", "shows"),
    "documents": ("id", "published", "title"),
}
"""What a table shows of an entry; CSV and JSON have everything."""


def catalogue_table(kind: str, entries: Sequence[Entry]) -> TextTable:
    """Return entries as a table; levers and events have tables of their own."""
    columns = [name for name in COLUMNS[kind] if any(entry[name] for entry in entries)]
    table = TextTable([Column(name) for name in columns])
    sector = ""
    for entry in entries:
        apart = entry.get("sector", "") != sector
        sector = entry.get("sector", "")
        table.add(*(_shown(name, entry[name]) for name in columns), apart=apart)
    return table


def catalogue_csv(entries: Sequence[Entry]) -> str:
    """Return entries as CSV, all that they say; lists divided by semicolons."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(entries[0] if entries else ["id"])
    writer.writerows([_cell(value, "; ") for value in entry.values()] for entry in entries)
    return text.getvalue().removesuffix("\n")


def _shown(column: str, value: Any) -> str:
    """Return a cell of a table; variants as what stands behind the name of their scenario."""
    if column == "variants":
        return " ".join(AT + variant.partition(AT)[2] for variant in value)
    return _cell(value, "\n")


def _cell(value: Any, between: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return between.join(map(str, value)) if isinstance(value, list) else str(value)
