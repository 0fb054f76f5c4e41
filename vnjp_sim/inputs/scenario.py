"""A scenario as the model takes it: what is steered, what happens, which priors are replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from vnjp_sim.foundation.errors import Place
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.parameters import Distribution


@dataclass(frozen=True, order=True)
class ScenarioEvent:
    """Something dated that a scenario makes happen; ordered by content, not by file order.

    `note` is what its file says of it, on one line; it makes no difference to what happens.
    """

    on: date
    type: str
    amounts: tuple[tuple[str, float], ...]
    note: str = field(default="", compare=False)

    def amount(self, name: str) -> float:
        """Return the number of one of its fields."""
        return dict(self.amounts)[name]

    @property
    def text(self) -> str:
        """The event in words, such as "vessel_order on 2027-10-01 (count 2)"."""
        told = ", ".join(f"{name} {grouped(exact(value))}" for name, value in self.amounts)
        return f"{self.type} on {self.on}" + (f" ({told})" if told else "")

    @property
    def noted(self) -> str:
        """The event in words, with its note."""
        return f"{self.text}: {self.note}" if self.note else self.text


@dataclass(frozen=True)
class Scenario:
    """A scenario with everything that its chain of parents says.

    Attributes
    ----------
    name, title, narrative, sources
        As its own file says.
    start, end : int
        First and last projected year.
    levers : Mapping[str, LeverPath]
        Paths by lever.
    events : tuple[ScenarioEvent, ...]
        In the order of their content.
    parameters : Mapping[str, Distribution]
        Replaced priors by name.
    chain : tuple[str, ...]
        Names from the root to the scenario itself.
    file : str
        Where it was read from, as shown to users.
    baseline : Scenario | None
        The root of the chain; None for a root.
    places : Mapping[tuple[str, str | int], Place]
        Of the horizon, of each lever (by name) and of each event (by number).
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    start: int
    end: int
    levers: Mapping[str, LeverPath]
    events: tuple[ScenarioEvent, ...]
    parameters: Mapping[str, Distribution]
    chain: tuple[str, ...]
    file: str
    baseline: Scenario | None = None
    places: Mapping[tuple[str, str | int], Place] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def content(self) -> dict[str, Any]:
        """What the projection depends on, for hashing."""
        return {
            "name": self.name,
            "horizon": (self.start, self.end),
            "baseline": None if self.baseline is None else self.baseline.content,
            "levers": {n: p.model_dump(mode="json", by_alias=True) for n, p in self.levers.items()},
            "events": [(e.on.isoformat(), e.type, e.amounts) for e in self.events],
            "parameters": {n: d.model_dump(mode="json") for n, d in self.parameters.items()},
        }

    @property
    def departs(self) -> bool:
        """Whether it does anything that its baseline does not, or the other way round."""
        other = self.baseline
        return other is not None and (
            (self.levers, self.events, self.parameters)
            != (other.levers, other.events, other.parameters)
        )
