"""The small model as sectors of the engine of vnjp_sim."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine import blocks, run_sectors
from benchmarks.small_model.equations import INDICATORS, PARAMETERS, SHOCKS, STATES, YEARS
from vnjp_sim.inputs.distributions import Distribution, LogNormal
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext

FloatArray = NDArray[np.float64]

PRIORS = {
    name: Parameter(
        prior=Distribution(lognormal=LogNormal(median=median, sigma=sigma)),
        unit="of the small model",
        grade="assumed",
        reference="An example for comparing engines.",
    )
    for name, (median, sigma) in PARAMETERS.items()
}


class SmallSector(Sector):
    """A sector whose states start from the values of the small model."""

    def starting(self, name: str) -> FloatArray:
        """Return a state before the first year, (draw,)."""
        return np.full(self.context.streams.size, STATES[name])

    def shocks(self, name: str, scale: float) -> dict[int, FloatArray]:
        """Return the shocks by year, (draw,) each, with their standard deviation."""
        first = self.context.first_year
        shocks = self.context.normals(name, first)
        shocks *= scale
        return dict(enumerate(shocks, first))


class Economy(SmallSector):
    """Growth and output."""

    gives: ClassVar[tuple[Output, ...]] = (Output("gdp"), Output("gdp_growth"))

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.long_run = context.drawn("long_run_growth")
        self.growth, self.log_gdp = self.starting("growth"), self.starting("log_gdp")
        self.growth_shocks = self.shocks("growth_shock", 0.015)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the output of the year, and its growth in per cent."""
        del values
        self.growth -= self.long_run
        self.growth *= 0.85
        self.growth += self.long_run
        self.growth += self.growth_shocks[year]
        self.log_gdp += self.growth
        return {"gdp": np.exp(self.log_gdp), "gdp_growth": 100.0 * self.growth}


class Trade(SmallSector):
    """The exchange rate, turnover and its two sides."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output("yen_rate"),
        Output("turnover", parents=("gdp_growth",)),
        Output("exports", parents=("turnover", "yen_rate")),
        Output("imports", parents=("turnover", "yen_rate")),
        Output("balance", parents=("exports", "imports")),
        Output("cover_ratio", parents=("exports", "imports")),
        Output("turnover_gdp", parents=("turnover", "gdp")),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.elasticity = context.drawn("trade_elasticity") / 100.0
        self.rate, self.turnover = self.starting("log_rate"), self.starting("log_trade")
        self.ratio = self.starting("log_ratio")
        self.rate_shocks = self.shocks("rate_shock", 0.09)
        self.trade_shocks = self.shocks("trade_shock", 0.08)
        self.ratio_shocks = self.shocks("ratio_shock", 0.05)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the exchange rate and the trade of the year."""
        rate, ratio = self.rate, self.ratio
        rate *= 0.8
        rate += 4.9 * (1.0 - 0.8)
        rate += self.rate_shocks[year]
        self.turnover += self.elasticity * values["gdp_growth"]
        self.turnover += self.trade_shocks[year]
        ratio *= 0.7
        ratio += 0.1 * rate
        ratio += self.ratio_shocks[year]
        ratio += 0.02 * (1.0 - 0.7) - 0.1 * 4.9
        cover, turnover = np.exp(ratio), np.exp(self.turnover)
        imports = turnover / (1.0 + cover)
        exports = turnover - imports
        share = turnover / values["gdp"]
        share *= 100.0
        return {
            "yen_rate": np.exp(rate),
            "turnover": turnover,
            "exports": exports,
            "imports": imports,
            "balance": exports - imports,
            "cover_ratio": cover,
            "turnover_gdp": share,
        }


class Investment(SmallSector):
    """Investment of the year and its stock."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output("investment", parents=("gdp",)),
        Output("investment_stock_end", parents=("investment",)),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.share = context.drawn("investment_share")
        self.stock = self.starting("investment_stock")
        self.investment_shocks = self.shocks("investment_shock", 0.3)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the investment of the year, and the stock at its end."""
        investment = np.exp(self.investment_shocks[year])
        investment *= self.share
        investment *= values["gdp"]
        self.stock *= 0.95
        self.stock += investment
        return {"investment": investment, "investment_stock_end": self.stock}


class Aid(SmallSector):
    """Commitments, disbursements, and what waits to be disbursed."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output("commitments"),
        Output("disbursements", parents=("commitments",)),
        Output("pipeline_end", parents=("commitments", "disbursements")),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.rate = context.drawn("disbursement_rate")
        self.pipeline = self.starting("pipeline")
        self.commitment_shocks = self.shocks("commitment_shock", 0.4)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the aid of the year, and what waits at its end."""
        del values
        commitments = np.exp(self.commitment_shocks[year])
        commitments *= 100.0
        disbursements = 0.5 * commitments
        disbursements += self.pipeline
        disbursements *= self.rate
        self.pipeline += commitments
        self.pipeline -= disbursements
        return {
            "commitments": commitments,
            "disbursements": disbursements,
            "pipeline_end": self.pipeline,
        }


class Labour(SmallSector):
    """Workers who arrive and who are there."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output("intake", parents=("yen_rate",)),
        Output("workers_end", parents=("intake",)),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.staying = 1.0 - context.drawn("departure_rate")
        self.workers = self.starting("workers")
        self.intake_shocks = self.shocks("intake_shock", 0.2)

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the intake of the year, and the workers at its end."""
        intake = np.exp(self.intake_shocks[year])
        intake /= values["yen_rate"]
        intake *= 120.0 * 134.0
        self.workers *= self.staying
        self.workers += intake
        return {"intake": intake, "workers_end": self.workers}


SMALL_SECTORS = (Economy, Trade, Investment, Aid, Labour)


def run(draws: int, seed: int = 1) -> dict[str, FloatArray]:
    """Return the indicators, (year, draw), by name."""
    return run_sectors(SMALL_SECTORS, PRIORS, YEARS, draws, seed)


def stacked(values: dict[str, FloatArray]) -> FloatArray:
    """Return the indicators as one array, (indicator, year, draw)."""
    return np.stack([values[name] for name in INDICATORS])


def numbers(draws: int, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Return the random numbers of :func:`run` for one block.

    They are the scores of the parameters, (parameter, draw), and the shocks, (shock, year, draw).
    """
    (streams,) = blocks(draws, seed)
    scores = [streams.normal(f"parameter.{name}", group="assumed") for name in PARAMETERS]
    shocks = [[streams.normal(name, year) for year in YEARS] for name in SHOCKS]
    return np.array(scores), np.array(shocks)
