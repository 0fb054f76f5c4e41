"""Blocks of draws to projections of variants: by any workforce, always the same bytes.

More draws than fit in memory stay in files of blocks.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.random_streams import PAGE, RandomStreams
from vnjp_sim.foundation.special_functions import load_special_functions
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.simulation.block_numbers import BlockNumbers
from vnjp_sim.simulation.engine import Block, run_block, run_years
from vnjp_sim.simulation.layout import Layout, layout_of
from vnjp_sim.simulation.variants import Variant
from vnjp_sim.simulation.workforce import Workforce, workforce
from vnjp_sim.storage.block_files import BlockFiles

FloatArray = NDArray[np.float64]

PAGES_A_BLOCK = 2


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
    couplings : Couplings
        The effects between sectors, and what drives the baseline.
    record : tuple[str, ...] | None
        Indicators that are asked for; all if None.
    """

    variants: tuple[Variant, ...]
    start_year: int
    end_year: int
    draws: int
    seed: int
    couplings: Couplings
    record: tuple[str, ...] | None = None
    _layouts: dict[frozenset[str], Layout] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def layout(self, posterior: Posterior) -> Layout:
        """Return the rows of the variants."""
        known = frozenset(posterior.arrays)
        if known not in self._layouts:
            self._layouts[known] = layout_of(
                self.variants, self.couplings, posterior.course, known, self.record
            )
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
            yield Block(self.start_year, self.end_year, layout, self.couplings, streams)


FLOAT = np.dtype(np.float64).itemsize


@dataclass(frozen=True)
class Projected:
    """The rows of a batch, and which of them each variant has.

    Attributes
    ----------
    layout : Layout
        The rows of the variants.
    rows : Mapping[str, FloatArray]
        The distinct rows by indicator, (row, year, draw); read from files when they are asked for
        if the draws are kept there.
    """

    layout: Layout
    rows: Mapping[str, FloatArray]

    def of(self, variant: int = 0) -> Mapping[str, FloatArray]:
        """Return (year, draw) arrays by indicator of one variant; variants may share them."""
        return _OfVariant(self, variant)


@dataclass(frozen=True)
class _OfVariant(Mapping[str, FloatArray]):
    """The arrays of one variant."""

    projected: Projected
    variant: int

    def __getitem__(self, name: str) -> FloatArray:
        number = self.projected.layout.recorded[name][self.variant]
        array: FloatArray = self.projected.rows[name][number]
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self.projected.rows)

    def __len__(self) -> int:
        return len(self.projected.rows)


@dataclass(frozen=True)
class _InFiles(Mapping[str, FloatArray]):
    """Rows that are read from the files of blocks."""

    kept: BlockFiles
    blocks: int
    names: Sequence[str]

    def __getitem__(self, name: str) -> FloatArray:
        parts = [self.kept.read(str(place), name)[name] for place in range(self.blocks)]
        return np.concatenate(parts, axis=2)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def project(
    posterior: Posterior,
    batch: Batch,
    *,
    workers: int = 1,
    cluster: str | None = None,
    pages_a_block: int = PAGES_A_BLOCK,
    kept: BlockFiles | None = None,
    numbers: BlockNumbers | None = None,
    advance: Callable[[int], None] = lambda _draws: None,
) -> Projected:
    """Return the projections of a batch.

    Parameters
    ----------
    workers, cluster
        Who computes, see :func:`vnjp_sim.simulation.workforce.workforce`.
    pages_a_block : int
        Size of a block in pages of draws.
    kept : BlockFiles or None
        Where each finished block is a file, for more draws than fit in memory and for runs that go
        on after a kill. None keeps the arrays in memory.
    numbers : BlockNumbers or None
        Random numbers that are kept for further runs; the draws are then one block, run here.
    advance : callable
        Called with the number of draws of each block that is done.

    Raises
    ------
    EnvironmentFailureError
        There is no space for the blocks; or see `workforce`.
    """
    load_special_functions()  # while there is memory: without, it may hang
    blocks = list(batch.blocks(posterior, pages_a_block))
    layout = blocks[0].layout
    with workforce(workers, cluster if numbers is None else None) as force:
        if kept is not None:
            _check_space(kept, batch.bytes(posterior))
            shared = [force.share(posterior)]
            names = [str(place) for place in range(len(blocks))]
            for place in finish(force, kept, names, rows_of_block, shared, blocks):
                advance(blocks[place].streams.size)
            return Projected(layout, _InFiles(kept, len(blocks), tuple(layout.recorded)))
        rows = _rows(layout, (batch.years, batch.draws))

        def run(block: Block) -> None:
            draws = _draws(block)
            run_block(posterior, block, lambda name, row: rows[name][row, :, draws], numbers)

        if force.local:
            for place, _ in force.each(run, [], blocks):
                advance(blocks[place].streams.size)
            return Projected(layout, rows)
        for place, arrays in force.each(rows_of_block, [force.share(posterior)], blocks):
            for name, array in arrays.items():
                rows[name][:, :, _draws(blocks[place])] = array
            advance(blocks[place].streams.size)
        return Projected(layout, rows)


def pass_through(
    posterior: Posterior,
    batch: Batch,
    take: Callable[[slice, int, Mapping[str, Sequence[FloatArray]]], None],
    *,
    workers: int = 1,
    cluster: str | None = None,
    numbers: BlockNumbers | None = None,
) -> None:
    """Project a batch and keep nothing of it.

    Parameters
    ----------
    workers, cluster, numbers
        As for :func:`project`.
    take : callable
        Called with the draws of a block, a year that counts from the first, and the rows of all
        recorded indicators then, (draw,) each; by several threads, but never twice for the same
        draws at a time.
    """
    blocks = list(batch.blocks(posterior))

    def run(block: Block) -> None:
        run_years(posterior, block, partial(take, _draws(block)), numbers)

    with workforce(workers, cluster if numbers is None else None) as force:
        if force.local:
            for _ in force.each(run, [], blocks):
                pass
            return
        for place, arrays in force.each(rows_of_block, [force.share(posterior)], blocks):
            for year in range(batch.years):
                rows = {name: list(array[:, year]) for name, array in arrays.items()}
                take(_draws(blocks[place]), year, rows)


def finish(
    force: Workforce,
    kept: BlockFiles,
    names: Sequence[str],
    work: Callable[..., Mapping[str, NDArray[Any]]],
    shared: Sequence[Any],
    tasks: Sequence[Any],
) -> Iterator[int]:
    """Do the tasks that no file holds, and store each; yield the place of each, found or done."""
    left = []
    for place, name in enumerate(names):
        if kept.has(name):
            yield place
        else:
            left.append(place)
    for number, arrays in force.each(work, shared, [tasks[place] for place in left]):
        kept.write(names[left[number]], arrays)
        yield left[number]


def rows_of_block(posterior: Posterior, block: Block) -> dict[str, FloatArray]:
    """Return the recorded rows of one block by indicator, (row, year, draw)."""
    rows = _rows(block.layout, (block.end_year - block.start_year + 1, block.streams.size))
    run_block(posterior, block, lambda name, row: rows[name][row])
    return rows


def _rows(layout: Layout, shape: tuple[int, int]) -> dict[str, FloatArray]:
    """Return new rows by indicator, (row, year, draw), in one piece of memory.

    In many pieces, each page of them would be asked of the system anew.
    """
    values, first, rows = np.empty((layout.count, *shape)), 0, {}
    for name, held in layout.recorded_rows.items():
        rows[name] = values[first : first + len(held)]
        first += len(held)
    return rows


def _draws(block: Block) -> slice:
    return slice(block.streams.start, block.streams.start + block.streams.size)


def _check_space(kept: BlockFiles, size: int) -> None:
    """Raise EnvironmentFailureError if the disk has less space than the blocks take."""
    if shutil.disk_usage(kept.folder).free < size - kept.bytes:
        raise EnvironmentFailureError(
            f"{display_path(kept.folder.parent)}: no space for {fixed(size / 1e9, 1)} GB of "
            f"draws ({os.strerror(errno.ENOSPC)}); ask for fewer draws, or free space"
        )
