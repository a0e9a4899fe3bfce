"""The engine's API over SSH, against a real engine: what it answers, how it comes back, how it says that it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.droplet.production import DIRECTORY, Production
from titan_flow.adapters.docker.api import EngineApi
from titan_flow.adapters.docker.reads import engine_of
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.ssh import SshHost


@pytest.fixture
async def host(production: Production) -> AsyncIterator[SshHost]:
    made = SshHost("droplet", ("-F", str(production.droplet.ssh_config)))
    yield made
    await made.close()


async def test_questions_asked_together_are_answered_in_order(production: Production, host: SshHost) -> None:
    api = EngineApi(host)
    try:
        (listed,) = await api.get(["/containers/json?all=1"])
        ids = sorted(production.droplet.docker("ps", "-aq", "--no-trunc").split())
        there = listed.json()
        assert isinstance(there, list)
        assert sorted(str(one["Id"]) for one in there if isinstance(one, dict)) == ids
        *found, gone = await api.get([*(f"/containers/{id}/json" for id in ids), "/containers/nosuch/json"])
        assert [one.json()["Id"] for one in found] == ids  # type: ignore[index, call-overload]
        assert (gone.status, gone.reason()) == (404, "No such container: nosuch")
        assert abs(listed.date - float(production.droplet.sh("date +%s"))) < 30
    finally:
        await api.close()


async def test_a_lost_stream_is_opened_again(production: Production, host: SshHost) -> None:
    api = EngineApi(host)
    try:
        assert (await api.get(["/_ping"]))[0].body == b"OK"
        production.droplet.ssh("pkill -f '[s]ystem dial-stdio'")
        assert (await api.get(["/_ping"]))[0].body == b"OK"
    finally:
        await api.close()


async def test_the_client_says_why_it_cannot_reach_the_engine(production: Production, host: SshHost) -> None:
    api = EngineApi(host, context="nosuch")
    try:
        with pytest.raises(Unreachable, match="nosuch"):
            await api.get(["/_ping"])
    finally:
        await api.close()


async def test_events_arrive_when_they_happen(production: Production, host: SshHost) -> None:
    api = EngineApi(host)
    seen = asyncio.Queue[str]()

    async def follow() -> None:
        async for event in api.lines('/events?filters={"type":["container"],"event":["die"]}'):
            assert isinstance(event, dict)
            seen.put_nowait(str(event["Action"]))

    following = asyncio.create_task(follow())
    try:
        for _ in range(100):  # whoever follows may not be there yet
            production.droplet.ssh(f"cd {DIRECTORY} && docker compose restart -t 0 app")
            try:
                assert await asyncio.wait_for(seen.get(), 1.0) == "die"
                break
            except TimeoutError:
                continue
        else:
            raise AssertionError("no event came")
    finally:
        following.cancel()
        await api.close()


async def test_whoever_waits_is_woken_by_an_event(production: Production, host: SshHost) -> None:
    """The pause is longer than any test; the health status and the end of a container cut it short."""
    site = Site(host, DIRECTORY)
    engine = engine_of(site, sudo=False, context=None)
    try:
        assert await engine.ask("/_ping") is not None
        before = site.changes
        for _ in range(100):  # the stream of events may not be there yet
            waiting = asyncio.create_task(site.pause(3600.0, before))
            await asyncio.sleep(0)
            production.droplet.ssh(f"cd {DIRECTORY} && docker compose restart -t 0 app")
            with suppress(TimeoutError):
                await asyncio.wait_for(waiting, 2.0)
                break
        assert site.changes > before
    finally:
        await site.close()
