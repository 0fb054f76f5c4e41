"""Finished blocks of a run that is not finished: one file each, so that a killed run goes on.

The files lie in a hidden folder of the results folder that is named by the hash of the run, so that
only the same request finds them. Who finishes the run deletes them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.storage.atomic import write_whole
from vnjp_sim.storage.store import SCRATCH

Arrays = Mapping[str, NDArray[Any]]
LOCK = "lock"


@dataclass(frozen=True)
class BlockFiles:
    """The folder of the finished blocks of a run.

    Attributes
    ----------
    folder : Path
        Where the files lie.
    """

    folder: Path

    def file(self, name: str) -> Path:
        """Return the path of a block."""
        return self.folder / f"{name}.npz"

    def has(self, name: str) -> bool:
        """Return whether a block is finished."""
        return self.file(name).is_file()

    @property
    def bytes(self) -> int:
        """The size of all finished blocks."""
        return sum(file.stat().st_size for file in self.folder.glob("[!.]*.npz"))

    def write(self, name: str, arrays: Arrays) -> None:
        """Store the arrays of a block, whole or not at all; raises EnvironmentFailureError."""

        def save(file: Path) -> None:
            np.savez(file, allow_pickle=False, **dict(arrays))

        write_whole(self.file(name), save, force=True)

    def read(self, name: str, *only: str) -> Arrays:
        """Return the arrays of a block, or those that are named."""
        with np.load(self.file(name)) as stored:
            return {key: stored[key] for key in only or stored.files}


@contextmanager
def block_files(out: Path, run: str) -> Iterator[BlockFiles]:
    """Give the folder of a run's finished blocks.

    It is deleted if all goes well, if the request is refused, and if no block is finished. Where an
    equal run is at work at the same time, this one gets a folder of its own.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out / f"{SCRATCH}{run}") as alone:
        if not alone:
            with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=out) as own:
                yield BlockFiles(Path(own))
            return
        blocks = BlockFiles(out / f"{SCRATCH}{run}")
        keep = False
        try:
            yield blocks
        except InputError:  # asked again, it would be refused again
            raise
        except BaseException:
            keep = blocks.bytes > 0
            raise
        finally:
            if not keep:
                shutil.rmtree(blocks.folder, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Tell whether no other process holds the folder; hold it meanwhile. It is made."""
    folder.mkdir(exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows: nothing tells whether the other process lives
        yield True
        return
    with (folder / LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
