"""By what a scenario departs from its baseline, and the way back, one departure at a time."""

from __future__ import annotations

from dataclasses import dataclass

from vnjp_sim.analysis.players import Player, players_of
from vnjp_sim.explorer.events import stated_event, with_stated, without_number
from vnjp_sim.explorer.state import State, States
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.report.changes import changes_of


@dataclass(frozen=True)
class Departure:
    """One thing by which a scenario departs from its baseline.

    Attributes
    ----------
    key : str
        Names it among the departures.
    kind : str
        lever, event or parameter.
    what, size : str
        In words: "New aid commitments", "doubled by 2030, in even steps from 2026".
    why, source : str
        Why it has its size, and where that is from; empty where nothing is said.
    """

    key: str
    kind: str
    what: str
    size: str
    why: str = ""
    source: str = ""


def departures(state: State, states: States) -> tuple[Departure, ...]:
    """Return by what the scenario of a state departs from its baseline, levers first."""
    return departures_of(states.stated(state.scenario), states.model.instruments)


def departures_of(scenario: Scenario, known: Instruments) -> tuple[Departure, ...]:
    """Return by what a scenario departs from its baseline, levers first."""
    if not scenario.departs:
        return ()
    pairs = zip(players_of(scenario, known), changes_of(scenario, known), strict=True)
    return tuple(
        Departure(player.name, player.kind, change.what, change.size, change.why, change.source)
        for player, change in pairs
    )


def without_departure(scenario: Scenario, key: str, instruments: Instruments) -> Scenario:
    """Return a scenario with one thing as in its baseline; raises InputError."""
    players = players_of(scenario, instruments) if scenario.departs else ()
    player = next((each for each in players if each.name == key), None)
    root = scenario.baseline
    if player is None or root is None:
        raise InputError.single(
            "scenario", f"has no departure '{key[:60]}'", "choose one of its list"
        )
    if player.kind == "event":
        return _without_event(scenario, player)
    name = key.partition(" ")[2]
    if player.kind == "lever":
        usual = root.levers.get(name)
        if usual is None:
            return scenario.without_lever(name)
        return scenario.with_lever(name, usual)
    prior = root.parameters.get(name)
    if prior is None:
        return scenario.without_parameter(name)
    return scenario.with_parameter(name, **prior.model_dump(mode="json", exclude_none=True))


def _without_event(scenario: Scenario, player: Player) -> Scenario:
    assert player.event is not None  # noqa: S101 - it is an event
    if player.dropped:
        return with_stated(scenario, stated_event(player.event))
    return without_number(scenario, scenario.events.index(player.event))
