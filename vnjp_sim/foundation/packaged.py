"""Where the shipped `models/` and `scenarios/` lie, in a checkout and in an installed copy."""

from __future__ import annotations

import errno
import hashlib
import stat
from functools import lru_cache
from pathlib import Path
from typing import Literal

from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError

PACKAGE = Path(__file__).resolve().parent.parent
PROGRAM = "vnjp_sim"
"""How commands begin that a user may type again."""


def shipped_folder(name: str) -> Path:
    """Return the shipped folder `name` ("models" or "scenarios").

    A wheel carries the folder inside the package; in a checkout it lies beside the package.
    """
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def shipped_file(name: str) -> Path:
    """Return the shipped file `name`, such as "CITATION.cff", which lies as the folders do."""
    inside = PACKAGE / name
    return inside if inside.is_file() else PACKAGE.parent / name


def display_path(path: Path) -> str:
    """Return `path` as a user would write it: relative to the current folder if below it."""
    try:
        return _displayed(path, Path.cwd())
    except (OSError, RuntimeError):  # the current folder is gone, or links lead in a circle
        return str(path)


def check_current_folder() -> None:
    """Raise EnvironmentFailureError if the current folder was deleted."""
    if current_folder_is_gone():
        raise EnvironmentFailureError("the current folder was deleted; change to another one")


def current_folder_is_gone() -> bool:
    """Return whether the current folder was deleted."""
    try:
        Path.cwd()
    except OSError:
        return True
    return False


@lru_cache(maxsize=256)  # each reader of a file asks again
def _displayed(path: Path, here: Path) -> str:
    try:
        return path.resolve().relative_to(here.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError):  # Python 3.11 tells a circle of links so
        return str(path)


def kind_of(path: Path) -> Literal["file", "folder", "absent"]:
    """Return what lies at a path that a user gave.

    Raises InputError if it is a link that leads nowhere or in a circle, or cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except ValueError:
        return "absent"
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR) and not path.is_symlink():
            return "absent"
        raise InputError.single(str(path), *_unreachable(error)) from None
    return "folder" if stat.S_ISDIR(mode) else "file"


def _unreachable(error: OSError) -> tuple[str, str]:
    """Return (what, remedy) of a path that cannot be followed."""
    if error.errno == errno.ELOOP:
        return "is a link that leads in a circle", "repair the link, or name the file that is meant"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "is a link to what is not there", "repair the link, or name the file that is meant"
    if error.errno == errno.ENAMETOOLONG:
        return "is longer than a path can be", "check the path"
    return f"cannot be read ({error.strerror})", "check its permissions, and those of its folders"


def broken_link(path: Path) -> str | None:
    """Return what is wrong with the first link of a path that cannot be followed, None if none."""
    for part in (*reversed(path.parents), path):
        if part.is_symlink():
            try:
                part.stat()
            except OSError as error:
                return f"{part} {_unreachable(error)[0]}"
    return None


def digest_of_files(folder: Path) -> str:
    """Return a hash of everything below a folder but what Python compiles there."""
    whole = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if "__pycache__" not in file.parts:
            name = file.relative_to(folder).as_posix()
            whole.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]
