"""What one variant does to a sector: its levers, its events, and links on deviations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.money import converted
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.link_effects import LinkEffects

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Controls:
    """What a variant does to a sector: levers, events, and links on deviations.

    `effects` is None where no link acts. `rates` holds the yen for a dollar, (draw,), of each year
    that closes, where amounts of money need it.
    """

    levers: Mapping[str, LeverPath] = field(default_factory=dict)
    events: tuple[ScenarioEvent, ...] = ()
    effects: LinkEffects | None = None
    rates: dict[int, FloatArray] = field(default_factory=dict)

    def steer(self, lever: str, year: int, value: FloatArray) -> FloatArray:
        """Return a law's value of a year as the scenario steers it, (draw,)."""
        path = self.levers.get(lever)
        return value if path is None else path.apply(value, year, self.rates.get(year))

    def money(self, event: ScenarioEvent, name: str, year: int) -> FloatArray | float:
        """Return a field of an event that may be money, at the yen's rate of a closed year.

        It is in the unit of the field, (draw,) or one number.
        """
        return converted(event.stated(name), self.rates.get(year))

    def exposure(self, lever: str, year: int, size: int) -> FloatArray | None:
        """Return what a lever makes of an exposure of one, (draw,); None where it does nothing."""
        if lever not in self.levers:
            return None
        ones = np.ones(size)
        moved = self.steer(lever, year, ones)
        return None if moved is ones else moved

    def share(self, lever: str, year: int, usual: FloatArray) -> FloatArray | None:
        """Return the part of what is usual that a lever leaves, (draw,); None where all is left.

        For quantities that are moved in proportion, `usual` is positive.
        """
        path = self.levers.get(lever)
        if path is None or path.operation == "multiply":
            return self.exposure(lever, year, len(usual))
        moved = self.steer(lever, year, usual)
        return None if moved is usual else np.maximum(moved, 0.0) / usual

    def caps(self, lever: str) -> bool:
        """Whether a lever is a ceiling."""
        return lever in self.levers and self.levers[lever].operation == "at_most"

    def act(self, response: str, year: int, value: FloatArray, *, add: bool = True) -> FloatArray:
        """Return a response of a year with the effects of its links, (draw,).

        Without `add`, of what moves in proportion to it.
        """
        return value if self.effects is None else self.effects.act(response, year, value, add=add)

    def of_type(self, *types: str) -> tuple[ScenarioEvent, ...]:
        """Return the events of some types, in the order of their content."""
        if not self.events:
            return ()
        return tuple(event for event in self.events if event.type in types)
