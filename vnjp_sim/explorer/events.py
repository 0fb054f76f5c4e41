"""Events of a scenario one by one: as a file states them, in words, and left out singly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.reasons import REASONS
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.report.changes import event_change


def stated_event(event: ScenarioEvent) -> dict[str, Any]:
    """Return an event as a scenario file states it, in plain values."""
    said: dict[str, Any] = {"on": event.on.isoformat(), "type": event.type, **dict(event.amounts)}
    others = (f for f in fields(event) if f.name not in ("on", "type", "amounts", "reason"))
    said |= {f.name: value for f in others if (value := getattr(event, f.name)) != f.default}
    return said | event.reason.content


def with_stated(scenario: Scenario, event: Mapping[str, Any]) -> Scenario:
    """Return a scenario with one more event; raises InputError."""
    lacking = [key for key in ("type", "on") if not isinstance(event.get(key), str)]
    if lacking:
        raise InputError.single("event", f"has no {' and no '.join(lacking)}", "give both")
    return scenario.with_event(**{str(key): value for key, value in event.items()})


def without_number(scenario: Scenario, number: int) -> Scenario:
    """Return a scenario without one of its events, counted from 0; raises InputError."""
    if not 0 <= number < len(scenario.events):
        raise InputError.single("event", f"there is no event {number}", "load the page again")
    gone = scenario.events[number]
    alike = [e for e in scenario.events if (e.type, e.on) == (gone.type, gone.on)]
    alike.remove(gone)
    rest = scenario.without_event(gone.type, gone.on)
    for event in alike:
        rest = with_stated(rest, stated_event(event))
    return rest


def with_changed(scenario: Scenario, number: int, changes: Mapping[str, Any]) -> Scenario:
    """Return a scenario with one of its events changed; raises InputError.

    `changes` are keys of a scenario file; one that is None is left out. Why the event has its size
    is no longer said where the size is another one.
    """
    rest = without_number(scenario, number)
    before = stated_event(scenario.events[number])
    after = {k: v for k, v in {**before, **changes}.items() if v is not None}
    resized = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
    if resized - {"on", "note", *REASONS}:
        after = {k: v for k, v in after.items() if k not in REASONS or k in changes}
    return with_stated(rest, after)


def event_words(event: ScenarioEvent, instruments: Instruments) -> str:
    """Return an event in words: "Order of patrol vessels: 1 October 2027, 2 vessels"."""
    change = event_change(event, instruments)
    return f"{change.what}: {change.size}"
