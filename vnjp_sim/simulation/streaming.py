"""Mean, spread and exact quantiles of any number of draws, none of which is kept.

A first pass over the draws counts how many lie in each of some bins. Counts are whole numbers, so
that the order of blocks does not matter, and they tell in which bin each order statistic lies. A
second pass makes the same draws again and collects those of these few bins. What it yields are the
quantiles of :func:`vnjp_sim.simulation.summaries.quantiles`, to the last bit.

The edges of the bins are draws of the first block, close together around the wanted levels; each
has a bin of its own, so that a value that many draws share need not be collected. Edges far from
where they should be cost memory or a further pass, never exactness. If the bins still hold too
many draws, they are divided and counted again.

Sums are taken of each block around a central draw and added exactly, :func:`math.fsum`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.simulation.engine import Block
from vnjp_sim.simulation.ensemble import Batch, finish, rows_of_block
from vnjp_sim.simulation.summaries import Summary, between, fewest_draws
from vnjp_sim.simulation.workforce import Workforce
from vnjp_sim.storage.block_files import BlockFiles

FloatArray = NDArray[np.float64]
CountArray = NDArray[np.int64]
Stretch = tuple[Block, ...]
"""The blocks of one task."""

BLOCKS_A_TASK = 8
"""The last digits of sums depend on it."""
TASKS_AT_MOST = 1_024
"""Beyond so many, tasks grow with the number of draws: each has a file while the run goes on."""
EDGES_A_LEVEL = 128
"""Draws of the first block that are edges of bins around one level."""
SPREADS = 5.0
"""How far they reach on either side, in standard deviations of the level's place in the block."""
FINER = 128
"""Into how many parts a bin with too many draws is divided."""
COLLECTED_AT_MOST = 128_000_000
"""Bytes of draws that the last pass may collect."""


@dataclass(frozen=True)
class Bins:
    """What a pass counts by; a cell is one year of one row.

    Attributes
    ----------
    edges : FloatArray
        (cell, edge), rising. A bin reaches from an edge to below the next.
    centres : FloatArray
        (cell,), what sums are taken around.
    """

    edges: FloatArray
    centres: FloatArray


@dataclass(frozen=True)
class Counted:
    """The counts of all draws.

    Attributes
    ----------
    counts : CountArray
        (cell, bin), the first below all edges, the last above.
    least, most, means, spreads : FloatArray
        (cell,), the extremes, the mean and the standard deviation.
    """

    counts: CountArray
    least: FloatArray
    most: FloatArray
    means: FloatArray
    spreads: FloatArray


@dataclass(frozen=True)
class Targets:
    """The bins of the wanted order statistics, whose places rise; all are (cell, statistic).

    Attributes
    ----------
    low, high : FloatArray
        The bin: values at least low and below high.
    below : CountArray
        How many draws lie below it.
    asked : NDArray[np.bool_]
        Whether its draws are to be collected: it holds more than one value, and no earlier
        statistic of the cell asks for it.
    """

    low: FloatArray
    high: FloatArray
    below: CountArray
    asked: NDArray[np.bool_]


def streamed_summaries(
    posterior: Posterior,
    batch: Batch,
    force: Workforce,
    kept: BlockFiles,
    check: Callable[[str, int, float, float], None] = lambda _name, _year, _least, _most: None,
    advance: Callable[[int], None] = lambda _draws: None,
) -> list[tuple[Summary, ...]]:
    """Return mean, sd and quantiles of each indicator and year, for each variant of a batch.

    Parameters
    ----------
    force : Workforce
        Who computes.
    kept : BlockFiles
        Where finished tasks are stored, so that a killed run goes on.
    check : callable
        Called with indicator, year, least and greatest value once the draws are counted.
    advance : callable
        Called with a number of draws that is done; they are gone through at least twice.
    """
    stretches = _stretches(list(batch.blocks(posterior)))
    layout = stretches[0][0].layout
    cells = [
        (name, number, year)
        for name, held in layout.recorded_rows.items()
        for number in range(len(held))
        for year in range(batch.start_year, batch.end_year + 1)
    ]
    passes = _Passes(force, kept, force.share(posterior), stretches, advance)
    ranks = _ranks(batch.draws)
    pilot = stretches[0][0]
    bins = first_bins(_cells(posterior, pilot), pilot.streams.size)
    counted = passes.count(bins, batch.draws)
    for (name, _, year), least, most in zip(cells, counted.least, counted.most, strict=True):
        check(name, year, float(least), float(most))
    while True:
        targets, size = find_targets(bins, counted, ranks)
        if size <= COLLECTED_AT_MOST:
            break
        bins = finer_bins(bins, targets)
        counted = passes.count(bins, batch.draws)
    statistics = passes.collect(targets, ranks)
    rows = {
        (name, number, year): (counted.means[i], counted.spreads[i], _levels(statistics[i], batch))
        for i, (name, number, year) in enumerate(cells)
    }
    return [
        tuple(
            _summary(name, year, *rows[name, numbers[variant], year])
            for name, numbers in layout.recorded.items()
            for year in range(batch.start_year, batch.end_year + 1)
        )
        for variant in range(len(batch.variants))
    ]


def _summary(
    name: str, year: int, mean: np.float64, spread: np.float64, levels: tuple[float, ...]
) -> Summary:
    return Summary(name, year, float(mean), float(spread), levels)


def _stretches(blocks: Sequence[Block]) -> list[Stretch]:
    size = max(BLOCKS_A_TASK, -(-len(blocks) // TASKS_AT_MOST))
    return [tuple(blocks[first : first + size]) for first in range(0, len(blocks), size)]


def _ranks(draws: int) -> list[int]:
    """Return the places, from 0, of the order statistics that the quantiles lie between."""
    return sorted({rank for level in QUANTILES.values() for rank in between(level, draws)[:2]})


def _levels(statistics: Mapping[int, float], batch: Batch) -> tuple[float, ...]:
    """Return the quantiles from order statistics, as :func:`summaries.quantiles` does."""
    levels = []
    for level in QUANTILES.values():
        low, high, part = between(level, batch.draws)
        first, second = statistics[low], statistics[high]
        few = batch.draws < fewest_draws(level)
        levels.append(math.nan if few else first + part * (second - first))
    return tuple(levels)


@dataclass(frozen=True)
class _Passes:
    """Passes over all draws, each task of which is stored when it is done."""

    force: Workforce
    kept: BlockFiles
    posterior: Any
    stretches: Sequence[Stretch]
    advance: Callable[[int], None]

    def _results(
        self, work: Callable[..., Mapping[str, NDArray[Any]]], question: Bins | Targets
    ) -> Iterator[Mapping[str, NDArray[Any]]]:
        key = f"{work.__name__}-{_digest(question)}"
        names = [f"{key}-{place}" for place in range(len(self.stretches))]
        shared = [self.posterior, self.force.share(question)]
        for place in finish(self.force, self.kept, names, work, shared, self.stretches):
            self.advance(sum(block.streams.size for block in self.stretches[place]))
        return map(self.kept.read, names)

    @np.errstate(over="ignore", invalid="ignore")
    def count(self, bins: Bins, draws: int) -> Counted:
        """Count all draws."""
        cells, edges = bins.edges.shape
        counts = np.zeros((cells, edges + 1), np.int64)
        least, most = np.full(cells, np.inf), np.full(cells, -np.inf)
        sums: list[FloatArray] = []
        squares: list[FloatArray] = []
        for part in self._results(count_draws, bins):
            counts += part["counts"]
            np.minimum(least, part["least"], out=least)
            np.maximum(most, part["most"], out=most)
            sums.append(part["sums"])
            squares.append(part["squares"])
        shift = np.array([exact_sum(x) for x in zip(*sums, strict=True)]) / draws
        square = np.array([exact_sum(x) for x in zip(*squares, strict=True)]) / draws
        spreads = np.sqrt(np.maximum(square - shift * shift, 0.0))
        if draws < 2:
            spreads[:] = np.nan
        return Counted(counts, least, most, bins.centres + shift, spreads)

    def collect(self, targets: Targets, ranks: Sequence[int]) -> list[dict[int, float]]:
        """Return the order statistics of each cell by their places."""
        cells, wanted = targets.low.shape
        parts: list[list[FloatArray]] = [[] for _ in range(cells * wanted)]
        for part in self._results(collect_draws, targets) if targets.asked.any() else ():
            ends = np.cumsum(part["sizes"])[:-1]
            for held, values in zip(parts, np.split(part["values"], ends), strict=True):
                held.append(values)
        statistics = []
        for cell in range(cells):
            row, ordered = {}, np.empty(0)
            for index, rank in enumerate(ranks):
                if targets.asked[cell, index]:
                    ordered = np.sort(np.concatenate(parts[cell * wanted + index]))
                single = _single(targets.low[cell, index], targets.high[cell, index])
                place = rank - int(targets.below[cell, index])
                row[rank] = float(targets.low[cell, index] if single else ordered[place])
            statistics.append(row)
        return statistics


def first_bins(pilot: Iterable[FloatArray], draws: int) -> Bins:
    """Return bins whose edges are draws of the first block, (draw,) a cell, around the levels."""
    places: list[FloatArray] = []
    for level in QUANTILES.values():
        middle, reach = level * (draws - 1), SPREADS * math.sqrt(level * (1.0 - level) * draws)
        places.append(np.linspace(middle - reach, middle + reach, EDGES_A_LEVEL))
    chosen = np.unique(np.rint(np.concatenate(places)).clip(0, draws - 1).astype(np.int64))
    middle_and_chosen = np.array([(draws - 1) // 2, *chosen])
    picked = np.stack([np.sort(values)[middle_and_chosen] for values in pilot])
    return Bins(_with_next(picked[:, 1:]), picked[:, 0].copy())


def finer_bins(bins: Bins, targets: Targets) -> Bins:
    """Return bins that divide those that hold too much."""
    parts = np.linspace(0.0, 1.0, FINER + 1)
    low, high = targets.low[..., None], targets.high[..., None]
    inside = np.clip(low * (1.0 - parts) + high * parts, low, high)
    inside[..., -1] = targets.high
    return Bins(_with_next(inside.reshape(len(bins.edges), -1)), bins.centres)


def _with_next(values: FloatArray) -> FloatArray:
    """Return edges so that each value has a bin of its own."""
    return np.sort(np.concatenate([values, np.nextafter(values, np.inf)], axis=1), axis=1)


def _single(low: Any, high: Any) -> Any:
    """Return whether a bin holds one value alone."""
    return np.nextafter(low, np.inf) >= high


def find_targets(bins: Bins, counted: Counted, ranks: Sequence[int]) -> tuple[Targets, int]:
    """Return the bins that hold order statistics, and how many bytes are to be collected."""
    upto = np.cumsum(counted.counts, axis=1)
    held = np.stack([np.searchsorted(row, ranks, "right") for row in upto])
    ends = [
        counted.least[:, None],
        bins.edges,
        np.nextafter(counted.most, np.inf)[:, None],
    ]
    bounds = np.concatenate(ends, axis=1)
    low = np.maximum(np.take_along_axis(bounds, held, axis=1), counted.least[:, None])
    high = np.minimum(np.take_along_axis(bounds, held + 1, axis=1), bounds[:, -1:])
    inside = np.take_along_axis(counted.counts, held, axis=1)
    asked = ~_single(low, high)
    asked[:, 1:] &= held[:, 1:] != held[:, :-1]
    below = np.take_along_axis(upto, held, axis=1) - inside
    return Targets(low, high, below, asked), int(inside[asked].sum()) * low.itemsize


@np.errstate(over="ignore", invalid="ignore")
def count_draws(posterior: Posterior, bins: Bins, stretch: Stretch) -> dict[str, NDArray[Any]]:
    """Return counts, extremes and sums of the draws of a task; squares may be beyond floats."""
    cells, edges = bins.edges.shape
    counts = np.zeros((cells, edges + 1), np.int32)
    sums = np.empty((2, cells, len(stretch)))
    least, most = np.empty((2, cells, len(stretch)))
    for number, block in enumerate(stretch):
        for cell, values in enumerate(_cells(posterior, block)):
            shifted = values - bins.centres[cell]
            sums[0, cell, number] = shifted.sum()
            sums[1, cell, number] = np.square(shifted, out=shifted).sum()
            values.sort()
            least[cell, number], most[cell, number] = values[0], values[-1]
            below = np.searchsorted(values, bins.edges[cell])
            counts[cell] += np.diff(below, prepend=0, append=values.size).astype(np.int32)
    total = np.array([[exact_sum(of_cell) for of_cell in kind] for kind in sums])
    return {
        "counts": counts,
        "least": least.min(axis=1),
        "most": most.max(axis=1),
        "sums": total[0],
        "squares": total[1],
    }


def collect_draws(
    posterior: Posterior, targets: Targets, stretch: Stretch
) -> dict[str, NDArray[Any]]:
    """Return the draws of a task that lie in the asked bins: values, and how many of each bin."""
    cells, wanted = targets.low.shape
    parts: list[list[FloatArray]] = [[] for _ in range(cells * wanted)]
    for block in stretch:
        for cell, values in enumerate(_cells(posterior, block)):
            values.sort()
            first = np.searchsorted(values, targets.low[cell])
            last = np.searchsorted(values, targets.high[cell])
            for index in np.flatnonzero(targets.asked[cell]):
                part = values[first[index] : last[index]]
                parts[cell * wanted + index].append(part.copy())
    sizes = np.array([sum(map(len, held)) for held in parts])
    collected = np.concatenate([np.empty(0), *(part for held in parts for part in held)])
    return {"values": collected, "sizes": sizes}


@np.errstate(over="ignore", invalid="ignore")
def exact_sum(values: Iterable[float]) -> float:
    """Return the sum, rounded once whatever the order; infinite or NaN if it is beyond floats."""
    parts = list(values)
    try:
        return math.fsum(parts)
    except (OverflowError, ValueError):
        return float(np.sum(parts))


def _cells(posterior: Posterior, block: Block) -> Iterator[FloatArray]:
    """Yield the values of each cell of a block, (draw,): its rows with their years, in order."""
    for array in rows_of_block(posterior, block).values():
        yield from array.reshape(-1, block.streams.size)


def _digest(question: Bins | Targets) -> str:
    """Return what tells the tasks of one pass from those of others."""
    digest = hashlib.sha256()
    for array in vars(question).values():
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]
