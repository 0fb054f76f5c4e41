"""What has to be true for a target to be missed, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnjp_sim.analysis.conditions import condition_text
from vnjp_sim.inputs.number_text import chance_text, draws_text, percent
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.discovery import Discovery


def discovery_lines(found: Discovery) -> Iterator[str]:
    """Yield what was found, in sentences."""
    every = found.steps[0]
    outcome = found.outcome
    yield f"Target: {found.goal.text}."
    yield (
        f"It is {outcome} in {chance_text(every.density, every.draws)} of the futures of "
        f"'{found.scenario}' ({draws_text(every.draws)} that the search did not see)."
    )
    yield f"{found.finding}."


def discovery_table(found: Discovery) -> TextTable:
    """Return the conditions, each with those above it."""
    outcome = found.outcome
    table = TextTable(
        [
            Column("condition"),
            Column("holds in", "number"),
            Column("with those above", "number"),
            Column(f"{outcome} there", "number"),
            Column(f"of all {outcome}", "number"),
        ]
    )
    every = found.steps[0]
    table.add(
        "no condition", "", percent(1.0), chance_text(every.density, every.draws), percent(1.0)
    )
    for condition, step in zip(found.conditions, found.steps[1:], strict=True):
        table.add(
            condition_text(condition, found.goal.year),
            percent(condition.share),
            percent(step.mass),
            chance_text(step.density, step.draws),
            percent(step.coverage),
        )
    return table
