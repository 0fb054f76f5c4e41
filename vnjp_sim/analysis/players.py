"""The players of a scenario: the levers, events and replaced priors by which it departs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent


@dataclass(frozen=True)
class Player:
    """One thing by which a scenario departs from its baseline.

    `lever` and `parameter` are None where the scenario drops what its baseline has; `event` is what
    it adds, or drops if `dropped`.
    """

    name: str
    label: str
    kind: Literal["lever", "event", "parameter"]
    lever: LeverPath | None = None
    event: ScenarioEvent | None = None
    parameter: Distribution | None = None
    dropped: bool = False


def players_of(scenario: Scenario, instruments: Instruments) -> tuple[Player, ...]:
    """Return what a scenario departs by from its baseline, levers first, then events, parameters.

    `instruments` have the labels of levers and events.

    Raises InputError if it is a baseline, or departs by nothing.
    """
    baseline = scenario.baseline
    if baseline is None:
        raise InputError.single(scenario.name, "is a baseline: nothing to attribute", "drop it")
    players = [
        Player(f"lever {name}", _lever_label(instruments.label(name), path), "lever", lever=path)
        for name in sorted({*scenario.levers, *baseline.levers})
        if (path := scenario.levers.get(name)) != baseline.levers.get(name)
    ]
    mine, theirs = scenario.events, baseline.events
    for events, dropped in ((_beside(mine, theirs), False), (_beside(theirs, mine), True)):
        players += [
            _event_player(event, instruments.label(event.type), dropped=dropped)
            for event in sorted(events)
        ]
    players += [
        Player(f"parameter {name}", _prior_label(name, prior), "parameter", parameter=prior)
        for name in sorted({*scenario.parameters, *baseline.parameters})
        if (prior := scenario.parameters.get(name)) != baseline.parameters.get(name)
    ]
    if not players:
        raise InputError.single(scenario.name, "does not differ from its baseline", "drop it")
    return tuple(_numbered(players))


def sub_scenario(scenario: Scenario, players: Sequence[Player]) -> Scenario:
    """Return the baseline of a scenario with some of its players taken over."""
    assert scenario.baseline is not None  # noqa: S101 - a scenario with players has one
    levers, parameters = dict(scenario.baseline.levers), dict(scenario.baseline.parameters)
    events = list(scenario.baseline.events)
    for player in players:
        name = player.name.partition(" ")[2]
        if player.kind == "lever":
            _put(levers, name, player.lever)
        elif player.kind == "parameter":
            _put(parameters, name, player.parameter)
        elif player.event is not None and player.dropped:
            events.remove(player.event)
        elif player.event is not None:
            events.append(player.event)
    return replace(scenario, levers=levers, events=tuple(sorted(events)), parameters=parameters)


def _put(names: dict[str, Any], name: str, value: object | None) -> None:
    if value is None:
        names.pop(name, None)
    else:
        names[name] = value


def _beside(own: Iterable[ScenarioEvent], others: Iterable[ScenarioEvent]) -> list[ScenarioEvent]:
    """Return the events that others lack, each with its note."""
    rest, beside = list(others), []
    for event in own:
        if event in rest:
            rest.remove(event)
        else:
            beside.append(event)
    return beside


def _event_player(event: ScenarioEvent, label: str, *, dropped: bool) -> Player:
    prefix = "without " if dropped else ""
    name = f"{prefix}event {event.type} {event.on}"
    return Player(
        name, f"{prefix.capitalize()}{label} {event.size}", "event", event=event, dropped=dropped
    )


def _lever_label(label: str, path: LeverPath | None) -> str:
    return f"{label} {path.text}" if path is not None else f"{label} as in the model"


def _prior_label(name: str, prior: Distribution | None) -> str:
    return f"{name} {prior.text}" if prior is not None else f"{name} as in the model"


def _numbered(players: Sequence[Player]) -> list[Player]:
    """Return the players with a number behind names that come twice."""
    names = [player.name for player in players]
    return [
        replace(p, name=f"{p.name} #{names[:i].count(p.name) + 1}")
        if names.count(p.name) > 1
        else p
        for i, p in enumerate(players)
    ]
