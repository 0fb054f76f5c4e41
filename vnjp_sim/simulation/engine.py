"""The engine: one simpy environment for one scenario and one block of draws.

State is arrays over the draws. The clock counts whole days. Processes of the sectors wake on
their own dates and only write to the inputs of the year; the annual close comes last on
31 December and runs the sectors in the order of what they read and give. The number of simpy
events does not depend on the number of draws.

A scenario's links act on deviations from its baseline in the same draws: the baseline's block runs
first, with the sectors behind the drivers of links, and hands these on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
import simpy
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import VnjpSimError
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.links import Effects, Link, same_year_order
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.inputs.scenario import ScenarioEvent
from vnjp_sim.sectors import dependency_order, given_by, sectors_behind
from vnjp_sim.sectors.base import Sector
from vnjp_sim.sectors.laws import Controls, PosteriorSample, SectorContext

FloatArray = NDArray[np.float64]

LAST_OF_DAY = 2
"""simpy's priority after all ordinary events of the same day."""

YEARS_BEFORE = 2
"""So many years before the last of history the engine starts.

No horizon starts before the last year of history: its flows then have the stocks of the year
before, and averages over years have more than one.
"""


@dataclass(frozen=True)
class Block:
    """What one environment computes.

    Attributes
    ----------
    start_year, end_year : int
        First and last recorded year.
    inputs : ScenarioInputs
        What the scenario departs by.
    baseline : ScenarioInputs | None
        What its baseline departs by, None for a baseline itself.
    links : Mapping[str, Link]
        Effects between sectors.
    streams : RandomStreams
        Random numbers of the block's draws.
    """

    start_year: int
    end_year: int
    inputs: ScenarioInputs
    baseline: ScenarioInputs | None
    links: Mapping[str, Link]
    streams: RandomStreams


@dataclass(frozen=True)
class ScenarioInputs:
    """Priors that no figure bears on, levers and events of one scenario."""

    parameters: Mapping[str, Parameter]
    levers: Mapping[str, LeverPath]
    events: tuple[ScenarioEvent, ...]


class YearEnd(simpy.Event):
    """The end of a year: comes after every other event of its day."""

    def __init__(self, env: simpy.Environment, delay: float) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, priority=LAST_OF_DAY, delay=delay)  # type: ignore[arg-type]


def first_engine_year(posterior: Posterior) -> int:
    """Return the first year that the engine closes."""
    return posterior.last_year - YEARS_BEFORE


def run_block(
    posterior: Posterior, block: Block, allocate: Callable[[str], FloatArray] | None = None
) -> dict[str, FloatArray]:
    """Run one block; return (year, draw) arrays by indicator.

    Parameters
    ----------
    posterior : Posterior
        The bank that the draws take their rows from.
    block : Block
        What to compute.
    allocate : Callable[[str], FloatArray] | None
        Gives the array, (year, draw), in which an indicator is recorded; new ones if None.

    Raises
    ------
    VnjpSimError
        A sector does not give what it declares: a defect.
    """
    if block.start_year < first_engine_year(posterior):
        raise ValueError(f"{block.start_year} is before the engine's first year")
    pick = block.streams.uniform("calibration.row", group="calibrated")
    rows = np.minimum((pick * posterior.size).astype(np.intp), posterior.size - 1)
    sample = PosteriorSample(posterior.arrays, rows)
    effects = None
    if block.baseline is not None:
        reference = _Drivers({link.driver for link in block.links.values()})
        behind = sectors_behind(reference.names)
        _run(posterior, sample, block, block.baseline, None, reference, behind)
        effects = Effects(block.links, block.streams, reference.values)
    shape = (block.end_year - block.start_year + 1, block.streams.size)
    recorder = _Recorder(block.start_year, allocate or (lambda _name: np.empty(shape)))
    order = dependency_order(same_year_order(block.links.values()))
    _run(posterior, sample, block, block.inputs, effects, recorder, order)
    return recorder.arrays


def _run(
    posterior: Posterior,
    sample: PosteriorSample,
    block: Block,
    inputs: ScenarioInputs,
    effects: Effects | None,
    recorder: Recorder,
    order: Iterable[type[Sector]],
) -> None:
    context = SectorContext(
        sample,
        posterior.first_years,
        posterior.last_year,
        posterior.origins,
        posterior.plateaus,
        inputs.parameters,
        block.streams,
        first_engine_year(posterior),
        Controls(inputs.levers, inputs.events, effects),
    )
    given = given_by(order, posterior.arrays)
    recorder.expect(name for names in given.values() for name in names)
    sectors = {sector(context): frozenset(names) for sector, names in given.items()}
    env = simpy.Environment()
    env.process(_annual_close(env, sectors, context, block.end_year, recorder))
    for day, action in sorted(
        ((day, action) for sector in sectors for day, action in sector.processes()),
        key=lambda item: item[0],
    ):
        env.process(_at(env, day, action, context.first_year))
    env.run()


class Recorder(Protocol):
    """Takes the values of each closed year."""

    def expect(self, names: Iterable[str]) -> None:
        """Prepare for the indicators that every year will have."""
        ...

    def write(self, year: int, values: Mapping[str, FloatArray]) -> None:
        """Take the indicators of `year`, each (draw,)."""
        ...


@dataclass
class _Drivers:
    """Keeps the values of some indicators by year."""

    names: set[str]
    values: dict[str, dict[int, FloatArray]] = field(default_factory=dict)

    def expect(self, names: Iterable[str]) -> None:
        """Prepare nothing: values are kept as they come."""

    def write(self, year: int, values: Mapping[str, FloatArray]) -> None:
        for name in self.names & values.keys():
            self.values.setdefault(name, {})[year] = values[name]


@dataclass
class _Recorder:
    """Writes the closed years of the horizon into arrays, in which all is NaN before."""

    start_year: int
    allocate: Callable[[str], FloatArray]
    arrays: dict[str, FloatArray] = field(default_factory=dict)

    def expect(self, names: Iterable[str]) -> None:
        for name in names:
            self.arrays[name] = self.allocate(name)
            self.arrays[name].fill(np.nan)

    def write(self, year: int, values: Mapping[str, FloatArray]) -> None:
        row = year - self.start_year
        if row < 0:
            return
        for name, value in values.items():
            self.arrays[name][row] = value


def _annual_close(
    env: simpy.Environment,
    sectors: Mapping[Sector, frozenset[str]],
    context: SectorContext,
    last: int,
    recorder: Recorder,
) -> Generator[simpy.Event, Any, None]:
    opened = date(context.first_year, 1, 1)
    effects = context.controls.effects
    for year in range(context.first_year, last + 1):
        yield YearEnd(env, (date(year, 12, 31) - opened).days - env.now)
        values: dict[str, FloatArray] = {}
        for sector, declared in sectors.items():
            closed = sector.close(year, values)
            _check_given(sector, year, closed.keys(), declared)
            values |= closed
            if effects is not None:
                effects.record(year, values)
        recorder.write(year, values)


def _check_given(
    sector: Sector, year: int, closed: AbstractSet[str], declared: AbstractSet[str]
) -> None:
    """Raise VnjpSimError if a sector gives other indicators than it declared."""
    if closed == declared:
        return
    name = type(sector).__name__.lower()
    told = [("lacks", declared - closed), ("gives undeclared", closed - declared)]
    what = "; ".join(f"{word} {', '.join(sorted(names))}" for word, names in told if names)
    raise VnjpSimError(f"a defect of vnjp_sim, please report it: sector {name} in {year} {what}")


def _at(
    env: simpy.Environment, day: date, action: Any, first: int
) -> Generator[simpy.Event, Any, None]:
    yield env.timeout((day - date(first, 1, 1)).days)
    action()
