"""Stored runs as they are asked for: by scenario, and by the models folder that made them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import display_path, kind_of
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.inputs.number_text import draws_text, fixed
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.storage.store import MANIFEST, StoredRun, list_runs, read_manifest

_HASH = re.compile(r"[0-9a-f]{4,64}")
MODEL_PARTS = ("calibration", "priors", "links", "registry")
"""Hashes in the manifest of a run that tell which models folder it was made with."""


def run_in(folder: Path) -> StoredRun | None:
    """Return the stored run in a folder, None if it holds none.

    Raises InputError if it cannot be looked at, EnvironmentFailureError if its manifest is damaged.
    """
    file = folder / MANIFEST
    if kind_of(file) != "file":
        return None
    size = sum(each.stat().st_size for each in folder.iterdir())
    written = file.stat().st_mtime
    manifest = read_manifest(folder)
    return StoredRun(folder.parent.name, folder.name, folder, manifest, size, written)


def hashed(word: str, out: Path) -> StoredRun | None:
    """Return the stored run whose hash a word is, or begins; None if there is none.

    Raises InputError if several are meant.
    """
    if not _HASH.fullmatch(word):
        return None
    found = [run for run in list_runs(out) if run.run.startswith(word)]
    if len({run.run for run in found}) > 1:
        what = f"is the beginning of {len(found)} runs"
        raise InputError.single(word, what, "write more of the one that is meant")
    return found[0] if found else None


def run_line(run: StoredRun) -> str:
    """Return what a run is on one line: where, of whose models, how large, and when it was made."""
    manifest = run.manifest
    whose = "shipped models" if _made_with(run, None) else "own or older models"
    draws = manifest.get("draws")
    size = draws_text(draws) if isinstance(draws, int) else "unknown draws"
    as_of = f"as of {manifest['as_of']}, " if manifest.get("as_of") else ""
    evidence = manifest.get("evidence", DOCUMENTS)
    basis = f"{evidence}, " if evidence != DOCUMENTS else ""
    made = datetime.fromtimestamp(run.written).astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{display_path(run.folder)}  {whose}, {as_of}{basis}{size}, seed {manifest.get('seed')}, "
        f"{_years(manifest)}{fixed(run.bytes / 1e6, 1)} MB, {made}"
    )


def _years(manifest: Any) -> str:
    with suppress(KeyError, TypeError, ValueError):
        first, last = manifest["scenario"]["horizon"]
        return f"{first}–{last}, "
    return ""


def _made_with(run: StoredRun, models: Path | None) -> bool:
    manifest = run.manifest
    hashes = _hashes(models, manifest.get("as_of"), str(manifest.get("evidence", DOCUMENTS)))
    return tuple(manifest.get(part) for part in MODEL_PARTS) == hashes


@cache
def _hashes(models: Path | None, as_of: str | None, evidence: str) -> Sequence[str]:
    """Return the hashes of a models folder as a run of such a day and evidence would have them."""
    with suppress(InputError):  # a day before all documents
        hashes = load_model(models, as_of, evidence).hashes
        return tuple(hashes[part] for part in MODEL_PARTS)
    return ()
