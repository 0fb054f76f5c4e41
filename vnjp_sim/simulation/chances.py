"""Events that happen by chance: which draws they happen in.

An event of chance p happens in the draws whose uniform number is below p. The number belongs to the
type and the day of the event: a higher chance only adds draws, another size changes none, and
events of one type on one day happen together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.scenario_event import ScenarioEvent


class Uniforms(Protocol):
    """What gives uniform numbers by stream."""

    @property
    def size(self) -> int:
        """The number of draws."""

    def uniform(self, name: str) -> NDArray[np.float64]:
        """Return uniforms on [0, 1), (draw,), of a stream of the group `process`."""


@dataclass(frozen=True, order=True)
class Chance:
    """What one or more events of a type and day wait for."""

    type: str
    on: date
    probability: float

    def comes_true(self, numbers: Uniforms) -> NDArray[np.bool_]:
        """Return in which draws it does, (draw,)."""
        happens: NDArray[np.bool_] = (
            numbers.uniform(f"chance.{self.type}.{self.on}") < self.probability
        )
        return happens


def chances_of(events: Iterable[ScenarioEvent]) -> tuple[Chance, ...]:
    """Return the chances of events, each once; certain events have none."""
    return tuple(sorted({_chance(event) for event in events if event.chance < 1.0}))


def events_where(
    events: Sequence[ScenarioEvent], true: AbstractSet[Chance]
) -> tuple[ScenarioEvent, ...]:
    """Return the events that happen where some chances come true: as certain ones, in order."""
    happening = (event for event in events if event.chance == 1.0 or _chance(event) in true)
    return tuple(sorted(replace(event, chance=1.0) for event in happening))


def _chance(event: ScenarioEvent) -> Chance:
    return Chance(event.type, event.on, event.chance)
