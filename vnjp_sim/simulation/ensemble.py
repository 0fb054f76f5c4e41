"""Blocks of draws to one projection: in turn or in threads, always the same bytes.

A memory-mapped file holds more draws than fit in memory.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
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
from vnjp_sim.storage.store import SCRATCH

FloatArray = NDArray[np.float64]

PAGES_A_BLOCK = 2
ROWS = {name: row for row, name in enumerate(n for s in SECTORS for n in s.outputs)}
"""By indicator, its row in the arrays of all draws."""
DRAWS = "draws"
"""The file of a scratch folder."""


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
    pages_a_block: int = PAGES_A_BLOCK,
    scratch: Path | None = None,
    advance: Callable[[int], None] = lambda _draws: None,
) -> dict[str, FloatArray]:
    """Return (year, draw) arrays by indicator.

    Parameters
    ----------
    workers : int
        Threads that run blocks at the same time.
    pages_a_block : int
        Size of a block in pages of draws.
    scratch : Path or None
        Where a file holds the arrays, gone when this returns or raises; for more draws than fit in
        memory. None keeps the arrays in memory.
    advance : callable
        Called with the number of draws of each block that is done.

    Raises
    ------
    EnvironmentFailureError
        The scratch file finds no space.
    """
    import scipy.special  # noqa: F401 - loaded while there is memory: without, it may hang

    blocks = list(_blocks(ensemble, pages_a_block))
    if scratch is None:
        return _fill(_Store(posterior, np.empty(ensemble.shape)), blocks, workers, advance)
    with _scratch_folder(scratch, ensemble.bytes) as folder:
        store = _Store(posterior, _mapped(folder, ensemble.shape))
        return _fill(store, blocks, workers, advance)


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
    store: _Store, blocks: Sequence[Block], workers: int, advance: Callable[[int], None]
) -> dict[str, FloatArray]:
    if workers <= 1 or len(blocks) <= 2:
        for block in blocks:
            advance(store.fill(block))
        return store.arrays
    with ThreadPoolExecutor(workers) as pool:
        for future in as_completed([pool.submit(store.fill, block) for block in blocks]):
            advance(future.result())
    return store.arrays


@contextmanager
def _scratch_folder(place: Path, size: int) -> Iterator[Path]:
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
