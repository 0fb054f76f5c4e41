"""What scenarios may steer and make happen: levers with their ranges, events with their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from vnjp_sim.foundation.errors import BadValueError, did_you_mean
from vnjp_sim.inputs.conditions import when_of
from vnjp_sim.inputs.money import in_unit
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.reasons import REASONS
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import Checked, Id, Phrase, Text


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[1] <= ends[0]:
        raise BadValueError(
            f"the range {exact(ends[0])} to {exact(ends[1])} is empty", "give [lowest, highest]"
        )
    return ends


def _not_negative(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] < 0:
        raise BadValueError(
            f"a factor of {exact(ends[0])} reverses the sign", "begin the range at 0 or above"
        )
    return ends


Range = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_rising)]
Factors = Annotated[Range, AfterValidator(_not_negative)]
Operation = Literal["multiply", "add", "set", "at_least", "at_most"]

OPERATIONS: tuple[Operation, ...] = ("multiply", "add", "set", "at_least", "at_most")
ONE_OF = ", ".join(OPERATIONS)
EVENT_KEYS = ("on", "type", "note", "chance", "every", "when", *REASONS)
"""The keys that events of every type may have."""


class Lever(Checked):
    """A quantity that a scenario may steer; each operation that it allows has its range.

    `limit` is the range of both `at_least` and `at_most`. `part_of` names the lever that moves the
    sum of which this one moves a part, after it. `label` is what tables call it. `formerly` are ids
    that it had in earlier versions.
    """

    label: Text = ""
    meaning: Text
    unit: Phrase
    fiscal: bool = False
    part_of: Id | None = None
    formerly: tuple[Id, ...] = Field((), strict=False)
    multiply: Factors | None = None
    add: Range | None = None
    set: Range | None = None
    limit: Range | None = None

    @model_validator(mode="after")
    def _movable(self) -> Lever:
        if all(getattr(self, operation) is None for operation in OPERATIONS):
            remedy = "give a range as multiply, add, set or limit"
            raise BadValueError("allows no operation", remedy)
        return self

    @property
    def at_least(self) -> Range | None:
        """The range of a floor."""
        return self.limit

    @property
    def at_most(self) -> Range | None:
        """The range of a ceiling."""
        return self.limit


class EventField(Checked):
    """One number of an event.

    Attributes
    ----------
    unit, meaning, range, whole
        What it is, and which numbers it takes; whole numbers alone if `whole`.
    default : float | None
        Its number where an event does not give it; None if an event has to.
    stands_for : tuple of str
        Fields that take its number where an event gives it and not them. It need not be given.
    """

    unit: Phrase
    meaning: Text
    range: Range
    whole: bool = False
    default: float | None = None
    stands_for: tuple[Id, ...] = Field((), strict=False)

    @property
    def needed(self) -> bool:
        """Whether every event of the type has to give it."""
        return self.default is None and not self.stands_for


class EventChoice(Checked):
    """One of a few words that an event may say, with what each means; else the default."""

    meaning: Text
    options: dict[Id, Text] = Field(min_length=2)
    default: Id

    @model_validator(mode="after")
    def _known(self) -> EventChoice:
        if self.default not in self.options:
            remedy = did_you_mean(self.default, self.options)
            raise BadValueError(
                f"has the default '{self.default}', which is none of its options", remedy
            )
        return self


class EventType(Checked):
    """A kind of event: what it means, which sector answers it, what it needs and may say.

    `formerly` are ids that it had in earlier versions.
    """

    label: Text = ""
    meaning: Text
    sector: Id
    formerly: tuple[Id, ...] = Field((), strict=False)
    fields: dict[Id, EventField]
    choices: dict[Id, EventChoice] = {}

    @model_validator(mode="after")
    def _complete(self) -> EventType:
        for name, one in self.fields.items():
            low, high = one.range
            if one.default is not None and not low <= one.default <= high:
                what = f"has the default {exact(one.default)} of '{name}', which is out of range"
                raise BadValueError(what, f"give {exact(low)} to {exact(high)}")
            unknown = [other for other in one.stands_for if other not in self.fields]
            if unknown:
                what = f"lets '{name}' stand for '{unknown[0]}', which is no field"
                raise BadValueError(what, did_you_mean(unknown[0], self.fields))
        return self

    def amounts(
        self, event: Mapping[str, str | int | float], rates: Mapping[int, float]
    ) -> dict[str, float | str]:
        """Return what an event gives, or stands for it, by field; see :func:`money.in_unit`."""
        given = {
            other: event[name]
            for name, known in self.fields.items()
            for other in known.stands_for
            if name in event
        }
        usual = {n: known.default for n, known in self.fields.items() if not known.stands_for}
        amounts = {name: event.get(name, given.get(name, number)) for name, number in usual.items()}
        return {
            name: in_unit(x, self.fields[name].unit, rates) if isinstance(x, str) else float(x)
            for name, x in amounts.items()
            if x is not None
        }


@dataclass(frozen=True)
class Instruments:
    """All levers and event types of a models folder.

    `rates` are the published yen for a dollar by year, for amounts of money that name a year;
    `registry` has the indicators that levers and events may wait for.
    """

    levers: Mapping[str, Lever]
    event_types: Mapping[str, EventType]
    rates: Mapping[int, float] = field(default_factory=dict)
    registry: Registry = field(default_factory=lambda: Registry({}, {}))

    def settled(self, when: str, year: int) -> str:
        """Return what something of a year waits for, settled; raises BadValueError."""
        return when_of(when).settled(self.registry, self.rates, year).text

    def labels(self, names: Iterable[str]) -> dict[str, str]:
        """Return what tables call some levers or types of events, by name."""
        return {name: self.label(name) for name in names}

    def label(self, name: str) -> str:
        """Return what tables call a lever or a type of event; its name in words if it has none."""
        known = self.levers.get(name) or self.event_types.get(name)
        return (known.label if known else "") or name.replace("_", " ").capitalize()
