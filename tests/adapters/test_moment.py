"""One moment: equal questions share an answer, and only while it lasts."""

from __future__ import annotations

import asyncio

import pytest

from titan_flow.adapters.moment import Moment


class Host:
    """Counts what it is asked; the first `failing` answers fail."""

    def __init__(self, failing: int = 0) -> None:
        self.asked, self.failing = 0, failing

    async def answer(self) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self.asked <= self.failing:
            raise OSError("lost")
        return self.asked


async def test_outside_of_it_each_question_is_asked() -> None:
    moment, host = Moment(), Host()
    assert [await moment.ask("a", host.answer) for _ in range(2)] == [1, 2]


async def test_equal_questions_share_an_answer_one_after_the_other_and_at_once() -> None:
    moment, host = Moment(), Host()
    with moment.lasting():
        assert await asyncio.gather(*(moment.ask("a", host.answer) for _ in range(3))) == [1, 1, 1]
        assert await moment.ask("a", host.answer) == 1
        assert await moment.ask("b", host.answer) == 2
    assert await moment.ask("a", host.answer) == 3


async def test_an_inner_moment_is_the_outer_one() -> None:
    moment, host = Moment(), Host()
    with moment.lasting():
        assert await moment.ask("a", host.answer) == 1
        with moment.lasting():
            assert await moment.ask("a", host.answer) == 1
        assert await moment.ask("a", host.answer) == 1
    with moment.lasting():
        assert await moment.ask("a", host.answer) == 2


async def test_it_ends_with_the_last_of_those_who_share_it() -> None:
    moment, host = Moment(), Host()
    first, second = moment.lasting(), moment.lasting()
    with first:
        assert await moment.ask("a", host.answer) == 1
        second.__enter__()
    assert await moment.ask("a", host.answer) == 1
    second.__exit__(None, None, None)
    assert not moment.lasts
    assert await moment.ask("a", host.answer) == 2


async def test_a_failure_is_not_kept() -> None:
    moment, host = Moment(), Host(failing=1)
    with moment.lasting():
        with pytest.raises(OSError, match="lost"):
            await moment.ask("a", host.answer)
        assert await moment.ask("a", host.answer) == 2


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    moment, host = Moment(), Host()
    with moment.lasting():
        first = asyncio.create_task(moment.ask("a", host.answer))
        second = asyncio.create_task(moment.ask("a", host.answer))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 1
