"""Blocks of draws to projections of variants: in turn or in threads, always the same bytes.

A memory-mapped file holds more draws than fit in memory.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.random_streams import PAGE, RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.simulation.engine import Block, Numbers, run_block
from vnjp_sim.simulation.variants import Layout, Variant, layout_of
from vnjp_sim.storage.store import SCRATCH

FloatArray = NDArray[np.float64]

PAGES_A_BLOCK = 2
DRAWS = "draws"
"""The file of a scratch folder."""


@dataclass(frozen=True)
class Batch:
    """What is asked of the engine: variants over the same draws.

    Attributes
    ----------
    variants : tuple[Variant, ...]
        At least one.
    start_year, end_year : int
        First and last recorded year.
    draws, seed : int
        Size and seed of the ensemble.
    links : Mapping[str, Link]
        Effects between sectors.
    record : tuple[str, ...] | None
        Indicators that are asked for; all if None.
    parameters : Mapping[str, Parameter] | None
        Priors of the model; those of the first variant if None.
    """

    variants: tuple[Variant, ...]
    start_year: int
    end_year: int
    draws: int
    seed: int
    links: Mapping[str, Link] = field(default_factory=dict)
    record: tuple[str, ...] | None = None
    parameters: Mapping[str, Parameter] | None = None
    _layouts: dict[frozenset[str], Layout] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def layout(self, posterior: Posterior) -> Layout:
        """Return the rows of the variants."""
        known = frozenset(posterior.arrays)
        if known not in self._layouts:
            made = layout_of(self.variants, self.links, known, self.record, self.parameters)
            self._layouts[known] = made
        return self._layouts[known]

    def bytes(self, posterior: Posterior) -> int:
        """Return what all recorded rows take."""
        return self.layout(posterior).count * self.years * self.draws * FLOAT

    @property
    def years(self) -> int:
        """The number of recorded years."""
        return self.end_year - self.start_year + 1

    def blocks(self, posterior: Posterior, pages_a_block: int = PAGES_A_BLOCK) -> Iterator[Block]:
        """Yield the blocks of draws."""
        layout, size = self.layout(posterior), pages_a_block * PAGE
        for start in range(0, self.draws, size):
            streams = RandomStreams(self.seed, start, min(size, self.draws - start))
            yield Block(self.start_year, self.end_year, layout, self.links, streams)


FLOAT = np.dtype(np.float64).itemsize


@dataclass(frozen=True)
class Projected:
    """The rows of a batch, and which of them each variant has.

    Attributes
    ----------
    layout : Layout
        The rows of the variants.
    values : FloatArray
        (row, year, draw), the rows of all recorded indicators in the order of the layout.
    """

    layout: Layout
    values: FloatArray

    @cached_property
    def rows(self) -> Mapping[str, FloatArray]:
        """The distinct rows by indicator, (row, year, draw)."""
        first, rows = 0, {}
        for name, held in self.layout.recorded_rows.items():
            rows[name] = self.values[first : first + len(held)]
            first += len(held)
        return rows

    def of(self, variant: int = 0) -> dict[str, FloatArray]:
        """Return (year, draw) arrays by indicator of one variant; variants may share them."""
        return {name: rows[self.layout.recorded[name][variant]] for name, rows in self.rows.items()}


def project(
    posterior: Posterior,
    batch: Batch,
    *,
    workers: int = 1,
    pages_a_block: int = PAGES_A_BLOCK,
    scratch: Path | None = None,
    numbers: Numbers | None = None,
    advance: Callable[[int], None] = lambda _draws: None,
) -> Projected:
    """Return the projections of a batch.

    Parameters
    ----------
    workers : int
        Threads that run blocks at the same time.
    pages_a_block : int
        Size of a block in pages of draws.
    scratch : Path or None
        Where a file holds the arrays, gone when this returns or raises; for more draws than fit in
        memory. None keeps the arrays in memory.
    numbers : Numbers or None
        Random numbers that are kept for further runs; the draws are then one block.
    advance : callable
        Called with the number of draws of each block that is done.

    Raises
    ------
    EnvironmentFailureError
        The scratch file finds no space.
    """
    import scipy.special  # noqa: F401 - loaded while there is memory: without, it may hang

    blocks = list(batch.blocks(posterior, pages_a_block))
    layout = blocks[0].layout
    shape = (layout.count, batch.years, batch.draws)
    place = nullcontext() if scratch is None else _scratch_folder(scratch, batch.bytes(posterior))
    with place as folder:
        values = np.empty(shape) if folder is None else _mapped(folder, shape)
        projected = Projected(layout, values)

        def run(block: Block) -> int:
            draws = slice(block.streams.start, block.streams.start + block.streams.size)
            rows = projected.rows
            run_block(posterior, block, lambda name, row: rows[name][row, :, draws], numbers)
            return block.streams.size

        if workers <= 1 or len(blocks) <= 2:
            for block in blocks:
                advance(run(block))
        else:
            with ThreadPoolExecutor(workers) as pool:
                for future in as_completed([pool.submit(run, block) for block in blocks]):
                    advance(future.result())
        return projected


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
