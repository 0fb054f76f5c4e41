"""Scenario files: from YAML to a frozen, checked scenario, with its chain of parents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from vnjp_sim.checked import NAME, Checked, check
from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.parameters import Distribution, Parameters
from vnjp_sim.shipped import display_path, shipped_folder
from vnjp_sim.strict_yaml import StrictYaml, read_yaml

EARLIEST_START, LATEST_END = 2000, 2100
MAX_CHAIN = 10
RESERVED = ("calibration", "reference")
"""Names of folders beside those of the scenarios in the results."""

Words = Annotated[tuple[str, ...], Field(strict=False)]


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


class ScenarioFile(Checked):
    """The content of a scenario file.

    `parameters` replaces published or assumed priors that no figure bears on, for this scenario.
    """

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1, max_length=200)
    narrative: str = ""
    sources: Words = ()
    extends: str | None = Field(default=None, pattern=NAME)
    horizon: Horizon | None = None
    parameters: dict[str, Distribution] = {}

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"cannot be '{name}', a folder of the results — give another name")
        return name


@dataclass(frozen=True)
class Scenario:
    """A scenario with everything that its chain of parents says.

    Attributes
    ----------
    name, title, narrative, sources : as its own file says.
    start, end : first and last projected year.
    parameters : replaced priors by name.
    chain : names from the root to the scenario itself.
    file : where it was read from, as shown to users.
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    start: int
    end: int
    parameters: Mapping[str, Distribution]
    chain: tuple[str, ...]
    file: str

    @property
    def content(self) -> dict[str, Any]:
        """What the projection depends on, for hashing."""
        return {
            "name": self.name,
            "horizon": (self.start, self.end),
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


def read_scenario(file: Path, parameters: Parameters) -> Scenario:
    """Read a scenario and its chain of parents.

    Parameters
    ----------
    file : the YAML file; parents are looked for beside it, then among the shipped scenarios.
    parameters : what the scenario may replace.

    Raises
    ------
    InputError
        With all faults of the file.
    """
    contents: list[ScenarioFile] = []
    faults: list[Fault] = []
    names: list[str] = []
    here: Path | None = file
    while here is not None:
        document = read_yaml(here)
        faults += _unknown_parameters(document, parameters)
        parent = _parent(document, here, faults)
        try:
            content = check(ScenarioFile, document)
        except InputError as error:
            faults += error.faults
            break
        faults += _misplaced_parameters(content, document, parameters)
        contents.append(content)
        names.append(content.name)
        if here != file and content.name != here.stem:
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
    if faults:
        raise InputError(faults)
    return _merge(contents, file)


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


def _unknown_parameters(document: StrictYaml, parameters: Parameters) -> list[Fault]:
    """Return the faults of the names, also where the rest of the file cannot be used."""
    given = document.content.get("parameters") if isinstance(document.content, dict) else None
    movable = replaceable(parameters)
    found = []
    for name in given if isinstance(given, dict) else ():
        if name in movable:
            continue
        if name in parameters.single or name.rsplit(".", 1)[0] in parameters.laws:
            what = f"'{name}' is calibrated on figures and cannot be replaced in a scenario"
            remedy = "change it in a models folder of your own and name that with --models"
        else:
            what, remedy = f"unknown parameter '{name}'", did_you_mean(name, movable)
        found.append(document.fault(("parameters", name), what, remedy))
    return found


def _misplaced_parameters(
    content: ScenarioFile, document: StrictYaml, parameters: Parameters
) -> list[Fault]:
    """Return the priors that allow negative values of a quantity that has none."""
    return [
        document.fault(
            ("parameters", name),
            f"'{name}' cannot be negative: {prior.text}",
            "give a lognormal, a logit_normal, or a fixed number from zero on",
        )
        for name, prior in content.parameters.items()
        if name in parameters.single and parameters.single[name].prior.lowest >= 0.0 > prior.lowest
    ]


def replaceable(parameters: Parameters) -> frozenset[str]:
    """Return the parameters on which no figure bears: a scenario may replace their priors."""
    calibrated = ("document_error_", "pooled_", "trade_balance_season", "oda_")
    return frozenset(name for name in parameters.single if not name.startswith(calibrated))


def _merge(contents: list[ScenarioFile], file: Path) -> Scenario:
    """Merge a chain, given from the scenario to its root."""
    own = contents[0]
    horizon = next((c.horizon for c in contents if c.horizon is not None), None)
    if horizon is None:
        raise InputError.single(
            display_path(file),
            "neither the scenario nor a parent has a horizon",
            "add 'horizon: {start: 2025, end: 2040}'",
            line=1,
            column=1,
        )
    merged: dict[str, Distribution] = {}
    for content in reversed(contents):
        merged.update(content.parameters)
    return Scenario(
        own.name,
        own.title,
        own.narrative,
        own.sources,
        horizon.start,
        horizon.end,
        merged,
        tuple(content.name for content in reversed(contents)),
        display_path(file),
    )
