"""How long a site's pauses are: as long as they were asked for, unless something changed."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

LONG = 3600.0


async def test_a_change_ends_a_pause() -> None:
    site = Site(LocalHost(), "/")
    starts: list[int] = []

    def watch() -> None:
        starts.append(1)
        asyncio.get_running_loop().call_later(0.1, site.changed)

    site.on_wait(watch)
    async with asyncio.timeout(30):
        await site.pause(LONG, site.changes)
    assert (site.changes, starts) == (1, [1])


async def test_what_changed_during_the_look_is_not_slept_over() -> None:
    site = Site(LocalHost(), "/")
    before = site.changes
    site.changed()
    async with asyncio.timeout(30):
        await site.pause(LONG, before)


async def test_without_a_change_it_lasts() -> None:
    site = Site(LocalHost(), "/")
    began = asyncio.get_running_loop().time()
    await site.pause(0.2, site.changes)
    assert asyncio.get_running_loop().time() - began >= 0.2
