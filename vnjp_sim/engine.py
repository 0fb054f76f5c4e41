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
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
import simpy
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.levers import LeverPath
from vnjp_sim.links import Effects, Link, same_year_order
from vnjp_sim.parameters import Parameter
from vnjp_sim.scenario import ScenarioEvent
from vnjp_sim.sectors import dependency_order, sectors_behind
from vnjp_sim.sectors.base import Sector
from vnjp_sim.sectors.laws import Bank, Setting, Steering
from vnjp_sim.streams import Luck

FloatArray = NDArray[np.float64]

LAST_OF_DAY = 2
"""simpy's priority after all ordinary events of the same day."""


@dataclass(frozen=True)
class Block:
    """What one environment computes.

    Attributes
    ----------
    start_year, end_year : first and last recorded year.
    course : what the scenario departs by.
    baseline : what its baseline departs by, None for a baseline itself.
    links : effects between sectors.
    luck : random numbers of the block's draws.
    """

    start_year: int
    end_year: int
    course: Course
    baseline: Course | None
    links: Mapping[str, Link]
    luck: Luck


@dataclass(frozen=True)
class Course:
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
    """Return the first year that the engine closes.

    It is the last year of history, or the first after the base year of Vietnam's output in
    dollars, if that is earlier.
    """
    if "macro_vn_gdp_usd.level_year" not in posterior.arrays:
        return posterior.last_year
    base = int(posterior.arrays["macro_vn_gdp_usd.level_year"][0])
    return min(posterior.last_year, base + 1)


def run_block(
    posterior: Posterior, block: Block, allocate: Callable[[str], FloatArray] | None = None
) -> dict[str, FloatArray]:
    """Run one block; return (year, draw) arrays by indicator.

    Parameters
    ----------
    posterior : the bank that the draws take their rows from.
    block : what to compute.
    allocate : gives the array, (year, draw), in which an indicator is recorded; new ones if None.
    """
    pick = block.luck.uniform("calibration.row", group="calibrated")
    rows = np.minimum((pick * posterior.size).astype(np.intp), posterior.size - 1)
    bank = Bank(posterior.arrays, rows)
    effects = None
    if block.baseline is not None:
        reference = _Drivers({link.driver for link in block.links.values()})
        behind = sectors_behind(reference.names)
        _run(posterior, bank, block, block.baseline, None, reference, behind)
        effects = Effects(block.links, block.luck, reference.values)
    shape = (block.end_year - block.start_year + 1, block.luck.size)
    recorder = _Recorder(block.start_year, allocate or (lambda _name: np.empty(shape)))
    order = dependency_order(same_year_order(block.links.values()))
    _run(posterior, bank, block, block.course, effects, recorder, order)
    return recorder.arrays


def _run(
    posterior: Posterior,
    bank: Bank,
    block: Block,
    course: Course,
    effects: Effects | None,
    recorder: Recorder,
    order: Iterable[type[Sector]],
) -> None:
    setting = Setting(
        bank,
        posterior.first_years,
        posterior.last_year,
        posterior.origins,
        posterior.plateaus,
        course.parameters,
        block.luck,
        first_engine_year(posterior),
        Steering(course.levers, course.events, effects),
    )
    sectors = [sector(setting) for sector in order]
    env = simpy.Environment()
    env.process(_annual_close(env, sectors, setting, block.end_year, recorder))
    for day, action in sorted(
        ((day, action) for sector in sectors for day, action in sector.processes()),
        key=lambda item: item[0],
    ):
        env.process(_at(env, day, action, setting.first_year))
    env.run()


class Recorder(Protocol):
    """Takes the values of each closed year."""

    def write(self, year: int, values: Mapping[str, FloatArray]) -> None:
        """Take the indicators of `year`, each (draw,)."""
        ...


@dataclass
class _Drivers:
    """Keeps the values of some indicators by year."""

    names: set[str]
    values: dict[str, dict[int, FloatArray]] = field(default_factory=dict)

    def write(self, year: int, values: Mapping[str, FloatArray]) -> None:
        for name in self.names & values.keys():
            self.values.setdefault(name, {})[year] = values[name]


@dataclass
class _Recorder:
    """Writes the closed years of the horizon into arrays."""

    start_year: int
    allocate: Callable[[str], FloatArray]
    arrays: dict[str, FloatArray] = field(default_factory=dict)

    def write(self, year: int, values: Mapping[str, FloatArray]) -> None:
        row = year - self.start_year
        if row < 0:
            return
        for name, value in values.items():
            if name not in self.arrays:
                self.arrays[name] = self.allocate(name)
            self.arrays[name][row] = value


def _annual_close(
    env: simpy.Environment,
    sectors: list[Sector],
    setting: Setting,
    last: int,
    recorder: Recorder,
) -> Generator[simpy.Event, Any, None]:
    opened = date(setting.first_year, 1, 1)
    effects = setting.steering.effects
    for year in range(setting.first_year, last + 1):
        yield YearEnd(env, (date(year, 12, 31) - opened).days - env.now)
        values: dict[str, FloatArray] = {}
        for sector in sectors:
            values |= sector.close(year, values)
            if effects is not None:
                effects.record(year, values)
        recorder.write(year, values)


def _at(
    env: simpy.Environment, day: date, action: Any, first: int
) -> Generator[simpy.Event, Any, None]:
    yield env.timeout((day - date(first, 1, 1)).days)
    action()
