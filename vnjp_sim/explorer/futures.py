"""Projections of the states of a session: what was projected before is not projected again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.assumed_part import AssumedPriors
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.from_runs import comparison_of_parts
from vnjp_sim.explorer.content import Newer, go_on, never
from vnjp_sim.explorer.state import OTHER, State, States
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.session import Session
from vnjp_sim.simulation.ensemble import Batch, Projected
from vnjp_sim.simulation.pipeline import projected_runs
from vnjp_sim.simulation.projection_file import Projection
from vnjp_sim.simulation.projector import Memory, Projector
from vnjp_sim.simulation.scenario_requests import beside_others
from vnjp_sim.storage.block_files import BlockFiles

FloatArray = NDArray[np.float64]

MOST_BYTES = 400_000_000
"""Of projections that are kept; a scenario of 1,000 draws has 15 MB."""
SIZES_KEPT = 2
"""Pairs of seed and draws of which random numbers are kept."""


@dataclass(frozen=True)
class Watched(Projector):
    """A projector that stops when a newer state is asked for: its methods raise Stale then."""

    newer: Newer = never

    def project(
        self,
        batch: Batch,
        kept: BlockFiles | None = None,
        advance: Callable[[int], None] = lambda _draws: None,
    ) -> Projected:
        """Return the projections of a batch."""
        go_on(self.newer)

        def on(draws: int) -> None:
            go_on(self.newer)
            advance(draws)

        return super().project(batch, kept, on)

    def pass_through(
        self, batch: Batch, take: Callable[[slice, int, Mapping[str, Sequence[FloatArray]]], None]
    ) -> None:
        """Project a batch and keep nothing."""

        def taken(draws: slice, year: int, rows: Mapping[str, Sequence[FloatArray]]) -> None:
            go_on(self.newer)
            take(draws, year, rows)

        super().pass_through(batch, taken)


@dataclass(frozen=True)
class Pair:
    """The scenario of a state and what it is compared with, over the same years.

    `compared` is None where they are one.
    """

    scenario: Scenario
    other: Scenario
    compared: Comparison | None
    own: Projection

    @property
    def years(self) -> tuple[int, ...]:
        """The years of both."""
        if self.compared is not None:
            return self.compared.years
        return tuple(range(self.own.start, self.own.start + self.own.shape[0]))

    def levels(self, indicator: str, *, other: bool = False) -> FloatArray:
        """Return an indicator under the scenario, or the other one, (year, draw)."""
        if self.compared is None:
            return np.asarray(self.own.arrays[indicator], np.float64)
        name = self.compared.baseline if other else self.compared.scenarios[0]
        return self.compared.projections.of(name, indicator)


class Futures:
    """Projects what states ask for. Not for several threads at once.

    Parameters
    ----------
    session : Session
        The model and its calibration.
    states : States
        Of the same model.
    """

    def __init__(self, session: Session, states: States) -> None:
        self.session, self.states = session, states
        self._projectors: OrderedDict[tuple[int, int], Projector] = OrderedDict()
        self._assumed: dict[tuple[int, int], AssumedPriors] = {}
        self._kept: OrderedDict[tuple[Any, ...], Projection] = OrderedDict()

    def pair(self, state: State, newer: Newer = never) -> Pair:
        """Return the scenario of a state beside what it is compared with, projected.

        Raises InputError if a scenario leads to what no quantity can be; Stale.
        """
        scenario, other = self.scenarios(state)
        own = self._projection(scenario, state, newer)
        if (scenario.content, scenario.name) == (other.content, other.name):
            return Pair(scenario, other, None, own)
        theirs = self._projection(other, state, newer)
        registry = self.states.model.registry
        compared = comparison_of_parts([theirs, own], registry, other.name)
        compared = replace(compared, assumed=self._assumed_of(state))
        return Pair(scenario, other, compared, own)

    def scenarios(self, state: State) -> tuple[Scenario, Scenario]:
        """Return the scenario of a state and what it is compared with, over the same years."""
        scenario, other = self.states.scenario(state.scenario), self.states.baseline(state)
        if other.name == scenario.name and other.content != scenario.content:
            other = other.named(OTHER, other.title)
        if (other.start, other.end) != (scenario.start, scenario.end):
            other = beside_others(other, scenario.start, scenario.end, self.states.model)
        return scenario, other

    def projector(self, state: State) -> Projector:
        """Return what projects with the seed and the draws of a state."""
        key = (state.seed, state.draws)
        if key not in self._projectors:
            options = replace(self.session.request.options, draws=state.draws, seed=state.seed)
            self._projectors[key] = Projector(
                self.session.posterior, self.session.model, options, Memory()
            )
            while len(self._projectors) > SIZES_KEPT:
                self._assumed.pop(self._projectors.popitem(last=False)[0], None)
        self._projectors.move_to_end(key)
        return self._projectors[key]

    def _assumed_of(self, state: State) -> AssumedPriors:
        key = (state.seed, state.draws)
        if key not in self._assumed:
            self._assumed[key] = AssumedPriors(self.session.posterior, self.session.model, *key)
        return self._assumed[key]

    def _projection(self, scenario: Scenario, state: State, newer: Newer) -> Projection:
        key = (scenario.to_line(), scenario.start, scenario.end, state.seed, state.draws)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        go_on(newer)
        watched = watching(self.projector(state), newer)
        (found,) = projected_runs(watched, [scenario])
        self._kept[key] = found
        while len(self._kept) > 2 and sum(map(_bytes, self._kept.values())) > MOST_BYTES:
            self._kept.popitem(last=False)
        return found


def watching(projector: Projector, newer: Newer) -> Watched:
    """Return a projector that stops when a newer state is asked for."""
    parts = (projector.posterior, projector.model, projector.options, projector.memory)
    return Watched(*parts, newer)


def _bytes(projection: Projection) -> int:
    return sum(array.nbytes for array in projection.arrays.values())
