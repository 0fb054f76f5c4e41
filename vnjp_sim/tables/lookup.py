"""The table of what to look up next, and its first line in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnjp_sim.analysis.lookup import TO_COME
from vnjp_sim.inputs.number_text import draws_text, percent
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.lookup import Candidate, Lookup

COUNT = 8
COUNTRIES = ("Japan", "Vietnam")


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
        table.add(one.name, _where(one), percent(one.share), percent(max(0.0, one.narrowing)))
    return table


def _where(one: Candidate) -> str:
    """Return where a number would be looked up: the office of its series, or what it is."""
    if one.kind == TO_COME:
        return _office(one.source)
    kind = {"prior": "prior", "calibrated": "parameter", "form": "growth form"}.get(one.kind)
    if kind is None:
        return "the number behind this figure"
    return f"{kind}, {one.source}" if one.source else kind


def _office(series: str) -> str:
    """Return the office of an official series: what stands before the first comma.

    The name of a ministry may hold one itself, and ends with its country.
    """
    first, *others = series.replace(";", ",").split(",")
    while first.startswith("Ministry") and not first.endswith(COUNTRIES) and others:
        first = f"{first},{others.pop(0)}"
    return first


def lookup_lines(found: Lookup) -> Iterator[str]:
    """Yield what a lookup says, in sentences."""
    draws = f" ({draws_text(found.draws)})" if found.candidates else ""
    yield f"{found.finding}{draws}."
