"""The small model as a simpy program that nobody tuned: an environment a draw, a process a sector.

It is written as one would write it by hand: objects with attributes that processes change when
their year has passed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from benchmarks.small_model.equations import INDICATORS, PARAMETERS, SHOCKS, STATES, YEARS

FloatArray = NDArray[np.float64]
Process = Generator[simpy.Event, Any, None]


class World:
    """One draw: its parameters, states, indicators, and the shocks of each year if given."""

    def __init__(
        self, parameters: Sequence[float], shocks: Sequence[Sequence[float]] | None
    ) -> None:
        self.env = simpy.Environment()
        self.shocks: list[dict[str, float]] | None = None
        if shocks is not None:
            self.shocks = [dict(zip(SHOCKS, year, strict=True)) for year in shocks]
        self.rows: list[list[float]] = []
        vars(self).update(STATES, **dict(zip(PARAMETERS, parameters, strict=True)))
        for sector in (economy, trade, investment, aid, labour, record):
            self.env.process(sector(self))

    def shock(self, name: str) -> float:
        """Return a shock of the year that has just passed, drawn now if none are given."""
        if self.shocks is None:
            return random.gauss(0.0, 1.0)
        return self.shocks[int(self.env.now) - 1][name]

    def year(self) -> simpy.Event:
        """Return the end of the year."""
        return self.env.timeout(1)


def economy(world: Any) -> Process:
    """Growth and output."""
    for _ in YEARS:
        yield world.year()
        excess = world.growth - world.long_run_growth
        world.growth = world.long_run_growth + 0.85 * excess + 0.015 * world.shock("growth_shock")
        world.log_gdp += world.growth
        world.gdp = math.exp(world.log_gdp)
        world.gdp_growth = 100.0 * world.growth


def trade(world: Any) -> Process:
    """The exchange rate, turnover and its two sides."""
    for _ in YEARS:
        yield world.year()
        world.log_rate = 4.9 + 0.8 * (world.log_rate - 4.9) + 0.09 * world.shock("rate_shock")
        world.yen_rate = math.exp(world.log_rate)
        world.log_trade += world.trade_elasticity * world.growth
        world.log_trade += 0.08 * world.shock("trade_shock")
        world.log_ratio = 0.02 + 0.7 * (world.log_ratio - 0.02) + 0.1 * (world.log_rate - 4.9)
        world.log_ratio += 0.05 * world.shock("ratio_shock")
        world.turnover = math.exp(world.log_trade)
        world.imports = world.turnover / (1.0 + math.exp(world.log_ratio))
        world.exports = world.turnover - world.imports
        world.balance = world.exports - world.imports
        world.cover_ratio = world.exports / world.imports
        world.turnover_gdp = 100.0 * world.turnover / world.gdp


def investment(world: Any) -> Process:
    """Investment of the year and its stock."""
    for _ in YEARS:
        yield world.year()
        factor = math.exp(0.3 * world.shock("investment_shock"))
        world.investment = world.investment_share * world.gdp * factor
        world.investment_stock = 0.95 * world.investment_stock + world.investment
        world.investment_stock_end = world.investment_stock


def aid(world: Any) -> Process:
    """Commitments, disbursements, and what waits to be disbursed."""
    for _ in YEARS:
        yield world.year()
        world.commitments = 100.0 * math.exp(0.4 * world.shock("commitment_shock"))
        waiting = world.pipeline + 0.5 * world.commitments
        world.disbursements = world.disbursement_rate * waiting
        world.pipeline += world.commitments - world.disbursements
        world.pipeline_end = world.pipeline


def labour(world: Any) -> Process:
    """Workers who arrive and who are there."""
    for _ in YEARS:
        yield world.year()
        factor = math.exp(0.2 * world.shock("intake_shock"))
        world.intake = 120.0 * factor * 134.0 / world.yen_rate
        world.workers = (1.0 - world.departure_rate) * world.workers + world.intake
        world.workers_end = world.workers


def record(world: Any) -> Process:
    """Keep the indicators of each year."""
    for _ in YEARS:
        yield world.year()
        world.rows.append([getattr(world, name) for name in INDICATORS])


def run(parameters: FloatArray, shocks: FloatArray, *, given: bool = True) -> FloatArray:
    """Return the indicators, (indicator, year, draw); unless `given`, it draws its own shocks."""
    result = np.empty((len(INDICATORS), *shocks.shape[1:]))
    for draw, (values, years) in enumerate(zip(parameters.T, shocks.T, strict=True)):
        world = World(values.tolist(), years.tolist() if given else None)
        world.env.run()
        result[:, :, draw] = np.transpose(world.rows)
    return result
