"""Variants of scenarios projected over the same random numbers, in memory.

Everything that asks the engine for more than one future goes through here: runs, attributions,
links that are cut, budgets of uncertainty, sweeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.engine import Numbers
from vnjp_sim.simulation.ensemble import Batch, Projected, project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.variants import ScenarioInputs, Variant

LARGEST_AT_ONCE = 1_000_000_000
"""Bytes of recorded rows beyond which variants are projected a part at a time."""


def inputs_of(scenario: Scenario, model: Model) -> ScenarioInputs:
    """Return what a scenario departs by, as the engine takes it."""
    single = model.parameters.single
    replaced = {
        name: single[name].model_copy(update={"prior": prior, "grade": "assumed"})
        for name, prior in scenario.parameters.items()
    }
    parameters = {**single, **replaced} if replaced else single
    return ScenarioInputs(parameters, scenario.levers, scenario.events)


def variant_of(scenario: Scenario, model: Model) -> Variant:
    """Return a scenario as one future of a batch, with its baseline as reference."""
    baseline = scenario.baseline
    reference = None if baseline is None else inputs_of(baseline, model)
    return Variant(inputs_of(scenario, model), reference)


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
    numbers : Numbers | None
        Random numbers that are kept between questions.
    """

    posterior: Posterior
    model: Model
    options: Options
    numbers: Numbers | None = None

    def variant(self, scenario: Scenario) -> Variant:
        """Return a scenario as one future of a batch, with its baseline as reference."""
        return variant_of(scenario, self.model)

    def inputs(self, scenario: Scenario) -> ScenarioInputs:
        """Return what a scenario departs by, as the engine takes it."""
        return inputs_of(scenario, self.model)

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
        asked = None if record is None else tuple(record)
        batch = Batch(
            tuple(variants),
            start,
            end,
            self.options.draws,
            self.options.seed,
            self.model.links.links,
            asked,
        )
        given = batch.layout(self.posterior).recorded
        for name in asked or ():
            if name not in given:
                everything = replace(batch, record=None).layout(self.posterior).recorded
                remedy = did_you_mean(name, everything)
                raise InputError.single(name, "is not projected", remedy)
        return batch

    def project(
        self,
        batch: Batch,
        advance: Callable[[int], None] = lambda _draws: None,
    ) -> Projected:
        """Return the projections of a batch; see :func:`vnjp_sim.simulation.ensemble.project`."""
        return project(
            self.posterior,
            batch,
            workers=self.options.workers,
            cluster=self.options.cluster,
            numbers=self.numbers,
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

    def parts(self, batch: Batch) -> Iterator[tuple[Sequence[int], Projected]]:
        """Yield (places of the variants, their projections) of parts that fit in memory.

        The first variant is in every part.
        """
        yield from self._parts(batch, list(range(1, len(batch.variants))))

    def _parts(
        self, batch: Batch, places: Sequence[int]
    ) -> Iterator[tuple[Sequence[int], Projected]]:
        chosen = [0, *places]
        part = replace(batch, variants=tuple(batch.variants[i] for i in chosen))
        if len(places) <= 1 or part.bytes(self.posterior) <= LARGEST_AT_ONCE:
            yield chosen, self.project(part)
            return
        half = len(places) // 2
        for some in (places[:half], places[half:]):
            yield from self._parts(batch, some)
