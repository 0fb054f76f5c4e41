"""Results on disk: written beside their place, then moved there whole.

A reader sees the old result or the new one, never half; of two equal runs at the same time the
first to finish wins and the other takes the winner's.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnjp_sim.errors import EnvironmentFailureError
from vnjp_sim.shipped import display_path

MANIFEST = "manifest.json"
PARTIAL = ".partial"


@dataclass(frozen=True)
class StoredRun:
    """One finished run in a results folder."""

    scenario: str
    run: str
    folder: Path
    manifest: Mapping[str, Any]
    bytes: int


def check_writable(out: Path) -> None:
    """Make sure that results can be written below `out`, before anything is computed.

    Raises
    ------
    EnvironmentFailureError
        The folder cannot be made or written to.
    """
    probe = out / f".writable-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _refused(out, error) from None


def find_run(out: Path, scenario: str, run: str) -> Path | None:
    """Return the folder of a finished run, or None."""
    folder = out / scenario / run
    return folder if (folder / MANIFEST).is_file() else None


def write_run(
    out: Path, scenario: str, run: str, writers: Mapping[str, Callable[[Path], None]]
) -> Path:
    """Write a run's files, whole or not at all, and return its folder.

    Parameters
    ----------
    out, scenario, run : the folder is `out/scenario/run`.
    writers : by file name, a function that writes the file at the path that it is given; the
        manifest must be among them.

    Raises
    ------
    EnvironmentFailureError
        The disk or its permissions refuse; nothing is left behind.
    """
    target = out / scenario / run
    partial = target.with_name(f"{run}.{os.getpid()}-{uuid.uuid4().hex[:8]}{PARTIAL}")
    try:
        partial.mkdir(parents=True)
        for name, write in writers.items():
            write(partial / name)
            _sync(partial / name)
        _sync(partial)
        try:
            partial.rename(target)
        except OSError:
            if not (target / MANIFEST).is_file():
                raise
            shutil.rmtree(partial)
        _sync(target.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise _refused(target.parent, error) from None
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return target


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write JSON with sorted keys, readable, ending in a newline."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def list_runs(out: Path) -> list[StoredRun]:
    """Return the finished runs below `out`, newest first."""
    found = []
    for manifest in out.glob(f"*/*/{MANIFEST}"):
        folder = manifest.parent
        if folder.name.endswith(PARTIAL):
            continue
        with suppress(OSError, ValueError, TypeError):
            content = dict(json.loads(manifest.read_text(encoding="utf-8")))
            size = sum(file.stat().st_size for file in folder.iterdir())
            found.append(StoredRun(folder.parent.name, folder.name, folder, content, size))
    return sorted(found, key=lambda r: (r.folder / MANIFEST).stat().st_mtime, reverse=True)


def prune_runs(out: Path, keep: int) -> list[StoredRun]:
    """Delete all but the newest `keep` runs of each scenario; return what was deleted.

    Raises EnvironmentFailureError if a run cannot be deleted.
    """
    kept: dict[str, int] = {}
    deleted = []
    for run in list_runs(out):
        kept[run.scenario] = kept.get(run.scenario, 0) + 1
        if kept[run.scenario] > keep:
            try:
                shutil.rmtree(run.folder)
            except OSError as error:
                raise _refused(run.folder, error) from None
            deleted.append(run)
    return deleted


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(folder: Path, error: OSError) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        f"{display_path(folder)}: results cannot be written there "
        f"({error.strerror or error}); check permissions and space, or name another folder "
        "with --out"
    )
