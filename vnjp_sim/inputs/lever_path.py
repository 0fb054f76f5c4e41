"""How a scenario steers a lever: its path over the years, and what it does to a law's value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from vnjp_sim.foundation.errors import BadValueError
from vnjp_sim.inputs.conditions import When, WhenText, when_of
from vnjp_sim.inputs.levers import ONE_OF, OPERATIONS, Operation
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
from vnjp_sim.inputs.schema import Checked, Text

FloatArray = NDArray[np.float64]

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
