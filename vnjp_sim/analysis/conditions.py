"""The conditions of a discovery: what they are, and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vnjp_sim.inputs.number_text import short

LOG = "log of "
PLAIN_UNITS = ("ratio", "1", "")
"""Units that say nothing behind a number."""
EXPLAINED = (" of ", " from ")
"""Where a unit goes on to say of what it is: "years from order to the start of building"."""


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
    below : float
        The part of all draws below `low`.
    usual : tuple[float, float, float]
        What 5, 50 and 95 % of all draws stay below, in its unit.
    """

    name: str
    kind: str
    unit: str
    label: str
    low: float | None
    high: float | None
    share: float
    below: float = 0.0
    usual: tuple[float, float, float] = (math.nan, math.nan, math.nan)


def condition_text(condition: Condition, year: int, *, labelled: bool = False) -> str:
    """Return a condition in words, such as "Yen per dollar in 2030 is above 152 JPY per USD".

    Priors and parameters go by their names, by which they are found, or by their labels.
    """
    name = condition.label if labelled else condition.name
    what = f"{condition.label} in {year}" if condition.kind == "setting" else name
    return f"{what} is {bounds_text(condition)}"


def bounds_text(condition: Condition) -> str:
    """Return the bounds of a condition in words, such as "above 152 JPY per USD"."""
    unit = condition.unit.removeprefix(LOG)
    for word in EXPLAINED:
        unit = unit.partition(word)[0]
    unit = "" if unit in PLAIN_UNITS else f" {unit}"
    low, high = (
        None if bound is None else read(bound, condition)
        for bound in (condition.low, condition.high)
    )
    if low is not None and high is not None:
        return f"between {short(low)} and {short(high)}{unit}"
    if low is not None:
        return f"above {short(low)}{unit}"
    return f"below {short(high if high is not None else 0.0)}{unit}"


def read(value: float, condition: Condition) -> float:
    """Return a value of what a condition is about as people read it: no logarithm."""
    return math.exp(value) if condition.unit.startswith(LOG) else value
