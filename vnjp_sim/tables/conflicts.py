"""The table of official figures that differ from the figures used of the same time."""

from __future__ import annotations

from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.number_text import percent
from vnjp_sim.inputs.pack import conflicts
from vnjp_sim.tables.text_table import Column, TextTable


def conflict_table(evidence: Evidence) -> TextTable:
    """Return the figure used and the other, with their sources, and the difference."""
    table = TextTable(
        [
            Column("indicator"),
            Column("period"),
            Column("used", "number"),
            Column("source"),
            Column("other", "number"),
            Column("source"),
            Column("difference", "number"),
        ]
    )
    for one in conflicts(evidence.observations, evidence.pack):
        used, other = one.used, one.other
        table.add(
            "+".join(used.indicators),
            used.period.text,
            used.printed,
            used.document,
            other.printed,
            other.document,
            percent(one.difference, 1),
        )
    return table
