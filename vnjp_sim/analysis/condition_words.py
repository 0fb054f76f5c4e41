"""The conditions of a discovery in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vnjp_sim.inputs.number_text import short

if TYPE_CHECKING:
    from vnjp_sim.analysis.discovery import Condition

LOG = "log of "
PLAIN_UNITS = ("ratio", "1", "")
"""Units that say nothing behind a number."""


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
