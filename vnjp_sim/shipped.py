"""Where the shipped `models/` and `scenarios/` lie, in a checkout and in an installed copy."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped_folder(name: str) -> Path:
    """Return the shipped folder `name` ("models" or "scenarios").

    A wheel carries the folder inside the package; in a checkout it lies beside the package.
    """
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def display_path(path: Path) -> str:
    """Return `path` as a user would write it: relative to the current folder if below it."""
    return _displayed(path, Path.cwd())


@lru_cache(maxsize=256)  # each reader of a file asks again
def _displayed(path: Path, here: Path) -> str:
    try:
        return path.resolve().relative_to(here.resolve()).as_posix()
    except ValueError:
        return str(path)
