"""What levers and events of a scenario wait for: in which year each draw begins with them.

A scenario with `when` is projected once for each year in which it may begin, and once for never: in
each of these futures the lever or the event stands at a fixed time, as in any scenario. A draw goes
along with the future in which nothing has begun until the end of the year in which it sees what is
waited for; then it takes the future that begins in the next one. Both are the same up to then,
since what begins later moves nothing before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.conditions import Side, When
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.money import converted, needs_rate
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario_event import ScenarioEvent

FloatArray = NDArray[np.float64]
NEVER = 0
"""The way of a trigger in which it has not fired."""


@dataclass(frozen=True, order=True)
class Trigger:
    """What is waited for, as the engine judges it.

    Attributes
    ----------
    when : str
        The settled text of the scenario, the same for all that waits for it.
    indicator, side : str
        What is judged, and on which side of the threshold it has to be.
    threshold : float | str
        In the unit of the indicator, or money that each draw converts at its own rate of the year.
    first, last : int
        The years in which it may fire: those after a year that is judged.
    """

    when: str
    indicator: str
    side: Side
    threshold: float | str
    first: int
    last: int

    @property
    def ways(self) -> int:
        """In how many ways it goes: never, and in each of its years."""
        return self.last - self.first + 2

    def way(self, year: int) -> int:
        """Return the way in which it fires in a year."""
        return year - self.first + 1

    @property
    def needs_rate(self) -> bool:
        """Whether the yen's rate is needed to judge it."""
        return needs_rate(self.threshold)

    def holds(self, values: FloatArray, rate: FloatArray | None) -> NDArray[np.bool_]:
        """Return where the indicator's values of a year, (draw,), are past the threshold."""
        limit = converted(self.threshold, rate)
        past: NDArray[np.bool_] = values < limit if self.side == "below" else values > limit
        return past

    def later(self, way: int, year: int) -> int | None:
        """Return by how many years what is written for a year comes later; None if it never does.

        It is written for the way in which the trigger fires in its first year.
        """
        return None if way == NEVER or year + way - 1 > self.last else way - 1


def trigger_of(when: When, registry: Registry, last: int) -> Trigger:
    """Return what something waits for up to a last year, from its settled text."""
    assert when.first is not None  # noqa: S101 - settled
    threshold = when.threshold(registry)
    return Trigger(when.text, when.indicator, when.side, threshold, when.first, last)


def waiting_for(levers: Iterable[LeverPath], events: Iterable[ScenarioEvent]) -> tuple[When, ...]:
    """Return what levers and events wait for, each once, in the order of their texts."""
    conditions = [*(path.condition for path in levers), *(event.condition for event in events)]
    every = {when.text: when for when in conditions if when is not None}
    return tuple(every[text] for text in sorted(every))
