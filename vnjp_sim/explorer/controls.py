"""What the page offers to move: presets, levers by sector, events; all from the models folder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vnjp_sim.analysis.effect_words import scenario_words
from vnjp_sim.analysis.lever_range import PHASE
from vnjp_sim.explorer.state import ROOT, States
from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.levers import OPERATIONS, EventField, Instruments
from vnjp_sim.inputs.number_text import in_figures
from vnjp_sim.inputs.reasons import Reason
from vnjp_sim.inputs.registry import Indicator
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_lookup import examples as shipped_examples
from vnjp_sim.inputs.scenario_lookup import shipped_titles
from vnjp_sim.report.changes import event_change, path_words
from vnjp_sim.sectors.declarations import movers, outputs

Amounts = Mapping[str, float | str]
"""Numbers and words of an event by name."""
OPERATION_WORDS = {
    "multiply": "times",
    "add": "plus",
    "set": "set to",
    "at_least": "at least",
    "at_most": "at most",
}
NEUTRAL = {"multiply": 1.0, "add": 0.0}
SLIDER_STEPS, ROUNDING = 100, 1e-6
VIEWS_IN_WORDS = (
    ("effect", "Effect"),
    ("percent", "Effect in per cent"),
    ("level", "Level"),
)


@dataclass(frozen=True)
class Preset:
    """A shipped scenario: its name, title, what it asks, and its variants as (name, title)."""

    name: str
    title: str
    question: str
    variants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Operation:
    """What may be done with a lever.

    Attributes
    ----------
    name, words : str
        As files say it, multiply, and as a reader does, "times".
    unit : str
        Of its numbers; empty for factors.
    low, high, step : float
        The range, and a round step of a slider.
    neutral : float | None
        What changes nothing; None where nothing does.
    """

    name: str
    words: str
    unit: str
    low: float
    high: float
    step: float
    neutral: float | None


@dataclass(frozen=True)
class Example:
    """How a shipped scenario steers a lever, or what an event of it is, and why so."""

    scenario: str
    title: str
    size: str
    why: str
    reference: str
    grade: str


@dataclass(frozen=True)
class LeverControl:
    """A lever as the page offers it; `start` and `to` are the years of the path offered first."""

    name: str
    label: str
    meaning: str
    unit: str
    fiscal: bool
    operations: tuple[Operation, ...]
    start: int
    to: int
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class FieldControl:
    """A number of an event.

    `first` is the number offered first, and `default` what holds where none is given; without one,
    it is `needed` or others stand for it.
    """

    name: str
    meaning: str
    unit: str
    low: float
    high: float
    step: float
    whole: bool
    first: float | None
    default: float | None
    needed: bool


@dataclass(frozen=True)
class ChoiceControl:
    """A word of an event: (word, what it means) of each, and the one that holds where none is."""

    name: str
    meaning: str
    options: tuple[tuple[str, str], ...]
    first: str


@dataclass(frozen=True)
class EventControl:
    """A type of event as the page offers it; `on` is the day offered first."""

    name: str
    label: str
    meaning: str
    sector: str
    on: str
    fields: tuple[FieldControl, ...]
    choices: tuple[ChoiceControl, ...]
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Group:
    """The levers, events and indicators of a sector, the indicators as (id, label)."""

    sector: str
    label: str
    levers: tuple[LeverControl, ...]
    events: tuple[EventControl, ...]
    indicators: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Controls:
    """Everything that can be moved."""

    presets: tuple[Preset, ...]
    groups: tuple[Group, ...]
    years: tuple[int, ...]
    views: tuple[tuple[str, str], ...]


def controls(states: States) -> Controls:
    """Return everything that can be moved, as the models folder and the scenarios say it."""
    presets = {name: states.stated(name) for name in shipped_titles()}
    ordered = sorted(presets.values(), key=lambda scenario: scenario.name != ROOT)
    examples = _examples(ordered, states.model.instruments)
    amounts = _amounts(ordered, states)
    first = states.scenario(ROOT)
    begin = states.model.last_year + 1
    return Controls(
        tuple(_preset(scenario) for scenario in ordered),
        tuple(
            group
            for sector in SECTORS
            if (group := _group(sector, states, examples, amounts, begin))
        ),
        tuple(range(first.start, first.end + 1)),
        VIEWS_IN_WORDS,
    )


def _preset(scenario: Scenario) -> Preset:
    variants = tuple((v.name, v.title) for v in map(scenario.variant, scenario.variants))
    question = " ".join(scenario.narrative.split())
    return Preset(scenario.name, scenario.title, question, variants)


def _examples(scenarios: list[Scenario], known: Instruments) -> dict[str, list[Example]]:
    """Return how shipped scenarios steer each lever, and what their events are, by name.

    What several share is told once.
    """
    found: dict[str, list[Example]] = {}
    told: set[ScenarioEvent] = set()

    def tell(name: str, scenario: Scenario, size: str, reason: Reason) -> None:
        why = (reason.why, reason.reference, reason.grade)
        found.setdefault(name, []).append(Example(scenario.name, scenario.title, size, *why))

    for scenario in scenarios:
        for name in scenario.stated.get("levers", {}):
            path = scenario.levers[name]
            tell(name, scenario, path_words(path, known.levers[name].unit), path.reason)
        for event in scenario.events:
            if event not in told:
                tell(event.type, scenario, event_change(event, known).size, event.reason)
            told.add(event)
    return found


def _amounts(scenarios: list[Scenario], states: States) -> dict[str, Amounts]:
    """Return what the first event of each type has in shipped scenarios, or in the examples."""
    found: dict[str, Amounts] = {}
    others = (states.stated_in(file) for file in shipped_examples().values())
    for scenario in (*scenarios, *others):
        for event in scenario.events if scenario else ():
            found.setdefault(event.type, dict(event.amounts))
    return found


def _group(
    sector: str,
    states: States,
    examples: dict[str, list[Example]],
    amounts: Mapping[str, Amounts],
    begin: int,
) -> Group | None:
    """Return what can be moved of a sector, and seen; None if neither."""
    known, registry = states.model.instruments, states.model.registry.indicators
    levers = [name for name in known.levers if _sector(name, registry) == sector]
    types = [name for name, kind in known.event_types.items() if kind.sector == sector]
    seen = [(n, label) for n, label in states.indicators.items() if registry[n].sector == sector]
    if not (levers or types or seen):
        return None
    return Group(
        sector,
        scenario_words(sector),
        tuple(_lever(n, known, tuple(examples.get(n, ())), begin) for n in levers),
        tuple(
            _event(n, known, amounts.get(n, {}), tuple(examples.get(n, ())), begin) for n in types
        ),
        tuple(seen),
    )


def _sector(lever: str, registry: Mapping[str, Indicator]) -> str:
    """Return the sector of a lever: that of its name, or of the first indicator that it moves."""
    stem = lever.partition("_")[0]
    if stem in SECTORS:
        return stem
    moved = [name for name, output in outputs().items() if lever in movers([output])]
    return registry[moved[0]].sector if moved else ""


def _lever(
    name: str, known: Instruments, examples: tuple[Example, ...], begin: int
) -> LeverControl:
    lever = known.levers[name]
    return LeverControl(
        name,
        known.label(name),
        _flat(lever.meaning),
        lever.unit,
        lever.fiscal,
        tuple(
            _operation(each, ends, lever.unit)
            for each in OPERATIONS
            if (ends := getattr(lever, each))
        ),
        begin,
        begin + PHASE - 1,
        examples,
    )


def _operation(name: str, ends: tuple[float, float], unit: str) -> Operation:
    low, high = ends
    unit = "" if name == "multiply" or unit in ("count", "ratio") else unit
    return Operation(
        name,
        OPERATION_WORDS[name],
        unit,
        low,
        high,
        _step(low, high, NEUTRAL.get(name, low)),
        NEUTRAL.get(name),
    )


def _event(
    name: str, known: Instruments, usual: Amounts, examples: tuple[Example, ...], begin: int
) -> EventControl:
    kind = known.event_types[name]
    return EventControl(
        name,
        known.label(name),
        _flat(kind.meaning),
        kind.sector,
        f"{begin + 1}-04-01",
        tuple(_field(n, each, usual.get(n)) for n, each in kind.fields.items()),
        tuple(
            ChoiceControl(
                n, _flat(c.meaning), tuple(c.options.items()), str(usual.get(n, c.default))
            )
            for n, c in kind.choices.items()
        ),
        examples,
    )


def _field(name: str, field: EventField, usual: float | str | None) -> FieldControl:
    """Return a number of an event; what is offered first is usual in shipped scenarios."""
    low, high = field.range
    step = max(1.0, _step(low, high)) if field.whole else _step(low, high)
    first = float(usual) if isinstance(usual, int | float) else field.default
    if first is None and field.needed:
        first = max(low, float(step)) if low <= step <= high else low
    return FieldControl(
        name,
        _flat(field.meaning),
        field.unit,
        low,
        high,
        1.0 if field.whole else step,
        field.whole,
        first,
        field.default,
        field.needed,
    )


def _step(low: float, high: float, neutral: float = 0.0) -> float:
    """Return a round step of a slider, from the lowest number on, that meets the neutral one."""
    rough = (high - low) / SLIDER_STEPS
    power = 10.0 ** math.ceil(math.log10(rough))
    for step in (times * power / 10**i for i in range(4) for times in (1.0, 0.5, 0.2)):
        met = (low / step, (neutral - low) / step)
        if step <= 1.5 * rough and all(abs(x - round(x)) < ROUNDING for x in met):
            return in_figures(step, 6)
    return in_figures(rough, 2)


def _flat(text: str) -> str:
    return " ".join(text.split())
