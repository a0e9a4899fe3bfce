"""One moment: what is asked several times while nothing acts is asked of the host once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar, cast

A = TypeVar("A")
Answers = list[tuple[object, "asyncio.Task[object]"]]


class Moment:
    """Answers by question. Outside of `lasting` every question is asked anew: a verdict is about what is now."""

    def __init__(self) -> None:
        self._answers: Answers | None = None
        self._depth = 0

    @property
    def lasts(self) -> bool:
        return self._answers is not None

    @contextmanager
    def lasting(self) -> Generator[None]:
        """Who makes a plan, or one look of several questions, looks at one reality.

        Nothing may be changed meanwhile by who asks. It ends with the last of those who share it.
        """
        if self._depth == 0:
            self._answers = []
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._answers = None

    async def ask(self, question: object, answer: Callable[[], Awaitable[A]]) -> A:
        """Equal questions share an answer: `question` holds all that it depends on. A failure is not kept."""
        if self._answers is None:
            return await answer()
        known = self._answers
        asked = next((task for same, task in known if same == question), None)
        if asked is None:
            asked = asyncio.ensure_future(_answered(answer))
            known.append((question, asked))
            asked.add_done_callback(lambda done: _forget_failure(known, done))
        # One who gives up waiting does not take the answer from the others.
        return cast("A", await asyncio.shield(asked))


async def _answered(answer: Callable[[], Awaitable[object]]) -> object:
    return await answer()


def _forget_failure(known: Answers, done: asyncio.Task[object]) -> None:
    if done.cancelled() or done.exception() is not None:
        known[:] = [(question, task) for question, task in known if task is not done]
