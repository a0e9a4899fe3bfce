"""What is asked in the same moment is answered once; nobody gets an answer older than their question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from titan_flow.adapters.batching import Batcher


class Library:
    """Answers in capitals, and counts how often it was asked. `locked`: it has not opened yet."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self.locked: asyncio.Event | None = None

    async def __call__(self, asked: Sequence[str]) -> Sequence[str | BaseException]:
        self.rounds.append([*asked])
        if self.locked is not None:
            await self.locked.wait()
        if "all" in asked:
            raise OSError("closed")
        return [KeyError(one) if one == "lost" else one.upper() for one in asked]


async def test_equal_questions_are_put_once() -> None:
    library = Library()
    together = Batcher(library)
    assert await asyncio.gather(*map(together.ask, ("a", "b", "a"))) == ["A", "B", "A"]
    assert library.rounds == [["a", "b"]]


async def test_a_later_question_never_gets_an_earlier_answer() -> None:
    library = Library()
    library.locked = asyncio.Event()
    together = Batcher(library)
    first = asyncio.create_task(together.ask("a"))
    while not library.rounds:
        await asyncio.sleep(0)
    second = asyncio.create_task(together.ask("a"))
    library.locked.set()
    assert (await first, await second) == ("A", "A")
    assert library.rounds == [["a"], ["a"]]


async def test_one_that_cannot_be_answered_spoils_no_other() -> None:
    together = Batcher(Library())
    a, lost = await asyncio.gather(together.ask("a"), together.ask("lost"), return_exceptions=True)
    assert a == "A" and isinstance(lost, KeyError)


async def test_without_an_answer_every_caller_gets_the_error() -> None:
    together = Batcher(Library())
    told = await asyncio.gather(together.ask("a"), together.ask("all"), return_exceptions=True)
    assert [str(one) for one in told] == ["closed", "closed"]


async def test_a_caller_that_gives_up_does_not_cancel_the_answer_for_others() -> None:
    library = Library()
    library.locked = asyncio.Event()
    together = Batcher(library)
    patient = asyncio.create_task(together.ask("a"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await together.ask("a")
    library.locked.set()
    assert await patient == "A"
