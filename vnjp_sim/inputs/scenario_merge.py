"""A chain of scenario files as one: what holds in the end, and where it is stated.

What a scenario removes or replaces of its parents is gone before anything is checked that depends
on more than one file: the horizon, and the ceilings of grants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.scenario_file import Event, Horizon, ScenarioFile
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml

Value = TypeVar("Value")

Chain = Sequence[tuple[ScenarioFile, StrictYaml]]
"""Contents with their documents, from the scenario to its root."""


@dataclass(frozen=True)
class Stated(Generic[Value]):
    """A value with the document and the keys where it stands.

    `own` says whether the scenario itself states it, not a parent.
    """

    value: Value
    document: StrictYaml
    path: KeyPath
    own: bool

    def place(self, *below: str) -> Place:
        """Return the place of the value, or of a key below."""
        return self.document.place((*self.path, *below))

    def refusal(self, what: str, remedy: str, *below: str) -> Refusal:
        """Return a refusal there, or at a key below."""
        return Refusal(self.place(*below), what, remedy)


@dataclass(frozen=True)
class Merged:
    """What a chain says in the end, each with its place."""

    horizon: Stated[Horizon] | None
    levers: Mapping[str, Stated[LeverPath]]
    events: Sequence[Stated[Event]]
    parameters: Mapping[str, Distribution]


def merge(chain: Chain) -> Merged:
    """Merge a chain: a child replaces levers and parameters, adds events, and removes."""
    horizon: Stated[Horizon] | None = None
    levers: dict[str, Stated[LeverPath]] = {}
    events: list[Stated[Event]] = []
    parameters: dict[str, Distribution] = {}
    for content, document in reversed(chain):
        own, drop = document is chain[0][1], content.remove
        levers = {n: lever for n, lever in levers.items() if n not in drop.levers}
        events = [event for event in events if event.value.get("type") not in drop.events]
        parameters = {n: d for n, d in parameters.items() if n not in drop.parameters}
        if content.horizon is not None:
            horizon = Stated(content.horizon, document, ("horizon",), own)
        for name, path in content.levers.items():
            levers[name] = Stated(path, document, ("levers", name), own)
        for index, event in enumerate(content.events):
            events.append(Stated(event, document, ("events", index), own))
        parameters |= content.parameters
    return Merged(horizon, levers, events, parameters)
