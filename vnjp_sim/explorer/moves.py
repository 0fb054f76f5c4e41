"""Moves of the page: what a hand on a lever does to a state, told in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from vnjp_sim.explorer.state import ROOT, State, States, View
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario import Scenario


class Move(Protocol):
    """One thing that a user does."""

    @property
    def subject(self) -> str:
        """What it is done to, such as "lever oda_commitments": moves of one subject may merge."""

    def made(self, state: State, states: States) -> State:
        """Return the state after it, checked; raises InputError."""

    def words(self, state: State, states: States) -> str:
        """Return what was done, of the state after it: "New aid commitments: doubled by 2030"."""


@dataclass(frozen=True)
class SetLever:
    """Steer a lever along a path: the keys of a scenario file, such as path, from, to, multiply."""

    lever: str
    path: Mapping[str, Any]


@dataclass(frozen=True)
class AddEvent:
    """Let an event happen: the keys of a scenario file, `on`, `type` and the fields of its type."""

    event: Mapping[str, Any]


@dataclass(frozen=True)
class ChangeEvent:
    """Replace an event of the scenario, counted from 0 in the order of `Scenario.events`."""

    number: int
    event: Mapping[str, Any]


@dataclass(frozen=True)
class MoveEvent:
    """Give an event of the scenario another date."""

    number: int
    on: str


@dataclass(frozen=True)
class RemoveEvent:
    """Let an event of the scenario not happen."""

    number: int


@dataclass(frozen=True)
class Reset:
    """Take one departure back, by its key; see :func:`departures`."""

    key: str


@dataclass(frozen=True)
class ResetAll:
    """Take all departures back."""


@dataclass(frozen=True)
class Choose:
    """Begin with a shipped scenario, or a variant of one."""

    scenario: str


@dataclass(frozen=True)
class Against:
    """Compare with another shipped scenario; empty for the baseline."""

    scenario: str


@dataclass(frozen=True)
class Show:
    """Show another indicator, year or view; None leaves it as it is."""

    indicator: str | None = None
    year: int | None = None
    view: View | None = None


@dataclass(frozen=True)
class Step:
    """One step of the history: the state after a move, and the move in words."""

    state: State
    words: str
    subject: str


@dataclass(frozen=True)
class History:
    """All steps, of which one is shown. Never changed: each method returns another history."""

    steps: tuple[Step, ...]
    at: int = 0

    @classmethod
    def begin(cls, state: State, words: str = "Opened") -> History:
        """Return a history of one step."""
        return cls((Step(state, words, ""),))

    @property
    def state(self) -> State:
        """The state that is shown."""
        return self.steps[self.at].state

    @property
    def can_undo(self) -> bool:
        """Whether there is a step before."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a step after."""
        return self.at < len(self.steps) - 1

    def make(self, move: Move, states: States, *, merge: bool = False) -> History:
        """Return the history with a move made after the shown step; later steps are dropped.

        With `merge`, a move of the same subject as the last step replaces that step, as while a
        slider is drawn. A move that changes nothing adds no step. Raises InputError.
        """
        raise NotImplementedError

    def undo(self) -> History:
        """Return the history at the step before; itself at the first."""
        return self.jump(max(self.at - 1, 0))

    def redo(self) -> History:
        """Return the history at the step after; itself at the last."""
        return self.jump(min(self.at + 1, len(self.steps) - 1))

    def jump(self, to: int) -> History:
        """Return the history at a step, counted from 0; raises InputError if there is none."""
        if not 0 <= to < len(self.steps):
            raise InputError.single("history", f"has no step {to}", "choose one of the list")
        return replace(self, at=to)


@dataclass(frozen=True)
class Departure:
    """One thing by which the scenario departs from its baseline.

    Attributes
    ----------
    key : str
        For :class:`Reset`.
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
    raise NotImplementedError
