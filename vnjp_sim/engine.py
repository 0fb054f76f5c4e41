"""The engine: one simpy environment for one scenario and one block of draws.

State is arrays over the draws. The clock counts whole days. Processes of the sectors wake on
their own dates and only write to the inputs of the year; the annual close comes last on
31 December and runs the sectors in the order of what they read and give. The number of simpy
events does not depend on the number of draws.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.parameters import Parameter
from vnjp_sim.sectors import dependency_order
from vnjp_sim.sectors.base import Sector
from vnjp_sim.sectors.laws import Bank, Setting
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
    parameters : priors that no figure bears on, those of the scenario included.
    luck : random numbers of the block's draws.
    """

    start_year: int
    end_year: int
    parameters: Mapping[str, Parameter]
    luck: Luck


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
    posterior: Posterior, block: Block, record: Mapping[str, FloatArray] | None = None
) -> dict[str, FloatArray]:
    """Run one block; return (year, draw) arrays by indicator.

    Parameters
    ----------
    posterior : the bank that the draws take their rows from.
    block : what to compute.
    record : arrays, (year, draw), to write to instead of new ones; the indicators are its keys.
    """
    size = block.luck.size
    pick = block.luck.uniform("calibration.row", group="calibrated")
    rows = np.minimum((pick * posterior.size).astype(np.intp), posterior.size - 1)
    setting = _setting(posterior, block.parameters, block.luck, rows)
    sectors = [sector(setting) for sector in dependency_order()]
    recorder = _Recorder(block, size, dict(record) if record is not None else {})
    env = simpy.Environment()
    env.process(_annual_close(env, sectors, setting.first_year, block.end_year, recorder))
    for day, action in sorted(
        ((day, action) for sector in sectors for day, action in sector.processes()),
        key=lambda item: item[0],
    ):
        env.process(_at(env, day, action, setting.first_year))
    env.run()
    return recorder.arrays


def _setting(
    posterior: Posterior,
    parameters: Mapping[str, Parameter],
    luck: Luck,
    rows: NDArray[np.intp],
) -> Setting:
    return Setting(
        Bank(posterior.arrays, rows),
        posterior.first_years,
        posterior.last_year,
        posterior.origins,
        posterior.plateaus,
        parameters,
        luck,
        first_engine_year(posterior),
    )


@dataclass
class _Recorder:
    """Writes the closed years of the horizon into arrays."""

    block: Block
    size: int
    arrays: dict[str, FloatArray]

    def write(self, year: int, values: Mapping[str, FloatArray]) -> None:
        row = year - self.block.start_year
        if row < 0:
            return
        years = self.block.end_year - self.block.start_year + 1
        for name, value in values.items():
            if name not in self.arrays:
                self.arrays[name] = np.empty((years, self.size))
            self.arrays[name][row] = value


def _annual_close(
    env: simpy.Environment, sectors: list[Sector], first: int, last: int, recorder: _Recorder
) -> Generator[simpy.Event, Any, None]:
    opened = date(first, 1, 1)
    for year in range(first, last + 1):
        yield YearEnd(env, (date(year, 12, 31) - opened).days - env.now)
        values: dict[str, FloatArray] = {}
        for sector in sectors:
            values |= sector.close(year, values)
        recorder.write(year, values)


def _at(
    env: simpy.Environment, day: date, action: Any, first: int
) -> Generator[simpy.Event, Any, None]:
    yield env.timeout((day - date(first, 1, 1)).days)
    action()
