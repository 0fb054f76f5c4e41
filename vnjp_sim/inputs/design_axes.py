"""The axes of a sweep: what each varies, and between which values.

An axis varies one number of what a scenario file can hold: a lever's, an event's or a parameter's.
At each value it is content of a scenario file, so that it is checked as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from vnjp_sim.foundation.errors import BadValueError
from vnjp_sim.inputs.conditions import WhenText
from vnjp_sim.inputs.levers import OPERATIONS, Range
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.schema import Checked, Id, Name
from vnjp_sim.inputs.strict_yaml import KeyPath

Kind = Literal["lever", "event", "parameter"]

KINDS: tuple[Kind, ...] = ("lever", "event", "parameter")
HOMES: Mapping[Kind, str] = {"lever": "levers", "event": "events", "parameter": "parameters"}
"""Where a scenario file holds what an axis varies."""
MAX_STEPS = 1_000


def _distinct(values: tuple[float, ...]) -> tuple[float, ...]:
    for value in values:
        if values.count(value) > 1:
            raise BadValueError(f"holds {exact(value)} twice", "give each value once")
    return values


class Values(Checked):
    """Values that are written out."""

    values: Annotated[
        tuple[float, ...],
        Field(strict=False, min_length=1, max_length=MAX_STEPS),
        AfterValidator(_distinct),
    ]


def _form(given: object) -> str:
    return "values" if isinstance(given, dict | Values) else "range"


Varying = Annotated[
    Annotated[Range, Tag("range")] | Annotated[Values, Tag("values")], Discriminator(_form)
]


class _AnyAxis(Checked):
    """What all axes may say: a name of their own, and the number of values of a range in a grid."""

    name: Name | None = None
    steps: int | None = Field(default=None, ge=2, le=MAX_STEPS)


class LeverAxis(_AnyAxis):
    """A lever with its path, and what it waits for if it does; what is done to it varies."""

    lever: Id
    path: Literal["step", "ramp", "pulse"]
    start: int | None = Field(default=None, alias="from")
    to: int | None = None
    multiply: Varying | None = None
    add: Varying | None = None
    set: Varying | None = None
    at_least: Varying | None = None
    at_most: Varying | None = None
    when: WhenText = ""

    @model_validator(mode="after")
    def _one(self) -> LeverAxis:
        _check_one([o for o in OPERATIONS if getattr(self, o) is not None], OPERATIONS)
        return self


class ParameterAxis(_AnyAxis):
    """A parameter: a fixed number, or the median of its prior, whose spread stays."""

    parameter: Id
    fixed: Varying | None = None
    median: Varying | None = None

    @model_validator(mode="after")
    def _one(self) -> ParameterAxis:
        forms = ("fixed", "median")
        _check_one([f for f in forms if getattr(self, f) is not None], forms)
        return self


class EventAxis(_AnyAxis):
    """An event on a day; of the fields of its type, one varies, others and choices may be given."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float | str | Varying]

    event: Id
    on: Id

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that are given."""
        return dict(self.__pydantic_extra__)

    @model_validator(mode="after")
    def _one(self) -> EventAxis:
        varying = [
            name for name, given in self.fields.items() if not isinstance(given, float | str)
        ]
        _check_one(varying, ("the fields of the event",))
        return self


def _check_one(varying: Sequence[str], possible: Sequence[str]) -> None:
    """Refuse an axis that varies nothing, or several numbers; raises BadValueError."""
    if not varying:
        form = "[lowest, highest] or {values: [first, second]}"
        raise BadValueError(
            "has no values to take", f"give {' or '.join(possible)} a range: {form}"
        )
    if len(varying) > 1:
        what = f"varies {' and '.join(varying)} at once"
        raise BadValueError(what, "give each an axis of its own, or keep one")


@dataclass(frozen=True)
class Axis:
    """One axis of a sweep.

    Attributes
    ----------
    name : str
        Of its coordinate.
    kind, target : str
        What is varied: a lever or a parameter by its name, an event by its type.
    number : str
        Which number of it: an operation, a field, the fixed value, the mean or the median.
    fixed : Mapping[str, Any]
        What stands beside that number in a scenario file.
    form : str
        The distribution that holds them, of a parameter; else empty.
    low, high : float
        The ends of the range, or the least and the largest of the values.
    values : tuple[float, ...]
        Those that are written out; none of a range.
    steps : int
        How many values of the range a grid has; 0 if not given.
    unit : str
        Of the number.
    place : KeyPath
        Where the axis stands in its file.
    stated : str
        The key there that holds the values.
    """

    name: str
    kind: Kind
    target: str
    number: str
    fixed: Mapping[str, Any]
    form: str
    low: float
    high: float
    values: tuple[float, ...]
    steps: int
    unit: str
    place: KeyPath
    stated: str

    @property
    def home(self) -> KeyPath:
        """Where a scenario file with this axis alone holds it."""
        return HOMES[self.kind], 0 if self.kind == "event" else self.target

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """What no other axis may state: a lever, a parameter, or fields of an event."""
        if self.kind != "event":
            return ((f"the {self.kind} '{self.target}'",),)
        event = f"the {self.target} on {self.fixed['on']}"
        fields = [key for key in self.fixed if key not in ("type", "on")]
        return tuple((event, f"'{field}'") for field in (*fields, self.number))

    @property
    def text(self) -> str:
        """What it varies, in words."""
        beside = ", ".join(
            f"{key} {exact(value) if isinstance(value, float) else value}"
            for key, value in self.fixed.items()
            if key != "type"
        )
        return f"'{self.number}' of the {self.kind} {self.target}; {beside}".removesuffix("; ")

    @property
    def span(self) -> str:
        """Its values in words: listed if they are, else the ends of the range."""
        if self.values:
            return ", ".join(map(exact, self.values))
        return f"{exact(self.low)} to {exact(self.high)}"

    def content(self, value: float) -> dict[str, Any]:
        """Return what a scenario file says of the lever, event or parameter at a value."""
        inner = {**self.fixed, self.number: value}
        return {self.form: inner} if self.form else inner

    def grid(self) -> tuple[float, ...]:
        """Return the values in a grid."""
        if self.values:
            return self.values
        parts = self.steps - 1
        inner = (self.low + (self.high - self.low) * i / parts for i in range(1, parts))
        return (self.low, *inner, self.high)

    def at(self, part: float) -> float:
        """Return the value at a part of the way, in [0, 1), from the first to the last."""
        if self.values:
            return self.values[int(part * len(self.values))]
        return part * (self.high - self.low) + self.low
