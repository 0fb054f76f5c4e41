"""Tables of figures: as Markdown, as JSON, and between the markers of a page."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vnjp_sim.inputs.number_text import fixed, significant

FIRST, LAST = "<!-- written by python -m benchmarks -->", "<!-- end -->"
LIBRARIES = ("numpy", "scipy", "pandas", "xarray", "simpy", "ema-workbench", "bptk-py", "pysd")
Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """The figures of one question.

    Attributes
    ----------
    name, title : str
        Its key in the JSON file, and its heading.
    text : str
        What is measured, and how.
    columns : mapping
        By key, the heading of the column.
    rows : sequence of mapping
        By key of the column, a number or a text.
    notes : sequence of str
        What is to be said of the figures.
    """

    name: str
    title: str
    text: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Cell]]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def markdown(self) -> str:
        """The table under its heading."""
        head = [
            "| " + " | ".join(self.columns.values()) + " |",
            "|" + " --- |" * len(self.columns),
        ]
        body = [
            "| " + " | ".join(_shown(row.get(key)) for key in self.columns) + " |"
            for row in self.rows
        ]
        lines = [f"### {self.title}", "", self.text, "", *head, *body]
        return "\n".join([*lines, *(line for note in self.notes for line in ("", note))])


def _shown(cell: Cell) -> str:
    if cell is None:
        return "—"
    if isinstance(cell, str):
        return cell
    return fixed(cell, 0) if isinstance(cell, int) else significant(cell, 4)


def machine() -> dict[str, str]:
    """Return what the figures depend on: the processor, Python, and the libraries."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        names = re.findall(r"^model name\s*: (.*)$", information.read_text(), re.MULTILINE)
        processor = names[0] if names else processor
    versions = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"processor": processor, "processors": str(os.cpu_count()), **versions}


def markdown(tables: Sequence[Table]) -> str:
    """Return all tables, with the processor and the versions at the head."""
    told = machine()
    processor, count = told.pop("processor"), told.pop("processors")
    versions = ", ".join(f"{name} {version}" for name, version in told.items())
    head = f"Processor: {processor}, of which {count} are seen and one is used. {versions}."
    return "\n\n".join([head, *(table.markdown for table in tables)]) + "\n"


def write(tables: Sequence[Table], folder: Path) -> None:
    """Write `speed.md` and `speed.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speed.md").write_text(markdown(tables), encoding="utf-8")
    content: dict[str, Any] = {
        "machine": machine(),
        "tables": {table.name: {**vars(table)} for table in tables},
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "speed.json").write_text(text + "\n", encoding="utf-8")


def renew_page(tables: Sequence[Table], page: Path) -> None:
    """Put the tables between the markers of a page.

    Raises
    ------
    ValueError
        The page lacks the markers.
    """
    text = page.read_text(encoding="utf-8")
    if FIRST not in text or LAST not in text:
        raise ValueError(f"{page}: lacks the markers; put '{FIRST}' and '{LAST}' on lines of it")
    before, after = text.partition(FIRST)[0], text.partition(LAST)[2]
    page.write_text(f"{before}{FIRST}\n\n{markdown(tables)}\n{LAST}{after}", encoding="utf-8")
