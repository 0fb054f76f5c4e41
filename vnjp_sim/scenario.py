"""Scenario files: from YAML to a frozen, checked scenario, with its chain of parents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from vnjp_sim.checked import NAME, check
from vnjp_sim.errors import MAX_FAULTS, Fault, InputError, did_you_mean
from vnjp_sim.levers import Instruments, LeverPath
from vnjp_sim.number_text import exact, grouped
from vnjp_sim.parameters import Distribution, Parameters
from vnjp_sim.scenario_file import (
    EARLIEST_START,
    LATEST_END,
    ScenarioFile,
    event_date,
    event_faults,
    grant_faults,
    lever_faults,
    misplaced_parameters,
    removal_faults,
    replaceable,
    unknown_parameters,
    well_formed,
)
from vnjp_sim.shipped import display_path, shipped_folder
from vnjp_sim.strict_yaml import StrictYaml, read_yaml

MAX_CHAIN = 10


@dataclass(frozen=True, order=True)
class ScenarioEvent:
    """Something dated that a scenario makes happen; ordered by content, not by file order."""

    on: date
    type: str
    amounts: tuple[tuple[str, float], ...]

    def amount(self, name: str) -> float:
        """Return the number of one of its fields."""
        return dict(self.amounts)[name]

    @property
    def text(self) -> str:
        """The event in words, such as "vessel_order on 2027-10-01 (count 2)"."""
        told = ", ".join(f"{name} {grouped(exact(value))}" for name, value in self.amounts)
        return f"{self.type} on {self.on}" + (f" ({told})" if told else "")


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
    if path.is_file() or (path.exists() and not path.is_dir()):
        return path
    shipped = {file.stem: file for file in shipped_folder("scenarios").glob("*.yml")}
    if request in shipped:
        return shipped[request]
    if path.is_dir():
        raise InputError.single(request, "is a folder, not a file", "name a YAML file in it")
    if path.suffix not in (".yml", ".yaml"):
        remedy = f"give a YAML file, or {did_you_mean(request, shipped)}"
        raise InputError.single(request, "no such scenario", remedy)
    known = [file.name for file in path.parent.glob("*.yml")] if path.parent.is_dir() else []
    if path.parent.as_posix() in (".", "scenarios"):
        if path.stem in shipped:
            return shipped[path.stem]
        known += [file.name for file in shipped.values()]
    remedy = did_you_mean(path.name, set(known)) if known else "check the path"
    raise InputError.single(request, "no such file", remedy)


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
    whole = True
    here: Path | None = file
    while here is not None:
        try:
            document = read_yaml(here)
        except InputError as error:
            faults += error.faults
            break
        faults += islice(unknown_parameters(document, parameters), MAX_FAULTS)
        told = len(faults)
        parent = _parent(document, here, faults)
        whole = whole and len(faults) == told
        try:
            content = check(ScenarioFile, document)
        except InputError as error:
            faults += error.faults
            content = well_formed(document)
            whole = False
        faults += misplaced_parameters(content, document, parameters)
        faults += islice(lever_faults(content, document, instruments), MAX_FAULTS)
        faults += islice(event_faults(content, document, instruments), MAX_FAULTS)
        contents.append((content, document))
        names.append(content.name)
        if whole and here != file and content.name != here.stem:
            what = f"the scenario calls itself '{content.name}', but is extended as '{here.stem}'"
            faults.append(document.fault(("name",), what, f"name it '{here.stem}'"))
        if parent is not None and parent.stem in names:
            what = "extends itself: " + " → ".join([*names, parent.stem])
            remedy = "extend another scenario, or give this one another name"
            faults.append(document.fault(("extends",), what, remedy))
            break
        if len(names) == MAX_CHAIN and parent is not None:
            what = f"the chain has more than {MAX_CHAIN} scenarios"
            faults.append(document.fault(("extends",), what, "shorten it"))
            break
        here = parent
    else:
        faults += islice(removal_faults(contents) if whole else (), MAX_FAULTS)
        faults += _horizon_faults(file, contents, whole)
    if faults:
        raise InputError(faults)
    scenario = _merge([content for content, _ in contents], file, instruments)
    _check_grants(scenario, contents, parameters)
    if len(contents) == 1:
        return scenario
    root = _merge([contents[-1][0]], file, instruments)
    return replace(scenario, baseline=replace(root, start=scenario.start, end=scenario.end))


def _parent(document: StrictYaml, child: Path, faults: list[Fault]) -> Path | None:
    """Return the file that a scenario extends, if any; add to `faults` if there is none."""
    name = document.content.get("extends") if isinstance(document.content, dict) else None
    if not isinstance(name, str) or not re.match(NAME, name):
        return None
    folders = [child.parent, shipped_folder("scenarios")]
    for folder in folders:
        file = folder / f"{name}.yml"
        if file.is_file():
            return file
    known = {f.stem for folder in folders for f in folder.glob("*.yml")} - {child.stem}
    what = f"extends the unknown scenario '{name}'"
    faults.append(document.fault(("extends",), what, did_you_mean(name, known)))
    return None


def _horizon_faults(
    file: Path, contents: list[tuple[ScenarioFile, StrictYaml]], whole: bool
) -> list[Fault]:
    """Return the levers and events outside the horizon, or that there is none.

    In a chain that is not whole, only a horizon of the scenario's own is surely the one that holds.
    """
    known = contents if whole else contents[:1]
    horizon = next((content.horizon for content, _ in known if content.horizon is not None), None)
    if horizon is None:
        what = "neither the scenario nor a parent has a horizon"
        remedy = "add 'horizon: {start: 2025, end: 2040}'"
        return [Fault(display_path(file), 1, 1, what, remedy)] if whole else []
    faults = []
    for content, document in contents:
        for name, path in content.levers.items():
            if not horizon.start <= path.first_year <= horizon.end:
                what = f"lever '{name}' begins in {path.first_year}, outside the horizon"
                remedy = f"begin within {horizon.start} to {horizon.end}"
                faults.append(document.fault(("levers", name), what, remedy))
        for index, event in enumerate(content.events):
            day = event_date(event)
            if day is not None and not horizon.start <= day.year <= horizon.end:
                what = f"the event of {day} is outside the horizon"
                remedy = f"give a date within {horizon.start} to {horizon.end}"
                faults.append(document.fault(("events", index, "on"), what, remedy))
    return faults


def _check_grants(
    scenario: Scenario, contents: list[tuple[ScenarioFile, StrictYaml]], parameters: Parameters
) -> None:
    """Refuse security grants above their programme's ceiling; raises InputError."""
    name = "security_osa_ceiling"
    if name not in parameters.single:
        return
    removed = [i for i, (content, _) in enumerate(contents) if "osa_grant" in content.remove.events]
    kept = contents[: removed[0] + 1] if removed else contents
    ceiling = scenario.parameters.get(name, parameters.single[name].prior)
    faults = grant_faults(kept, scenario.levers, ceiling)
    if faults:
        raise InputError(faults)


def _merge(contents: list[ScenarioFile], file: Path, instruments: Instruments) -> Scenario:
    """Merge a chain, given from the scenario to its root."""
    own = contents[0]
    horizon = next(c.horizon for c in contents if c.horizon is not None)
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
    day = event_date(event)
    assert day is not None  # noqa: S101 - checked before
    kind = instruments.event_types[str(event["type"])]
    amounts = tuple((name, float(event[name])) for name in sorted(kind.fields))
    return ScenarioEvent(day, str(event["type"]), amounts)


__all__ = [
    "EARLIEST_START",
    "LATEST_END",
    "Scenario",
    "ScenarioEvent",
    "ScenarioFile",
    "find_scenario",
    "read_scenario",
    "replaceable",
]
