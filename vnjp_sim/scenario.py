"""Scenario files: from YAML to a frozen, checked scenario, with its chain of parents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from vnjp_sim.checked import Checked, check
from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.levers import EventType, Instruments, LeverPath
from vnjp_sim.parameters import Distribution, Parameters
from vnjp_sim.shipped import display_path, shipped_folder
from vnjp_sim.strict_yaml import StrictYaml, read_yaml

EARLIEST_START, LATEST_END = 2000, 2100
MAX_CHAIN = 10
NAME_PATTERN = r"[a-z][a-z0-9_]{0,59}"

Words = Annotated[tuple[str, ...], Field(strict=False)]


class Horizon(Checked):
    """First and last projected year."""

    start: int = Field(ge=EARLIEST_START, le=LATEST_END)
    end: int = Field(ge=EARLIEST_START, le=LATEST_END)

    @model_validator(mode="after")
    def _forward(self) -> Horizon:
        if self.end < self.start:
            raise ValueError(
                f"the horizon ends in {self.end}, before it starts in {self.start} — "
                "give an end after the start"
            )
        return self


class Remove(Checked):
    """What a scenario drops of its parents: levers and parameters by name, events by type."""

    levers: Words = ()
    parameters: Words = ()
    events: Words = ()


class ScenarioFile(Checked):
    """The content of a scenario file: its departures from the scenario that it extends.

    Levers and parameters replace those of the parents by name, events are added, `remove` drops.
    An event has `on` (a date), `type`, the fields of its type, and a `note`. `parameters` replaces
    published or assumed priors that no figure bears on, for this scenario.
    """

    name: str = Field(pattern=rf"^{NAME_PATTERN}$")
    title: str = Field(min_length=1, max_length=200)
    narrative: str = ""
    sources: Words = ()
    extends: str | None = Field(default=None, pattern=rf"^{NAME_PATTERN}$")
    horizon: Horizon | None = None
    levers: dict[str, LeverPath] = {}
    events: list[dict[str, str | int | float]] = []
    parameters: dict[str, Distribution] = {}
    remove: Remove = Remove()


@dataclass(frozen=True, order=True)
class ScenarioEvent:
    """Something dated that a scenario makes happen; ordered by content, not by file order."""

    on: date
    type: str
    amounts: tuple[tuple[str, float], ...]

    def amount(self, name: str) -> float:
        """Return the number of one of its fields."""
        return dict(self.amounts)[name]


@dataclass(frozen=True)
class Scenario:
    """A scenario with everything that its chain of parents says.

    Attributes
    ----------
    name, title, narrative, sources : as its own file says.
    start, end : first and last projected year.
    levers : paths by lever.
    events : in the order of their content.
    parameters : replaced priors by name.
    chain : names from the root to the scenario itself.
    baseline : the root of the chain; None for a root.
    file : where it was read from, as shown to users.
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    start: int
    end: int
    levers: Mapping[str, LeverPath]
    events: tuple[ScenarioEvent, ...]
    parameters: Mapping[str, Distribution]
    chain: tuple[str, ...]
    file: str
    baseline: Scenario | None = None

    @property
    def content(self) -> dict[str, Any]:
        """What the projection depends on, for hashing."""
        return {
            "name": self.name,
            "horizon": (self.start, self.end),
            "baseline": None if self.baseline is None else self.baseline.content,
            "levers": {n: p.model_dump(mode="json", by_alias=True) for n, p in self.levers.items()},
            "events": [(e.on.isoformat(), e.type, e.amounts) for e in self.events],
            "parameters": {n: d.model_dump(mode="json") for n, d in self.parameters.items()},
        }


def find_scenario(request: str) -> Path:
    """Return the file of a scenario given by path or by the name of a shipped one.

    Raises InputError if there is none.
    """
    path = Path(request)
    if path.suffix in (".yml", ".yaml") or path.exists():
        if not path.exists():
            shipped = shipped_folder("scenarios") / path.name
            if shipped.exists() and path.parent.as_posix() in (".", "scenarios"):
                return shipped
        return path
    folder = shipped_folder("scenarios")
    shipped = folder / f"{request}.yml"
    if "/" in request or "\\" in request or not shipped.exists():
        names = [file.stem for file in folder.glob("*.yml")]
        raise InputError.single(
            request, "no such scenario", f"give a YAML file, or {did_you_mean(request, names)}"
        )
    return shipped


def read_scenario(file: Path, parameters: Parameters, instruments: Instruments) -> Scenario:
    """Read a scenario and its chain of parents.

    Parameters
    ----------
    file : the YAML file; parents are looked for beside it, then among the shipped scenarios.
    parameters : what the scenario may replace.
    instruments : what it may steer and make happen.

    Raises
    ------
    InputError
        With all faults of the file.
    """
    contents: list[tuple[ScenarioFile, StrictYaml]] = []
    faults: list[Fault] = []
    names: list[str] = []
    here = file
    while True:
        document = read_yaml(here)
        content = check(ScenarioFile, document)
        faults += _parameter_faults(content, document, parameters)
        faults += _lever_faults(content, document, instruments)
        faults += _event_faults(content, document, instruments)
        if content.name in names:
            loop = " → ".join([*names, content.name])
            faults.append(
                document.fault(("extends",), f"the chain loops: {loop}", "break the loop")
            )
            break
        names.append(content.name)
        contents.append((content, document))
        if content.extends is None:
            break
        if len(names) >= MAX_CHAIN:
            what = f"the chain has more than {MAX_CHAIN} scenarios"
            faults.append(document.fault(("extends",), what, "shorten it"))
            break
        parent = _parent(content.extends, here, document, faults)
        if parent is None:
            break
        here = parent
    if faults:
        raise InputError(faults)
    scenario = _merge([content for content, _ in contents], file, instruments)
    _check_horizon(scenario, contents)
    if len(contents) == 1:
        return scenario
    root = _merge([contents[-1][0]], here, instruments)
    return replace(scenario, baseline=replace(root, start=scenario.start, end=scenario.end))


def _parent(name: str, child: Path, document: StrictYaml, faults: list[Fault]) -> Path | None:
    folders = [child.parent, shipped_folder("scenarios")]
    for folder in folders:
        file = folder / f"{name}.yml"
        if file.exists():
            return file
    known = {f.stem for folder in folders for f in folder.glob("*.yml")}
    what = f"extends the unknown scenario '{name}'"
    faults.append(document.fault(("extends",), what, did_you_mean(name, known)))
    return None


def _parameter_faults(
    content: ScenarioFile, document: StrictYaml, parameters: Parameters
) -> list[Fault]:
    found = []
    movable = replaceable(parameters)
    for name in content.parameters:
        if name in movable:
            continue
        if name in parameters.single or name.rsplit(".", 1)[0] in parameters.laws:
            what = f"'{name}' is calibrated on figures and cannot be replaced in a scenario"
            remedy = "change it in a models folder of your own and name that with --models"
        else:
            what, remedy = f"unknown parameter '{name}'", did_you_mean(name, movable)
        found.append(document.fault(("parameters", name), what, remedy))
    return found


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


def _lever_faults(
    content: ScenarioFile, document: StrictYaml, instruments: Instruments
) -> list[Fault]:
    found = []
    for name, path in content.levers.items():
        lever = instruments.levers.get(name)
        place = ("levers", name)
        if lever is None:
            remedy = did_you_mean(name, instruments.levers)
            found.append(document.fault(place, f"unknown lever '{name}'", remedy))
            continue
        allowed = getattr(lever, path.operation)
        if allowed is None:
            may = [o for o in ("multiply", "add", "set") if getattr(lever, o) is not None]
            what = f"lever '{name}' cannot be steered by '{path.operation}'"
            found.append(document.fault((*place, path.operation), what, f"use {' or '.join(may)}"))
            continue
        for amount in path.amounts:
            if not allowed[0] <= amount <= allowed[1]:
                what = f"lever '{name}': {path.operation} {amount:g} is out of range"
                remedy = f"stay within {allowed[0]:g} to {allowed[1]:g} {lever.unit}"
                found.append(document.fault((*place, path.operation), what, remedy))
    return found


def _event_faults(
    content: ScenarioFile, document: StrictYaml, instruments: Instruments
) -> list[Fault]:
    found = []
    for index, event in enumerate(content.events):
        place = ("events", index)
        kind = instruments.event_types.get(str(event.get("type", "")))
        if kind is None:
            named = f"unknown event type '{event['type']}'" if "type" in event else "has no 'type'"
            remedy = did_you_mean(str(event.get("type", "")), instruments.event_types)
            found.append(document.fault((*place, "type"), f"event: {named}", remedy))
            continue
        if _event_date(event) is None:
            what = f"event: 'on' is {event['on']!r}" if "on" in event else "event: 'on' is missing"
            found.append(document.fault((*place, "on"), what, "give a date such as 2027-10-01"))
        found += _field_faults(event, kind, (*place,), document)
    return found


def _field_faults(
    event: dict[str, str | int | float],
    kind: EventType,
    place: tuple[str | int, ...],
    document: StrictYaml,
) -> list[Fault]:
    found = []
    for key in event:
        if key not in ("on", "type", "note", *kind.fields):
            remedy = did_you_mean(key, ["on", "type", "note", *kind.fields])
            found.append(document.fault((*place, key), f"unknown key '{key}'", remedy))
    for name, field in kind.fields.items():
        value = event.get(name)
        low, high = field.range
        if value is None:
            what = f"a {event['type']} needs '{name}'"
            found.append(document.fault(place, what, f"{field.meaning}, {field.unit}"))
        elif isinstance(value, str):
            what = f"'{name}' is text: '{value[:40]}'"
            found.append(document.fault((*place, name), what, f"give a number of {field.unit}"))
        elif not low <= value <= high or (field.whole and value != int(value)):
            what = f"'{name}' is {value:g}"
            whole = "a whole number " if field.whole else ""
            remedy = f"give {whole}from {low:g} to {high:g} {field.unit}"
            found.append(document.fault((*place, name), what, remedy))
    return found


def _event_date(event: Mapping[str, str | int | float]) -> date | None:
    try:
        return date.fromisoformat(str(event.get("on", "")))
    except ValueError:
        return None


def _check_horizon(scenario: Scenario, contents: list[tuple[ScenarioFile, StrictYaml]]) -> None:
    """Refuse levers and events outside the horizon; raises InputError with all of them."""
    faults = []
    for content, document in contents:
        for name, path in content.levers.items():
            if not scenario.start <= path.first_year <= scenario.end:
                what = f"lever '{name}' begins in {path.first_year}, outside the horizon"
                remedy = f"begin within {scenario.start} to {scenario.end}"
                faults.append(document.fault(("levers", name), what, remedy))
        for index, event in enumerate(content.events):
            day = _event_date(event)
            if day is not None and not scenario.start <= day.year <= scenario.end:
                what = f"the event of {day} is outside the horizon"
                remedy = f"give a date within {scenario.start} to {scenario.end}"
                faults.append(document.fault(("events", index, "on"), what, remedy))
    if faults:
        raise InputError(faults)


def _merge(contents: list[ScenarioFile], file: Path, instruments: Instruments) -> Scenario:
    """Merge a chain, given from the scenario to its root."""
    own = contents[0]
    horizon = next((c.horizon for c in contents if c.horizon is not None), None)
    if horizon is None:
        raise InputError.single(
            display_path(file),
            "neither the scenario nor a parent has a horizon",
            "add 'horizon: {start: 2025, end: 2040}'",
        )
    merged: dict[str, Distribution] = {}
    levers: dict[str, LeverPath] = {}
    events: list[ScenarioEvent] = []
    for content in reversed(contents):
        drop = content.remove
        merged = {n: d for n, d in merged.items() if n not in drop.parameters}
        levers = {n: p for n, p in levers.items() if n not in drop.levers}
        events = [e for e in events if e.type not in drop.events]
        merged.update(content.parameters)
        levers.update(content.levers)
        events += [_event(event, instruments) for event in content.events]
    return Scenario(
        own.name,
        own.title,
        own.narrative,
        own.sources,
        horizon.start,
        horizon.end,
        dict(sorted(levers.items())),
        tuple(sorted(events)),
        merged,
        tuple(content.name for content in reversed(contents)),
        display_path(file),
    )


def _event(event: Mapping[str, str | int | float], instruments: Instruments) -> ScenarioEvent:
    day = _event_date(event)
    assert day is not None  # noqa: S101 - checked before
    kind = instruments.event_types[str(event["type"])]
    amounts = tuple((name, float(event[name])) for name in sorted(kind.fields))
    return ScenarioEvent(day, str(event["type"]), amounts)


def write_template(name: str, extends: str) -> Path:
    """Write `name`.yml into the current folder and return it.

    Raises InputError if the name is not fit for a scenario or the file exists.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise InputError.single(
            name, "is not a name for a scenario", "use small letters, digits and underscores"
        )
    find_scenario(extends)
    file = Path(f"{name}.yml")
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATE.format(name=name, extends=extends))
    except FileExistsError:
        raise InputError.single(str(file), "exists already", "choose another name") from None
    return file


TEMPLATE = """\
# State departures from the parent only. `vnjp_sim levers` lists what can be steered, `vnjp_sim
# validate {name}.yml` explains every fault.
name: {name}
title: What this scenario is about, in one line
extends: {extends}
narrative: >-
  What happens and why, in a few sentences.
sources:
  - document and lines, or your own reasoning

# Paths: step (from, perhaps to), ramp (from, to), pulse (from, to), series (numbers by year).
# Each with exactly one of multiply, add, set.
levers:
  oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 1.5}}
  # labour_skilled_intake: {{path: series, multiply: {{2026: 1.1, 2030: 1.4}}}}

# Something dated; each type has its own fields.
events:
  - {{on: 2027-10-01, type: vessel_order, count: 2, note: follow-on order}}

# Replaces a published or assumed prior for this scenario alone.
# parameters:
#   oda_delay_factor: {{lognormal: {{median: 1.2, sigma: 0.2}}}}

# Drops what a parent does: levers and parameters by name, events by type.
# remove: {{levers: [], parameters: [], events: []}}
"""
