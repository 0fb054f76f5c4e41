"""Results on disk: written beside their place, then moved there whole.

A reader sees the old result or the new one, never half; of two equal runs at the same time the
first to finish wins and the other takes the winner's. The manifest of a result holds the hashes of
its files, so that one that was damaged later is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.packaged import broken_link, current_folder_is_gone, display_path

MANIFEST = "manifest.json"
PARTIAL = ".partial"
SCRATCH = ".draws-"
"""How the folder begins in which a run keeps its finished blocks while it computes."""
LEFTOVER = re.compile(
    rf".+\.\d+-[0-9a-f]{{8}}{re.escape(PARTIAL)}|{re.escape(SCRATCH)}(\w{{8}}|[0-9a-f]{{16}})"
)
LEFT_AFTER = 24 * 3600
"""Seconds without a change after which nobody writes any more; a computer may have slept."""


@dataclass(frozen=True)
class StoredRun:
    """One finished run in a results folder."""

    scenario: str
    run: str
    folder: Path
    manifest: Mapping[str, Any]
    bytes: int
    written: float


def check_writable(out: Path) -> None:
    """Make sure that results can be written below `out`, before anything is computed.

    Raises
    ------
    EnvironmentFailureError
        The folder cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise _refused(out, error) from None


def writable(out: Path) -> bool:
    """Return whether results can be written below `out`."""
    try:
        check_writable(out)
    except EnvironmentFailureError:
        return False
    return True


def find_run(out: Path, scenario: str, run: str) -> Path | None:
    """Return the folder of a finished run, or None; :func:`check_run` tells whether it is whole."""
    folder = out / scenario / run
    with suppress(OSError):
        return folder if any(folder.iterdir()) else None
    return None


def check_run(folder: Path, needed: Iterable[str] = ()) -> None:
    """Check that the files of a finished run are what was written, and all that are `needed`.

    Raises
    ------
    EnvironmentFailureError
        One is missing, cut or changed, or cannot be read.
    """
    files = read_manifest(folder)["files"]
    faults = [f"{MANIFEST} does not list {name}" for name in needed if name not in files]
    faults += [fault for name in files if (fault := _fault(folder / name, files[name]))]
    if faults:
        raise damaged(folder, "; ".join(faults))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished run.

    Raises
    ------
    EnvironmentFailureError
        It is missing or damaged, or lists no files.
    """
    try:
        manifest = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        files = dict(manifest["files"])
    except (OSError, KeyError, TypeError, ValueError):
        raise damaged(folder, f"{MANIFEST} is missing or damaged") from None
    if not files:
        raise damaged(folder, f"{MANIFEST} lists no files")
    return manifest


def write_run(
    out: Path,
    scenario: str,
    run: str,
    writers: Mapping[str, Callable[[Path], None]],
    manifest: Mapping[str, Any],
) -> tuple[Path, bool]:
    """Write a run's files, whole or not at all.

    Parameters
    ----------
    out, scenario, run
        The folder is `out/scenario/run`.
    writers : Mapping[str, Callable[[Path], None]]
        By file name, a function that writes the file at the path that it is given.
    manifest : Mapping[str, Any]
        What the run is; it is stored with the hashes of the files.

    Returns
    -------
    Path, bool
        The folder; and whether it is this run's, or that of an equal run that came first.

    Raises
    ------
    EnvironmentFailureError
        The disk or its permissions refuse; nothing is left behind.
    """
    target = out / scenario / run
    partial = _beside(target)
    try:
        partial.mkdir(parents=True)
        for name, write in writers.items():
            write(partial / name)
            sync(partial / name)
        files = {name: _digest(partial / name) for name in writers}
        write_json(partial / MANIFEST, {**manifest, "files": files})
        sync(partial / MANIFEST)
        sync(partial)
        first = _move(partial, target)
        sync(target.parent)
    except OSError as error:
        raise _refused(target.parent, error) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target, first


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write JSON with sorted keys, readable, ending in a newline."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def sync(path: Path) -> None:
    """Wait until the disk has a file or a folder."""
    if os.name == "nt" and path.is_dir():  # it opens no folders
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def list_runs(out: Path) -> list[StoredRun]:
    """Return the finished runs below `out`, newest first."""
    stored = []
    for manifest in out.glob(f"*/*/{MANIFEST}"):
        folder = manifest.parent
        if folder.name.endswith(PARTIAL):
            continue
        with suppress(OSError, ValueError, TypeError):
            content = dict(json.loads(manifest.read_text(encoding="utf-8")))
            size = sum(file.stat().st_size for file in folder.iterdir())
            written = manifest.stat().st_mtime
            if "run" in content:  # else it is a calibration
                run = StoredRun(folder.parent.name, folder.name, folder, content, size, written)
                stored.append(run)
    return sorted(stored, key=lambda run: run.written, reverse=True)


def prune_runs(out: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` runs of each scenario, and what killed runs left.

    Returns
    -------
    list[Path]
        The folders that were deleted.

    Raises
    ------
    EnvironmentFailureError
        One cannot be deleted.
    """
    kept: dict[str, int] = {}
    deleted = []
    for run in list_runs(out):
        kept[run.scenario] = kept.get(run.scenario, 0) + 1
        if kept[run.scenario] > keep:
            deleted.append(run.folder)
    left = [folder for folder in (*out.glob("*"), *out.glob("*/*")) if _is_left(folder)]
    for folder in (*deleted, *left):
        delete(folder)
    return deleted + left


def _is_left(folder: Path) -> bool:
    """Return whether a folder is one that is being written, but that nobody writes any more."""
    if not LEFTOVER.fullmatch(folder.name):
        return False
    with suppress(FileNotFoundError):
        changed = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
        return changed < time.time() - LEFT_AFTER
    return False


def delete(folder: Path) -> None:
    """Delete a folder; whoever looks for it finds all of it or nothing.

    Raises EnvironmentFailureError if it cannot be deleted.
    """
    doomed = _beside(folder)
    try:
        if folder.is_symlink():  # only the link is ours to delete
            folder.unlink(missing_ok=True)
            return
        with suppress(FileNotFoundError):  # somebody else was quicker
            folder.rename(doomed)
            shutil.rmtree(doomed)
    except OSError as error:
        raise _refused(folder, error) from None


def _beside(target: Path) -> Path:
    """Return a new path in the same folder, which no reader takes for a result."""
    return target.with_name(f"{target.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}{PARTIAL}")


def _move(partial: Path, target: Path) -> bool:
    """Move a finished folder to its place; return False if an equal one is there."""
    try:
        partial.rename(target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise
        check_run(target)
        return False
    return True


def _fault(file: Path, digest: str) -> str:
    """Return what is wrong with a stored file; nothing if it is what was written."""
    if not file.is_file():
        return f"{file.name} is missing"
    try:
        return "" if _digest(file) == digest else f"{file.name} has changed since it was written"
    except OSError as error:
        return f"{file.name}: {error.strerror}"


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def damaged(folder: Path, fault: str) -> EnvironmentFailureError:
    """Return the error of a stored result that cannot be used."""
    return EnvironmentFailureError(
        f"{display_path(folder)}: the stored result cannot be used ({fault}); "
        "delete the folder to compute it again"
    )


def _refused(folder: Path, error: OSError) -> EnvironmentFailureError:
    remedy = "check permissions and space, or name another folder with --out"
    if current_folder_is_gone():
        remedy = "the current folder was deleted: change to another one"
    fault = error.strerror or str(error)
    if link := broken_link(folder):
        fault, remedy = link, "repair the link, or name another folder with --out"
    return EnvironmentFailureError(
        f"{display_path(folder)}: results cannot be written there ({fault}); {remedy}"
    )
