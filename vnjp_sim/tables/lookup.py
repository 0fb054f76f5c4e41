"""The table of what to look up next, and its first line in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnjp_sim.inputs.number_text import draws_text, percent
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.lookup import Lookup

COUNT = 8


def lookup_table(found: Lookup, count: int = COUNT) -> TextTable:
    """Return the numbers that narrow an answer most."""
    table = TextTable(
        [
            Column("number"),
            Column("where"),
            Column("variance falls by", "number"),
            Column("interval narrows by", "number"),
        ]
    )
    for one in found.candidates[:count]:
        table.add(one.name, one.where, percent(one.share), percent(max(0.0, one.narrowing)))
    return table


def lookup_lines(found: Lookup) -> Iterator[str]:
    """Yield what a lookup says, in sentences."""
    draws = f" ({draws_text(found.draws)})" if found.candidates else ""
    yield f"{found.finding}{draws}."
