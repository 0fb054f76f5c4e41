"""Scenario files: from YAML to a frozen, checked scenario, with its chain of parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from vnjp_sim.checked import Checked, check
from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.parameters import Distribution, Parameters
from vnjp_sim.shipped import display_path, shipped_folder
from vnjp_sim.strict_yaml import StrictYaml, read_yaml

EARLIEST_START, LATEST_END = 2000, 2100
MAX_CHAIN = 10

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


class ScenarioFile(Checked):
    """The content of a scenario file.

    `parameters` replaces published or assumed priors that no figure bears on, for this scenario.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: str = Field(min_length=1, max_length=200)
    narrative: str = ""
    sources: Words = ()
    extends: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,59}$")
    horizon: Horizon | None = None
    parameters: dict[str, Distribution] = {}


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
    here = file
    while True:
        document = read_yaml(here)
        content = check(ScenarioFile, document)
        faults += _parameter_faults(content, document, parameters)
        if content.name in names:
            loop = " → ".join([*names, content.name])
            faults.append(
                document.fault(("extends",), f"the chain loops: {loop}", "break the loop")
            )
            break
        names.append(content.name)
        contents.append(content)
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
    return _merge(contents, file)


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
