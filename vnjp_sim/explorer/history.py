"""The history of the page: every change with its state and words, undone and redone at will."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vnjp_sim.explorer.moves import Move, Turn
from vnjp_sim.explorer.state import State, States
from vnjp_sim.foundation.errors import InputError

MOST_STEPS = 1_000
"""Steps that are kept; the oldest ones go first."""


@dataclass(frozen=True)
class Step:
    """One step: the state after a move, the move in words, and what it was done to."""

    state: State
    words: str
    subject: str = ""


@dataclass(frozen=True)
class History:
    """All steps, of which one is shown. Never changed: each method returns another history."""

    steps: tuple[Step, ...]
    at: int = 0

    @classmethod
    def begin(cls, state: State, words: str = "Opened") -> History:
        """Return a history of one step."""
        return cls((Step(state, words),))

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

        With `merge`, a move of the same subject as the shown step replaces it, as while a slider is
        drawn. A move that changes nothing adds no step, and neither does one that changes only what
        is shown: no step back leads to another view. Raises InputError.
        """
        before = self.state
        after = move.made(before, states)
        if after == before:
            return self
        if seen_as(before, after) == after:
            return self.showing(after)
        kept = self.steps[: self.at + 1]
        if merge and self.at and move.subject and move.subject == kept[-1].subject:
            kept = kept[:-1]
            before = kept[-1].state
        step = Step(after, move.words(Turn(before, after, states)), move.subject)
        steps = (*kept, step)[-MOST_STEPS:]
        return History(steps, len(steps) - 1)

    def undo(self, states: States) -> History:
        """Return the history at the step before; itself at the first."""
        return self.jump(max(self.at - 1, 0), states)

    def redo(self, states: States) -> History:
        """Return the history at the step after; itself at the last."""
        return self.jump(min(self.at + 1, len(self.steps) - 1), states)

    def jump(self, to: int, states: States) -> History:
        """Return the history at a step, counted from 0, that shows what is shown now.

        Raises InputError if there is no such step.
        """
        if not 0 <= to < len(self.steps):
            raise InputError.single("history", f"has no step {to}", "choose one of the list")
        there = seen_as(self.steps[to].state, self.state)
        first, last = states.years(there)
        there = replace(there, year=min(max(there.year, first), last))
        return replace(self, at=to).showing(there)

    def visit(self, state: State) -> History:
        """Return the history at a state that was there before: at its step, or at a new one."""
        for place in sorted(range(len(self.steps)), key=lambda at: abs(at - self.at)):
            if seen_as(self.steps[place].state, state) == state:
                return replace(self, at=place).showing(state)
        steps = (*self.steps[: self.at + 1], Step(state, "Opened"))[-MOST_STEPS:]
        return History(steps, len(steps) - 1)

    def showing(self, state: State) -> History:
        """Return the history whose present step is seen otherwise, as in a state."""
        step = replace(self.steps[self.at], state=state)
        return replace(self, steps=(*self.steps[: self.at], step, *self.steps[self.at + 1 :]))


def seen_as(state: State, other: State) -> State:
    """Return a state of which is shown what is shown of another one: indicator, year and view."""
    return replace(state, indicator=other.indicator, year=other.year, view=other.view)
