"""The user's cache: finished calibrations and scripts of pages, found whatever the results folder.

It lies where the operating system keeps such things, or where the environment variable
VNJP_SIM_CACHE says; if that is empty, there is none. A cache that cannot be read or written is as
good as none: nothing here fails for it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.storage.store import MANIFEST, check_run, delete, find_run, read_manifest, write_run

VARIABLE = "VNJP_SIM_CACHE"
CALIBRATION = "calibration"
"""The kind of the results that are kept: finished calibrations."""
VEGA = "vega"
"""The kind of the scripts that draw the charts of a page."""
KINDS = (CALIBRATION, VEGA)
TEXT = "text"
"""The file of a text that is kept."""
MOST_KEPT = 5
"""Results of a kind that stay: those used last."""


def cache_folder() -> Path | None:
    """Return the folder of the cache, which need not exist; None if there is to be none."""
    asked = os.environ.get(VARIABLE)
    if asked is not None:
        return Path(asked).expanduser() if asked.strip() else None
    from platformdirs import user_cache_path

    return user_cache_path("vnjp_sim", appauthor=False)


def find_kept(kind: str, key: str) -> Path | None:
    """Return the folder of a result in the cache, None if none is there whole.

    One that was damaged is deleted.
    """
    place = cache_folder()
    folder = None if place is None else find_run(place, kind, key)
    if folder is None:
        return None
    with suppress(EnvironmentFailureError, OSError):
        check_run(folder)
        with suppress(OSError):
            (folder / MANIFEST).touch()
        return folder
    with suppress(EnvironmentFailureError, OSError):
        delete(folder)
    return None


def keep(folder: Path) -> None:
    """Copy a finished result into the cache, if that can be written to; drop those unused longest.

    Parameters
    ----------
    folder : Path
        Of the result: `…/<kind>/<key>`.
    """
    place, kind = cache_folder(), folder.parent.name
    if place is None:
        return
    with suppress(EnvironmentFailureError, OSError):
        manifest = read_manifest(folder)
        writers = {name: partial(shutil.copyfile, folder / name) for name in manifest["files"]}
        write_run(place, kind, folder.name, writers, manifest)
        _drop_old(kind)


def kept_text(kind: str, key: str, make: Callable[[], str]) -> str:
    """Return the text of a key from the cache; else what `make` returns, which is kept there."""
    folder = find_kept(kind, key)
    if folder is not None:
        with suppress(OSError, ValueError):
            return (folder / TEXT).read_bytes().decode()
    text, place = make(), cache_folder()
    if place is not None:
        with suppress(EnvironmentFailureError, OSError):
            writers = {TEXT: lambda file: _write(file, text)}
            write_run(place, kind, key, writers, {"kind": kind, "run": key})
            _drop_old(kind)
    return text


def _write(file: Path, text: str) -> None:
    file.write_bytes(text.encode())


def _drop_old(kind: str) -> None:
    for old in kept(kind)[MOST_KEPT:]:
        delete(old)


def kept(kind: str) -> Sequence[Path]:
    """Return the folders of a kind in the cache, those used last first."""
    place = cache_folder()
    if place is None:
        return []
    with suppress(OSError):
        manifests = list((place / kind).glob(f"*/{MANIFEST}"))
        return [f.parent for f in sorted(manifests, key=lambda f: -f.stat().st_mtime)]
    return []
