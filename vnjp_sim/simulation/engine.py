"""The engine: one simpy environment for a batch of variants and one block of draws.

State is arrays over the draws, one for each row of a quantity: variants that agree in all that
reaches a sector share its row, see :mod:`layout`. The clock counts whole days. Processes of the
sectors wake on their own dates and only write to the inputs of the year; the annual close comes
last on 31 December and runs the sectors in the order of what they read and give. The number of
simpy events does not depend on the number of draws.

A variant's links act on deviations from its reference in the same draws, which runs beside it;
those of drivers with a central course on deviations from that course, in baselines too.
"""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import VnjpSimError
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.base import Sector
from vnjp_sim.sectors.block import BlockContext, SharedNumbers
from vnjp_sim.sectors.central_course import RATE
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.controls import Controls
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.sectors.declarations import laws
from vnjp_sim.sectors.link_effects import Deviation, Gap, LinkEffects, gap_of
from vnjp_sim.simulation.block_numbers import BlockNumbers
from vnjp_sim.simulation.layout import Layout
from vnjp_sim.simulation.recording import Allocate, Record, Recorder, into_arrays
from vnjp_sim.simulation.variants import Row, Variant

FloatArray = NDArray[np.float64]

LAST_OF_DAY = 2
"""simpy's priority after all ordinary events of the same day."""


@dataclass(frozen=True)
class Block:
    """What one environment computes.

    Attributes
    ----------
    start_year, end_year : int
        First and last recorded year.
    layout : Layout
        The rows of the variants.
    couplings : Couplings
        The effects between sectors, and the central courses of what drives the baseline.
    streams : RandomStreams
        Random numbers of the block's draws.
    """

    start_year: int
    end_year: int
    layout: Layout
    couplings: Couplings
    streams: RandomStreams


def run_block(
    posterior: Posterior, block: Block, allocate: Allocate, numbers: BlockNumbers | None = None
) -> None:
    """Run one block and keep its draws.

    Parameters
    ----------
    posterior, block, numbers
        As of :func:`run_years`.
    allocate : Callable[[str, int], FloatArray]
        Gives the array, (year, draw), in which a row of an indicator is recorded.
    """
    run_years(posterior, block, into_arrays(block.layout, allocate), numbers)


def run_years(
    posterior: Posterior, block: Block, record: Record, numbers: BlockNumbers | None = None
) -> None:
    """Run one block, year after year.

    Parameters
    ----------
    posterior : Posterior
        The bank that the draws take their rows from.
    block : Block
        What to compute.
    record : Record
        Takes the rows of each recorded year.
    numbers : BlockNumbers | None
        The block's random numbers, where they are kept for further runs.

    Raises
    ------
    VnjpSimError
        A sector does not give what it declares: a defect.
    """
    if numbers is not None and block.start_year < numbers.first_year:
        raise ValueError(f"{block.start_year} is before the first year of the numbers")
    own = numbers is None
    if numbers is None:
        numbers = _numbers_of(posterior, block)
    working = _SectorsAtWork(block, numbers)
    recorder = Recorder(block.layout, block.start_year, record, working.numbers_of)
    env = simpy.Environment()
    env.process(_annual_close(env, working, block, recorder, numbers))
    first = date(numbers.first_year, 1, 1)
    for day, action in sorted(working.processes(), key=lambda item: item[0]):
        env.process(_at(env, (day - first).days, action))
    env.run()
    if own:
        numbers.forget()


def _numbers_of(posterior: Posterior, block: Block) -> BlockNumbers:
    """Return random numbers for one run of a block alone."""
    rows = block.layout.rows
    return BlockNumbers(
        posterior,
        block.couplings,
        block.streams,
        block.end_year,
        block.start_year,
        lone=len({row.sector for row in rows}) == len(rows),
    )


def _annual_close(
    env: simpy.Environment,
    working: _SectorsAtWork,
    block: Block,
    recorder: Recorder,
    numbers: BlockNumbers,
) -> Generator[simpy.Event, Any, None]:
    opened = date(numbers.first_year, 1, 1)
    for year in range(numbers.first_year, block.end_year + 1):
        yield YearEnd(env, (date(year, 12, 31) - opened).days - env.now)
        working.close(year)
        recorder.write(year, working.closed)
        numbers.end_of_year(year)


def _at(env: simpy.Environment, day: int, action: Any) -> Generator[simpy.Event, Any, None]:
    yield env.timeout(day)
    action()


class YearEnd(simpy.Event):
    """The end of a year: comes after every other event of its day."""

    def __init__(self, env: simpy.Environment, delay: float) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, priority=LAST_OF_DAY, delay=delay)  # type: ignore[arg-type]


class _SectorsAtWork:
    """The sectors at work, one for each row, and the links between them.

    Attributes
    ----------
    sectors : list[Sector | None]
        By row; None where all its years are known from a run before.
    kept : list[ClosedYears | None]
        By row, where its years are kept for further runs; None where they are not.
    inputs : list[list[tuple[str, int]]]
        By row, the indicators that it reads, each with the row that gives it.
    closed : list[dict[str, FloatArray]]
        By row, what it gave in the year that closes, (draw,) each.
    deviations_after : list[dict[Gap, list[Deviation]]]
        By row, the deviations that are known once it has closed.
    """

    def __init__(self, block: Block, numbers: BlockNumbers) -> None:
        self.rows = block.layout.rows
        self.numbers = numbers
        self.closed: list[dict[str, FloatArray]] = [{} for _ in self.rows]
        self.deviations: dict[tuple[str, int, int, int], Deviation] = {}
        self.deviations_after: list[dict[Gap, list[Deviation]]] = [{} for _ in self.rows]
        self.course = numbers.posterior.course
        self.place = {id(row): index for index, row in enumerate(self.rows)}
        self.inputs = [
            [(name, self.place[id(source)]) for name, source in row.inputs] for row in self.rows
        ]
        self.kept = [numbers.years_of(row, block.end_year) for row in self.rows]
        self.sectors = [
            None if kept and block.end_year in kept else self._sector(row, block, numbers)
            for row, kept in zip(self.rows, self.kept, strict=True)
        ]
        self.declared = [frozenset(block.layout.given[row.sector]) for row in self.rows]

    def _sector(self, row: Row, block: Block, numbers: BlockNumbers) -> Sector:
        inputs, context = row.variant.inputs, numbers.context(row.variant)
        acting = [
            self._deviation(link, block, context, inputs.links.get(link[0])) for link in row.links
        ]
        effects = LinkEffects(tuple(acting)) if acting else None
        controls = Controls(inputs.levers, inputs.events, effects)
        return row.sector(SectorContext(context, inputs.parameters, controls))

    def _deviation(
        self,
        acting: tuple[str, Row, Row | None],
        block: Block,
        context: BlockContext,
        replaced: Link | None,
    ) -> Deviation:
        """Return the deviation that a link acts by; rows of one driver and reference share it.

        `replaced` is the link with the size that a scenario gives it, if it does.
        """
        name, driver, reference = acting
        key = (name, id(driver), id(reference), id(replaced))
        if key not in self.deviations:
            link = replaced or block.couplings.links[name]
            known_to = _known_to(link.response, context) if reference is None else 0
            size = context.coefficient(name, replaced)
            made = self.deviations[key] = Deviation(link, size, known_to)
            mine = self.place[id(driver)]
            theirs = None if reference is None else self.place[id(reference)]
            gap = Gap(link.driver, mine, theirs, made.in_logs)
            self.deviations_after[max(mine, theirs or 0)].setdefault(gap, []).append(made)
        return self.deviations[key]

    def numbers_of(self, variant: Variant) -> SharedNumbers:
        """Return the random numbers of a variant."""
        return self.numbers.context(variant).streams

    def processes(self) -> list[tuple[date, Any]]:
        """Return (day, action) of what happens on dates of its own, in all rows."""
        return [process for sector in self.sectors if sector for process in sector.processes()]

    def close(self, year: int) -> None:
        """Close a year in every row, in order."""
        for row in range(len(self.rows)):
            self.closed[row] = self._close_row(row, year)
            for gap, deviations in self.deviations_after[row].items():
                deviation = self._deviate(gap, year)
                for each in deviations:
                    each.take(year, deviation)

    def _close_row(self, row: int, year: int) -> dict[str, FloatArray]:
        """Return what a row gives in a year, from its sector or from a run before."""
        sector, kept = self.sectors[row], self.kept[row]
        if sector is None:
            assert kept is not None  # noqa: S101 - what does not work is kept
            return kept[year]
        values = {name: self.closed[place][name] for name, place in self.inputs[row]}
        if self.rows[row].converts:
            sector.context.controls.rates[year] = values[RATE]
        closed = sector.close(year, values)
        if closed.keys() != self.declared[row]:
            _refuse_given(sector, year, closed.keys(), self.declared[row])
        if kept is not None:
            kept[year] = closed
        return closed

    def _deviate(self, gap: Gap, year: int) -> FloatArray:
        """Return by how much a driver departs in a year, (draw,)."""
        theirs: FloatArray | float
        if gap.reference is None:
            theirs = self.course.value(gap.name, year)
        else:
            theirs = self.closed[gap.reference][gap.name]
        return gap_of(self.closed[gap.driver][gap.name], theirs, in_logs=gap.in_logs)


def _known_to(response: str, context: BlockContext) -> int:
    """Return the last year whose figures what a link acts on was calibrated on."""
    carrying = [law.name for law in laws().values() if response in dict(law.carries)]
    years = [context.last_figure(name) for name in carrying if name in context.plateaus]
    return max(years, default=context.last_history)


def _refuse_given(
    sector: Sector, year: int, closed: AbstractSet[str], declared: AbstractSet[str]
) -> None:
    """Raise VnjpSimError: a sector gives other indicators than it declared."""
    name = type(sector).__name__.lower()
    unlike = [("lacks", declared - closed), ("gives undeclared", closed - declared)]
    what = "; ".join(f"{word} {', '.join(sorted(names))}" for word, names in unlike if names)
    raise VnjpSimError(f"a defect of vnjp_sim, please report it: sector {name} in {year} {what}")
