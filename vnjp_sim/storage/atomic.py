"""Files and folders that are written whole or not at all, and never over what a user has."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.foundation.packaged import broken_link, current_folder_is_gone, display_path
from vnjp_sim.storage.store import PARTIAL, sync

ENDINGS = frozenset(
    [
        ".csv",
        ".docx",
        ".html",
        ".json",
        ".nc",
        ".ods",
        ".pdf",
        ".png",
        ".svg",
        ".xls",
        ".xlsx",
        ".yaml",
        ".yml",
        ".zip",
    ]
)
"""Of formats whose programs refuse other content, or show it wrongly."""


def write_whole(file: Path, write: Callable[[Path], None], *, force: bool = False) -> Path:
    """Let `write` make a file beside `file`, then move it there; return `file`.

    Raises
    ------
    InputError
        The file exists and `force` is not set, or it is a folder.
    EnvironmentFailureError
        The disk or its permissions refuse; nothing is left behind.
    """
    check_free(file, force=force)
    # the ending stays, since some libraries choose the format by it
    partial = file.with_name(f".{uuid.uuid4().hex[:8]}{PARTIAL}{file.suffix}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        sync(partial)
        _place(partial, file, force)
    except OSError as error:
        raise _refused(file, error.strerror or str(error)) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return file


def check_free(file: Path, *, force: bool = False) -> None:
    """Make sure that `file` can be written, before anything is computed.

    Raises
    ------
    InputError
        It is a folder, or it exists and `force` is not set.
    EnvironmentFailureError
        The folder where it goes cannot be written to.
    """
    if file.is_dir():
        raise InputError.single(display_path(file), "is a folder", "name a file in it")
    if os.path.lexists(file) and not force:
        raise _taken(file, "name another file, or replace it with --force")
    if current_folder_is_gone():
        raise _refused(file, "the current folder was deleted")
    nearest = next(folder for folder in file.absolute().parents if os.path.lexists(folder))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _refused(file, f"nothing can be written to {display_path(nearest)}")


def check_new(folder: Path) -> None:
    """Make sure that `folder` does not exist; raises InputError."""
    if folder.exists() or folder.is_symlink():
        raise _taken(folder, "name a new folder")


def check_ending(file: Path, own: str) -> None:
    """Make sure that the name of `file` promises no other format than its own, such as ".csv".

    Raises
    ------
    InputError
        It ends as files of another format do.
    """
    ending = file.suffix.lower()
    if ending in ENDINGS and ending != own:
        what = f"ends in {ending}, but would hold what {own} stands for"
        raise InputError.single(display_path(file), what, f"end it in {own}")


def _place(partial: Path, file: Path, force: bool) -> None:
    if not force:
        try:
            os.link(partial, file)  # unlike a move, never over a file that came meanwhile
        except FileExistsError:
            check_free(file)
        except OSError:  # a disk without hard links
            check_free(file)
        else:
            return
    partial.replace(file)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `folder` if all goes well, and else is deleted.

    Raises
    ------
    InputError
        `folder` exists.
    EnvironmentFailureError
        The disk or its permissions refuse.
    """
    check_new(folder)
    partial = folder.with_name(f".{uuid.uuid4().hex[:8]}{PARTIAL}")
    try:
        partial.mkdir(parents=True)
        yield partial
        for path in (*partial.rglob("*"), partial):
            sync(path)
        partial.rename(folder)
    except OSError as error:
        if folder.exists():
            raise _taken(folder, "name a new folder") from None
        raise _refused(folder, error.strerror or str(error)) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _taken(path: Path, remedy: str) -> InputError:
    shown = str(path) if path.is_symlink() else display_path(path)
    return InputError.single(shown, "exists already", remedy)


def _refused(path: Path, fault: str) -> EnvironmentFailureError:
    remedy = "check permissions and space, or name another place"
    if link := broken_link(path):
        fault, remedy = link, "repair the link, or name another place"
    return EnvironmentFailureError(f"{display_path(path)}: cannot be written ({fault}); {remedy}")
