"""What is checked of one scenario file against the model: parameters, levers and events."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from vnjp_sim.foundation.choices import write_id
from vnjp_sim.foundation.errors import BadValueError, Refusal, closest, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.conditions import when_of
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.levers import EVENT_KEYS, OPERATIONS, EventField, EventType, Instruments
from vnjp_sim.inputs.money import at_guide, in_unit, is_money, money_text
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.reasons import GRADES
from vnjp_sim.inputs.repetition import repetition
from vnjp_sim.inputs.scenario_file import (
    UNUSABLE,
    UNUSABLE_PATH,
    UNUSABLE_PRIOR,
    Event,
    PartOfEvent,
    ScenarioFile,
    event_date,
)
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
            remedy = write_id(name, instruments.labels(instruments.levers))
            yield document.refusal(place, f"unknown lever '{name}'", remedy)
            continue
        if path is UNUSABLE_PATH:
            continue
        if path.when and (waits := _cannot_wait(path.when, path.first_year, instruments)):
            yield document.refusal((*place, "when"), f"lever '{name}': {waits[0]}", waits[1])
        allowed = getattr(lever, path.operation)
        if allowed is None:
            may = [o for o in OPERATIONS if getattr(lever, o) is not None]
            what = f"lever '{name}' does not allow '{path.operation}'"
            yield document.refusal((*place, path.operation), what, f"use {' or '.join(may)}")
            continue
        unit = "" if path.operation == "multiply" else f" {lever.unit}"
        for amount in path.amounts:
            try:
                held = _in_unit(amount, lever.unit, instruments)
            except BadValueError as error:
                what = f"lever '{name}': '{path.operation}' {error.what}"
                yield document.refusal((*place, path.operation), what, error.remedy)
                continue
            if not allowed[0] <= at_guide(held) <= allowed[1]:
                what = f"lever '{name}': {path.operation} {_stated(amount, held)} is out of range"
                remedy = f"stay within {exact(allowed[0])} to {exact(allowed[1])}{unit}"
                yield document.refusal((*place, path.operation), what, remedy)


def _cannot_wait(when: str, year: int, instruments: Instruments) -> tuple[str, str] | None:
    """Return (why something of a year cannot wait for this, the remedy); None if it can."""
    try:
        instruments.settled(when, year)
    except BadValueError as error:
        return error.what, error.remedy
    return None


def _in_unit(amount: float | str, unit: str, instruments: Instruments) -> float | str:
    """Return an amount as it is kept, see :func:`money.in_unit`; raises BadValueError."""
    return in_unit(amount, unit, instruments.rates) if isinstance(amount, str) else amount


def _stated(amount: float | str, held: float | str) -> str:
    """Return an amount as it is written; one of the other currency in both."""
    if isinstance(amount, str):
        return money_text(held) if isinstance(held, str) else amount
    return exact(amount)


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
        yield from _waiting_refusals(event, place, document, instruments)
        kind = instruments.event_types.get(str(event.get("type", "")))
        if kind is not None:
            yield from _field_refusals(event, kind, unread, place, document, instruments)
        elif blank := blank_in(str(event.get("type", "")), words=True):
            yield document.refusal((*place, "type"), f"event: 'type' {blank[0]}", blank[1])
        elif "type" in event:
            known = instruments.labels(instruments.event_types)
            remedy = write_id(str(event["type"]), known)
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
    if "every" in event:
        yield from _every_refusals(event)
    for key in ("why", "reference"):
        if not isinstance(event.get(key, ""), str):
            yield key, (f"'{key}' needs text, not {event[key]}", "quote it if it is meant as text")
    if event.get("grade", GRADES[0]) not in GRADES:
        remedy = did_you_mean(str(event["grade"]), GRADES)
        yield "grade", (f"'grade' cannot be '{str(event['grade'])[:40]}'", remedy)


def _waiting_refusals(
    event: Event, place: tuple[str | int, ...], document: StrictYaml, instruments: Instruments
) -> Iterator[Refusal]:
    """Yield why an event cannot wait for what its `when` says."""
    day = event_date(event)
    if "when" not in event or day is None:
        return
    waits = _cannot_wait(str(event["when"]), day.year, instruments)
    first = when_of(str(event["when"])).first or day.year
    if waits is None and first > day.year:
        what = f"happens in {day.year}, before what it waits for may hold"
        waits = what, f"give a day in {first} or later, or let 'when' have no 'from'"
    elif waits is None and fiscal_year(day) < day.year:
        what = "waits, but its day is in the fiscal year whose end it would wait for"
        waits = what, "give a day from April on"
    if waits is not None:
        yield document.refusal((*place, "when"), f"event: {waits[0]}", waits[1])


def _every_refusals(event: Event) -> Iterator[tuple[str, tuple[str, str]]]:
    day = event_date(event)
    try:
        until = repetition(str(event["every"])).until
    except BadValueError as error:
        yield "every", (error.what, error.remedy)
        return
    if day is not None and until is not None and until < day.year:
        yield "every", (f"'every' ends in {until}, before {day}", "give a later last year")


def _field_refusals(
    event: dict[str, str | int | float],
    kind: EventType,
    unread: Collection[str],
    place: tuple[str | int, ...],
    document: StrictYaml,
    instruments: Instruments,
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
        if value is None and (name in unread or not field.needed):
            continue
        if value is None:
            what = f"a {event['type']} needs '{name}'"
            yield document.refusal(place, what, f"{field.meaning}, {field.unit}")
        elif refusal := _misstated(name, value, field, instruments):
            yield document.refusal((*place, name), *refusal)


def _misstated(
    name: str, value: float | str, field: EventField, instruments: Instruments
) -> tuple[str, str] | None:
    """Return (what is wrong with what a field of an event is given, the remedy)."""
    if isinstance(value, str) and not is_money(value):
        return f"'{name}' is text: '{value[:40]}'", _amount_remedy(value, field.unit)
    try:
        held = _in_unit(value, field.unit, instruments)
    except BadValueError as error:
        return f"'{name}' {error.what}", error.remedy
    (low, high), number = field.range, at_guide(held)
    if low <= number <= high and (not field.whole or number == int(number)):
        return None
    whole = "a whole number " if field.whole else ""
    remedy = f"give {whole}from {exact(low)} to {exact(high)} {field.unit}"
    return f"'{name}' is {_stated(value, held)}", remedy


def _amount_remedy(text: str, unit: str) -> str:
    """Return what to write in place of text that is no amount of a unit."""
    if not unit.startswith(("USD ", "JPY ")):
        return f"give a number of {unit}"
    swapped = re.fullmatch(r"(USD|JPY) ([0-9.]+) (mn|bn|tn)", text)
    if swapped:
        return f"write '{swapped[2]} {swapped[1]} {swapped[3]}'"
    return f"give a number of {unit}, or money such as 2 USD bn"
