"""The latest question wins: what is asked meanwhile overtakes what is being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Question = TypeVar("Question")
Step = Callable[[Question], dict[str, object]]
"""Answers a part of a question; runs in a thread."""
PAUSE = 0.6
"""Seconds before a slow step, in which a hand that still moves asks the next question."""
Send = Callable[[str, int, dict[str, object]], Awaitable[None]]


class Latest(Generic[Question]):
    """Answers the latest question, step by step, away from the event loop.

    A question that is overtaken is not answered further, and no answer to it is sent: whoever asks
    gets answers of the last number alone, in the order of the steps.

    Parameters
    ----------
    steps : Sequence[tuple[str, Step]]
        Names and parts of an answer: a quick one, then slow ones.
    send : Send
        Takes the name of a step, the number of the question, and the answer.
    fail : Callable[[int, Exception], Awaitable[None]]
        Takes what a step raised for the latest question.
    """

    def __init__(
        self,
        steps: Sequence[tuple[str, Step[Question]]],
        send: Send,
        fail: Callable[[int, Exception], Awaitable[None]],
    ) -> None:
        self.number = -1
        self._steps, self._send, self._fail = steps, send, fail
        self._waiting: Question | None = None
        self._task: asyncio.Task[None] | None = None
        self._overtaken = asyncio.Event()

    def ask(self, number: int, question: Question | None) -> None:
        """Take a question in place of any earlier one; None only overtakes them."""
        self.number, self._waiting = number, question
        self._overtaken.set()
        if question is not None and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work())

    def close(self) -> None:
        """Answer nothing more."""
        self.ask(-1, None)
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        while self._waiting is not None:
            number, question, self._waiting = self.number, self._waiting, None
            self._overtaken.clear()
            await self._answer(number, question)

    async def _answer(self, number: int, question: Question) -> None:
        for place, (name, step) in enumerate(self._steps):
            if place:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._overtaken.wait(), PAUSE)
            if number != self.number:
                return
            try:
                answer = await asyncio.to_thread(step, question)
            except Exception as error:  # noqa: BLE001 - told on the page and in the terminal
                if number == self.number:
                    await self._fail(number, error)
                return
            if number == self.number:
                await self._send(name, number, answer)
