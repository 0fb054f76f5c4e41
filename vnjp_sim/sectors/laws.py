"""The laws in motion: each steps its state by a year and returns the year's values.

Up to the last year of history the values come from the calibrated paths; after it from the law
with its parameters of the draw and its keyed shocks. Every law is stepped once a year, in order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import RandomStreams, poisson_by_inversion
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.links import Effects
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.inputs.scenario import ScenarioEvent
from vnjp_sim.sectors.growth import GrowthParameters, Reversion, mean_path
from vnjp_sim.sectors.identities import log_odds, percent_of_log_odds, shares_from_log_ratios

FloatArray = NDArray[np.float64]


class PosteriorSample:
    """The rows of the posterior that a block's draws take, fetched when first asked for.

    Parameters
    ----------
    arrays : Mapping[str, NDArray[np.generic]]
        The posterior's arrays, rows on the last axis.
    rows : NDArray[np.intp]
        (draw,) the row of each draw.
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]], rows: NDArray[np.intp]) -> None:
        self.arrays = arrays
        self.rows = rows
        self._fetched: dict[str, FloatArray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def value(self, name: str) -> FloatArray:
        """Return a value of each draw, (draw,)."""
        if name not in self._fetched:
            self._fetched[name] = self.arrays[name].take(self.rows).astype(np.float64, copy=False)
        return self._fetched[name]

    def path(self, name: str, year: int) -> FloatArray:
        """Return one year of a path, (draw,) or (group, draw); `year` counts from its first."""
        rows = self.arrays[name][..., year, :]
        return rows.take(self.rows, axis=-1).astype(np.float64, copy=False)


@dataclass(frozen=True)
class Controls:
    """What a scenario does to a block: levers, events, and links on deviations.

    `effects` is None in the baseline, where no link acts.
    """

    levers: Mapping[str, LeverPath] = field(default_factory=dict)
    events: tuple[ScenarioEvent, ...] = ()
    effects: Effects | None = None

    def steer(self, lever: str, year: int, value: FloatArray) -> FloatArray:
        """Return a law's value of a year as the scenario steers it, (draw,)."""
        path = self.levers.get(lever)
        return value if path is None else path.apply(value, year)

    def act(self, response: str, year: int, value: FloatArray) -> FloatArray:
        """Return a response of a year with the effects of its links, (draw,)."""
        return value if self.effects is None else self.effects.act(response, year, value)

    def of_type(self, *types: str) -> tuple[ScenarioEvent, ...]:
        """Return the events of some types, in the order of their content."""
        return tuple(event for event in self.events if event.type in types)


@dataclass(frozen=True)
class SectorContext:
    """What a block of draws starts from.

    Attributes
    ----------
    sample : PosteriorSample
        Posterior values of the block's draws.
    first_years : Mapping[str, int]
        First year of each path.
    last_history : int
        Last year of the paths.
    origins, plateaus : Mapping[str, float]
        Of the growth laws, see :class:`growth.GrowthParameters`.
    parameters : Mapping[str, Parameter]
        Priors that no figure bears on.
    streams : RandomStreams
        The block's random numbers.
    first_year : int
        The first year that the engine closes.
    controls : Controls
        What the scenario does.
    common : dict[int, FloatArray]
        The common factor of the year at hand, kept while sectors ask for it.
    loadings : dict[str, float]
        The sectors' loadings of the common factor, kept when first asked for.
    """

    sample: PosteriorSample
    first_years: Mapping[str, int]
    last_history: int
    origins: Mapping[str, float]
    plateaus: Mapping[str, float]
    parameters: Mapping[str, Parameter]
    streams: RandomStreams
    first_year: int
    controls: Controls = field(default_factory=Controls)
    common: dict[int, FloatArray] = field(default_factory=dict)
    loadings: dict[str, float] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether the calibration holds every one of the names."""
        return all(name in self.sample for name in names)

    def value(self, name: str) -> FloatArray:
        """Return a posterior value, (draw,)."""
        return self.sample.value(name)

    def history(self, name: str, year: int) -> FloatArray | None:
        """Return `<name>.path` in a year of history, (draw,) or (group, draw); None outside it."""
        row = year - self.first_years[f"{name}.path"]
        if year > self.last_history or row < 0:
            return None
        return self.sample.path(f"{name}.path", row)

    def last(self, name: str) -> FloatArray:
        """Return `<name>.path` in the last year of history, (draw,) or (group, draw)."""
        return self.sample.path(f"{name}.path", -1)

    def shock(self, name: str, year: int) -> FloatArray:
        """Return a standard normal shock of a year, (draw,), with its sector's common part.

        The shock is ρ F + √(1 − ρ²) e with one common factor F a year for all sectors and the
        loading ρ of the sector, so that its own spread is what it would be without F.
        """
        shock = self.streams.normal(name, year)
        loading = self._loading(name.partition("_")[0])
        if loading == 0.0:
            return shock
        if year not in self.common:
            self.common.clear()
            self.common[year] = self.streams.normal("common", year)
        shock *= np.sqrt(1.0 - loading**2)
        shock += loading * self.common[year]
        return shock

    def _loading(self, sector: str) -> float:
        if sector not in self.loadings:
            parameter = self.parameters.get(f"common_loading_{sector}")
            fixed = None if parameter is None else parameter.prior.fixed
            self.loadings[sector] = fixed or 0.0
        return self.loadings[sector]

    def drawn(self, name: str) -> FloatArray:
        """Draw a parameter that no figure bears on, (draw,), by its own keyed stream."""
        parameter = self.parameters[name]
        score = self.streams.normal(f"parameter.{name}", group=parameter.grade)
        return parameter.prior.transform(score)


class State(ABC):
    """A law with a calibrated path: the path up to the last year of history, then steps.

    The scale of the path may be another than that of the values, see :meth:`shown`.
    """

    rows: tuple[int, ...] = ()
    """The shape of a year's values before the draws."""

    def __init__(self, context: SectorContext, name: str) -> None:
        self.context = context
        self.name = name

    def step(self, year: int) -> FloatArray:
        """Return the values of `year`, (draw,) or (group, draw); NaN before the path begins."""
        known = self.context.history(self.name, year)
        if known is not None:
            return self.shown(known)
        if year <= self.context.last_history:
            return np.full((*self.rows, self.context.streams.size), np.nan)
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
            context.plateaus[name],
        )
        self.permanent = context.value(f"{name}.permanent").copy()
        self.reached = self._mean_path(context.last_history)

    def next(self, year: int) -> FloatArray:
        """Return the log level of `year`, (draw,)."""
        streams, name = self.context.streams, self.name
        before, self.reached = self.reached, self._mean_path(year)
        shock = self.context.shock(f"{name}.permanent", year)
        shock *= self.context.value(f"{name}.volatility")
        self.permanent += self.reached - before
        self.permanent += shock
        if f"{name}.transitory" not in self.context.sample:
            return self.permanent
        passing = streams.normal(f"{name}.transitory", year)
        passing *= self.context.value(f"{name}.transitory")
        passing += self.permanent
        return passing

    def shown(self, state: FloatArray) -> FloatArray:
        """Return levels, (draw,), in the unit of the indicator."""
        return np.exp(state)

    def _mean_path(self, year: int) -> FloatArray:
        elapsed = year + self.offset - self.context.origins[self.name]
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
            self.context.streams.normal(f"{group}.shock", year, out=row)
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

    def step(self, year: int, exposure: FloatArray | float = 1.0) -> FloatArray:
        """Return the counts of `year`, (draw,), for an exposure of years or occasions."""
        streams, name = self.context.streams, self.name
        shock = np.exp(self.dispersion * streams.normal(f"{name}.shock", year) - self.centre)
        mean = self.rate * exposure * shock
        return poisson_by_inversion(streams.uniform(f"{name}.count", year), mean)
