"""A models folder of a user's own holds only what differs; the rest is the shipped one.

A file that the folder lacks is the shipped file. In a YAML file an entry replaces the shipped entry
of its name, or is added after all; `remove:` drops shipped entries. A table of figures or events
stands in place of the shipped table of its name, as a whole, or is added to the shipped tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.errors import Place, Refusal, closest, did_you_mean
from vnjp_sim.foundation.packaged import display_path, shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.schema import Checked, Id, Text, check, unknown_key
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml, read_yaml

TABLES = {"observations": ".csv", "events": ".csv", "official": ".csv", "parameters": ".yml"}
"""Folders of a models folder, and how the names of their files end."""
SUFFIXES = (".yml", ".yaml", ".csv")
NAMING = "id"
"""The key that names the entry of a list."""


def is_shipped(models: Path) -> bool:
    """Whether a models folder is the shipped one."""
    return models.resolve() == shipped_folder("models").resolve()


def file_of(models: Path, name: str) -> Path:
    """Return the file `name` of a models folder: its own, or the shipped one."""
    own = models / name
    return own if own.exists() or own.is_symlink() else shipped_folder("models") / name


def tables(models: Path, folder: str) -> tuple[list[Path], list[Path]]:
    """Return the own files of a folder of tables, and the shipped ones of other names."""
    pattern = f"*{TABLES[folder]}"
    own = sorted((models / folder).glob(pattern))
    if is_shipped(models):
        return [], own
    names = {file.name for file in own}
    shipped = sorted((shipped_folder("models") / folder).glob(pattern))
    return own, [file for file in shipped if file.name not in names]


def state_of(models: Path) -> object:
    """Return what changes with the files of a models folder, or of the shipped one behind it.

    The current folder, by which places are named, and each file with its size and times; where the
    disk refuses, something new each time.
    """
    try:
        here = Path.cwd()
        folders = dict.fromkeys((models.absolute(), shipped_folder("models")))
        places = [folder / name for folder in folders for name in ("", *TABLES)]
        files = [file for place in places if place.is_dir() for file in sorted(place.iterdir())]
        stats = [file.stat() for file in files]
    except OSError:
        return object()
    return here, *(
        (file, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        for file, stat in zip(files, stats, strict=True)
    )


def read_models_yaml(models: Path, name: str) -> StrictYaml:
    """Read a YAML file of a models folder, its entries over those of the shipped file.

    Raises
    ------
    InputError
        See :func:`vnjp_sim.inputs.strict_yaml.read_yaml`; or `remove` names what is not there.
    """
    own = read_yaml(file_of(models, name))
    if is_shipped(models) or file_of(models, name) != models / name:
        return own
    return _merged(own, read_yaml(shipped_folder("models") / name))


@dataclass(frozen=True)
class _MergedYaml(StrictYaml):
    """An own file over the shipped one.

    Attributes
    ----------
    sources : Mapping[KeyPath, tuple[StrictYaml, KeyPath]]
        Document and path of each entry that does not stand at its own path of the own file.
    """

    sources: Mapping[KeyPath, tuple[StrictYaml, KeyPath]] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place:
        """Return the place of `path` in the file that holds the entry."""
        if path[:2] not in self.sources:
            return super().place(path)
        document, entry = self.sources[path[:2]]
        return document.place((*entry, *path[2:]))


class _Removals(Checked):
    remove: dict[Id, list[Text]] = {}


Entry = tuple[Any, StrictYaml, KeyPath]
"""The value of an entry, the document that holds it, and where."""


def _merged(own: StrictYaml, shipped: StrictYaml) -> StrictYaml:
    if not isinstance(own.content, dict):
        return own
    removed = _removed(own, shipped)
    content = {**shipped.content, **own.content}
    content.pop("remove", None)
    sources: dict[KeyPath, tuple[StrictYaml, KeyPath]] = {}
    moved: dict[KeyPath, KeyPath] = {}
    for section, below in shipped.content.items():
        above = own.content.get(section, type(below)())
        if type(above) is not type(below):
            continue  # stays as it is, and is refused by the check of the whole
        entries = _entries(below, shipped, section)
        for name in removed.get(section, ()):
            entries.pop(name)
        entries |= _entries(above, own, section)
        places = entries if isinstance(below, dict) else range(len(entries))
        for place, (_, document, path) in zip(places, entries.values(), strict=True):
            sources[section, place] = document, path
            if document is own:
                moved[path] = (section, place)
        values = [value for value, _, _ in entries.values()]
        content[section] = (
            dict(zip(entries, values, strict=True)) if isinstance(below, dict) else values
        )
    broken = frozenset((*moved.get(path[:2], path[:2]), *path[2:]) for path in own.broken)
    return _MergedYaml(own.file, content, own.places, own.refusals, broken, sources)


def _entries(
    content: dict[str, Any] | list[Any], owner: StrictYaml, section: str
) -> dict[Any, Entry]:
    """Return the entries of a section by name; by number where one has no name, or a used one."""
    if isinstance(content, dict):
        return {name: (value, owner, (section, name)) for name, value in content.items()}
    entries: dict[Any, Entry] = {}
    for index, value in enumerate(content):
        given = value.get(NAMING) if isinstance(value, dict) else None
        name = given if isinstance(given, str) else index
        entries[index if name in entries else name] = value, owner, (section, index)
    return entries


def _removed(own: StrictYaml, shipped: StrictYaml) -> Mapping[str, list[str]]:
    """Return the names that `remove` of an own file drops, by section; raises InputError."""
    if "remove" not in own.content:
        return {}
    alone = StrictYaml(own.file, {"remove": own.content["remove"]}, own.places)
    removed = check(_Removals, alone).remove
    faults = Refusals()
    for section, names in removed.items():
        if section not in shipped.content:
            path: KeyPath = ("remove", section)
            faults.append(own.refusal(path, *unknown_key(section, shipped.content)))
            continue
        known = _entries(shipped.content[section], shipped, section)
        for index, name in enumerate(names):
            if name not in known:
                what = f"removes '{name}', which the shipped {section} do not have"
                path = ("remove", section, index)
                faults.append(own.refusal(path, what, did_you_mean(name, known)))
    faults.raise_if_any()
    return removed


def check_names(models: Path) -> None:
    """Refuse files of a models folder that nothing would read, and a folder that has none to read.

    Raises InputError with each of them.
    """
    known = {file.name for file in shipped_folder("models").iterdir()} | set(TABLES)
    given = [file for file in models.iterdir() if not file.name.startswith(".")]
    read = [file for file in given if file.name in known]
    faults = Refusals(fault for file in read for fault in _misnamed(file))
    for file in given:
        near = closest(file.name, known) is not None
        if file not in read and (near or (read and file.suffix.lower() in SUFFIXES)):
            faults.append(_unread(file, did_you_mean(file.name, known)))
    if not read and not faults:
        what = "holds no file of a models folder"
        faults.append(Refusal(Place(display_path(models)), what, "check --models"))
    faults.raise_if_any()


def _misnamed(folder: Path) -> Iterator[Refusal]:
    """Yield the files in a folder of tables whose names end otherwise than those of tables."""
    ending = TABLES.get(folder.name)
    if ending and not folder.is_dir():
        yield _unread(folder, "make it a folder")
        return
    for file in folder.iterdir() if ending else ():
        if file.suffix.lower() in SUFFIXES and file.suffix != ending:
            yield _unread(file, f"let its name end in {ending}")


def _unread(file: Path, remedy: str) -> Refusal:
    return Refusal(Place(display_path(file)), "is not a file that a models folder may hold", remedy)
