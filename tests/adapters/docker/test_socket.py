"""A stream to the engine: over the shell of the host, with no variable of it choosing the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from titan_flow.adapters.docker.socket import dial, last_words
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.process import ended, streams


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` on PATH that a test writes."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "docker"


def does(docker: Path, script: str) -> None:
    docker.write_text(f"#!/bin/sh\n{script}\n")
    docker.chmod(0o755)


@pytest.mark.parametrize(
    ("context", "argv"), [(None, "system dial-stdio"), ("it's far", "--context it's far system dial-stdio")]
)
async def test_its_streams_are_the_clients(docker: Path, context: str | None, argv: str) -> None:
    does(docker, 'echo "$*"; cat')
    process = await dial(LocalHost(), context=context)
    try:
        stdin, stdout, _ = streams(process)
        assert (await stdout.readline()).decode().strip() == argv
        stdin.write(b"GET / HTTP/1.1\r\n")
        await stdin.drain()
        assert await stdout.readline() == b"GET / HTTP/1.1\r\n", "nothing of the script is left in it"
    finally:
        await ended(process)


async def test_a_login_shells_variables_choose_no_engine(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    does(docker, 'echo "[$DOCKER_HOST$DOCKER_CONTEXT]"; cat')
    process = await dial(LocalHost())
    try:
        assert (await streams(process)[1].readline()).strip() == b"[]"
    finally:
        await ended(process)


async def test_why_a_stream_ended_is_its_last_line(docker: Path) -> None:
    does(docker, 'echo first >&2; echo "permission denied" >&2; echo >&2; exit 1')
    process = await dial(LocalHost())
    try:
        await streams(process)[1].read()
        assert await last_words(process) == "permission denied"
    finally:
        await ended(process)


async def test_words_are_bounded_and_may_be_no_text(docker: Path) -> None:
    does(docker, r"printf '\377' >&2; head -c 3000 /dev/urandom | tr -dc a-z >&2; printf '%2000s' x >&2; exit 1")
    process = await dial(LocalHost())
    try:
        await streams(process)[1].read()
        assert len(await last_words(process)) <= 400
    finally:
        await ended(process)


class NoShell(LocalHost):
    """A host whose shell ends at once with these words."""

    async def shell(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        argv = ("sh", "-c", "echo 'ssh: no route to host' >&2; exit 255")
        return await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=pipe)


async def test_why_a_shell_ended_is_said() -> None:
    with pytest.raises(Unreachable, match="no route to host"):
        await dial(NoShell())
