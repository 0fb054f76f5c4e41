"""What is checked of scenarios against the model: parameters, levers, events and dates.

The checks of one file come first, then those of a chain, of which some need all files together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from vnjp_sim.foundation.errors import Refusal, closest, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.levers import EVENT_KEYS, OPERATIONS, EventType, Instruments
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.reasons import GRADES
from vnjp_sim.inputs.scenario_file import (
    UNUSABLE,
    UNUSABLE_PATH,
    UNUSABLE_PRIOR,
    Event,
    PartOfEvent,
    ScenarioFile,
    event_date,
)
from vnjp_sim.inputs.scenario_merge import Lineage, Merged, Stated, merged_parents
from vnjp_sim.inputs.schema import blank_in, unknown_key
from vnjp_sim.inputs.strict_yaml import StrictYaml

ONE_NUMBER = {
    "common_loading_": (0.0, 1.0),
    "energy_projects": (1.0, 100.0),
    "oda_disbursement_shape": (0.5, 10.0),
    "oda_grace": (0.0, 19.0),
    "oda_term": (20.0, 60.0),
    "oda_preferential_term": (20.0, 60.0),
}
"""Parameters, by how their names begin, that cannot differ by draw, with their ranges."""

ABOVE_ZERO = (
    "energy_building_time",
    "energy_start_hazard",
    "labour_remittance",
    "oda_past_rate",
    "security_equipment_price",
    "security_new_vessel_price",
    "security_osa_ceiling",
    "security_osa_hazard",
    "security_used_vessel_price",
)
"""Parameters that something is divided by, or that carry a quantity which is never zero."""


MOST_CHANCES = 4
"""Events of one scenario that may have a chance: so many give 16 futures."""


def file_refusals(
    content: ScenarioFile,
    document: StrictYaml,
    parameters: Parameters,
    instruments: Instruments,
    replaceable_names: Collection[str],
) -> Refusals:
    """Return what one file asks of the model that it does not have, or may not ask."""
    refusals = Refusals()
    refusals.take(unknown_parameters(content, document, parameters, replaceable_names))
    refusals.take(misplaced_parameters(content, document, parameters))
    refusals.take(lever_refusals(content, document, instruments))
    refusals.take(event_refusals(content, document, instruments))
    for name in content.variants:
        below = document.below("variants", name)
        refusals += file_refusals(
            content.variant(name), below, parameters, instruments, replaceable_names
        )
    return refusals


def unknown_parameters(
    content: ScenarioFile,
    document: StrictYaml,
    parameters: Parameters,
    replaceable_names: Collection[str],
) -> Iterator[Refusal]:
    """Yield the parameters that are unknown, or that no scenario may replace."""
    for name in content.parameters:
        if name in replaceable_names:
            continue
        if name in parameters.single or name.rsplit(".", 1)[0] in parameters.laws:
            what = f"'{name}' is calibrated on figures and cannot be replaced in a scenario"
            remedy = "change it in a models folder of your own and name that with --models"
        else:
            what, remedy = f"unknown parameter '{name}'", did_you_mean(name, replaceable_names)
        yield document.refusal(("parameters", name), what, remedy)


def misplaced_parameters(
    content: ScenarioFile, document: StrictYaml, parameters: Parameters
) -> list[Refusal]:
    """Return the priors that allow values which their quantity cannot have."""
    return [
        document.refusal(("parameters", name), *refusal)
        for name, prior in content.parameters.items()
        if name in parameters.single
        and prior is not UNUSABLE_PRIOR
        and (refusal := _misplaced(name, prior, parameters.single[name].prior)) is not None
    ]


def _misplaced(name: str, prior: Distribution, shipped: Distribution) -> tuple[str, str] | None:
    """Return (what is wrong with a prior that replaces the shipped one, the remedy)."""
    for begin, (low, high) in ONE_NUMBER.items():
        if name.startswith(begin) and (prior.fixed is None or not low <= prior.fixed <= high):
            what = f"'{name}' must be one fixed number for all draws, not {prior.text}"
            return what, f"give a fixed number from {exact(low)} to {exact(high)}"
    if shipped.logit_normal is not None and prior.logit_normal is None:
        if prior.fixed is None or not 0.0 <= prior.fixed <= 1.0:
            what = f"'{name}' is a share and must lie between 0 and 1, not {prior.text}"
            return what, "give a logit_normal, or a fixed number from 0 to 1"
    elif shipped.lowest >= 0.0 > prior.lowest:
        what = f"'{name}' cannot be negative: {prior.text}"
        return what, "give a lognormal, a logit_normal, or a fixed number from zero on"
    elif name in ABOVE_ZERO and prior.fixed == 0.0:
        what = f"'{name}' must be above zero: {prior.text}"
        return what, "give a lognormal, or a fixed number above zero"
    return None


def lever_refusals(
    content: ScenarioFile, document: StrictYaml, instruments: Instruments
) -> Iterator[Refusal]:
    """Yield the levers that are unknown, steered as they may not be, or out of range."""
    for name, path in content.levers.items():
        lever = instruments.levers.get(name)
        place = ("levers", name)
        if lever is None:
            remedy = did_you_mean(name, instruments.levers)
            yield document.refusal(place, f"unknown lever '{name}'", remedy)
            continue
        if path is UNUSABLE_PATH:
            continue
        allowed = getattr(lever, path.operation)
        if allowed is None:
            may = [o for o in OPERATIONS if getattr(lever, o) is not None]
            what = f"lever '{name}' does not allow '{path.operation}'"
            yield document.refusal((*place, path.operation), what, f"use {' or '.join(may)}")
            continue
        for amount in path.amounts:
            if not allowed[0] <= amount <= allowed[1]:
                what = f"lever '{name}': {path.operation} {exact(amount)} is out of range"
                unit = "" if path.operation == "multiply" else f" {lever.unit}"
                remedy = f"stay within {exact(allowed[0])} to {exact(allowed[1])}{unit}"
                yield document.refusal((*place, path.operation), what, remedy)


def event_refusals(
    content: ScenarioFile, document: StrictYaml, instruments: Instruments
) -> Iterator[Refusal]:
    """Yield what is wrong with the events: types, dates, fields."""
    for index, event in enumerate(content.events):
        place = ("events", index)
        if event is UNUSABLE:
            continue
        unread = event.unread if isinstance(event, PartOfEvent) else frozenset[str]()
        if event_date(event) is None and "on" not in unread:
            what = f"event: 'on' is {event['on']!r}" if "on" in event else "event: 'on' is missing"
            yield document.refusal((*place, "on"), what, "give a date such as 2027-10-01")
        for key, refusal in _key_refusals(event):
            yield document.refusal((*place, key), *refusal)
        kind = instruments.event_types.get(str(event.get("type", "")))
        if kind is not None:
            yield from _field_refusals(event, kind, unread, place, document)
        elif blank := blank_in(str(event.get("type", ""))):
            yield document.refusal((*place, "type"), f"event: 'type' {blank[0]}", blank[1])
        elif "type" in event:
            remedy = did_you_mean(str(event["type"]), instruments.event_types)
            what = f"event: unknown event type '{event['type']}'"
            yield document.refusal((*place, "type"), what, remedy)
        elif "type" in unread:
            continue
        elif meant := next((key for key in event if closest(key, ["type"])), None):
            yield document.refusal((*place, meant), *unknown_key(meant, ["type"]))
        else:
            remedy = did_you_mean("", instruments.event_types)
            yield document.refusal((*place, "type"), "event: has no 'type'", remedy)


def _key_refusals(event: Event) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield (key, what is wrong and the remedy) of the keys that every event may have."""
    chance = event.get("chance", 1)
    if isinstance(chance, str) or not 0 < chance <= 1:
        shown = f"the text '{chance[:40]}'" if isinstance(chance, str) else exact(chance)
        yield "chance", (f"'chance' is {shown}", "give a probability above 0, at most 1")
    for key in ("why", "reference"):
        if not isinstance(event.get(key, ""), str):
            yield key, (f"'{key}' needs text, not {event[key]}", "quote it if it is meant as text")
    if event.get("grade", GRADES[0]) not in GRADES:
        remedy = did_you_mean(str(event["grade"]), GRADES)
        yield "grade", (f"'grade' cannot be '{str(event['grade'])[:40]}'", remedy)


def _field_refusals(
    event: dict[str, str | int | float],
    kind: EventType,
    unread: Collection[str],
    place: tuple[str | int, ...],
    document: StrictYaml,
) -> Iterator[Refusal]:
    for key in event:
        known = (*EVENT_KEYS, *kind.fields, *kind.choices)
        if key not in known:
            yield document.refusal((*place, key), *unknown_key(key, known))
    for name, choice in kind.choices.items():
        word = event.get(name, choice.default)
        if word not in choice.options and name not in unread:
            given = word if isinstance(word, str) else exact(word)
            remedy = did_you_mean(given, choice.options)
            yield document.refusal((*place, name), f"'{name}' is '{given[:40]}'", remedy)
    for name, field in kind.fields.items():
        value = event.get(name)
        low, high = field.range
        if value is None and (name in unread or not field.needed):
            continue
        if value is None:
            what = f"a {event['type']} needs '{name}'"
            yield document.refusal(place, what, f"{field.meaning}, {field.unit}")
        elif isinstance(value, str):
            what = f"'{name}' is text: '{value[:40]}'"
            yield document.refusal((*place, name), what, f"give a number of {field.unit}")
        elif not low <= value <= high or (field.whole and value != int(value)):
            what = f"'{name}' is {exact(value)}"
            whole = "a whole number " if field.whole else ""
            remedy = f"give {whole}from {exact(low)} to {exact(high)} {field.unit}"
            yield document.refusal((*place, name), what, remedy)


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


def chance_refusals(merged: Merged, baseline: Merged) -> Iterator[Refusal]:
    """Yield the events with a chance beyond those that can be projected together."""
    stated: dict[object, Stated[Event]] = {}
    for event in (*baseline.events, *merged.events):
        if event.value.get("chance", 1) != 1:
            key = event.value.get("type"), event.value.get("on"), event.value.get("chance")
            stated.setdefault(key, event)
    for event in list(stated.values())[MOST_CHANCES:]:
        what = f"is one of {len(stated)} events with a chance: at most {MOST_CHANCES} may have one"
        yield event.refusal(what, "let some happen in every draw, or leave them out", "chance")


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
    merged: Merged, parameters: Parameters, instruments: Instruments
) -> Iterator[Refusal]:
    """Yield what a chain says that contradicts itself, or the model, only as a whole."""
    yield from grant_refusals(merged, parameters)
    yield from part_refusals(merged, instruments)


def part_refusals(merged: Merged, instruments: Instruments) -> Iterator[Refusal]:
    """Yield the levers that move a part of what another one states as a sum."""
    for part, path in merged.levers.items():
        whole = instruments.levers[part].part_of
        stated = merged.levers.get(whole) if whole is not None else None
        if stated is not None and stated.value.operation in ("set", "at_least", "at_most"):
            what = f"lever '{part}' moves a part of what '{whole}' states"
            remedy = f"multiply or add with '{whole}', or move each part by its own lever"
            yield path.refusal(what, remedy)


def grant_refusals(merged: Merged, parameters: Parameters) -> Iterator[Refusal]:
    """Yield the security grants that pass the programme's ceiling of their fiscal year.

    The median of the ceiling's prior, JPY bn, counts, as the lever steers it.
    """
    known = parameters.single.get("security_osa_ceiling")
    if known is None:
        return
    median = merged.parameters.get("security_osa_ceiling", known.prior).transform(np.zeros(1))
    lever = merged.levers.get("security_osa_budget")
    grants: dict[int, list[Stated[Event]]] = {}
    for event in merged.events:
        day = event_date(event.value)
        if event.value["type"] == "osa_grant" and day is not None:
            grants.setdefault(fiscal_year(day), []).append(event)
    for year, of_year in sorted(grants.items()):
        allowed = float((median if lever is None else lever.value.apply(median, year))[0])
        total = sum(float(grant.value["amount"]) for grant in of_year)
        if total <= allowed * (1.0 + 1e-9):
            continue
        what = (
            f"security grants of fiscal {year} sum to JPY {exact(round(total, 9))} bn, above "
            f"the ceiling of about JPY {exact(round(allowed, 2))} bn"
        )
        remedy = "grant less, or raise the ceiling with the lever security_osa_budget"
        for grant in of_year:
            yield grant.refusal(what, remedy, "amount")
