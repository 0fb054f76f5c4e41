"""What one open page does: it takes moves in turn, and has the state of the latest answered."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vnjp_sim.explorer.answers import Answers
from vnjp_sim.explorer.content import Stale
from vnjp_sim.explorer.history import History
from vnjp_sim.explorer.latest import Latest
from vnjp_sim.explorer.messages import (
    answer_message,
    explanation_message,
    refusal_words,
    state_message,
)
from vnjp_sim.explorer.moves import move_of
from vnjp_sim.explorer.state import State
from vnjp_sim.foundation.errors import InputError, VnjpSimError

Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Question:
    """A state that is to be answered, and the colours of its pictures."""

    state: State
    theme: str
    newer: Callable[[], bool]


class Desk:
    """The history of one page, and whoever answers it.

    Parameters
    ----------
    answers : Answers
        Shared by all pages.
    first : State
        What a page without a state of its own begins with.
    send : Send
        Takes messages to the page: `kind`, `number`, and what such a message tells.
    """

    def __init__(self, answers: Answers, first: State, send: Send) -> None:
        self.answers, self.first = answers, first
        self.history = History.begin(first)
        self._send = send
        steps = (("answer", self._answer), ("why", self._explain))
        self.latest: Latest[Question] = Latest(steps, self._told, self._fail)

    async def take(self, message: Mapping[str, Any]) -> None:
        """Take a move of the page, tell the state after it, and have it answered."""
        number, kind = int(message["number"]), str(message["kind"])
        if number <= self.latest.number:
            return
        notice = refusal = ""
        try:
            notice = self._make(kind, message)
        except InputError as error:
            instruments = self.answers.states.model.instruments
            refusal = " ".join(refusal_words(one, instruments) for one in error.refusals)
            if kind in {"open", "back"}:
                self.history = History.begin(self.first)
                refusal = f"This link cannot be opened: {refusal}"
        except (KeyError, TypeError, ValueError):
            refusal = "The page sent a move that cannot be read; reload it."
        said = {"notice": notice, "refusal": refusal, "moved": kind != "look"}
        theme = "dark" if message.get("theme") == "dark" else "light"
        question = Question(self.history.state, theme, lambda: number != self.latest.number)
        self.latest.ask(number, question)
        told = state_message(self.history, self.answers.states)
        await self._send({"kind": "state", "number": number, **said, **told})

    def close(self) -> None:
        """Answer nothing more: the page is closed."""
        self.latest.close()

    def _make(self, kind: str, message: Mapping[str, Any]) -> str:
        """Change the history; return what the user should know beside the state."""
        content, states = message["with"], self.answers.states
        steps = {"undo": self.history.undo, "redo": self.history.redo}
        if kind == "look":
            return ""
        if kind in steps:
            self.history = steps[kind](states)
        elif kind == "jump":
            self.history = self.history.jump(int(content["to"]), states)
        elif kind in {"open", "back"}:
            return self._open(str(content["query"]), back=kind == "back")
        else:
            merge = message.get("held") is True
            self.history = self.history.make(
                move_of({**content, "move": kind}), states, merge=merge
            )
        return ""

    def _open(self, query: str, *, back: bool) -> str:
        """Show the state of an address; `back` says that this page has shown it before."""
        if query in {"", "?"}:
            return ""
        opened = self.answers.states.opened(query)
        self.history = self.history.visit(opened.state) if back else History.begin(opened.state)
        return " ".join(opened.warnings)

    def _answer(self, question: Question) -> dict[str, object]:
        answer = self.answers.answer(question.state, question.newer)
        return answer_message(answer, question.theme)

    def _explain(self, question: Question) -> dict[str, object]:
        explanation = self.answers.explain(question.state, question.newer)
        return explanation_message(explanation, question.theme)

    async def _told(self, kind: str, number: int, content: dict[str, object]) -> None:
        await self._send({"kind": kind, "number": number, **content})

    async def _fail(self, number: int, error: Exception) -> None:
        if isinstance(error, Stale):
            return
        if isinstance(error, VnjpSimError):
            words = f"This cannot be computed: {error.typed}"
        else:
            traceback.print_exception(error, file=sys.stderr)
            words = "The explorer has a defect here; the terminal tells it. Undo the last move."
        await self._told("fault", number, {"words": words})
