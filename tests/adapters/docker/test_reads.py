"""One API for all who look: asked together, given up once where it cannot be had, and not silently once it answered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from titan_flow.adapters.docker.reads import engine_of
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

OK = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n"
DOCKER = """#!/bin/sh
echo x >>"$0.dialled"
{script}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path))


def does(site: Site, script: str) -> Path:
    """A `docker` whose dial does that; the file counts how often it was dialled."""
    docker = Path(site.directory) / "docker"
    docker.write_text(DOCKER.format(script=script))
    docker.chmod(0o755)
    return docker.with_name("docker.dialled")


def dialled(log: Path) -> int:
    return len(log.read_text().split())


ANSWERS = f"while read -r line; do case $line in GET*) printf '%b' '{OK}ab';; esac; done"


async def test_questions_of_one_moment_share_a_stream_and_equal_ones_an_answer(site: Site) -> None:
    log = does(site, ANSWERS)
    engine = engine_of(site, False, None)
    try:
        first, second = await asyncio.gather(engine.ask("/a", "/b"), engine.ask("/b", "/b"))
        assert first is not None and [reply.body for reply in first] == [b"ab", b"ab"]
        assert second is not None and len(second) == 2 and second[0] is second[1]
        assert dialled(log) == 1
    finally:
        await site.close()


async def test_where_it_cannot_be_had_it_is_asked_once(site: Site) -> None:
    log = does(site, "echo 'no such command: dial-stdio' >&2; exit 1")
    engine = engine_of(site, False, None)
    try:
        assert await engine.ask("/a") is None and await engine.ask("/a") is None
        assert "dial-stdio" in engine.why_not
        before = dialled(log)
        assert await engine.ask("/b") is None and dialled(log) == before
    finally:
        await site.close()


async def test_one_that_has_answered_is_not_passed_over_when_it_falls_silent(site: Site) -> None:
    does(site, ANSWERS)
    engine = engine_of(site, False, None)
    try:
        assert await engine.ask("/a") is not None
        does(site, "echo gone >&2; exit 1")
        await engine.close()
        with pytest.raises(Unreachable):
            await engine.ask("/a")
        assert not engine.why_not, "it may come back"
        does(site, ANSWERS)
        assert await engine.ask("/a") is not None
    finally:
        await site.close()


async def test_a_site_has_one_for_each_way_of_calling_docker(site: Site) -> None:
    plain = engine_of(site, False, None)
    assert engine_of(site, False, None) is plain
    assert len({id(plain), id(engine_of(site, True, None)), id(engine_of(site, False, "far"))}) == 3
    await site.close()
