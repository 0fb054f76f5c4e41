"""The page of the coverage register: what the documents hold, and what the model makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import get_args

from page_text import code, escaped, table

from vnjp_sim.inputs.coverage import CoverageRow, Kind, Status
from vnjp_sim.simulation.model_data import Model

TITLES = {
    "programme": "Programmes",
    "institution": "Institutions",
    "claim": "Causal claims",
    "target": "Targets",
    "priority": "Priorities",
    "figure": "Series of figures",
}
STATUSES: dict[Status, str] = {
    "modelled": "carried by what is named",
    "context": "recorded; nothing in the model moves it or follows from it",
    "not_modelled": "left out, for the reason given",
}


def coverage_page(model: Model) -> Iterator[str]:
    """Yield the page: what each status means, then a table for each kind of row."""
    rows = model.coverage
    yield from ("(page-coverage)=", "# Coverage", "")
    yield (
        f"The register has a row for every programme, institution, causal claim, target, priority "
        f"and series of figures of the {len(model.evidence.documents)} documents, {len(rows)} in "
        "all, with the lines where they stand and what the model makes of them. A test holds that "
        "every line which a figure, an event, a target or a reference cites is in a row."
    )
    counts = Counter(row.status for row in rows.values())
    yield from table(
        ["status", "meaning", "rows"],
        [[code(name), meaning, str(counts[name])] for name, meaning in STATUSES.items()],
    )
    for kind in get_args(Kind):
        own = {name: row for name, row in rows.items() if row.kind == kind}
        if own:
            yield from ("", f"## {TITLES[kind]}")
            yield from _rows(own)


def _rows(rows: Mapping[str, CoverageRow]) -> list[str]:
    return table(
        ["what", "status", "carried or recorded by", "reason", "lines"],
        [
            [
                escaped(row.what),
                code(row.status) if row.status == "modelled" else f"**{escaped(row.status)}**",
                ", ".join(map(code, row.by)),
                escaped(row.reason),
                "; ".join(_source(document, lines) for document, lines in row.lines.items()),
            ]
            for row in rows.values()
        ],
    )


def _source(document: str, lines: str) -> str:
    shown = lines.replace("-", "–").replace(";", ", ")
    return f"[{escaped(document)}](#document-{document.replace('_', '-')}) {shown}"
