"""What scenarios may steer and make happen: levers with their paths, events with their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from vnjp_sim.foundation.errors import BadValueError, did_you_mean
from vnjp_sim.inputs.conditions import When, WhenText, when_of
from vnjp_sim.inputs.money import (
    FORM,
    Money,
    at_guide,
    converted,
    in_unit,
    money,
    money_text,
    needs_rate,
)
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.reasons import REASONS, Grade, Reason
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import Checked, Id, Phrase, Text

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
EVENT_KEYS = ("on", "type", "note", "chance", "every", "when", *REASONS)
"""The keys that events of every type may have."""

_YEAR = re.compile(r"20[0-9]{2}\Z")


def _amount(text: str) -> str:
    money(text)
    return text


MONEY_SCHEMA = {
    "type": "string",
    "pattern": f"^{FORM}$",
    "description": "Money, such as 2 USD bn: converted at each draw's rate of the year.",
}
"""What editors know of an amount of money."""
MoneyText = Annotated[str, AfterValidator(_amount), WithJsonSchema(MONEY_SCHEMA)]
Amount = Annotated[
    Annotated[float, Tag("number")] | Annotated[MoneyText, Tag("money")],
    Discriminator(lambda given: "money" if isinstance(given, str) else "number"),
]
"""A number in the unit of a lever, or an amount of money."""


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


class LeverPath(Checked):
    """How a scenario steers a lever.

    `path` is step (from `from` to `to`, or to the end), ramp (rises evenly from `from`, is full in
    `to` and stays), pulse (from `from` to `to` alone) or series (values by year, straight lines in
    between, the last one stays). Exactly one of `multiply`, `add`, `set`, `at_least` and `at_most`
    says what is done; for a series it maps years to numbers. `at_least` and `at_most` leave the
    draws on the right side of the number as they are, and do to the others what `set` does. An
    amount of money may stand for a number, see :mod:`~vnjp_sim.inputs.money`. `when` says what it
    waits for in each draw, see :mod:`~vnjp_sim.inputs.conditions`. `why`,
    `reference` and `grade` say why the size is what it is: two paths that do the same are equal,
    whatever these say.
    """

    path: Literal["step", "ramp", "pulse", "series"]
    start: int | None = Field(default=None, alias="from", ge=2000, le=2100)
    to: int | None = Field(default=None, ge=2000, le=2100)
    multiply: float | dict[str, float] | None = None
    add: Amount | dict[str, Amount] | None = None
    set: Amount | dict[str, Amount] | None = None
    at_least: Amount | dict[str, Amount] | None = None
    at_most: Amount | dict[str, Amount] | None = None
    when: WhenText = ""
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
        return self.model_dump(mode="json", by_alias=True, exclude=self._silent)

    @property
    def stated(self) -> dict[str, Any]:
        """The path as the keys of a file, with its reason."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def content_text(self) -> str:
        """Return what the path does as text, the same for equal paths."""
        return self.model_dump_json(by_alias=True, exclude=self._silent)

    @property
    def _silent(self) -> dict[str, bool]:
        """What no number follows from; `when` where there is none, as before there was any."""
        return dict.fromkeys(REASONS if self.when else (*REASONS, "when"), True)

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
        if self.condition is not None and (self.condition.first or 0) > self.first_year:
            what = f"begins in {self.first_year}, before what it waits for may hold"
            remedy = f"begin in {self.condition.first} or later, or let 'when' have no 'from'"
            raise BadValueError(what, remedy)
        return self

    def _check_series(self, amount: object) -> None:
        if not isinstance(amount, dict) or not amount:
            raise BadValueError(
                "a series maps years to numbers", "write multiply: {2026: 1.1, 2030: 1.5}"
            )
        bad = [year for year in amount if not _YEAR.match(year)]
        if bad:
            raise BadValueError(f"'{bad[0]}' is not a year of this century", "write years as keys")
        if len({_sort(value) for value in amount.values()}) > 1:
            what = "a series has numbers, or money of one currency at one rate"
            raise BadValueError(what, "write all its years alike")
        if self.start is not None or self.to is not None:
            raise BadValueError("a series takes no 'from' or 'to'", "leave them out")

    @property
    def operation(self) -> Operation:
        """What is done, one of :data:`OPERATIONS`."""
        return next(name for name in OPERATIONS if getattr(self, name) is not None)

    @property
    def amounts(self) -> tuple[float | str, ...]:
        """Everything that the path reaches, for checking its range."""
        amount = getattr(self, self.operation)
        return tuple(amount.values()) if isinstance(amount, dict) else (amount,)

    @property
    def needs_rate(self) -> bool:
        """Whether each draw converts what it reaches at its own rate of the yen."""
        return any(map(needs_rate, self.amounts))

    def in_unit(self, unit: str, rates: Mapping[int, float]) -> LeverPath:
        """Return the path with its money as it is kept in a unit, see :func:`money.in_unit`."""

        def kept(value: float | str) -> float | str:
            return in_unit(value, unit, rates) if isinstance(value, str) else value

        if not any(isinstance(each, str) for each in self.amounts):
            return self
        amount = getattr(self, self.operation)
        by_year = isinstance(amount, dict)
        told = {y: kept(a) for y, a in amount.items()} if by_year else kept(amount)
        return self.model_copy(update={self.operation: told})

    @property
    def first_year(self) -> int:
        """The first year in which the path may do anything."""
        if self.start is not None:
            return self.start
        amount = getattr(self, self.operation)
        return min(int(year) for year in amount)

    @property
    def condition(self) -> When | None:
        """What it waits for; None where it waits for nothing."""
        return when_of(self.when) if self.when else None

    def at_once(self) -> LeverPath:
        """Return the path that waits for nothing."""
        return self.model_copy(update={"when": ""}) if self.when else self

    def later(self, years: int) -> LeverPath:
        """Return the path that waits for nothing, so many years later."""
        update: dict[str, Any] = {"when": ""}
        amount = getattr(self, self.operation)
        if isinstance(amount, dict):
            update[self.operation] = {str(int(year) + years): x for year, x in amount.items()}
        for key in ("start", "to"):
            if (year := getattr(self, key)) is not None:
                update[key] = year + years
        return self.model_copy(update=update)

    @property
    def text(self) -> str:
        """The path in words, such as "× 2, phased in from 2026 to 2030"."""
        if self.condition is None:
            return self._text
        return f"{self._text}, or later: {self.condition.since(self.first_year)}"

    @property
    def _text(self) -> str:
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

    def apply(
        self, value: FloatArray, year: int, rate: FloatArray | float | None = None
    ) -> FloatArray:
        """Return the steered value, (draw,), of a year; the same array where nothing is done.

        `rate` is the yen's rate of the year, (draw,); it is needed where :attr:`needs_rate` is.
        """
        if year < self.first_year:
            return value
        amount = getattr(self, self.operation)
        if isinstance(amount, dict):
            reached = converted(_between(amount, year), rate)
            return _operate(self.operation, value, reached, 1.0)
        weight = self._weight(year)
        if weight == 0.0:
            return value
        return _operate(self.operation, value, converted(amount, rate), weight)

    def _weight(self, year: int) -> float:
        assert self.start is not None  # noqa: S101 - the validator saw to it
        if self.path == "ramp" and self.to is not None:
            return min(1.0, (year - self.start + 1) / (self.to - self.start + 1))
        over = self.to is not None and year > self.to
        return 0.0 if over else 1.0


def _sort(amount: float | str) -> tuple[object, ...]:
    """Return what amounts that lines can join have in common."""
    if not isinstance(amount, str):
        return ()
    known = money(amount)
    return known.currency, known.year, known.rate


def _between(amount: Mapping[str, float | str], year: int) -> float | Money:
    """Return what a series reaches in a year."""
    years = sorted(int(y) for y in amount)
    steps = [amount[str(y)] for y in years]
    known = [money(step) for step in steps if isinstance(step, str)]
    if not known:
        return float(np.interp(year, years, np.array(steps, float)))
    return replace(known[0], number=float(np.interp(year, years, [each.number for each in known])))


def _done(operation: Operation, amount: float | str) -> str:
    negative = at_guide(amount) < 0
    if isinstance(amount, str):
        shown = money_text(amount.removeprefix("-"))
    else:
        shown = grouped(exact(abs(amount)))
    if operation in ("at_least", "at_most"):
        return f"{operation.replace('_', ' ')} {'−' if negative else ''}{shown}"
    signs = {"multiply": "× ", "add": "− " if negative else "+ ", "set": "= "}
    return f"{signs[operation]}{shown}"


def _operate(
    operation: Operation, value: FloatArray, amount: FloatArray | float, weight: float
) -> FloatArray:
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
