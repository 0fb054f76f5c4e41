"""The conditions of a discovery: what they are, and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vnjp_sim.inputs.number_text import short

LOG = "log of "
PLAIN_UNITS = ("ratio", "1", "")
"""Units that say nothing behind a number."""


@dataclass(frozen=True)
class Condition:
    """A bound on one thing.

    Attributes
    ----------
    name, kind, unit, label : str
        What it is about; the kind is "setting", or one of
        :data:`vnjp_sim.analysis.factors.MEANINGS`.
    low, high : float | None
        The bounds in its unit; None where there is none.
    share : float
        The part of all draws in which it holds.
    """

    name: str
    kind: str
    unit: str
    label: str
    low: float | None
    high: float | None
    share: float


def condition_text(condition: Condition, year: int) -> str:
    """Return a condition in words, such as "Yen per dollar in 2030 is above 152 JPY per USD"."""
    what = f"{condition.label} in {year}" if condition.kind == "setting" else condition.name
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
