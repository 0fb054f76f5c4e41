"""What is checked of a scenario with its parents: what contradicts itself only as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import prod
from typing import Any

import numpy as np

from vnjp_sim.foundation.errors import BadValueError, Refusal, did_you_mean
from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.conditions import when_of
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.money import GUIDE_RATE, at_guide
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.repetition import repetition
from vnjp_sim.inputs.scenario_file import UNUSABLE, UNUSABLE_PATH, Event, event_date
from vnjp_sim.inputs.scenario_merge import Lineage, Merged, Stated, merged_parents

MOST_CHANCES = 4
"""Events of one scenario that may have a chance: so many give 16 futures."""
MOST_FUTURES = 500
"""Futures of one scenario: each chance doubles them, each `when` has one for each year."""


def removal_refusals(lineage: Lineage) -> Iterator[Refusal]:
    """Yield what scenarios remove, though no parent has it."""
    words = {"levers": "lever", "parameters": "parameter", "events": "event of the type"}
    for member in lineage.members.values():
        before = merged_parents(member)
        inherited = {
            "levers": set(before.levers),
            "parameters": set(before.parameters),
            "events": {str(event.value.get("type")) for event in before.events},
        }
        for kind, names in inherited.items():
            for index, name in enumerate(getattr(member.content.remove, kind)):
                if name not in names:
                    what = f"remove: no parent has the {words[kind]} '{name}'"
                    place = ("remove", kind, index)
                    yield member.document.refusal(place, what, did_you_mean(name, names))


def parent_refusals(lineage: Lineage) -> Iterator[Refusal]:
    """Yield parents of different roots, and scenarios of one name that are not the same."""
    for member in lineage.members.values():
        roots = {parent.root.name for parent in member.parents}
        place = member.document.place(("extends",))
        if len(roots) > 1:
            what = f"the parents come from different baselines: {', '.join(sorted(roots))}"
            yield Refusal(place, what, "extend scenarios of one baseline")
        known: dict[str, Lineage] = {}
        for other in (each for parent in member.parents for each in parent.members.values()):
            first = known.setdefault(other.name, other)
            if first.content != other.content and first.document.content != other.document.content:
                what = f"two different parents are called '{other.name}'"
                yield Refusal(place, what, "give one of them another name")


def chance_refusals(merged: Merged, baseline: Merged, last: int) -> Iterator[Refusal]:
    """Yield the events with a chance beyond those that can be projected together up to a year."""
    stated: dict[object, Stated[Event]] = {}
    for event in (*baseline.events, *merged.events):
        if event.value.get("chance", 1) != 1:
            for day in days_of(event.value, last):
                key = event.value.get("type"), day, event.value.get("chance")
                stated.setdefault(key, event)
    beyond = {id(event): event for event in list(stated.values())[MOST_CHANCES:]}
    for event in beyond.values():
        what = f"is one of {len(stated)} events with a chance: at most {MOST_CHANCES} may have one"
        yield event.refusal(what, "let some happen in every draw, or leave them out", "chance")


def waiting_refusals(merged: Merged, baseline: Merged, start: int) -> Iterator[Refusal]:
    """Yield what waits in a baseline, or for a year before the first projected one."""
    for waiting, _, _ in _waiting(baseline):
        what = "waits for an indicator, but belongs to the scenario without parent"
        remedy = "state it in a scenario that extends this one"
        yield waiting.refusal(what, remedy, "when")
    for name in baseline.levers.keys() & merged.levers.keys():
        waits = merged.levers[name].value is not UNUSABLE_PATH and merged.levers[name].value.when
        if waits and merged.levers[name].value != baseline.levers[name].value:
            what = f"lever '{name}' waits, but the scenario without parent steers it already"
            remedy = "leave it out there, or state it there for all years"
            yield merged.levers[name].refusal(what, remedy, "when")
    for waiting, text, year in _waiting(merged):
        when = when_of(text)
        first = year if when.first is None else when.first
        if first <= start:
            what = f"waits for the {when.indicator} of {first - 1}, before the horizon begins"
            remedy = f"let it begin in {start + 1} or later: 'from' of 'when', or its own year"
            yield waiting.refusal(what, remedy, "when")


def future_refusals(merged: Merged, instruments: Instruments, last: int) -> Iterator[Refusal]:
    """Yield what waits beyond the futures that can be projected together up to a year."""
    ways: dict[str, int] = {}
    chances = {
        (event.value.get("type"), day)
        for event in merged.events
        if event.value.get("chance", 1) != 1
        for day in days_of(event.value, last)
    }
    for waiting, text, year in _waiting(merged):
        when = instruments.settled(text, year)
        ways[when] = last - (when_of(when).first or year) + 2
        futures = prod(ways.values()) << len(chances)
        if futures > MOST_FUTURES:
            count = grouped(str(futures))
            what = f"makes {count} futures of the scenario: at most {MOST_FUTURES} are projected"
            remedy = "let all wait for the same, with the same 'from', or end the horizon sooner"
            yield waiting.refusal(what, remedy, "when")
            return


def _waiting(merged: Merged) -> Iterator[tuple[Stated[Any], str, int]]:
    """Yield what waits, for what, and the year that it is written for."""
    for path in merged.levers.values():
        if path.value is not UNUSABLE_PATH and path.value.when:
            yield path, path.value.when, path.value.first_year
    for event in merged.events:
        day = event_date(event.value)
        if "when" in event.value and day is not None:
            yield event, str(event.value["when"]), day.year


def days_of(event: Event, last: int) -> tuple[date | None, ...]:
    """Return the days of an event up to a year, once or as it comes again; None for no date."""
    day = event_date(event)
    if day is None or "every" not in event:
        return (day,)
    try:
        return tuple(repetition(str(event["every"])).days(day, last))
    except BadValueError:  # told elsewhere
        return (day,)


def horizon_refusals(
    merged: Merged, start: int, end: int, name: str, *, asked: bool
) -> Iterator[Refusal]:
    """Yield the levers and events outside a horizon.

    `name` is that of the scenario; `asked` says that the horizon comes of a request, not of a file.
    """

    def message(own: bool) -> tuple[str, str]:
        outside = f"outside the horizon{'' if own else f' of {name!r}'}"
        more = "" if own else f", or remove it in '{name}'"
        return outside, more + (", or choose a horizon that includes it" if asked else "")

    for lever, path in merged.levers.items():
        if path.value is UNUSABLE_PATH or start <= path.value.first_year <= end:
            continue
        outside, more = message(path.own)
        what = f"lever '{lever}' begins in {path.value.first_year}, {outside}"
        yield path.refusal(what, f"begin within {start} to {end}{more}")
    for event in merged.events:
        day = None if event.value is UNUSABLE else event_date(event.value)
        if day is None or start <= day.year <= end:
            continue
        outside, more = message(event.own)
        what = f"the event of {day} is {outside}"
        yield event.refusal(what, f"give a date within {start} to {end}{more}", "on")


def merged_refusals(
    merged: Merged, parameters: Parameters, instruments: Instruments, last: int
) -> Iterator[Refusal]:
    """Yield what a chain says up to a year that contradicts itself, or the model, as a whole."""
    yield from grant_refusals(merged, parameters, instruments, last)
    yield from part_refusals(merged, instruments)
    yield from future_refusals(merged, instruments, last)


def part_refusals(merged: Merged, instruments: Instruments) -> Iterator[Refusal]:
    """Yield the levers that move a part of what another one states as a sum."""
    for part, path in merged.levers.items():
        whole = instruments.levers[part].part_of
        stated = merged.levers.get(whole) if whole is not None else None
        if stated is not None and stated.value.operation in ("set", "at_least", "at_most"):
            what = f"lever '{part}' moves a part of what '{whole}' states"
            remedy = f"multiply or add with '{whole}', or move each part by its own lever"
            yield path.refusal(what, remedy)


def grant_refusals(
    merged: Merged, parameters: Parameters, instruments: Instruments, last: int
) -> Iterator[Refusal]:
    """Yield the security grants that pass the size of the programme in their fiscal year.

    The median of the prior of that size, JPY bn, counts, as the lever steers it; dollars count at
    the guide's rate.
    """
    known = parameters.single.get("security_osa_ceiling")
    if known is None:
        return
    median = merged.parameters.get("security_osa_ceiling", known.prior).transform(np.zeros(1))
    lever = merged.levers.get("security_osa_budget")
    path = None
    if lever is not None:
        path = _path_in_unit("security_osa_budget", lever.value, instruments)
    kind, rates = instruments.event_types["osa_grant"], instruments.rates

    def amount_of(grant: Stated[Event]) -> float:
        return at_guide(kind.amounts(grant.value, rates)["amount"])

    told: set[int] = set()
    for year, of_year in sorted(_grants(merged, last).items()):
        steered = median if path is None else path.apply(median, year, GUIDE_RATE)
        allowed = float(steered[0])
        total = sum(amount_of(grant) for grant in of_year)
        if total <= allowed * (1.0 + 1e-9):
            continue
        what = (
            f"security grants of fiscal {year} sum to JPY {exact(round(total, 9))} bn, above "
            f"the programme's size of about JPY {exact(round(allowed, 2))} bn"
        )
        remedy = "grant less, or enlarge the programme with the lever security_osa_budget"
        for grant in of_year:
            if id(grant) not in told:  # one that comes again is told once
                told.add(id(grant))
                yield grant.refusal(what, remedy, "amount")


def _grants(merged: Merged, last: int) -> dict[int, list[Stated[Event]]]:
    """Return the security grants up to a year by the fiscal year in which each is given."""
    grants: dict[int, list[Stated[Event]]] = {}
    for event in merged.events:
        if event.value["type"] == "osa_grant":
            for day in filter(None, days_of(event.value, last)):
                grants.setdefault(fiscal_year(day), []).append(event)
    return grants


def _path_in_unit(name: str, path: LeverPath, instruments: Instruments) -> LeverPath:
    return path.in_unit(instruments.levers[name].unit, instruments.rates)
