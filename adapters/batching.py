"""Questions that are asked in the same moment share one answer: checks that look side by side see one reality, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Batcher(Generic[Q, A]):
    """Gathers what is asked before the event loop comes round, equal questions once, and has it answered in one go.

    What is asked while an answer is under way waits for the next one: nobody is told what was seen before they asked.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | BaseException]]]) -> None:
        """`answer` gives an answer, or what stands in its way, for each question, in order."""
        self._answer = answer
        self._asked: list[Q] = []
        self._round: asyncio.Task[Sequence[A | BaseException]] | None = None

    async def ask(self, question: Q) -> A:
        """Raises what stood in the way of this answer, or of all of them."""
        if question not in self._asked:
            self._asked.append(question)
        place = self._asked.index(question)
        if self._round is None:
            self._round = asyncio.create_task(self._answered())
            self._round.add_done_callback(_nobody_waited)
        # One who gives up waiting (a deadline, Ctrl-C) does not take the answer from the others.
        answer = (await asyncio.shield(self._round))[place]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def _answered(self) -> Sequence[A | BaseException]:
        asked, self._asked, self._round = self._asked, [], None
        return await self._answer(asked)


def _nobody_waited(round: asyncio.Task[object]) -> None:
    """Its failure is told to those who asked; where all of them have given up, it is nobody's."""
    if not round.cancelled():
        round.exception()
