"""A scenario file with those of its parents as one: what holds in the end, and where it is stated.

What a scenario removes or replaces of its parents is gone before anything is checked that depends
on more than one file: the horizon, and the ceilings of grants. Several parents are put beside each
other: what two of them state differently clashes, unless the child states or removes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.scenario_file import Event, Horizon, Remove, ScenarioFile, VariantPart
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml

Value = TypeVar("Value")


@dataclass(frozen=True)
class Lineage:
    """A scenario's content with that of its parents."""

    content: ScenarioFile
    document: StrictYaml
    parents: tuple[Lineage, ...] = ()

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return self.content.name

    @property
    def root(self) -> Lineage:
        """The scenario without parents that all come from."""
        return self.parents[0].root if self.parents else self

    @property
    def members(self) -> dict[str, Lineage]:
        """All by name, parents before children, the scenario itself last."""
        found: dict[str, Lineage] = {}
        for parent in self.parents:
            found |= {n: member for n, member in parent.members.items() if n not in found}
        return found | {self.name: self}


@dataclass(frozen=True)
class Stated(Generic[Value]):
    """A value with the document and the keys where it stands.

    `own` says whether the scenario itself states it, not a parent; `of` is the one that does.
    """

    value: Value
    document: StrictYaml
    path: KeyPath
    own: bool
    of: str = ""

    def place(self, *below: str) -> Place:
        """Return the place of the value, or of a key below."""
        return self.document.place((*self.path, *below))

    def refusal(self, what: str, remedy: str, *below: str) -> Refusal:
        """Return a refusal there, or at a key below."""
        return Refusal(self.place(*below), what, remedy)


@dataclass(frozen=True)
class Merged:
    """What a lineage says in the end, each with its place.

    `clashes` are what parents state differently, by kind and name.
    """

    horizon: Stated[Horizon] | None
    levers: Mapping[str, Stated[LeverPath]]
    events: Sequence[Stated[Event]]
    parameters: Mapping[str, Distribution]
    clashes: Mapping[tuple[str, str], Refusal] = field(default_factory=dict)

    @property
    def fixed(self) -> VariantPart | None:
        """What to state for the same without `when`; None where nothing waits."""
        levers = {n: x.value.at_once() for n, x in self.levers.items() if x.value.when}
        types = {event.value.get("type") for event in self.events if "when" in event.value}
        if not levers and not types:
            return None
        of_types = [event.value for event in self.events if event.value.get("type") in types]
        return VariantPart.model_construct(
            levers=levers,
            events=[{k: x for k, x in each.items() if k != "when"} for each in of_types],
            remove=Remove(events=tuple(sorted(map(str, types)))),
        )


def merge(lineage: Lineage) -> Merged:
    """Merge a lineage: a child replaces levers and parameters, adds events, and removes."""
    content, document = lineage.content, lineage.document
    drop, before = content.remove, merged_parents(lineage)
    events = [event for event in before.events if event.value.get("type") not in drop.events]
    for index, event in enumerate(content.events):
        events.append(Stated(event, document, ("events", index), True, lineage.name))
    levers = {
        name: Stated(path, document, ("levers", name), True, lineage.name)
        for name, path in content.levers.items()
    }
    horizon = before.horizon
    if content.horizon is not None:
        horizon = Stated(content.horizon, document, ("horizon",), True, lineage.name)
    settled = {("lever", name) for name in (*content.levers, *drop.levers)}
    settled |= {("parameter", name) for name in (*content.parameters, *drop.parameters)}
    settled |= {("horizon", "")} if content.horizon is not None else set()
    return Merged(
        horizon,
        _without(before.levers, drop.levers) | levers,
        events,
        _without(before.parameters, drop.parameters) | content.parameters,
        _without(before.clashes, settled),
    )


def merged_parents(lineage: Lineage) -> Merged:
    """Return what the parents of a scenario say, put beside each other."""
    horizon: Stated[Horizon] | None = None
    levers: dict[str, Stated[LeverPath]] = {}
    events: dict[tuple[str, KeyPath], Stated[Event]] = {}
    parameters: dict[str, Distribution] = {}
    clashes: dict[tuple[str, str], Refusal] = {}
    place, names = lineage.document.place(("extends",)), [p.name for p in lineage.parents]
    for parent in lineage.parents:
        merged = merge(parent)
        clashes |= merged.clashes
        for kind, name in _differing((horizon, levers, parameters), merged):
            clashes[kind, name] = Refusal(place, *_clash(kind, name, names))
        horizon = horizon or merged.horizon
        levers = dict(merged.levers) | levers
        parameters = dict(merged.parameters) | parameters
        for event in merged.events:  # that of a common ancestor is one
            events.setdefault((event.of, event.path), event)
    return Merged(
        None if horizon is None else replace(horizon, own=False),
        {name: replace(stated, own=False) for name, stated in levers.items()},
        [replace(stated, own=False) for stated in events.values()],
        parameters,
        clashes,
    )


def _differing(
    held: tuple[
        Stated[Horizon] | None, Mapping[str, Stated[LeverPath]], Mapping[str, Distribution]
    ],
    other: Merged,
) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of what a further parent states otherwise than those before."""
    horizon, levers, parameters = held
    if horizon and other.horizon and horizon.value != other.horizon.value:
        yield "horizon", ""
    for name in levers.keys() & other.levers.keys():
        if levers[name].value != other.levers[name].value:
            yield "lever", name
    for name in parameters.keys() & other.parameters.keys():
        if parameters[name] != other.parameters[name]:
            yield "parameter", name


def _clash(kind: str, name: str, parents: Sequence[str]) -> tuple[str, str]:
    thing = f"the {kind} '{name}'" if name else f"the {kind}"
    what = f"{thing} differs between the parents {', '.join(parents)}"
    return what, "state it here" if kind == "horizon" else "state it here, or remove it"


def _without(named: Mapping[Any, Any], dropped: Any) -> dict[Any, Any]:
    return {name: value for name, value in named.items() if name not in dropped}
