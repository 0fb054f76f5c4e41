"""Variants of scenarios projected over the same random numbers, in memory.

Everything that asks the engine for more than one future goes through here: runs, attributions,
links that are cut, budgets of uncertainty, sweeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.foundation.random_streams import PAGE, RandomStreams
from vnjp_sim.inputs.links import replaced_links
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.block_numbers import BlockNumbers
from vnjp_sim.simulation.ensemble import (
    FLOAT,
    PAGES_A_BLOCK,
    Batch,
    Projected,
    pass_through,
    project,
)
from vnjp_sim.simulation.layout import sectors_at_work
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.triggers import trigger_of, waiting_for
from vnjp_sim.simulation.variants import Variant
from vnjp_sim.storage.block_files import BlockFiles

FloatArray = NDArray[np.float64]
Made = TypeVar("Made")

MOST_KEPT = 8_192
"""Draws, at most, of which random numbers are kept between questions."""
MOST_ONCE = 2 * MOST_KEPT
"""Draws, at most, of which what is made of them once is kept."""
LONGEST_USUAL = 2040
"""The year up to which random numbers are kept at least."""
MOST_NUMBERS = 20_000
"""Numbers kept a draw between questions; the baseline has 2,500, a lever moved adds a hundred."""
LARGEST_AT_ONCE = 1_000_000_000
"""Bytes of recorded rows beyond which variants are projected a part at a time."""
LARGEST_YEAR = 400_000_000
"""Bytes of recorded rows of a year beyond which they are passed through a part at a time."""


def inputs_of(scenario: Scenario, model: Model) -> ScenarioInputs:
    """Return what a scenario departs by, as the engine takes it."""
    single = model.parameters.single
    replaced = {
        name: single[name].model_copy(update={"prior": prior, "grade": "assumed"})
        for name, prior in scenario.parameters.items()
        if name in single
    }
    parameters = {**single, **replaced} if replaced else single
    events = tuple(
        sorted(one for event in scenario.events for one in event.occurrences(scenario.end))
    )
    links = replaced_links(model.links.links, scenario.parameters)
    waiting = waiting_for(scenario.levers.values(), events)
    triggers = tuple(trigger_of(when, model.registry, scenario.end) for when in waiting)
    return ScenarioInputs(parameters, scenario.levers, events, links, triggers)


def variant_of(scenario: Scenario, model: Model) -> Variant:
    """Return a scenario as one future of a batch, with its baseline as reference."""
    baseline = scenario.baseline
    reference = None if baseline is None else inputs_of(baseline, model)
    return Variant(inputs_of(scenario, model), reference)


class Memory:
    """What a session keeps between questions over the same draws: random numbers, what follows."""

    def __init__(self) -> None:
        self.numbers: BlockNumbers | None = None
        self._made: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what was made before under a name, or make it."""
        if name not in self._made:
            self._made[name] = make()
        made: Made = self._made[name]
        return made

    def numbers_for(self, posterior: Posterior, batch: Batch) -> BlockNumbers | None:
        """Return the numbers that a batch can share with the questions before it, if any.

        Large ensembles have none, nor have batches with seeds of their own.
        """
        if batch.draws > MOST_KEPT or any(variant.group_seeds for variant in batch.variants):
            return None
        streams = RandomStreams(batch.seed, 0, batch.draws)
        held = self.numbers
        if held is not None and held.a_draw > MOST_NUMBERS:
            held = None
        if held is None or held.streams != streams or held.last_year < batch.end_year:
            last = max(batch.end_year, LONGEST_USUAL)
            self.numbers = BlockNumbers(posterior, batch.couplings, streams, last, lasting=True)
        return self.numbers


@dataclass(frozen=True)
class Projector:
    """A model with its posterior, at a size and seed of the ensemble.

    Attributes
    ----------
    posterior : Posterior
        Of the model.
    model : Model
        Indicators, priors and links.
    options : Options
        Draws, seed and threads; the years are those of each question.
    memory : Memory | None
        What is kept between questions.
    """

    posterior: Posterior
    model: Model
    options: Options
    memory: Memory | None = None

    def variant(self, scenario: Scenario) -> Variant:
        """Return a scenario as one future of a batch, with its baseline as reference."""
        return variant_of(scenario, self.model)

    def inputs(self, scenario: Scenario) -> ScenarioInputs:
        """Return what a scenario departs by, as the engine takes it."""
        return inputs_of(scenario, self.model)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what was made of these draws before under a name, or make it.

        What large ensembles, or one without a memory, would have to keep is made each time.
        """
        if self.memory is None or self.options.draws > MOST_ONCE:
            return make()
        return self.memory.once(name, make)

    def given(self) -> frozenset[str]:
        """Return the indicators that the calibration allows."""
        given = sectors_at_work(self.model.links.links, self.posterior.arrays.keys())
        return frozenset(name for names in given.values() for name in names)

    def batch(
        self,
        variants: Iterable[Variant],
        start: int,
        end: int,
        record: Sequence[str] | None = None,
    ) -> Batch:
        """Return what is asked of the engine for some variants over the same years.

        Raises InputError for an indicator that the calibration does not allow.
        """
        everything = self.given()
        known = [name for name in self.model.registry.indicators if name in everything]
        for name in record or ():
            if name not in everything:
                raise InputError.single(name, "is not projected", did_you_mean(name, known))
        return Batch(
            tuple(variants),
            start,
            end,
            self.options.draws,
            self.options.seed,
            self.model.couplings,
            tuple(known if record is None else record),
        )

    def project(
        self,
        batch: Batch,
        kept: BlockFiles | None = None,
        advance: Callable[[int], None] = lambda _draws: None,
    ) -> Projected:
        """Return the projections of a batch; see :func:`vnjp_sim.simulation.ensemble.project`."""
        return project(
            self.posterior,
            batch,
            workers=self.options.workers,
            cluster=self.options.cluster,
            kept=kept,
            numbers=self.memory.numbers_for(self.posterior, batch) if self.memory else None,
            advance=advance,
        )

    def parts_by_indicator(self, batch: Batch) -> Iterator[Projected]:
        """Yield projections of all variants, for as many indicators at a time as fit in memory."""
        names = list(batch.layout(self.posterior).recorded)
        if len(names) <= 1 or batch.bytes(self.posterior) <= LARGEST_AT_ONCE:
            yield self.project(batch)
            return
        half = len(names) // 2
        for some in (names[:half], names[half:]):
            yield from self.parts_by_indicator(replace(batch, record=tuple(some)))

    def pass_through(
        self, batch: Batch, take: Callable[[slice, int, Mapping[str, Sequence[FloatArray]]], None]
    ) -> None:
        """Project a batch and keep nothing; see :func:`ensemble.pass_through`."""
        pass_through(
            self.posterior,
            batch,
            take,
            workers=self.options.workers,
            cluster=self.options.cluster,
            numbers=self.memory.numbers_for(self.posterior, batch) if self.memory else None,
        )

    def parts_at_work(self, batch: Batch) -> Iterator[tuple[Sequence[int], Batch]]:
        """Yield (places of the variants, a batch of these) of parts that fit in memory at work.

        They are to be passed through. The first variant is in every part.
        """
        draws = min(batch.draws, PAGES_A_BLOCK * PAGE)
        count = batch.layout(self.posterior).count * draws * FLOAT // LARGEST_YEAR + 1
        places = range(1, len(batch.variants))
        if count == 1:
            yield [0, *places], batch
            return
        for some in np.array_split(places, min(count, len(places))):
            chosen = [0, *map(int, some)]
            yield chosen, replace(batch, variants=tuple(batch.variants[i] for i in chosen))

    def parts(self, batch: Batch) -> Iterator[tuple[Sequence[int], Projected]]:
        """Yield (places of the variants, their projections) of parts that fit in memory.

        The first variant is in every part.
        """
        yield from self._parts(batch, list(range(1, len(batch.variants))))

    def _parts(
        self, batch: Batch, places: Sequence[int]
    ) -> Iterator[tuple[Sequence[int], Projected]]:
        chosen, part = [0, *places], batch
        if len(chosen) < len(batch.variants):
            part = replace(batch, variants=tuple(batch.variants[i] for i in chosen))
        needed = ceil(part.bytes(self.posterior) / LARGEST_AT_ONCE)
        if len(places) <= 1 or needed <= 1:
            yield chosen, self.project(part)
            return
        size = ceil(len(places) / needed)
        for start in range(0, len(places), size):
            yield from self._parts(batch, places[start : start + size])
