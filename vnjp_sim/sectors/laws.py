"""The laws in motion: each steps its state by a year and returns the year's values.

Up to the last year of history the values come from the calibrated paths; after it from the law
with its parameters of the draw and its keyed shocks. Every law is stepped once a year, in order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import poisson_by_inversion
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.growth import GrowthParameters, Reversion, mean_path
from vnjp_sim.sectors.identities import log_odds, percent_of_log_odds, shares_from_log_ratios

FloatArray = NDArray[np.float64]


class State(ABC):
    """A law with a calibrated path: the path up to the last year of history, then steps.

    The scale of the path may be another than that of the values, see :meth:`shown`.
    """

    rows: tuple[int, ...] = ()
    """The shape of a year's values before the draws."""

    def __init__(self, context: SectorContext, name: str) -> None:
        self.context = context
        self.name = name
        self.closed = context.values_by_year()
        self.latest = context.last_history

    def step(self, year: int) -> FloatArray:
        """Return the values of `year`, (draw,) or (group, draw); NaN before the path begins.

        They are for reading alone: the variants of a block share them.
        """
        if year not in self.closed:
            self.closed[year] = self._values(year)
        return self.closed[year]

    def _values(self, year: int) -> FloatArray:
        known = self.context.history(self.name, year)
        if known is not None:
            return self.shown(known)
        if year <= self.context.last_history:
            return np.full((*self.rows, self.context.streams.size), np.nan)
        if year != self.latest + 1:
            raise ValueError(f"{self.name} steps from {self.latest}, not to {year}")
        self.latest = year
        return self.shown(self.next(year))

    @abstractmethod
    def next(self, year: int) -> FloatArray:
        """Return the state one year on, on the scale of the path."""

    def shown(self, state: FloatArray) -> FloatArray:
        """Return the values that belong to a state."""
        return state


class GrowthState(State):
    """A growth law; `offset` is where in the year its values stand (1.0 for stocks)."""

    def __init__(self, context: SectorContext, name: str, offset: float) -> None:
        super().__init__(context, name)
        self.offset = offset
        unused = np.full(context.streams.size, np.nan)
        self.parameters = GrowthParameters(
            context.value(f"{name}.form").astype(np.int8),
            context.value(f"{name}.initial_growth"),
            context.value(f"{name}.long_run_growth"),
            context.value(f"{name}.half_life") if context.has(f"{name}.half_life") else unused,
            context.value(f"{name}.slowdown") if context.has(f"{name}.slowdown") else unused,
            context.block.plateaus[name],
        )
        self.permanent = context.value(f"{name}.permanent").copy()
        self.reached = self._mean_path(context.last_history)

    def next(self, year: int) -> FloatArray:
        """Return the log level of `year`, (draw,)."""
        streams, name = self.context.streams, self.name
        before, self.reached = self.reached, self._mean_path(year)
        shock = self.context.shock(f"{name}.permanent", year)
        self.permanent += self.reached - before
        self.permanent += shock * self.context.value(f"{name}.volatility")
        if f"{name}.transitory" not in self.context.sample:
            return self.permanent
        passing = streams.normal(f"{name}.transitory", year)
        passing = passing * self.context.value(f"{name}.transitory")
        passing += self.permanent
        return passing

    def shown(self, state: FloatArray) -> FloatArray:
        """Return levels, (draw,), in the unit of the indicator."""
        return np.exp(state)

    def _mean_path(self, year: int) -> FloatArray:
        elapsed = year + self.offset - self.context.block.origins[self.name]
        return mean_path(self.parameters, elapsed)


class RevertingState(State):
    """A reverting law, on its own scale (log for positive quantities)."""

    def __init__(self, context: SectorContext, name: str) -> None:
        super().__init__(context, name)
        self.current = context.value(f"{name}.permanent")
        self.law = Reversion(
            context.value(f"{name}.equilibrium"),
            context.value(f"{name}.spread"),
            context.value(f"{name}.half_life"),
        )

    def next(self, year: int) -> FloatArray:
        """Return the value of `year`, (draw,)."""
        shock = self.context.streams.normal(f"{self.name}.shock", year)
        self.current = self.law.step(self.current, shock)
        return self.current


class SharesState(State):
    """Shares of a whole; the last row is the rest."""

    def __init__(self, context: SectorContext, name: str, groups: tuple[str, ...]) -> None:
        super().__init__(context, name)
        self.groups = groups
        self.rows = (len(groups) + 1,)
        self.current = context.last(name)
        self.law = Reversion(
            np.stack([context.value(f"{group}.equilibrium") for group in groups]),
            context.value(f"{name}.spread"),
            context.value(f"{name}.half_life"),
        )

    def next(self, year: int) -> FloatArray:
        """Return the log ratios to the rest of `year`, (group, draw)."""
        shocks = np.empty_like(self.current)
        for group, row in zip(self.groups, shocks, strict=True):
            row[:] = self.context.streams.normal(f"{group}.shock", year)
        self.current = self.law.step(self.current, shocks)
        return self.current

    def shown(self, state: FloatArray) -> FloatArray:
        """Return shares, (group + 1, draw)."""
        return shares_from_log_ratios(state)


class PercentState(State):
    """A share in percent whose log odds revert; its shocks have their sector's common part."""

    def __init__(self, context: SectorContext, name: str) -> None:
        super().__init__(context, name)
        self.current = context.value(f"{name}.permanent")
        self.law = Reversion(
            log_odds(100.0 * context.value(f"{name}.equilibrium")),
            context.value(f"{name}.spread"),
            context.value(f"{name}.half_life"),
        )

    def next(self, year: int) -> FloatArray:
        """Return the log odds of `year`, (draw,)."""
        shock = self.context.shock(f"{self.name}.shock", year)
        self.current = self.law.step(self.current, shock)
        return self.current

    def shown(self, state: FloatArray) -> FloatArray:
        """Return shares, (draw,), in percent."""
        return percent_of_log_odds(state)


class AccrualState(State):
    """A number of institutions that grows by the arrivals of a Poisson process."""

    def __init__(self, context: SectorContext, name: str) -> None:
        super().__init__(context, name)
        self.current = context.last(name)

    def next(self, year: int) -> FloatArray:
        """Return the number at the end of `year`, (draw,)."""
        arrived = self.context.streams.uniform(f"{self.name}.arrivals", year)
        rate = self.context.value(f"{self.name}.rate")
        self.current = self.current + poisson_by_inversion(arrived, rate)
        return self.current


class CountState:
    """A count law: Poisson with lognormal overdispersion."""

    def __init__(self, context: SectorContext, name: str) -> None:
        self.context = context
        self.name = name
        self.rate = context.value(f"{name}.rate")
        self.dispersion = context.value(f"{name}.dispersion")
        self.centre = 0.5 * self.dispersion**2  # so that the mean of the shocks is one
        self.shocks = context.values_by_year()
        self.plain = context.values_by_year()

    def step(self, year: int, exposure: FloatArray | None = None) -> FloatArray:
        """Return the counts of `year`, (draw,), for an exposure of years or occasions, or one year.

        They are for reading alone: the variants of a block share them.
        """
        if year not in self.shocks:
            score = self.context.streams.normal(f"{self.name}.shock", year)
            self.shocks[year] = np.exp(self.dispersion * score - self.centre)
        if exposure is not None:
            return self._counts(year, self.rate * exposure * self.shocks[year])
        if year not in self.plain:
            self.plain[year] = self._counts(year, self.rate * self.shocks[year])
        return self.plain[year]

    def _counts(self, year: int, mean: FloatArray) -> FloatArray:
        return poisson_by_inversion(self.context.streams.uniform(f"{self.name}.count", year), mean)
