"""The laws in motion: each gives the values of one year after another.

Up to the last year of history the values come from the calibrated paths; after it from the law
with its parameters of the draw and its keyed shocks. No scenario moves a law, so that all years to
come are made at once, when the first of them is asked for, and the variants of a block share them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from itertools import count, takewhile

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import poisson_by_inversion
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.couplings import Amount, left_of
from vnjp_sim.sectors.growth import GrowthParameters, MeanSteps, Reversion, reversion
from vnjp_sim.sectors.identities import log_odds, percent_of_log_odds, shares_from_log_ratios

FloatArray = NDArray[np.float64]


class State(ABC):
    """A law with a calibrated path: the path up to the last year of history, then its own.

    The scale of the path may be another than that of the values, see :meth:`shown`.
    """

    rows: tuple[int, ...] = ()
    """The shape of a year's values before the draws."""

    def __init__(self, context: SectorContext, name: str) -> None:
        self.context = context
        self.name = name
        self.past: dict[int, FloatArray] = {}

    def step(self, year: int) -> FloatArray:
        """Return the values of `year`, (draw,) or (group, draw); NaN before the path begins.

        They are for reading alone.
        """
        if year > self.context.last_history:
            return np.asarray(self.ahead[year - self.context.last_history - 1])
        if year not in self.past:
            known = self.context.history(self.name, year)
            size = (*self.rows, self.context.streams.size)
            self.past[year] = np.full(size, np.nan) if known is None else self.shown(known)
        return self.past[year]

    @cached_property
    def ahead(self) -> FloatArray:
        """The values of the years after history, (year, draw) or (year, group, draw)."""
        values = self.shown(self.path())
        values.flags.writeable = False
        return values

    @abstractmethod
    def path(self) -> FloatArray:
        """Return the years after history on the scale of the path, as :attr:`ahead`."""

    def shown(self, path: FloatArray) -> FloatArray:
        """Return the values that belong to a path; it may be overwritten."""
        return path


class GrowthState(State):
    """A growth law.

    Parameters
    ----------
    context, name
        Block and name of the law.
    offset : float
        Where in the year its values stand (1.0 for stocks).
    explained : FloatArray | float
        What links from the economies carry of the variance that a year adds, in squared log points:
        the law keeps the rest.
    own_growth : str
        The prior of the draw's own lasting growth beyond the mean path; "" for none.
    """

    def __init__(
        self,
        context: SectorContext,
        name: str,
        offset: float,
        explained: Amount = 0.0,
        own_growth: str = "",
    ) -> None:
        super().__init__(context, name)
        self.explained = explained
        self.own_growth = own_growth
        unused = np.full(context.streams.size, np.nan)
        self.parameters = GrowthParameters(
            context.value(f"{name}.form").astype(np.int8),
            context.value(f"{name}.initial_growth"),
            context.value(f"{name}.long_run_growth"),
            context.value(f"{name}.half_life") if context.has(f"{name}.half_life") else unused,
            context.value(f"{name}.slowdown") if context.has(f"{name}.slowdown") else unused,
            context.block.plateaus[name],
        )
        self.elapsed = context.last_history + offset - context.block.origins[name]

    def path(self) -> FloatArray:
        """Return log levels."""
        name, context = self.name, self.context
        levels = context.shocks(f"{name}.permanent")
        if crises := context.block.couplings.crises.get(name):
            in_crisis = context.uniforms(f"{name}.crisis") < crises.share
            levels *= np.where(in_crisis, crises.times * crises.ordinary, crises.ordinary)
        levels *= left_of(context.value(f"{name}.volatility"), self.explained)
        before = context.value(f"{name}.permanent")
        steps = self._steps()
        if context.has(f"{name}.departure"):
            departure = context.value(f"{name}.departure")
            left = reversion(context.value(f"{name}.departure_half_life"), 1.0)
            course = before - departure
            for level, step in zip(levels, steps, strict=True):
                departure = left * departure + level
                course += step
                np.add(course, departure, out=level)
            return levels
        for level, step in zip(levels, steps, strict=True):
            np.add(level, before, out=level)
            np.add(level, step, out=level)
            before = level
        if context.has(f"{name}.transitory"):
            passing = context.normals(f"{name}.transitory")
            passing *= context.value(f"{name}.transitory")
            levels += passing
        return levels

    def _steps(self) -> Iterator[FloatArray]:
        """Yield the mean log growth of each year after history, (draw,)."""
        steps = MeanSteps(self.parameters, self.elapsed, len(self.context.years_ahead))
        followed = self.context.block.couplings.follows.get(self.name)
        own = self.context.drawn(self.own_growth) if self.own_growth else None
        for year in self.context.years_ahead:
            step = steps.next()
            if followed is not None:
                step = step + self.context.course.growth(followed, year)
            yield step if own is None else step + own

    def shown(self, path: FloatArray) -> FloatArray:
        """Return levels in the unit of the indicator."""
        return np.exp(path, out=path)


class RevertingState(State):
    """A reverting law, on its own scale (log for positive quantities).

    `explained` is what links from the economies carry of the variance that a year adds.
    """

    def __init__(self, context: SectorContext, name: str, explained: Amount = 0.0) -> None:
        super().__init__(context, name)
        self.explained = explained

    def path(self) -> FloatArray:
        """Return the law's own values."""
        value, name = self.context.value, self.name
        half_life, spread = value(f"{name}.half_life"), value(f"{name}.spread")
        added = np.sqrt(1.0 - reversion(half_life, 1.0) ** 2)
        spread = left_of(spread * added, self.explained) / added
        law = Reversion(value(f"{name}.equilibrium"), spread, half_life)
        return law.path(value(f"{name}.permanent"), self.context.normals(f"{name}.shock"))


class SharesState(State):
    """Shares of a whole; the last row is the rest."""

    def __init__(self, context: SectorContext, name: str, groups: tuple[str, ...]) -> None:
        super().__init__(context, name)
        self.groups = groups
        self.rows = (len(groups) + 1,)

    def path(self) -> FloatArray:
        """Return log ratios to the rest, (year, group, draw)."""
        value, name = self.context.value, self.name
        law = Reversion(
            np.stack([value(f"{group}.equilibrium") for group in self.groups]),
            value(f"{name}.spread"),
            value(f"{name}.half_life"),
        )
        years, draws = len(self.context.years_ahead), self.context.streams.size
        shocks = np.empty((years, len(self.groups), draws))
        for number, group in enumerate(self.groups):
            self.context.normals(f"{group}.shock", out=shocks[:, number])
        return law.path(self.context.last(name), shocks)

    def shown(self, path: FloatArray) -> FloatArray:
        """Return shares, (year, group + 1, draw) or of one year."""
        shares = np.empty((*path.shape[:-2], *self.rows, path.shape[-1]))
        if path.ndim == 2:
            return shares_from_log_ratios(path, shares)
        for log_ratios, year in zip(path, shares, strict=True):
            shares_from_log_ratios(log_ratios, year)
        return shares


class PercentState(State):
    """A share in percent whose log odds revert; its shocks have their sector's common part."""

    def path(self) -> FloatArray:
        """Return log odds."""
        value, name = self.context.value, self.name
        law = Reversion(
            log_odds(100.0 * value(f"{name}.equilibrium")),
            value(f"{name}.spread"),
            value(f"{name}.half_life"),
        )
        return law.path(value(f"{name}.permanent"), self.context.shocks(f"{name}.shock"))

    def shown(self, path: FloatArray) -> FloatArray:
        """Return shares in percent."""
        return percent_of_log_odds(path)


class AccrualState(State):
    """A number of institutions that grows by the arrivals of a Poisson process."""

    def path(self) -> FloatArray:
        """Return numbers at the end of each year."""
        arrived = self.context.uniforms(f"{self.name}.arrivals")
        rate = np.broadcast_to(self.context.value(f"{self.name}.rate"), arrived.shape)
        numbers = poisson_by_inversion(arrived, rate)
        before = self.context.last(self.name)
        for number in numbers:
            before = np.add(number, before, out=number)
        return numbers


class CountState:
    """A count law: Poisson with lognormal overdispersion, in every year that the engine closes.

    Events already known of a year count, and the law gives the rest of that year.
    """

    def __init__(self, context: SectorContext, name: str) -> None:
        self.context = context
        self.name = name

    def step(self, year: int, exposure: FloatArray | None = None) -> FloatArray:
        """Return the counts of `year`, (draw,), for an exposure of years or occasions, or one year.

        They are for reading alone.
        """
        row = year - self.context.first_year
        if exposure is None:
            return np.asarray(self.plain[row])
        return poisson_by_inversion(self.uniform[row], self.mean[row] * exposure) + self.known(year)

    def known(self, year: int) -> float:
        """Return how many events of a year are known."""
        return self._constant("known") if year == self._constant("known_year") else 0.0

    def recurring(self, year: int) -> int:
        """Return how many events take place every year by then, besides."""
        since = takewhile(bool, (self._constant(f"since_{i}") for i in count()))
        return sum(first <= year for first in since)

    def _constant(self, part: str) -> float:
        """Return a number that is the same in all draws, 0 if the calibration has none."""
        name = f"{self.name}.{part}"
        return float(self.context.value(name)[0]) if self.context.has(name) else 0.0

    def counts(self, exposures: FloatArray) -> FloatArray:
        """Return the counts of all years, (year, draw), for exposures of the same shape."""
        counts = poisson_by_inversion(self.uniform, self.mean * exposures)
        counts.flags.writeable = False
        return counts

    @cached_property
    def mean(self) -> FloatArray:
        """The expected counts of a year, (year, draw), for an exposure of one."""
        dispersion = self.context.value(f"{self.name}.dispersion")
        shocks = self.context.normals(f"{self.name}.shock", self.context.first_year)
        shocks *= dispersion
        shocks -= 0.5 * dispersion**2  # so that the mean of the shocks is one
        np.exp(shocks, out=shocks)
        shocks *= self.context.value(f"{self.name}.rate")
        row = int(self._constant("known_year")) - self.context.first_year
        if 0 <= row < len(shocks):
            shocks[row] *= self._constant("rest")
        return shocks

    @cached_property
    def uniform(self) -> FloatArray:
        """The uniforms that counts follow from by inversion, (year, draw)."""
        return self.context.uniforms(f"{self.name}.count", self.context.first_year)

    @cached_property
    def plain(self) -> FloatArray:
        """The counts for an exposure of one, (year, draw)."""
        counts = poisson_by_inversion(self.uniform, self.mean)
        row = int(self._constant("known_year")) - self.context.first_year
        if 0 <= row < len(counts):
            counts[row] += self._constant("known")
        counts.flags.writeable = False
        return counts
