"""Blocks of draws to one projection: in turn or in threads, always the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.engine import Block, Course, run_block
from vnjp_sim.links import Link
from vnjp_sim.sectors import SECTORS
from vnjp_sim.streams import PAGE, Luck

FloatArray = NDArray[np.float64]

PAGES_A_BLOCK = 2


@dataclass(frozen=True)
class Ensemble:
    """What is asked of the engine for one scenario.

    `group_seeds` are seeds of single groups of streams that replace the run's, see
    :class:`vnjp_sim.streams.Luck`.
    """

    scenario: str
    start_year: int
    end_year: int
    draws: int
    seed: int
    course: Course
    baseline: Course | None = None
    links: Mapping[str, Link] = field(default_factory=dict)
    group_seeds: Mapping[str, int] = field(default_factory=dict)


def project(
    posterior: Posterior,
    ensemble: Ensemble,
    *,
    workers: int = 1,
    pages_a_block: int = PAGES_A_BLOCK,
    advance: Callable[[int], None] = lambda _draws: None,
) -> dict[str, FloatArray]:
    """Return (year, draw) arrays by indicator.

    Parameters
    ----------
    workers : threads that run blocks at the same time.
    pages_a_block : size of a block in pages of draws.
    advance : called with the number of draws of each block that is done.
    """
    first, *rest = _blocks(ensemble, pages_a_block)
    rows = {name: row for row, name in enumerate(n for s in SECTORS for n in s.outputs)}
    years = ensemble.end_year - ensemble.start_year + 1
    store = np.empty((len(rows), years, ensemble.draws))  # rows never written take no memory
    result: dict[str, FloatArray] = {}

    def fill(block: Block) -> int:
        start, size = block.luck.start, block.luck.size

        def allocate(name: str) -> FloatArray:
            result[name] = store[rows[name]]
            return result[name][:, start : start + size]

        run_block(posterior, block, allocate)
        return size

    advance(fill(first))  # alone, so that all arrays are there when threads begin
    if workers <= 1 or len(rest) <= 1:
        for block in rest:
            advance(fill(block))
        return result
    with ThreadPoolExecutor(workers) as pool:
        futures: list[Future[int]] = [pool.submit(fill, block) for block in rest]
        for future in as_completed(futures):
            advance(future.result())
    return result


def _blocks(ensemble: Ensemble, pages_a_block: int) -> Iterator[Block]:
    size = pages_a_block * PAGE
    for start in range(0, ensemble.draws, size):
        luck = Luck(ensemble.seed, start, min(size, ensemble.draws - start), ensemble.group_seeds)
        yield Block(
            ensemble.start_year,
            ensemble.end_year,
            ensemble.course,
            ensemble.baseline,
            ensemble.links,
            luck,
        )
