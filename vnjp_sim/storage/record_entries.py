"""The living record on disk: a folder an entry, written once and never over another.

An entry holds `manifest.json`, `draws.nc` (netCDF-4: every draw by year, to four digits) and
`figures.csv` (what was known). The manifest has the hashes of both files and, as `entry`, the hash
of itself, so that whatever is changed later is noticed.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.storage.atomic import new_folder
from vnjp_sim.storage.netcdf_files import new_hdf5
from vnjp_sim.storage.store import MANIFEST, write_json

FloatArray = NDArray[np.float64]

DRAWS, FIGURES = "draws.nc", "figures.csv"
FORMAT = 1
SHORT_HASH = 8
"""Characters of the hash of an entry by which it is named."""
KEPT_BITS = 12
"""Of the 23 bits behind the point of a stored number: four digits, and whole numbers to 8,192."""


@dataclass(frozen=True)
class StoredEntry:
    """One entry: its folder, and what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def entry(self) -> str:
        """The hash of its content."""
        return str(self.manifest["entry"])


def write_entry(
    record: Path,
    name: str,
    manifest: Mapping[str, Any],
    start: int,
    arrays: Mapping[str, FloatArray],
    attributes: Mapping[str, Mapping[str, str]],
    figures: Sequence[Mapping[str, str]],
) -> tuple[StoredEntry, bool]:
    """Write an entry whole, or not at all; an entry of this name is never touched.

    Parameters
    ----------
    record, name
        The folder is `record/name`.
    manifest : Mapping[str, Any]
        What the entry is.
    start : int
        The first year.
    arrays : Mapping[str, FloatArray]
        By indicator, (year, draw).
    attributes : Mapping[str, Mapping[str, str]]
        Of each indicator in the file.
    figures : Sequence[Mapping[str, str]]
        A row a figure, all with the same columns.

    Returns
    -------
    StoredEntry, bool
        The entry, and whether it is new; else another process wrote it first.

    Raises
    ------
    EnvironmentFailureError
        The disk or its permissions refuse; nothing is left behind.
    """
    folder = record / name
    try:
        with new_folder(folder) as partial:
            _write_draws(partial / DRAWS, start, arrays, attributes)
            _write_figures(partial / FIGURES, figures)
            files = {each: _digest((partial / each).read_bytes()) for each in (DRAWS, FIGURES)}
            content = {**manifest, "format": FORMAT, "first": start, "files": files}
            content = json.loads(json.dumps(content))
            write_json(partial / MANIFEST, {**content, "entry": _hash_of(content)})
    except InputError:
        return read_entry(folder), False  # it exists
    return read_entry(folder), True


def read_entry(folder: Path) -> StoredEntry:
    """Return an entry, whose files are what was written.

    Raises
    ------
    EnvironmentFailureError
        A file is missing or was changed.
    """
    try:
        content = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        own, files = content.pop("entry"), dict(content["files"])
    except (OSError, KeyError, TypeError, ValueError):
        raise _damaged(folder, f"{MANIFEST} is missing or damaged") from None
    if _hash_of(content) != own:
        raise _damaged(folder, f"{MANIFEST} has changed since it was written")
    for name in (DRAWS, FIGURES):
        try:
            same = _digest((folder / name).read_bytes()) == files.get(name)
        except OSError:
            raise _damaged(folder, f"{name} is missing") from None
        if not same:
            raise _damaged(folder, f"{name} has changed since it was written")
    return StoredEntry(folder, {**content, "entry": own})


def list_entries(record: Path) -> list[StoredEntry]:
    """Return the entries of a record by day, then by the time when they were added.

    Raises
    ------
    InputError
        The record is a file.
    EnvironmentFailureError
        An entry is damaged, or the folder cannot be read.
    """
    check_folder(record)
    if not record.is_dir():
        return []
    try:
        folders = [each for each in record.iterdir() if each.is_dir() and each.name[0] != "."]
    except OSError as error:
        what = f"{display_path(record)}: cannot be read ({error.strerror})"
        raise EnvironmentFailureError(f"{what}; check its permissions") from None
    entries = [read_entry(folder) for folder in sorted(folders)]
    return sorted(entries, key=lambda e: (e.manifest["day"], e.manifest["added"], e.folder.name))


def check_folder(record: Path) -> None:
    """Raise InputError if a record is a file; it need not exist."""
    if record.is_file():
        raise InputError.single(display_path(record), "is a file, not a folder", "check --record")


def read_draws(entry: StoredEntry, names: Sequence[str] | None = None) -> dict[str, FloatArray]:
    """Return the draws of indicators, all by default, each (year, draw)."""
    import h5py

    with h5py.File(entry.folder / DRAWS, "r") as file:
        held = [name for name, variable in file.items() if variable.ndim == 2]
        asked = held if names is None else [name for name in names if name in held]
        return {name: np.asarray(file[name][...], np.float64) for name in asked}


def read_units(entry: StoredEntry) -> dict[str, str]:
    """Return the unit of each indicator of an entry."""
    import h5py

    with h5py.File(entry.folder / DRAWS, "r") as file:
        return {n: str(v.attrs["units"]) for n, v in file.items() if v.ndim == 2}


def read_figures(entry: StoredEntry) -> list[dict[str, str]]:
    """Return the figures that an entry knew, a row a figure."""
    with (entry.folder / FIGURES).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def to_four_digits(values: FloatArray) -> NDArray[np.float32]:
    """Return numbers as an entry stores them, rounded to :data:`KEPT_BITS` bits."""
    single = np.ascontiguousarray(values, np.float32)
    bits = single.view(np.uint32)
    last = np.uint32(1 << (23 - KEPT_BITS))
    rounded = (bits + (last >> np.uint32(1))) & ~(last - np.uint32(1))
    result: NDArray[np.float32] = np.where(np.isfinite(single), rounded.view(np.float32), single)
    return result


def _write_draws(
    file: Path,
    start: int,
    arrays: Mapping[str, FloatArray],
    attributes: Mapping[str, Mapping[str, str]],
) -> None:
    years, draws = next(iter(arrays.values())).shape
    with new_hdf5(file) as target:
        scales = []
        for number, (name, size, first) in enumerate((("year", years, start), ("draw", draws, 0))):
            scale = target.create_dataset(name, data=np.arange(first, first + size))
            scale.make_scale(name)
            scale.attrs["_Netcdf4Dimid"] = np.int32(number)
            scales.append(scale)
        for name, values in arrays.items():
            stored = to_four_digits(values)
            variable = target.create_dataset(
                name, data=stored, chunks=stored.shape, compression="gzip", shuffle=True
            )
            for axis, scale in enumerate(scales):
                variable.dims[axis].attach_scale(scale)
            variable.attrs.update(attributes[name])
        target.attrs["Conventions"] = "CF-1.11"


def _write_figures(file: Path, figures: Sequence[Mapping[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(figures[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(figures)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hash_of(manifest: Mapping[str, Any]) -> str:
    return _digest(json.dumps(manifest, sort_keys=True, ensure_ascii=False).encode())[:16]


def _damaged(folder: Path, fault: str) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        f"{display_path(folder)}: the entry cannot be used ({fault}); "
        "restore the folder from a copy, or move it out of the record"
    )
