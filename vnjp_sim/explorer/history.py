"""The history of the page: every step with its state and its words, undone and redone at will."""

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
        drawn. A move that changes nothing adds no step. Raises InputError.
        """
        before = self.state
        after = move.made(before, states)
        if after == before:
            return self
        kept = self.steps[: self.at + 1]
        if merge and self.at and move.subject and move.subject == kept[-1].subject:
            kept = kept[:-1]
            before = kept[-1].state
        step = Step(after, move.words(Turn(before, after, states)), move.subject)
        steps = (*kept, step)[-MOST_STEPS:]
        return History(steps, len(steps) - 1)

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
