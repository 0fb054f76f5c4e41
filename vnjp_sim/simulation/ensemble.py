"""Blocks of draws to one projection: in turn, in threads or processes, always the same bytes.

Threads share memory and start at once, but take turns in Python itself; processes need a second to
start and share a memory-mapped file, which also holds more draws than fit in memory.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.random_streams import PAGE, RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.sectors import SECTORS
from vnjp_sim.simulation.engine import Block, ScenarioInputs, run_block
from vnjp_sim.simulation.request import Parallel
from vnjp_sim.storage.store import SCRATCH

FloatArray = NDArray[np.float64]

PAGES_A_BLOCK = 2
ROWS = {name: row for row, name in enumerate(n for s in SECTORS for n in s.outputs)}
"""By indicator, its row in the arrays of all draws."""
DRAWS, TASK, STARTED = "draws", "task", "started"
"""The files of a scratch folder; the last says that a worker process came as far as its work."""


@dataclass(frozen=True)
class Ensemble:
    """What is asked of the engine for one scenario.

    `group_seeds` are seeds of single groups of streams that replace the run's, see
    :class:`vnjp_sim.foundation.random_streams.RandomStreams`.
    """

    scenario: str
    start_year: int
    end_year: int
    draws: int
    seed: int
    inputs: ScenarioInputs
    baseline: ScenarioInputs | None = None
    links: Mapping[str, Link] = field(default_factory=dict)
    group_seeds: Mapping[str, int] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The size of all arrays together: (indicator, year, draw)."""
        return len(ROWS), self.end_year - self.start_year + 1, self.draws

    @property
    def bytes(self) -> int:
        """What all arrays take."""
        return math.prod(self.shape) * np.dtype(np.float64).itemsize


def project(
    posterior: Posterior,
    ensemble: Ensemble,
    *,
    workers: int = 1,
    parallel: Parallel = "threads",
    pages_a_block: int = PAGES_A_BLOCK,
    scratch: Path | None = None,
    advance: Callable[[int], None] = lambda _draws: None,
) -> dict[str, FloatArray]:
    """Return (year, draw) arrays by indicator.

    Parameters
    ----------
    workers : threads or processes that run blocks at the same time, beside the first block.
    parallel : what the workers are.
    pages_a_block : size of a block in pages of draws.
    scratch : where a file holds the arrays, gone when this returns or raises; for processes, and
        for more draws than fit in memory. None keeps the arrays in memory; processes then use the
        folder of temporary files.
    advance : called with the number of draws of each block that is done.

    Raises
    ------
    EnvironmentFailureError
        A worker process was killed, or the scratch file finds no space.
    """
    import scipy.special  # noqa: F401 - loaded while there is memory: without, it may hang

    first, *rest = _blocks(ensemble, pages_a_block)
    processes = parallel == "processes" and workers > 1 and bool(rest)
    if scratch is None and not processes:
        return _fill(_Store(posterior, np.empty(ensemble.shape)), first, rest, workers, advance)
    with _scratch_folder(scratch, ensemble.bytes) as folder:
        store = _Store(posterior, _mapped(folder, ensemble.shape))
        if not processes:
            return _fill(store, first, rest, workers, advance)
        return _fill_by_processes(store, folder, first, rest, workers, advance)


@dataclass
class _Store:
    """Where blocks put their results: (indicator, year, draw).

    Rows of indicators that the calibration does not allow are never touched and take no memory.
    """

    posterior: Posterior
    values: FloatArray
    arrays: dict[str, FloatArray] = field(default_factory=dict)

    def fill(self, block: Block) -> int:
        """Run a block; return its number of draws."""
        draws = slice(block.streams.start, block.streams.start + block.streams.size)

        def allocate(name: str) -> FloatArray:
            self.arrays[name] = self.values[ROWS[name]]
            return self.arrays[name][:, draws]

        run_block(self.posterior, block, allocate)
        return block.streams.size


def _fill(
    store: _Store,
    first: Block,
    rest: list[Block],
    workers: int,
    advance: Callable[[int], None],
) -> dict[str, FloatArray]:
    if workers <= 1 or len(rest) <= 1:
        for block in (first, *rest):
            advance(store.fill(block))
        return store.arrays
    with ThreadPoolExecutor(workers) as pool:
        for future in as_completed([pool.submit(store.fill, block) for block in (first, *rest)]):
            advance(future.result())
    return store.arrays


def _fill_by_processes(
    store: _Store,
    folder: Path,
    first: Block,
    rest: list[Block],
    workers: int,
    advance: Callable[[int], None],
) -> dict[str, FloatArray]:
    """Fill the scratch file: the first block here, the others in fresh processes.

    What they need goes through a file: a process that ends while it is sent much blocks its sender.
    """
    with (folder / TASK).open("wb") as target:
        pickle.dump((store.posterior, store.values.shape, rest), target, pickle.HIGHEST_PROTOCOL)
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(rest)), spawn, _start_worker, (folder,))
    try:
        with _interrupts_held():  # processes inherit it: an interrupt is for this process alone
            futures = [pool.submit(_fill_in_worker, number) for number in range(len(rest))]
        children = multiprocessing.active_children()
        advance(store.fill(first))
        for future in as_completed(futures):
            advance(future.result())
    except BrokenProcessPool:
        pool.shutdown(cancel_futures=True)  # before that, a status may not be known yet
        if not (folder / STARTED).exists() and any(child.exitcode == 1 for child in children):
            raise EnvironmentFailureError(
                "no worker process could start; nothing was stored; in a script, put the work "
                'under `if __name__ == "__main__":`, or ask for parallel="threads"'
            ) from None
        raise EnvironmentFailureError(
            "a worker process ended before its work was done (killed, or out of memory); nothing "
            "was stored; ask for fewer --workers, or for --parallel threads"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)
    return store.arrays


_worker: list[tuple[_Store, list[Block]]] = []
"""In a worker process, its store and the blocks; a process pool has no other place for them."""


def _start_worker(folder: Path) -> None:
    (folder / STARTED).touch()
    with (folder / TASK).open("rb") as source:
        posterior, shape, blocks = pickle.load(source)  # noqa: S301 - written by this run
    _worker[:] = [(_Store(posterior, _mapped(folder, shape)), blocks)]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait until the process that started this one is gone; else a worker would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _fill_in_worker(number: int) -> int:
    store, blocks = _worker[0]
    return store.fill(blocks[number])


@contextmanager
def _interrupts_held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _scratch_folder(place: Path | None, size: int) -> Iterator[Path]:
    """Give a folder with a file of so many bytes for the draws; delete it in the end.

    What is mapped stays there until the last array is gone. Raises EnvironmentFailureError if
    there is no space for it.
    """
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=place) as name:
        try:
            with (Path(name) / DRAWS).open("wb") as file:
                file.truncate(size)
                if hasattr(os, "posix_fallocate"):  # else a full disk would end the process later
                    os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            raise EnvironmentFailureError(
                f"{display_path(Path(name).parent)}: no space for {fixed(size / 1e9, 1)} GB of "
                f"draws ({error.strerror or error}); ask for fewer draws, or free space"
            ) from None
        yield Path(name)


def _mapped(folder: Path, shape: tuple[int, int, int]) -> FloatArray:
    return np.asarray(np.memmap(folder / DRAWS, np.float64, "r+", shape=shape))


def _blocks(ensemble: Ensemble, pages_a_block: int) -> Iterator[Block]:
    size = pages_a_block * PAGE
    for start in range(0, ensemble.draws, size):
        streams = RandomStreams(
            ensemble.seed, start, min(size, ensemble.draws - start), ensemble.group_seeds
        )
        yield Block(
            ensemble.start_year,
            ensemble.end_year,
            ensemble.inputs,
            ensemble.baseline,
            ensemble.links,
            streams,
        )
