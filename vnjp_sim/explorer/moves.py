"""Moves of the page: what a hand on a lever does to a state, told in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from vnjp_sim.explorer.departures import departures_of, without_departure
from vnjp_sim.explorer.events import event_words, with_changed, with_stated, without_number
from vnjp_sim.explorer.state import State, States, View
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.report.changes import path_words

SHOWN = {"effect": "in its unit", "percent": "in per cent", "level": "levels first"}
"""What a view is called in the history."""


@dataclass(frozen=True)
class Turn:
    """The states before and after a move."""

    before: State
    after: State
    states: States

    @property
    def old(self) -> Scenario:
        """The scenario before."""
        return self.states.stated(self.before.scenario)

    @property
    def new(self) -> Scenario:
        """The scenario after."""
        return self.states.stated(self.after.scenario)

    @property
    def known(self) -> Instruments:
        """The levers and types of events."""
        return self.states.model.instruments


class Move(Protocol):
    """One thing that a user does."""

    @property
    def subject(self) -> str:
        """What it is done to, such as "lever oda_commitments": moves of one subject may merge."""

    def made(self, state: State, states: States) -> State:
        """Return the state after it; raises InputError."""

    def words(self, turn: Turn) -> str:
        """Return what was done: "New aid commitments: doubled by 2030, in even steps from 2026"."""


@dataclass(frozen=True)
class SetLever:
    """Steer a lever along a path: the keys of a scenario file, such as path, from, to, multiply.

    A path that changes nothing, times 1 or plus 0, lets the lever go, so that it is no departure.
    What the lever waits for stays, unless the path has a `when` of its own.
    """

    lever: str
    path: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """The lever."""
        return f"lever {self.lever}"

    def made(self, state: State, states: States) -> State:
        """Return the state whose scenario steers it; raises InputError."""

        def steered(scenario: Scenario) -> Scenario:
            before = scenario.levers.get(self.lever)
            waits = before.stated.get("when") if before else None
            stated = {"when": waits, **self.path} if waits else self.path
            changed = scenario.with_lever(self.lever, stated)
            path = changed.levers.get(self.lever)
            root = scenario.baseline or scenario
            if path is None or not _neutral(path) or self.lever in root.levers:
                return changed
            return changed.without_lever(self.lever)

        return _changed(state, states, steered)

    def words(self, turn: Turn) -> str:
        """Return the lever and its path."""
        known = turn.known
        path = turn.new.levers.get(self.lever)
        told = (
            "as in the model" if path is None else path_words(path, known.levers[self.lever].unit)
        )
        return f"{known.label(self.lever)}: {told}"


@dataclass(frozen=True)
class AddEvent:
    """Let an event happen: the keys of a scenario file, `on`, `type` and the fields of its type."""

    event: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """A new event each time."""
        return ""

    def made(self, state: State, states: States) -> State:
        """Return the state whose scenario has it; raises InputError."""
        return _changed(state, states, lambda s: with_stated(s, self.event))

    def words(self, turn: Turn) -> str:
        """Return the event and its size."""
        return _event_after(turn)


@dataclass(frozen=True)
class ChangeEvent:
    """Change an event of the scenario, counted from 0 in the order of `Scenario.events`.

    `changes` are keys of a scenario file, such as on, amount or chance; None takes a key away.
    """

    number: int
    changes: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """What is changed, not which event: another date may give it another number."""
        return f"event {' '.join(sorted(self.changes))}"

    def made(self, state: State, states: States) -> State:
        """Return the state whose scenario has the event changed; raises InputError."""
        return _changed(state, states, lambda s: with_changed(s, self.number, self.changes))

    def words(self, turn: Turn) -> str:
        """Return the event as it is now."""
        return _event_after(turn)


@dataclass(frozen=True)
class RemoveEvent:
    """Let an event of the scenario not happen."""

    number: int

    @property
    def subject(self) -> str:
        """Another one each time."""
        return ""

    def made(self, state: State, states: States) -> State:
        """Return the state whose scenario lacks it; raises InputError."""
        return _changed(state, states, lambda s: without_number(s, self.number))

    def words(self, turn: Turn) -> str:
        """Return the event that is left out."""
        return f"Without: {event_words(turn.old.events[self.number], turn.known)}"


@dataclass(frozen=True)
class Reset:
    """Take one departure back, by its key; see :func:`vnjp_sim.explorer.departures.departures`."""

    key: str

    @property
    def subject(self) -> str:
        """Another one each time."""
        return ""

    def made(self, state: State, states: States) -> State:
        """Return the state without the departure; raises InputError if there is none."""
        known = states.model.instruments
        return _changed(state, states, lambda s: without_departure(s, self.key, known))

    def words(self, turn: Turn) -> str:
        """Return what is as in the baseline again."""
        every = departures_of(turn.old, turn.known)
        gone = next(each for each in every if each.key == self.key)
        return f"Taken back: {gone.what}, {gone.size}"


@dataclass(frozen=True)
class ResetAll:
    """Take all departures back."""

    @property
    def subject(self) -> str:
        """Everything."""
        return ""

    def made(self, state: State, states: States) -> State:
        """Return the state of the baseline."""
        return _changed(state, states, lambda s: s.baseline or s)

    def words(self, turn: Turn) -> str:
        """Return that all is taken back, and to what."""
        return f"All taken back: {turn.new.title}"


@dataclass(frozen=True)
class Choose:
    """Begin with a shipped scenario, or a variant of one."""

    scenario: str

    @property
    def subject(self) -> str:
        """The scenario."""
        return "scenario"

    def made(self, state: State, states: States) -> State:
        """Return the state of that scenario; raises InputError."""
        return _fitted(replace(state, scenario=self.scenario), states)

    def words(self, turn: Turn) -> str:
        """Return the title of the scenario."""
        return turn.new.title


@dataclass(frozen=True)
class Rename:
    """Give the scenario that the user made a name; an empty one takes the given one away."""

    title: str

    @property
    def subject(self) -> str:
        """The name."""
        return "name"

    def made(self, state: State, states: States) -> State:
        """Return the state whose scenario has the name; raises InputError."""
        return _fitted(replace(state, scenario=states.renamed(state.scenario, self.title)), states)

    def words(self, turn: Turn) -> str:
        """Return the name."""
        given = turn.states.given_title(turn.after.scenario)
        return f"Named: {given}" if given else "Name taken away"


@dataclass(frozen=True)
class Against:
    """Compare with another scenario, in the form of `State.scenario`; empty for the baseline."""

    scenario: str

    @property
    def subject(self) -> str:
        """What is compared with."""
        return "against"

    def made(self, state: State, states: States) -> State:
        """Return the state that is compared with it; raises InputError."""
        return _fitted(replace(state, against=self.scenario), states)

    def words(self, turn: Turn) -> str:
        """Return the title of what it is compared with."""
        return f"Compared with: {turn.states.baseline(turn.after).title}"


@dataclass(frozen=True)
class Show:
    """Show another indicator, year or view; None leaves it as it is."""

    indicator: str | None = None
    year: int | None = None
    view: View | None = None

    @property
    def subject(self) -> str:
        """What is shown."""
        return "show"

    def made(self, state: State, states: States) -> State:
        """Return the state that shows it; raises InputError."""
        told: dict[str, Any] = {
            "indicator": self.indicator,
            "year": self.year,
            "view": self.view,
        }
        return states.checked(replace(state, **{k: v for k, v in told.items() if v is not None}))

    def words(self, turn: Turn) -> str:
        """Return what is shown now and was not before."""
        before, after, told = turn.before, turn.after, []
        if after.indicator != before.indicator:
            told.append(turn.states.indicators[after.indicator])
        if after.year != before.year:
            told.append(f"the year {after.year}")
        if after.view != before.view:
            told.append(SHOWN[after.view])
        return f"Show: {', '.join(told)}"


MOVES: Mapping[str, type[Any]] = {
    "set_lever": SetLever,
    "add_event": AddEvent,
    "change_event": ChangeEvent,
    "remove_event": RemoveEvent,
    "reset": Reset,
    "reset_all": ResetAll,
    "choose": Choose,
    "rename": Rename,
    "against": Against,
    "show": Show,
}
"""The moves by the names that the page calls them."""


def move_of(message: object) -> Move:
    """Return the move of a message of the page, `{"move": "show", "year": 2035}`.

    Raises InputError for anything that is no move; its content is checked when it is made.
    """
    from pydantic import TypeAdapter, ValidationError

    remedy = "load the page again"
    said = dict(message) if isinstance(message, Mapping) else {}
    kind = MOVES.get(str(said.pop("move", "")))
    try:
        if kind is not None and set(said) <= set(kind.__annotations__):
            adapter: TypeAdapter[Move] = TypeAdapter(kind)
            return adapter.validate_python(said)
    except ValidationError:
        pass
    raise InputError.single("page", "sent a move that is none", remedy)


def _neutral(path: LeverPath) -> bool:
    """Whether a path leaves every value as it is."""
    nothing = {"multiply": 1.0, "add": 0.0}.get(path.operation)
    return nothing is not None and all(amount == nothing for amount in path.amounts)


def _changed(state: State, states: States, change: Callable[[Scenario], Scenario]) -> State:
    """Return a state with its scenario changed."""
    return _fitted(
        replace(state, scenario=states.named(change(states.stated(state.scenario)))), states
    )


def _fitted(state: State, states: States) -> State:
    """Return a state whose comparison and year suit its scenario; raises InputError."""
    scenario = states.scenario(state.scenario)
    root = scenario.baseline or scenario
    against = state.against
    if against and (against == state.scenario or states.scenario(against) == root):
        against = ""
    state = replace(state, against=against)
    first, last = states.years(state)
    return states.checked(replace(state, year=min(max(state.year, first), last)))


def _event_after(turn: Turn) -> str:
    """Return the event that a scenario has and had not before, in words."""
    rest = list(turn.old.events)
    for event in turn.new.events:
        if event not in rest:
            return event_words(event, turn.known)
        rest.remove(event)
    return "An event that changes nothing"
