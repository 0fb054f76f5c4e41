"""What all sectors declare, together, and what follows from it for scenarios and traces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from vnjp_sim.foundation.vocabulary import LAST_YEAR
from vnjp_sim.sectors import SECTORS
from vnjp_sim.sectors.base import Law, Output


@cache
def outputs() -> Mapping[str, Output]:
    """Return every indicator that a sector gives, by name."""
    return {output.name: output for sector in SECTORS for output in sector.gives}


@cache
def laws() -> Mapping[str, Law]:
    """Return every law that a sector steps, by name."""
    return {law.name: law for sector in SECTORS for law in sector.laws}


@cache
def level_figures() -> frozenset[str]:
    """Return the indicators of which a single figure is taken as a level."""
    return frozenset(name for output in outputs().values() for name in output.levels)


@cache
def replaceable() -> frozenset[str]:
    """Return the priors on which no figure bears: a scenario may replace them."""
    names = {name for output in outputs().values() for name in output.priors}
    return frozenset(names.union(*(law.common for law in laws().values())))


@cache
def learnt() -> frozenset[str]:
    """Return the priors that figures bear on besides those of laws."""
    found = {name for output in outputs().values() for name in output.learnt}
    return frozenset(found.union(*(law.calibrated_with for law in laws().values())))


@cache
def summands(name: str, year: int = LAST_YEAR) -> tuple[str, ...]:
    """Return what an indicator is the sum of, sums among it resolved; itself if it is no sum.

    Parts that begin after `year` are left out.
    """
    output = outputs()[name]
    if not output.is_sum:
        return (name,)
    begun = (parent for parent in output.parents if outputs()[parent].begins <= year)
    return tuple(part for parent in begun for part in summands(parent, year))


def behind(name: str) -> tuple[Output, ...]:
    """Return an indicator and all that it follows from in the same year, the nearest first.

    Parents come without the levers that spare the indicator.
    """
    known, order, reached = outputs(), [name], 0
    while reached < len(order):
        order += [parent for parent in known[order[reached]].follows if parent not in order]
        reached += 1
    spared = known[name].spared_by
    return (known[name], *(_without(known[parent], spared) for parent in order[1:]))


def _without(output: Output, spared: tuple[str, ...]) -> Output:
    moved_by = tuple(lever for lever in output.moved_by if lever not in spared)
    return replace(output, moved_by=moved_by)


def common_priors(output: Output) -> tuple[str, ...]:
    """Return the priors of the common part of the shocks of an indicator's laws."""
    shared = (prior for name in output.laws for prior in laws()[name].common)
    return tuple(dict.fromkeys(shared))


def stated_by(scenario: Mapping[str, Any], other: Mapping[str, Any]) -> frozenset[str]:
    """Return the indicators that a scenario states by itself otherwise than another does.

    A lever or an event moves them before any link does, so that an effect there repeats what the
    scenario asks for. Both scenarios are as in the manifest of a run.
    """
    levers = {*scenario["levers"], *other["levers"]}
    moved = {n for n in levers if scenario["levers"].get(n) != other["levers"].get(n)}
    mine, theirs = (
        {(event[1], str(event)) for event in content["events"]} for content in (scenario, other)
    )
    moved |= {kind for kind, _ in mine ^ theirs}
    return frozenset(name for name, output in outputs().items() if moved & set(output.set_by))


def movers(sector_outputs: Iterable[Output]) -> tuple[str, ...]:
    """Return the levers and event types that act on some indicators."""
    return tuple(dict.fromkeys(n for o in sector_outputs for n in (*o.set_by, *o.moved_by)))
