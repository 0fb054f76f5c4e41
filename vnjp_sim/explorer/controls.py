"""What the page offers to move: presets, levers by sector, events; all from the models folder."""

from __future__ import annotations

from dataclasses import dataclass

from vnjp_sim.explorer.state import States


@dataclass(frozen=True)
class Preset:
    """A shipped scenario: its name, title, what it asks, and its variants as (name, title)."""

    name: str
    title: str
    question: str
    variants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Operation:
    """What may be done with a lever, in its unit: the range, a step for a slider, and the number
    that changes nothing (None where there is none)."""

    name: str
    words: str
    low: float
    high: float
    step: float
    neutral: float | None


@dataclass(frozen=True)
class Example:
    """How a shipped scenario steers a lever, and why so."""

    scenario: str
    title: str
    path: str
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
    """A number of an event, with the number offered first."""

    name: str
    meaning: str
    unit: str
    low: float
    high: float
    step: float
    whole: bool
    first: float | None


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
    raise NotImplementedError
