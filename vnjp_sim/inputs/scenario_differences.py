"""What the inputs of one scenario depart by from another's, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.reasons import Assumption, Reason
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent, assumptions_of


def input_differences(
    scenario: Mapping[str, Any],
    other: Mapping[str, Any],
    notes: Sequence[str] = (),
    other_notes: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return in words what the content of one scenario departs by from another's.

    Both are as in the manifest of a run: levers, events and parameters; the notes are those of
    their events, in the same order.
    """
    lines = []
    for name in sorted({*scenario["levers"], *other["levers"]}):
        mine, theirs = scenario["levers"].get(name), other["levers"].get(name)
        if mine != theirs:
            lines.append(f"lever {name}: {_instead(_lever_text(mine), _lever_text(theirs))}")
    added, gone = _other_events(_events(scenario, notes), _events(other, other_notes))
    lines += [f"event {event.noted}" for event in added]
    lines += [f"without the event {event.text}" for event in gone]
    for name in sorted({*scenario["parameters"], *other["parameters"]}):
        mine, theirs = scenario["parameters"].get(name), other["parameters"].get(name)
        if mine != theirs:
            lines.append(f"parameter {name}: {_instead(_prior_text(mine), _prior_text(theirs))}")
    return tuple(lines)


def assumptions(
    scenario: Mapping[str, Any], other: Mapping[str, Any], said: Mapping[str, Any]
) -> tuple[Assumption, ...]:
    """Return why what a scenario departs by from another has its size, as far as it is said.

    The content of both is as in the manifest of a run, and so is what is `said` of the first.
    """
    levers = {
        name: lever_of({**path, **said.get("levers", {}).get(name, {})})
        for name, path in scenario["levers"].items()
        if path != other["levers"].get(name)
    }
    events = [
        replace(event_of(dumped), reason=Reason.of(reason))
        for dumped, reason in zip(scenario["events"], said.get("events", ()), strict=False)
    ]
    theirs = [event_of(dumped) for dumped in other["events"]]
    return assumptions_of(levers, [event for event in events if event not in theirs])


def begins(scenario: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the years in which what a scenario departs by begins, the earliest first.

    Replaced priors act in every year: they begin with the horizon.
    """
    years = [int(scenario["horizon"][0])] if scenario["parameters"] != other["parameters"] else []
    for name in {*scenario["levers"], *other["levers"]}:
        paths = [content["levers"].get(name) for content in (scenario, other)]
        if paths[0] != paths[1]:
            years += [lever_of(path).first_year for path in paths if path is not None]
    mine, theirs = (Counter(map(event_of, content["events"])) for content in (scenario, other))
    years += [event.on.year for event in ((mine - theirs) + (theirs - mine))]
    return tuple(sorted(years))


def lever_of(dumped: Mapping[str, Any]) -> LeverPath:
    """Return the path of a lever as a manifest holds it."""
    return LeverPath.model_validate(dict(dumped))


def event_of(dumped: Sequence[Any]) -> ScenarioEvent:
    """Return an event as a manifest holds it."""
    day, kind, amounts, *rest = dumped
    likely, every = float(rest[0]) if rest else 1.0, str(rest[1]) if len(rest) > 1 else ""
    when = str(rest[2]) if len(rest) > 2 else ""
    given = tuple((name, amount) for name, amount in amounts)
    return ScenarioEvent(date.fromisoformat(day), kind, given, "", likely, every, when=when)


def prior_of(dumped: Mapping[str, Any]) -> Distribution:
    """Return a replaced prior as a manifest holds it."""
    return Distribution.model_validate(dict(dumped))


def _events(content: Mapping[str, Any], notes: Sequence[str]) -> list[ScenarioEvent]:
    """Return the events of a manifest, with their notes where it has any."""
    events = [event_of(dumped) for dumped in content["events"]]
    if len(notes) != len(events):
        return events
    return [replace(event, note=note) for event, note in zip(events, notes, strict=True)]


def _other_events(
    mine: Sequence[ScenarioEvent], theirs: Sequence[ScenarioEvent]
) -> tuple[list[ScenarioEvent], list[ScenarioEvent]]:
    """Return the events that only one side has, each; of equal ones, those noted alike are one."""
    noted = [Counter((event, event.note) for event in side) for side in (mine, theirs)]
    left = [noted[0] - noted[1], noted[1] - noted[0]]
    plain = [Counter(event for event, _ in side.elements()) for side in left]
    alike = plain[0] & plain[1]
    apart: tuple[list[ScenarioEvent], list[ScenarioEvent]] = ([], [])
    for side, kept in zip(left, apart, strict=True):
        skip = Counter(alike)
        for event, note in sorted(side.elements()):
            if skip[event]:
                skip[event] -= 1
            else:
                kept.append(replace(event, note=note))
    return apart


def _lever_text(dumped: Mapping[str, Any] | None) -> str:
    return "" if dumped is None else lever_of(dumped).text


def _prior_text(dumped: Mapping[str, Any] | None) -> str:
    return "" if dumped is None else prior_of(dumped).text


def _instead(mine: str, theirs: str) -> str:
    if not mine:
        return f"not used (baseline: {theirs})"
    return f"{mine} instead of {theirs}" if theirs else mine


def scenario_of(content: Mapping[str, Any], title: str, chain: Sequence[str]) -> Scenario:
    """Return the scenario of a run from its manifest: what it projects, without its narrative."""
    root = content["baseline"]
    start, end = content["horizon"]
    return Scenario(
        name=content["name"],
        title=title,
        narrative="",
        sources=(),
        start=start,
        end=end,
        levers={name: lever_of(path) for name, path in content["levers"].items()},
        events=tuple(sorted(map(event_of, content["events"]))),
        parameters={name: prior_of(prior) for name, prior in content["parameters"].items()},
        chain=tuple(chain),
        file=content["name"],
        baseline=None if root is None else scenario_of(root, root["name"], chain[:1]),
    )
