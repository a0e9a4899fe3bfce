from __future__ import annotations

import asyncio
from contextlib import closing

import pytest

from titan_flow.workflow.simulate.clock import Deadlock, VirtualLoop


async def _sleeps(seconds: float) -> float:
    began = asyncio.get_running_loop().time()
    await asyncio.gather(asyncio.sleep(seconds), asyncio.sleep(seconds / 2))
    return asyncio.get_running_loop().time() - began


def test_a_week_passes_at_once_and_deadlines_hold() -> None:
    async def late() -> None:
        async with asyncio.timeout(3600):
            await asyncio.sleep(604_800)

    with closing(VirtualLoop()) as loop:
        assert loop.run_until_complete(_sleeps(604_800)) == pytest.approx(604_800)
        with pytest.raises(TimeoutError):
            loop.run_until_complete(late())


def test_after_a_rewind_it_begins_at_0() -> None:
    with closing(VirtualLoop()) as loop:
        loop.run_until_complete(_sleeps(10))
        loop.rewind()
        assert loop.time() == 0
        assert loop.run_until_complete(_sleeps(10)) == pytest.approx(10)


def test_what_can_never_go_on_is_said() -> None:
    with closing(VirtualLoop()) as loop, pytest.raises(Deadlock):
        loop.run_until_complete(asyncio.Event().wait())
