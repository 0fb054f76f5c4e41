"""Variants of one run, and the rows of quantities that the engine computes for them.

A batch of variants runs over the same draws; see :mod:`layout` for which of them share rows. A
variant with events that happen by chance, or parts that wait for something, has a row for each of
its outcomes, of which a draw takes one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

from vnjp_sim.sectors.base import Sector
from vnjp_sim.simulation.chances import Chance, events_where
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.triggers import Trigger

SectorType = type[Sector]


@dataclass(frozen=True)
class Variant:
    """One future of a batch.

    Attributes
    ----------
    inputs : ScenarioInputs
        What it departs by.
    reference : ScenarioInputs | None
        What its links take deviations from: its baseline. None for a baseline, where only the
        links from drivers with a central course act.
    cut : frozenset[str]
        Links that do not act.
    group_seeds : Mapping[str, int]
        Seeds of single groups of random numbers that replace the run's.
    """

    inputs: ScenarioInputs
    reference: ScenarioInputs | None = None
    cut: frozenset[str] = frozenset()
    group_seeds: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def seeds(self) -> tuple[tuple[str, int], ...]:
        """The seeds of single groups, in order."""
        return tuple(sorted(self.group_seeds.items()))


@dataclass
class Row:
    """One row of all quantities of a sector: one sector at work for some variants.

    Attributes
    ----------
    sector : type[Sector]
        The sector.
    key : Hashable
        What reaches the sector, the same in every batch of the same model.
    departs : bool
        Whether anything departs from the reference of the variant.
    variant : Variant
        One of those that share it.
    inputs : tuple of (str, Row)
        Indicators of other sectors that it reads, and the row that gives each.
    links : tuple of (str, Row, Row | None)
        Links that act on it, with the row of the driver and that of its reference; None where the
        driver departs from its central course.
    converts : bool
        Whether it is given money that each draw converts at its own rate of the yen, which is then
        among the inputs.
    """

    sector: SectorType
    key: Hashable
    departs: bool
    variant: Variant
    inputs: tuple[tuple[str, Row], ...] = field(default=(), repr=False)
    links: tuple[tuple[str, Row, Row | None], ...] = field(default=(), repr=False)
    converts: bool = False


@dataclass(frozen=True)
class Watch:
    """What is looked at to judge a trigger.

    Attributes
    ----------
    trigger : Trigger
        What is judged.
    rows, rates : tuple[Row, ...]
        Of the indicator, and of the yen's rate where that is needed, in each combination of a
        :class:`Choice`.
    """

    trigger: Trigger
    rows: tuple[Row, ...]
    rates: tuple[Row, ...]


@dataclass(frozen=True)
class Choice:
    """What decides which outcome of a variant a draw takes.

    Attributes
    ----------
    key : Hashable
        The same where all that decides is.
    variant : Variant
        One of those that share it.
    chances : tuple[Chance, ...]
        What happens or not, each in two ways: in way 1 it comes true.
    watches : tuple[Watch, ...]
        What fires in one year or another, each in :attr:`Trigger.ways`.
    """

    key: Hashable
    variant: Variant
    chances: tuple[Chance, ...]
    watches: tuple[Watch, ...] = ()


@dataclass(frozen=True)
class Mixture:
    """Rows of which each draw takes one.

    Attributes
    ----------
    key : Hashable
        As of a row.
    choice : Choice
        What decides.
    rows : tuple[Row, ...]
        Of each combination: the ways of the chances and then of the triggers are the digits of its
        number, the first one the lowest.
    """

    key: Hashable
    choice: Choice
    rows: tuple[Row, ...]


def outcomes_of(variant: Variant, chances: Sequence[Chance]) -> tuple[Variant, ...]:
    """Return what a variant is in each combination of its chances and triggers, see `Mixture`."""
    ways = [2] * len(chances) + [trigger.ways for trigger in variant.inputs.triggers]
    return tuple(
        _outcome(variant, chances, combination[::-1])
        for combination in product(*(range(count) for count in reversed(ways)))
    )


def _outcome(variant: Variant, chances: Sequence[Chance], ways: Sequence[int]) -> Variant:
    true = {chance for chance, way in zip(chances, ways, strict=False) if way}

    def decided(side: ScenarioInputs) -> ScenarioInputs:
        return replace(side, events=events_where(side.events, true)) if chances else side

    inputs = decided(variant.inputs)
    if inputs.triggers:
        inputs = inputs.begun(ways[len(chances) :])
    reference = None if variant.reference is None else decided(variant.reference)
    return replace(variant, inputs=inputs, reference=reference)
