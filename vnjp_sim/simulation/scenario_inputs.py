"""What one scenario does, as the engine takes it, and in texts that are equal where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.simulation.triggers import Trigger

Item = tuple[str, str, str]
"""Something that a variant does: its kind, its name, its content as text."""


@dataclass(frozen=True)
class ScenarioInputs:
    """Priors that no figure bears on, levers and events of one scenario.

    `links` are those whose size it replaces, by id. `triggers` are what its levers and events wait
    for; none in what the engine projects.
    """

    parameters: Mapping[str, Parameter]
    levers: Mapping[str, LeverPath] = field(default_factory=dict)
    events: tuple[ScenarioEvent, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()

    def begun(self, ways: Sequence[int]) -> ScenarioInputs:
        """Return what is done where the triggers go in these ways: nothing waits in it."""
        way_of = {t.when: (t, way) for t, way in zip(self.triggers, ways, strict=True)}
        levers: dict[str, LeverPath] = {}
        for name, path in self.levers.items():
            years = _later(path.when, path.first_year, way_of)
            if years is not None:
                levers[name] = path.later(years) if path.when else path
        events = []
        for event in self.events:
            years = _later(event.when, event.on.year, way_of)
            if years is not None:
                events.append(event.later(years) if event.when else event)
        return replace(self, levers=levers, events=tuple(sorted(events)), triggers=())


def _later(when: str, year: int, way_of: Mapping[str, tuple[Trigger, int]]) -> int | None:
    """Return by how many years what is written for a year comes later; None if it never does."""
    if not when:
        return 0
    trigger, way = way_of[when]
    return trigger.later(way, year)


class Items:
    """What variants do, in texts that are equal where the content is.

    A text knows its hash, which a tuple computes each time that it is looked up.
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self.parameters = parameters
        self.texts: dict[int, tuple[object, str]] = {}
        self.known: dict[int, tuple[ScenarioInputs, tuple[Item, ...]]] = {}
        self.chosen: dict[tuple[int, AbstractSet[str]], str] = {}
        self.converted: dict[int, tuple[ScenarioInputs, frozenset[str]]] = {}

    def of(self, inputs: ScenarioInputs, names: AbstractSet[str]) -> str:
        """Return what some inputs do of the named levers, event types and priors."""
        key = (id(inputs), names)
        if key not in self.chosen:
            if id(inputs) not in self.known:
                self.known[id(inputs)] = (inputs, tuple(sorted(self._items(inputs))))
            _, items = self.known[id(inputs)]
            self.chosen[key] = str([item for item in items if item[1] in names])
        return self.chosen[key]

    def foreign(self, inputs: ScenarioInputs) -> frozenset[str]:
        """Return the levers and event types with money that is converted in each draw."""
        key = id(inputs)
        if key not in self.converted:
            levers = (name for name, path in inputs.levers.items() if path.needs_rate)
            events = (event.type for event in inputs.events if event.needs_rate)
            self.converted[key] = (inputs, frozenset((*levers, *events)))
        return self.converted[key][1]

    def _items(self, inputs: ScenarioInputs) -> Iterable[Item]:
        for name, path in inputs.levers.items():
            yield "lever", name, self._text(path, path.content_text)
        for event in inputs.events:
            yield "event", event.type, f"{event.on} {event.amounts}"
        for name, parameter in inputs.parameters.items():
            usual = self.parameters.get(name)
            if parameter is not usual and parameter != usual:
                yield "prior", name, self._text(parameter, parameter.model_dump_json)
        for name, link in inputs.links.items():
            yield "link", name, self._text(link, link.model_dump_json)

    def _text(self, content: object, text: Callable[[], str]) -> str:
        """Return the text of a content, made once; the content is kept, so that its id stays."""
        if id(content) not in self.texts:
            self.texts[id(content)] = (content, text())
        return self.texts[id(content)][1]
