"""Scenario files: from YAML to a frozen, checked scenario, with its chain of parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.errors import MAX_FAULTS, Fault, InputError, closest, did_you_mean
from vnjp_sim.foundation.packaged import display_path, kind_of, shipped_folder
from vnjp_sim.inputs.levers import Instruments, LeverPath
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.parameters import Distribution, Parameters
from vnjp_sim.inputs.scenario_file import (
    EARLIEST_START,
    LATEST_END,
    Event,
    ScenarioFile,
    event_date,
    event_faults,
    lever_faults,
    misplaced_parameters,
    replaceable,
    unknown_parameters,
    well_formed,
)
from vnjp_sim.inputs.scenario_merge import (
    Merged,
    grant_faults,
    horizon_faults,
    merge,
    removal_faults,
)
from vnjp_sim.inputs.schema import check, is_name
from vnjp_sim.inputs.strict_yaml import StrictYaml, read_yaml

MAX_CHAIN = 10


@dataclass(frozen=True, order=True)
class ScenarioEvent:
    """Something dated that a scenario makes happen; ordered by content, not by file order.

    `note` is what its file says of it, on one line; it makes no difference to what happens.
    """

    on: date
    type: str
    amounts: tuple[tuple[str, float], ...]
    note: str = field(default="", compare=False)

    def amount(self, name: str) -> float:
        """Return the number of one of its fields."""
        return dict(self.amounts)[name]

    @property
    def text(self) -> str:
        """The event in words, such as "vessel_order on 2027-10-01 (count 2)"."""
        told = ", ".join(f"{name} {grouped(exact(value))}" for name, value in self.amounts)
        return f"{self.type} on {self.on}" + (f" ({told})" if told else "")

    @property
    def noted(self) -> str:
        """The event in words, with its note."""
        return f"{self.text}: {self.note}" if self.note else self.text


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
    file : where it was read from, as shown to users.
    baseline : the root of the chain; None for a root.
    places : a fault without words at the place of the horizon, of each lever (by name) and of each
        event (by number).
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
    places: Mapping[tuple[str, str | int], Fault] = field(
        default_factory=dict, compare=False, repr=False
    )

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

    @property
    def departs(self) -> bool:
        """Whether it does anything that its baseline does not, or the other way round."""
        other = self.baseline
        return other is not None and (
            (self.levers, self.events, self.parameters)
            != (other.levers, other.events, other.parameters)
        )


def find_scenario(request: str) -> Path:
    """Return the file of a scenario given by name, for a shipped one, or by path.

    A bare name is that of a shipped scenario whatever lies in the current folder. Raises
    InputError if there is none.
    """
    shipped = {file.stem: file for file in shipped_folder("scenarios").glob("*.yml")}
    if request in shipped:
        return shipped[request]
    path = Path(request)
    kind = kind_of(path)
    if kind == "file":
        return path
    if kind == "folder":
        raise InputError.single(request, *_folder_fault(path))
    if path.suffix not in (".yml", ".yaml"):
        files = {file.stem: file for file in _beside(path) if file.stem not in shipped}
        near = closest(path.name, {*files, *shipped})
        remedy = f"give a YAML file, or {did_you_mean(request, shipped)}"
        if near in files:
            remedy = f"did you mean '{files[near].as_posix()}'?"
        raise InputError.single(request, "no such scenario", remedy)
    known = [file.name for file in _beside(path)]
    if path.parent.as_posix() in (".", "scenarios"):
        if path.stem in shipped:
            return shipped[path.stem]
        known += [file.name for file in shipped.values()]
    remedy = did_you_mean(path.name, set(known)) if known else "check the path"
    raise InputError.single(request, "no such file", remedy)


def find_parent(name: str, folder: Path, child: str = "") -> Path:
    """Return the file of the scenario that one in `folder` extends by name.

    It lies beside its child, or is a shipped one. Raises InputError if there is none; `child` is
    then not among what is suggested.
    """
    folders = [folder, shipped_folder("scenarios")]
    for place in folders:
        file = place / f"{name}.yml"
        try:
            kind = kind_of(file)
        except InputError as error:
            what = f"extends '{name}', but {file.name} {error.faults[0].what}"
            raise InputError.single(str(file), what, error.faults[0].remedy) from None
        if kind == "file":
            return file
    files = [file for place in folders for file in place.glob("*.yml") if file.is_file()]
    known = {file.stem for file in files if is_name(file.stem)} - {child}
    what = f"extends the unknown scenario '{name}'"
    raise InputError.single(name, what, did_you_mean(name, known))


def _beside(path: Path) -> list[Path]:
    """Return the YAML files of the folder that a path names."""
    if not path.parent.is_dir():
        return []
    files = [file for suffix in ("yml", "yaml") for file in path.parent.glob(f"*.{suffix}")]
    return sorted(file for file in files if file.is_file())


def _folder_fault(folder: Path) -> tuple[str, str]:
    if (folder / "manifest.json").is_file():
        what = "is the folder of a stored run, not a scenario"
        return what, "give its YAML file or name; compare and report take stored runs"
    return "is a folder, not a file", "name a YAML file in it"


def read_scenario(
    file: Path,
    parameters: Parameters,
    instruments: Instruments,
    start: int | None = None,
    end: int | None = None,
) -> Scenario:
    """Read a scenario and its chain of parents.

    Parameters
    ----------
    file : the YAML file; parents are looked for beside it, then among the shipped scenarios.
    parameters : what the scenario may replace.
    instruments : what it may steer and make happen.
    start, end : first and last year that are asked for; they hold as if the file itself gave them.

    Raises
    ------
    InputError
        With all faults of the file.
    """
    chain = _Chain(file, parameters, instruments)
    chain.read()
    merged = merge(chain.contents if chain.whole else chain.contents[:1])
    faults = [*chain.faults]
    if chain.whole:
        faults += islice(removal_faults(chain.contents), MAX_FAULTS)
    years = _years(merged, start, end)
    if chain.contents and years is not None:
        name, asked = chain.contents[0][0].name, start is not None or end is not None
        faults += islice(horizon_faults(merged, *years, name, asked=asked), MAX_FAULTS)
    elif chain.whole:
        what = "neither the scenario nor a parent has a horizon"
        remedy = "add 'horizon: {start: 2025, end: 2040}'"
        faults.append(Fault(display_path(file), 1, 1, what, remedy))
    if faults or years is None:
        raise InputError(faults)
    _check_grants(merged, parameters)
    scenario = _scenario([c for c, _ in chain.contents], file, merged, years, instruments)
    if start is not None or end is not None:
        asked_at = Fault("--horizon", 0, 0, "", "")
        scenario = replace(scenario, places={**scenario.places, ("horizon", ""): asked_at})
    if len(chain.contents) == 1:
        return scenario
    root, place = chain.contents[-1:], chain.files[-1]
    baseline = _scenario([root[0][0]], place, merge(root), years, instruments)
    return replace(scenario, baseline=baseline)


class _Chain:
    """The files of a scenario and its parents, read one after the other.

    Attributes
    ----------
    contents : of each file with its document, from the scenario to its root.
    files : their paths.
    whole : whether all could be read, so that nothing is missing of what holds in the end.
    """

    def __init__(self, file: Path, parameters: Parameters, instruments: Instruments) -> None:
        self.parameters, self.instruments = parameters, instruments
        self.contents: list[tuple[ScenarioFile, StrictYaml]] = []
        self.files = [file]
        self.faults: list[Fault] = []
        self.whole = True

    def read(self) -> None:
        """Read the file and its parents."""
        here: Path | None = self.files[0]
        while here is not None:
            try:
                document = read_yaml(here)
            except InputError as error:
                self._break(*error.faults)
                return
            content = self._checked(document, here)
            self.contents.append((content, document))
            if self.whole and len(self.files) > 1 and content.name != here.stem:
                what = (
                    f"the scenario calls itself '{content.name}', but is extended as '{here.stem}'"
                )
                self.faults.append(document.fault(("name",), what, f"name it '{here.stem}'"))
            here = self._parent(content, document, here)
            if here is not None:
                self.files.append(here)

    def _checked(self, document: StrictYaml, here: Path) -> ScenarioFile:
        """Return the content of a file, or what of it can be used, with its faults noted."""
        try:
            content = check(ScenarioFile, document)
        except InputError as error:
            self._break(*error.faults)
            content = well_formed(document, here.stem)
        for faults in (
            unknown_parameters(content, document, self.parameters),
            misplaced_parameters(content, document, self.parameters),
            lever_faults(content, document, self.instruments),
            event_faults(content, document, self.instruments),
        ):
            self.faults += islice(faults, MAX_FAULTS)
        return content

    def _parent(self, content: ScenarioFile, document: StrictYaml, child: Path) -> Path | None:
        """Return the file that a scenario extends, None if it is a root or there is a fault."""
        name = content.extends
        if name is None:
            return None
        names = [content.name for content, _ in self.contents]
        place = document.fault(("extends",), "", "")
        if name in names:
            what = "extends itself: " + " → ".join([*names, name])
            remedy = "extend another scenario, or give this one another name"
            self._break(replace(place, what=what, remedy=remedy))
            return None
        try:
            file = find_parent(name, child.parent, child.stem)
        except InputError as error:
            self._break(*(replace(place, what=f.what, remedy=f.remedy) for f in error.faults))
            return None
        if len(names) == MAX_CHAIN:
            what = f"the chain has more than {MAX_CHAIN} scenarios"
            self._break(replace(place, what=what, remedy="shorten it"))
            return None
        return file

    def _break(self, *faults: Fault) -> None:
        self.faults += faults
        self.whole = False


def _years(merged: Merged, start: int | None, end: int | None) -> tuple[int, int] | None:
    """Return first and last year, as asked for or as the files say; None if nothing says it.

    Raises InputError if what is asked for is not possible.
    """
    own = merged.horizon[0] if merged.horizon is not None else None
    first = start if start is not None or own is None else own.start
    last = end if end is not None or own is None else own.end
    if first is None or last is None:
        return None
    if (start, end) != (None, None) and not EARLIEST_START <= first <= last <= LATEST_END:
        raise InputError.single(
            "--horizon",
            f"the horizon {first}–{last} is not possible",
            f"give years in order, between {EARLIEST_START} and {LATEST_END}",
        )
    return first, last


def _check_grants(merged: Merged, parameters: Parameters) -> None:
    """Refuse security grants above their programme's ceiling; raises InputError."""
    name = "security_osa_ceiling"
    if name in parameters.single:
        faults = grant_faults(merged, merged.parameters.get(name, parameters.single[name].prior))
        if faults:
            raise InputError(faults)


def _scenario(
    contents: list[ScenarioFile],
    file: Path,
    merged: Merged,
    years: tuple[int, int],
    instruments: Instruments,
) -> Scenario:
    """Return the scenario of a chain without faults, given from the scenario to its root."""
    own = contents[0]
    events = [(_event(event, instruments), place) for event, place in merged.events]
    events.sort(key=lambda placed: (placed[0], placed[0].note))
    places: dict[tuple[str, str | int], Fault] = {}
    if merged.horizon is not None:
        places["horizon", ""] = merged.horizon[1].fault("", "")
    places |= {("lever", n): place.fault("", "") for n, (_, place) in merged.levers.items()}
    places |= {("event", i): place.fault("", "", "on") for i, (_, place) in enumerate(events)}
    return Scenario(
        own.name,
        own.title,
        own.narrative,
        own.sources,
        *years,
        {name: path for name, (path, _) in sorted(merged.levers.items())},
        tuple(event for event, _ in events),
        dict(merged.parameters),
        tuple(content.name for content in reversed(contents)),
        display_path(file),
        places=places,
    )


def _event(event: Event, instruments: Instruments) -> ScenarioEvent:
    day = event_date(event)
    assert day is not None  # noqa: S101 - checked before
    kind = instruments.event_types[str(event["type"])]
    amounts = tuple((name, float(event[name])) for name in sorted(kind.fields))
    return ScenarioEvent(
        day, str(event["type"]), amounts, " ".join(str(event.get("note", "")).split())
    )


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
