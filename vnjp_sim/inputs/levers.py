"""What scenarios may steer and make happen: levers with their paths, events with their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, model_validator

from vnjp_sim.foundation.errors import BadValueError, InputError, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.reasons import REASONS, Grade, Reason
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import Checked, Id, Phrase, Text, check, unknown_key
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml, read_yaml

FloatArray = NDArray[np.float64]


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
EVENT_KEYS = ("on", "type", "note", "chance", *REASONS)
"""The keys that events of every type may have."""

_YEAR = re.compile(r"20[0-9]{2}\Z")


class Lever(Checked):
    """A quantity that a scenario may steer; each operation that it allows has its range.

    `limit` is the range of both `at_least` and `at_most`. `part_of` names the lever that moves the
    sum of which this one moves a part, after it. `label` is what tables call it.
    """

    label: Text = ""
    meaning: Text
    unit: Phrase
    fiscal: bool = False
    part_of: Id | None = None
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
    """A kind of event: what it means, which sector answers it, what it needs and may say."""

    label: Text = ""
    meaning: Text
    sector: Id
    fields: dict[Id, EventField]
    choices: dict[Id, EventChoice] = {}

    @model_validator(mode="after")
    def _complete(self) -> EventType:
        for name, field in self.fields.items():
            low, high = field.range
            if field.default is not None and not low <= field.default <= high:
                what = f"has the default {exact(field.default)} of '{name}', which is out of range"
                raise BadValueError(what, f"give {exact(low)} to {exact(high)}")
            unknown = [other for other in field.stands_for if other not in self.fields]
            if unknown:
                what = f"lets '{name}' stand for '{unknown[0]}', which is no field"
                raise BadValueError(what, did_you_mean(unknown[0], self.fields))
        return self

    def amounts(self, event: Mapping[str, str | int | float]) -> dict[str, float]:
        """Return the number of each field that an event gives, or that stands for it."""
        given = {
            other: event[name]
            for name, field in self.fields.items()
            for other in field.stands_for
            if name in event
        }
        known = {n: field.default for n, field in self.fields.items() if not field.stands_for}
        numbers = {name: event.get(name, given.get(name, usual)) for name, usual in known.items()}
        return {name: float(number) for name, number in numbers.items() if number is not None}


class _LeversFile(Checked):
    levers: dict[Id, Lever]


class _EventTypesFile(Checked):
    event_types: dict[Id, EventType]


@dataclass(frozen=True)
class Instruments:
    """All levers and event types of a models folder."""

    levers: Mapping[str, Lever]
    event_types: Mapping[str, EventType]

    def label(self, name: str) -> str:
        """Return what tables call a lever or a type of event; its name in words if it has none."""
        known = self.levers.get(name) or self.event_types.get(name)
        return (known.label if known else "") or name.replace("_", " ").capitalize()


def read_instruments(models: Path, registry: Registry) -> Instruments:
    """Read `levers.yml` and `event_types.yml` of a models folder; raises InputError.

    The shipped event types say which fields the sectors need.
    """
    refusals = Refusals()
    levers = refusals.result(_read_levers, models, registry)
    types = refusals.result(_read_event_types, models, registry)
    if levers is None or types is None:
        raise InputError(refusals)
    return Instruments(levers, types)


def _read_levers(models: Path, registry: Registry) -> Mapping[str, Lever]:
    document = read_models_yaml(models, "levers.yml")
    levers = check(_LeversFile, document).levers
    refusals = Refusals()
    for name, lever in levers.items():
        place = ("levers", name)
        refusals.take(_unit_refusals(lever.unit, (*place, "unit"), document, registry))
        if lever.part_of is not None and lever.part_of not in levers:
            what = f"unknown lever '{lever.part_of}'"
            remedy = did_you_mean(lever.part_of, levers)
            refusals.append(document.refusal((*place, "part_of"), what, remedy))
    refusals.raise_if_any()
    return levers


def _read_event_types(models: Path, registry: Registry) -> Mapping[str, EventType]:
    document = read_models_yaml(models, "event_types.yml")
    types = check(_EventTypesFile, document).event_types
    shipped = read_yaml(shipped_folder("models") / "event_types.yml")
    known = check(_EventTypesFile, shipped).event_types
    refusals = Refusals()
    for name, kind in types.items():
        path = ("event_types", name)
        if kind.sector not in SECTORS:
            remedy = did_you_mean(kind.sector, SECTORS)
            what = f"unknown sector '{kind.sector}'"
            refusals.append(document.refusal((*path, "sector"), what, remedy))
        fields = known.get(name, kind).fields
        needed = {field for field, number in fields.items() if number.needed}
        for field in sorted(needed - set(kind.fields)):
            what = f"the event '{name}' lacks the field '{field}'"
            remedy = "add it, as in the shipped models"
            refusals.append(document.refusal((*path, "fields"), what, remedy))
        for field, number in kind.fields.items():
            place = (*path, "fields", field)
            if field not in fields:
                refusals.append(document.refusal(place, *unknown_key(field, fields)))
            if field in EVENT_KEYS:
                what = f"the field '{field}' has the name of a key of every event"
                refusals.append(document.refusal(place, what, "give it another name"))
            refusals += _unit_refusals(number.unit, (*place, "unit"), document, registry)
        refusals.take(_choice_refusals(name, kind, known.get(name, kind), document))
    refusals.raise_if_any()
    return {name: _with_shipped(kind, known.get(name, kind)) for name, kind in types.items()}


def _choice_refusals(
    name: str, kind: EventType, shipped: EventType, document: StrictYaml
) -> Iterator[Refusal]:
    """Yield choices and options that no sector answers, or that a sector's answer lacks."""
    for choice, given in kind.choices.items():
        place = ("event_types", name, "choices", choice)
        if choice not in shipped.choices:
            yield document.refusal(place, *unknown_key(choice, shipped.choices))
            continue
        options = shipped.choices[choice].options
        for option in sorted(set(options) ^ set(given.options)):
            if option in options:
                what = f"the choice '{choice}' lacks the option '{option}'"
                remedy = "add it, as in the shipped models"
                yield document.refusal((*place, "options"), what, remedy)
            else:
                yield document.refusal((*place, "options", option), *unknown_key(option, options))


def _with_shipped(kind: EventType, shipped: EventType) -> EventType:
    """Return an event type with what its file may leave out, as the shipped one has it."""
    fields = dict(shipped.fields)
    for name, field in kind.fields.items():
        usual = fields.get(name, field)
        default = usual.default if field.default is None else field.default
        meant = {"stands_for": usual.stands_for, "default": default}
        fields[name] = field.model_copy(update=meant)
    choices = {**shipped.choices, **kind.choices}
    return kind.model_copy(update={"fields": fields, "choices": choices})


def _unit_refusals(
    unit: str, path: KeyPath, document: StrictYaml, registry: Registry
) -> Iterator[Refusal]:
    if unit not in registry.units:
        yield document.refusal(path, f"unknown unit '{unit}'", did_you_mean(unit, registry.units))


class LeverPath(Checked):
    """How a scenario steers a lever.

    `path` is step (from `from` to `to`, or to the end), ramp (rises evenly from `from`, is full in
    `to` and stays), pulse (from `from` to `to` alone) or series (values by year, straight lines in
    between, the last one stays). Exactly one of `multiply`, `add`, `set`, `at_least` and `at_most`
    says what is done; for a series it maps years to numbers. `at_least` and `at_most` leave the
    draws on the right side of the number as they are, and do to the others what `set` does. `why`,
    `reference` and `grade` say why the size is what it is: two paths that do the same are equal,
    whatever these say.
    """

    path: Literal["step", "ramp", "pulse", "series"]
    start: int | None = Field(default=None, alias="from", ge=2000, le=2100)
    to: int | None = Field(default=None, ge=2000, le=2100)
    multiply: float | dict[str, float] | None = None
    add: float | dict[str, float] | None = None
    set: float | dict[str, float] | None = None
    at_least: float | dict[str, float] | None = None
    at_most: float | dict[str, float] | None = None
    why: Text = ""
    reference: Text = ""
    grade: Grade | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LeverPath) and self.content == other.content

    def __hash__(self) -> int:
        return hash((self.path, self.start, self.to))

    @property
    def content(self) -> dict[str, Any]:
        """What the path does, in plain values: all but the reason."""
        return self.model_dump(mode="json", by_alias=True, exclude=set(REASONS))

    def content_text(self) -> str:
        """Return what the path does as text, the same for equal paths."""
        return self.model_dump_json(by_alias=True, exclude=set(REASONS))

    @property
    def reason(self) -> Reason:
        """Why its size is what it is."""
        return Reason.of({key: getattr(self, key) for key in REASONS})

    @model_validator(mode="after")
    def _consistent(self) -> LeverPath:
        given = [name for name in OPERATIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise BadValueError(f"a lever needs exactly one of {ONE_OF}", "give one")
        amount = getattr(self, given[0])
        if self.path == "series":
            self._check_series(amount)
        elif isinstance(amount, dict):
            raise BadValueError("only a series maps years to numbers", "give one number")
        elif self.start is None:
            raise BadValueError(f"a {self.path} needs 'from'", "give its first year")
        if self.path in ("ramp", "pulse") and self.to is None:
            raise BadValueError(
                f"a {self.path} needs 'to'", "give the year in which it is full or ends"
            )
        if self.start is not None and self.to is not None and self.to < self.start:
            raise BadValueError(f"'to' {self.to} is before 'from' {self.start}", "swap them")
        return self

    def _check_series(self, amount: object) -> None:
        if not isinstance(amount, dict) or not amount:
            raise BadValueError(
                "a series maps years to numbers", "write multiply: {2026: 1.1, 2030: 1.5}"
            )
        bad = [year for year in amount if not _YEAR.match(year)]
        if bad:
            raise BadValueError(f"'{bad[0]}' is not a year of this century", "write years as keys")
        if self.start is not None or self.to is not None:
            raise BadValueError("a series takes no 'from' or 'to'", "leave them out")

    @property
    def operation(self) -> Operation:
        """What is done, one of :data:`OPERATIONS`."""
        return next(name for name in OPERATIONS if getattr(self, name) is not None)

    @property
    def amounts(self) -> tuple[float, ...]:
        """Every number that the path reaches, for checking its range."""
        amount = getattr(self, self.operation)
        return tuple(amount.values()) if isinstance(amount, dict) else (amount,)

    @property
    def first_year(self) -> int:
        """The first year in which the path may do anything."""
        if self.start is not None:
            return self.start
        amount = getattr(self, self.operation)
        return min(int(year) for year in amount)

    @property
    def text(self) -> str:
        """The path in words, such as "× 2, phased in from 2026 to 2030"."""
        amount = getattr(self, self.operation)
        if isinstance(amount, dict):
            steps = ", ".join(
                f"{_done(self.operation, a)} in {y}" for y, a in sorted(amount.items())
            )
            return f"{steps}, linear in between"
        done = _done(self.operation, amount)
        if self.path == "ramp":
            return f"{done}, phased in from {self.start} to {self.to}"
        return f"{done} from {self.start}" + (f" to {self.to}" if self.to is not None else "")

    def apply(self, value: FloatArray, year: int) -> FloatArray:
        """Return the steered value, (draw,), of a year; the same array where nothing is done."""
        if year < self.first_year:
            return value
        amount = getattr(self, self.operation)
        if isinstance(amount, dict):
            years = sorted(int(y) for y in amount)
            reached = float(np.interp(year, years, [amount[str(y)] for y in years]))
            return _operate(self.operation, value, reached, 1.0)
        weight = self._weight(year)
        return value if weight == 0.0 else _operate(self.operation, value, amount, weight)

    def _weight(self, year: int) -> float:
        assert self.start is not None  # noqa: S101 - the validator saw to it
        if self.path == "ramp" and self.to is not None:
            return min(1.0, (year - self.start + 1) / (self.to - self.start + 1))
        over = self.to is not None and year > self.to
        return 0.0 if over else 1.0


def _done(operation: Operation, amount: float) -> str:
    if operation in ("at_least", "at_most"):
        return f"{operation.replace('_', ' ')} {grouped(exact(amount))}"
    signs = {"multiply": "× ", "add": "+ " if amount >= 0 else "− ", "set": "= "}
    return f"{signs[operation]}{grouped(exact(abs(amount)))}"


def _operate(operation: Operation, value: FloatArray, amount: float, weight: float) -> FloatArray:
    if operation == "multiply":
        return value * (1.0 + weight * (amount - 1.0))
    if operation == "add":
        return value + weight * amount
    apart = amount - value
    if operation == "at_least":
        apart = np.maximum(apart, 0.0)
    elif operation == "at_most":
        apart = np.minimum(apart, 0.0)
    return value + weight * apart
