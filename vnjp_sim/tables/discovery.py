"""What has to be true for a target to be missed, in words and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnjp_sim.inputs.number_text import chance_text, draws_text, percent, short
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.discovery import Condition, Discovery

LOG = "log of "
PLAIN_UNITS = ("ratio", "1", "")
"""Units that say nothing behind a number."""


def discovery_lines(found: Discovery) -> Iterator[str]:
    """Yield what was found, in sentences."""
    every = found.steps[0]
    outcome = _outcome(found)
    yield f"Target: {found.goal.text}."
    yield (
        f"It is {outcome} in {chance_text(every.density, every.draws)} of the futures of "
        f"'{found.scenario}' ({draws_text(every.draws)} that the search did not see)."
    )
    if not found.conditions:
        yield (
            "No condition on priors, parameters or the setting tells: whether it is "
            f"{outcome} is left to the chance of the years."
        )
        return
    last = found.steps[-1]
    where = " and ".join(condition_text(one, found.goal.year) for one in found.conditions)
    yield (
        f"Where {where}, in {percent(last.mass)} of the futures, it is {outcome} in "
        f"{chance_text(last.density, last.draws)}; that is {percent(last.coverage)} of all in "
        f"which it is {outcome}."
    )


def discovery_table(found: Discovery) -> TextTable:
    """Return the conditions, each with those above it."""
    outcome = _outcome(found)
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
    table.add("none", "", percent(1.0), chance_text(every.density, every.draws), percent(1.0))
    for condition, step in zip(found.conditions, found.steps[1:], strict=True):
        table.add(
            condition_text(condition, found.goal.year),
            percent(condition.share),
            percent(step.mass),
            chance_text(step.density, step.draws),
            percent(step.coverage),
        )
    return table


def condition_text(condition: Condition, year: int) -> str:
    """Return a condition in words, such as "Yen per dollar in 2030 is above 152 JPY per USD"."""
    what = condition.label
    if condition.kind == "setting":
        what = f"{what} in {year}"
    low, high = condition.low, condition.high
    unit = "" if condition.unit in PLAIN_UNITS else f" {condition.unit}"
    if condition.unit.startswith(LOG):  # people read the number, not its logarithm
        unit = f" {condition.unit.removeprefix(LOG)}"
        low, high = (None if bound is None else math.exp(bound) for bound in (low, high))
    if low is not None and high is not None:
        return f"{what} is between {short(low)} and {short(high)}{unit}"
    if low is not None:
        return f"{what} is above {short(low)}{unit}"
    return f"{what} is below {short(high if high is not None else 0.0)}{unit}"


def _outcome(found: Discovery) -> str:
    return "reached" if found.reached else "missed"
