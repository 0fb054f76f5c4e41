"""What scenarios may steer and make happen: levers with their paths, events with their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from vnjp_sim.checked import Checked, check
from vnjp_sim.strict_yaml import read_yaml

FloatArray = NDArray[np.float64]
Range = Annotated[tuple[float, float], Field(strict=False)]
Operation = Literal["multiply", "add", "set"]

OPERATIONS: tuple[Operation, ...] = ("multiply", "add", "set")


class Lever(Checked):
    """A quantity that a scenario may steer; each operation that it allows has its range."""

    meaning: str
    unit: str
    fiscal: bool = False
    multiply: Range | None = None
    add: Range | None = None
    set: Range | None = None


class EventField(Checked):
    """One number that an event needs."""

    unit: str
    meaning: str
    range: Range
    whole: bool = False


class EventType(Checked):
    """A kind of event: what it means, which sector answers it, what it needs."""

    meaning: str
    sector: str
    fields: dict[str, EventField]


class _LeversFile(Checked):
    levers: dict[str, Lever]


class _EventTypesFile(Checked):
    event_types: dict[str, EventType]


@dataclass(frozen=True)
class Instruments:
    """All levers and event types of a models folder."""

    levers: Mapping[str, Lever]
    event_types: Mapping[str, EventType]


def read_instruments(models: Path) -> Instruments:
    """Read `levers.yml` and `event_types.yml` of a models folder; raises InputError."""
    levers = check(_LeversFile, read_yaml(models / "levers.yml")).levers
    types = check(_EventTypesFile, read_yaml(models / "event_types.yml")).event_types
    return Instruments(levers, types)


class LeverPath(Checked):
    """How a scenario steers a lever.

    `path` is step (from `from` to `to`, or to the end), ramp (rises evenly from `from`, is full in
    `to` and stays), pulse (from `from` to `to` alone) or series (values by year, straight lines in
    between, the last one stays). Exactly one of `multiply`, `add` and `set` says what is done; for
    a series it maps years to numbers.
    """

    path: Literal["step", "ramp", "pulse", "series"]
    start: int | None = Field(default=None, alias="from", ge=2000, le=2100)
    to: int | None = Field(default=None, ge=2000, le=2100)
    multiply: float | dict[str, float] | None = None
    add: float | dict[str, float] | None = None
    set: float | dict[str, float] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> LeverPath:
        given = [name for name in OPERATIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a lever needs exactly one of multiply, add, set — give one")
        amount = getattr(self, given[0])
        if self.path == "series":
            self._check_series(amount)
        elif isinstance(amount, dict):
            raise ValueError("only a series maps years to numbers — give one number")
        elif self.start is None:
            raise ValueError(f"a {self.path} needs 'from' — give its first year")
        if self.path in ("ramp", "pulse") and self.to is None:
            raise ValueError(
                f"a {self.path} needs 'to' — give the year in which it is full or ends"
            )
        if self.start is not None and self.to is not None and self.to < self.start:
            raise ValueError(f"'to' {self.to} is before 'from' {self.start} — swap them")
        return self

    def _check_series(self, amount: object) -> None:
        if not isinstance(amount, dict) or not amount:
            raise ValueError(
                "a series maps years to numbers — write multiply: {2026: 1.1, 2030: 1.5}"
            )
        bad = [year for year in amount if not (year.isdigit() and len(year) == 4)]
        if bad:
            raise ValueError(f"'{bad[0]}' is not a year — write years as keys")
        if self.start is not None or self.to is not None:
            raise ValueError("a series takes no 'from' or 'to' — leave them out")

    @property
    def operation(self) -> Operation:
        """What is done: multiply, add or set."""
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
        """The path in words, such as "rising to × 2 over 2026 to 2030"."""
        amount = getattr(self, self.operation)
        if isinstance(amount, dict):
            told = ", ".join(
                f"{_done(self.operation, a)} in {y}" for y, a in sorted(amount.items())
            )
            return f"{told}, straight lines in between"
        done = _done(self.operation, amount)
        if self.path == "ramp":
            return f"moving to {done} over {self.start} to {self.to}"
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
    signs = {"multiply": "× ", "add": "+ " if amount >= 0 else "− ", "set": "= "}
    return f"{signs[operation]}{abs(amount):g}"


def _operate(operation: Operation, value: FloatArray, amount: float, weight: float) -> FloatArray:
    if operation == "multiply":
        return value * (1.0 + weight * (amount - 1.0))
    if operation == "add":
        return value + weight * amount
    return value + weight * (amount - value)
