"""Which file is meant by the name or path of a scenario."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vnjp_sim.foundation.argument_types import PACKED, is_written_out
from vnjp_sim.foundation.choices import id_meant
from vnjp_sim.foundation.errors import InputError, closest, did_you_mean
from vnjp_sim.foundation.packaged import kind_of, shipped_folder
from vnjp_sim.inputs.scenario_file import AT
from vnjp_sim.inputs.scenario_forms import line_of
from vnjp_sim.inputs.schema import is_name
from vnjp_sim.inputs.strict_yaml import MAX_BYTES, StrictYaml, read_line, read_yaml

EXAMPLES = "scenarios/examples"
SUFFIXES = (".yml", ".yaml")
WRITTEN_OUT = "scenario"
"""What messages show in place of a file for a scenario that is written out."""


@dataclass(frozen=True)
class VariantOf:
    """A variant of the scenario in a file."""

    file: Path
    name: str


Source = Path | StrictYaml | VariantOf
"""Where a scenario is read from."""


def scenario_source(request: str) -> Source:
    """Return the file of a scenario, or its content where it is written out; raises InputError.

    Parameters
    ----------
    request : str
        A name, a path, either with @ and the name of a variant behind it, the scenario itself as
        YAML on one line that begins with "{", or packed as URL-safe text.
    """
    if not is_written_out(request):
        scenario, at, variant = request.rpartition(AT)
        if at and scenario and is_name(variant) and kind_of(Path(request)) != "file":
            return VariantOf(find_scenario(scenario), variant)
        return find_scenario(request)
    line = line_of(request) if request.startswith(PACKED) else request
    if len(line.encode()) > MAX_BYTES:
        raise InputError.single(WRITTEN_OUT, f"has more than {MAX_BYTES} bytes", "give a file")
    return read_line(line, WRITTEN_OUT)


def find_scenario(request: str) -> Path:
    """Return the file of a scenario given by name, for a shipped one, or by path.

    A bare name is that of a shipped scenario whatever lies in the current folder, else that of a
    file there, whose ending may be left out. Raises InputError if there is none.
    """
    shipped = _shipped()
    request = full_name(request)
    if request in shipped:
        return shipped[request]
    path = Path(request)
    kind = kind_of(path)
    if kind == "file":
        return path
    if kind == "folder":
        raise InputError.single(request, *_folder_refusal(path))
    if path.suffix not in SUFFIXES:
        for suffix in SUFFIXES:
            if request.strip() and kind_of(named := Path(f"{request}{suffix}")) == "file":
                return named
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


def full_name(request: str) -> str:
    """Return the name of the shipped scenario that a title or the beginning of a name means.

    Any other request is returned as it is, and so is one that is the beginning of a file's name in
    the current folder. A variant may stand behind it. Raises InputError if several are meant.
    """
    if is_written_out(request):
        return request
    scenario, at, variant = request.rpartition(AT)
    if not (at and scenario):
        scenario, variant = request, ""
    path, shipped = Path(scenario), _shipped()
    if scenario in shipped or len(path.parts) != 1 or path.suffix in SUFFIXES:
        return request
    if os.path.lexists(path) or any(file.stem.startswith(scenario) for file in _beside(path)):
        return request
    meant = id_meant(scenario, shipped_titles())
    return request if meant is None else f"{meant}{at if variant else ''}{variant}"


def _shipped() -> dict[str, Path]:
    return {file.stem: file for file in shipped_folder("scenarios").glob("*.yml")}


def examples() -> dict[str, Path]:
    """Return the files of the shipped examples by name; `vnjp_sim new --from` copies them."""
    return {file.stem: file for file in sorted(shipped_folder(EXAMPLES).glob("*.yml"))}


def shipped_titles() -> dict[str, str]:
    """Return the titles of the shipped scenarios by name."""
    return _titles(shipped_folder("scenarios"))


@lru_cache(maxsize=2)  # shipped files do not change under a running program
def _titles(folder: Path) -> dict[str, str]:
    """Return the title of each scenario in a folder, by name."""
    return {
        file.stem: str(read_yaml(file).content.get("title", file.stem))
        for file in sorted(folder.glob("*.yml"))
    }


def parent_source(name: str, folder: Path, child: str = "") -> Path | VariantOf:
    """Return where the scenario, or variant of one, is that one in `folder` extends by name."""
    scenario, at, variant = name.partition(AT)
    file = find_parent(scenario, folder, child)
    return VariantOf(file, variant) if at else file


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
            (cause,) = error.refusals
            what = f"extends '{name}', but {file.name} {cause.what}"
            raise InputError.single(str(file), what, cause.remedy) from None
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
    files = [file for suffix in SUFFIXES for file in path.parent.glob(f"*{suffix}")]
    return sorted(file for file in files if file.is_file())


def _folder_refusal(folder: Path) -> tuple[str, str]:
    if (folder / "manifest.json").is_file():
        what = "is the folder of a stored run, not a scenario"
        return what, "give its YAML file or name; compare and report take stored runs"
    return "is a folder, not a file", "name a YAML file in it"
