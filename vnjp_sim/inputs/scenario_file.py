"""The content of one scenario file, and what can be said of it alone: levers, events, priors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import (
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from vnjp_sim.foundation.errors import Fault, closest, did_you_mean
from vnjp_sim.foundation.vocabulary import parse_day
from vnjp_sim.inputs.levers import EventType, Instruments, LeverPath
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.parameters import Distribution, Parameters
from vnjp_sim.inputs.schema import Checked, Id, Name, Text, blank_in, is_name, unknown_key
from vnjp_sim.inputs.strict_yaml import StrictYaml

EARLIEST_START, LATEST_END = 2000, 2100
RESERVED = ("calibration", "reference")
"""Names of folders beside those of the scenarios in the results."""

ONE_NUMBER = {
    "common_loading_": (0.0, 1.0),
    "energy_projects": (1.0, 100.0),
    "oda_disbursement_shape": (0.5, 10.0),
}
"""Parameters, by how their names begin, that cannot differ by draw, with their ranges."""

ABOVE_ZERO = (
    "energy_building_time",
    "energy_start_hazard",
    "labour_remittance",
    "oda_past_rate",
    "security_osa_ceiling",
    "security_osa_hazard",
)
"""Parameters that something is divided by, or that carry a quantity which is never zero."""

UNUSABLE: dict[str, str | int | float] = {}
"""Stands for an event that cannot be read; known by its identity."""
UNUSABLE_PATH = LeverPath.model_construct(path="step")
UNUSABLE_PRIOR = Distribution.model_construct()
"""The same for a lever and a parameter, whose names can be read."""

Ids = Annotated[tuple[Id, ...], Field(strict=False)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
Event = dict[Id, str | int | float]


class Horizon(Checked):
    """First and last projected year."""

    start: int = Field(ge=EARLIEST_START, le=LATEST_END)
    end: int = Field(ge=EARLIEST_START, le=LATEST_END)

    @model_validator(mode="after")
    def _forward(self) -> Horizon:
        if self.end < self.start:
            raise ValueError(
                f"ends in {self.end}, before it starts in {self.start} — "
                "give an end after the start"
            )
        return self


class Remove(Checked):
    """What a scenario drops of its parents: levers and parameters by name, events by type."""

    levers: Ids = ()
    parameters: Ids = ()
    events: Ids = ()


class ScenarioFile(Checked):
    """The content of a scenario file: its departures from the scenario that it extends.

    Levers and parameters replace those of the parents by name, events are added, `remove` drops.
    An event has `on` (a date), `type`, the fields of its type, and a `note`. `parameters` replaces
    published or assumed priors that no figure bears on, for this scenario.
    """

    name: Name
    title: Text = Field(min_length=1, max_length=200)
    narrative: Text = ""
    sources: Texts = ()
    extends: Name | None = None
    horizon: Horizon | None = None
    levers: dict[Id, LeverPath] = {}
    events: list[Event] = []
    parameters: dict[Id, Distribution] = {}
    remove: Remove = Remove()

    @field_validator("extends", mode="before")
    @classmethod
    def _alone(cls, extends: Any) -> Any:
        path = PurePath(extends) if isinstance(extends, str) else PurePath()
        is_path = len(path.parts) > 1 or path.suffix in (".yml", ".yaml")
        if is_path and is_name(path.stem):
            raise ValueError(
                f"is the path '{extends}' — write the name alone, {path.stem}: the file lies "
                "beside this one, or is shipped"
            )
        return extends

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"cannot be '{name}', a folder of the results — give another name")
        return name


def well_formed(document: StrictYaml, name: str) -> ScenarioFile:
    """Return what of a faulty file can be used, so that its other faults are told as well.

    Levers, parameters and events that cannot be read are UNUSABLE ones, so that they keep their
    names and places; `name` stands where the file gives none that can be.
    """
    given = document.content if isinstance(document.content, dict) else {}
    content = {key: value for key, value in given.items() if key in ScenarioFile.model_fields}
    parts: dict[str, tuple[Callable[[Any], Any], Any]] = {
        "levers": (LeverPath.model_validate, UNUSABLE_PATH),
        "parameters": (Distribution.model_validate, UNUSABLE_PRIOR),
        "events": (_adapter(Event).validate_python, UNUSABLE),
    }
    usable: dict[str, Any] = {"name": name, "title": name}
    for key, value in content.items():
        if key not in parts:
            usable |= _usable({key: value}, _adapter(_annotation(key)).validate_python)
            continue
        if isinstance(value, list if key == "events" else dict):
            items = _usable(value, *parts[key])
            usable[key] = list(items.values()) if key == "events" else items
    return ScenarioFile.model_construct(**usable)


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    if isinstance(annotation, type) and issubclass(annotation, Checked):
        return TypeAdapter(annotation)
    return TypeAdapter(annotation, config=ConfigDict(strict=True))


def _annotation(key: str) -> Any:
    known = ScenarioFile.model_fields[key]
    if not known.metadata:
        return known.annotation
    return Annotated[known.annotation, *known.metadata]


def _usable(given: Any, read: Callable[[Any], Any], instead: Any = None) -> dict[Any, Any]:
    """Return the readable ones of the items of a mapping or list, by name or number."""
    items = given.items() if isinstance(given, dict) else []
    found = {}
    for key, value in enumerate(given) if isinstance(given, list) else items:
        if isinstance(key, str) and blank_in(key):
            continue
        try:
            found[key] = read(value)
        except ValidationError:
            if instead is not None:
                found[key] = instead
    return found


def unknown_parameters(
    content: ScenarioFile, document: StrictYaml, parameters: Parameters
) -> Iterator[Fault]:
    """Yield the faults of the names."""
    movable = replaceable(parameters)
    for name in content.parameters:
        if name in movable:
            continue
        if name in parameters.single or name.rsplit(".", 1)[0] in parameters.laws:
            what = f"'{name}' is calibrated on figures and cannot be replaced in a scenario"
            remedy = "change it in a models folder of your own and name that with --models"
        else:
            what, remedy = f"unknown parameter '{name}'", did_you_mean(name, movable)
        yield document.fault(("parameters", name), what, remedy)


def misplaced_parameters(
    content: ScenarioFile, document: StrictYaml, parameters: Parameters
) -> list[Fault]:
    """Return the priors that allow values which their quantity cannot have."""
    return [
        document.fault(("parameters", name), *fault)
        for name, prior in content.parameters.items()
        if name in parameters.single
        and prior is not UNUSABLE_PRIOR
        and (fault := _misplaced(name, prior, parameters.single[name].prior)) is not None
    ]


def _misplaced(name: str, prior: Distribution, shipped: Distribution) -> tuple[str, str] | None:
    """Return (what is wrong with a prior that replaces the shipped one, the remedy)."""
    for begin, (low, high) in ONE_NUMBER.items():
        if name.startswith(begin) and (prior.fixed is None or not low <= prior.fixed <= high):
            what = f"'{name}' is one number for all draws: {prior.text}"
            return what, f"give a fixed number from {exact(low)} to {exact(high)}"
    if shipped.logit_normal is not None and prior.logit_normal is None:
        if prior.fixed is None or not 0.0 <= prior.fixed <= 1.0:
            what = f"'{name}' is a share: {prior.text}"
            return what, "give a logit_normal, or a fixed number from 0 to 1"
    elif shipped.lowest >= 0.0 > prior.lowest:
        what = f"'{name}' cannot be negative: {prior.text}"
        return what, "give a lognormal, a logit_normal, or a fixed number from zero on"
    elif name in ABOVE_ZERO and prior.fixed == 0.0:
        what = f"'{name}' must be above zero: {prior.text}"
        return what, "give a lognormal, or a fixed number above zero"
    return None


def replaceable(parameters: Parameters) -> frozenset[str]:
    """Return the parameters on which no figure bears: a scenario may replace their priors."""
    calibrated = (
        "document_error_",
        "pooled_",
        "trade_balance_season",
        "oda_loan_share",
        "oda_conversion",
        "labour_exit_",
        "labour_counted_share",
        "labour_engineers_abroad",
    )
    single = {name for name in parameters.single if not name.startswith(calibrated)}
    return frozenset(single - {"labour_conversion"})


def lever_faults(
    content: ScenarioFile, document: StrictYaml, instruments: Instruments
) -> Iterator[Fault]:
    """Yield the levers that are unknown, steered as they may not be, or out of range."""
    for name, path in content.levers.items():
        lever = instruments.levers.get(name)
        place = ("levers", name)
        if lever is None:
            remedy = did_you_mean(name, instruments.levers)
            yield document.fault(place, f"unknown lever '{name}'", remedy)
            continue
        if path is UNUSABLE_PATH:
            continue
        allowed = getattr(lever, path.operation)
        if allowed is None:
            may = [o for o in ("multiply", "add", "set") if getattr(lever, o) is not None]
            what = f"lever '{name}' cannot be steered by '{path.operation}'"
            yield document.fault((*place, path.operation), what, f"use {' or '.join(may)}")
            continue
        for amount in path.amounts:
            if not allowed[0] <= amount <= allowed[1]:
                what = f"lever '{name}': {path.operation} {exact(amount)} is out of range"
                unit = "" if path.operation == "multiply" else f" {lever.unit}"
                remedy = f"stay within {exact(allowed[0])} to {exact(allowed[1])}{unit}"
                yield document.fault((*place, path.operation), what, remedy)


def event_faults(
    content: ScenarioFile, document: StrictYaml, instruments: Instruments
) -> Iterator[Fault]:
    """Yield what is wrong with the events: types, dates, fields."""
    for index, event in enumerate(content.events):
        place = ("events", index)
        if event is UNUSABLE:
            continue
        if event_date(event) is None:
            what = f"event: 'on' is {event['on']!r}" if "on" in event else "event: 'on' is missing"
            yield document.fault((*place, "on"), what, "give a date such as 2027-10-01")
        kind = instruments.event_types.get(str(event.get("type", "")))
        if kind is not None:
            yield from _field_faults(event, kind, (*place,), document)
        elif blank := blank_in(str(event.get("type", ""))):
            yield document.fault((*place, "type"), f"event: 'type' {blank[0]}", blank[1])
        elif "type" in event:
            remedy = did_you_mean(str(event["type"]), instruments.event_types)
            what = f"event: unknown event type '{event['type']}'"
            yield document.fault((*place, "type"), what, remedy)
        elif meant := next((key for key in event if closest(key, ["type"])), None):
            yield document.fault((*place, meant), *unknown_key(meant, ["type"]))
        else:
            remedy = did_you_mean("", instruments.event_types)
            yield document.fault((*place, "type"), "event: has no 'type'", remedy)


def _field_faults(
    event: dict[str, str | int | float],
    kind: EventType,
    place: tuple[str | int, ...],
    document: StrictYaml,
) -> Iterator[Fault]:
    for key in event:
        known = ("on", "type", "note", *kind.fields)
        if key not in known:
            yield document.fault((*place, key), *unknown_key(key, known))
    for name, field in kind.fields.items():
        value = event.get(name)
        low, high = field.range
        if value is None:
            what = f"a {event['type']} needs '{name}'"
            yield document.fault(place, what, f"{field.meaning}, {field.unit}")
        elif isinstance(value, str):
            what = f"'{name}' is text: '{value[:40]}'"
            yield document.fault((*place, name), what, f"give a number of {field.unit}")
        elif not low <= value <= high or (field.whole and value != int(value)):
            what = f"'{name}' is {exact(value)}"
            whole = "a whole number " if field.whole else ""
            remedy = f"give {whole}from {exact(low)} to {exact(high)} {field.unit}"
            yield document.fault((*place, name), what, remedy)


def event_date(event: Mapping[str, str | int | float]) -> date | None:
    """Return the date of an event as its file gives it, None if it has none."""
    try:
        return parse_day(str(event.get("on", "")))
    except ValueError:
        return None
