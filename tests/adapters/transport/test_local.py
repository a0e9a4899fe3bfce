"""This machine as a host."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.process import started


async def test_a_script_and_its_streams(shell: tuple[str, ...]) -> None:
    host: Host = LocalHost(shell)
    said = await host.script("echo hi; echo oh >&2; exit 3\n", timeout=10)
    assert (said.status, said.out, said.err, said.cut) == (3, b"hi\n", b"oh\n", False)


async def test_output_beyond_the_limit_is_drained(host: LocalHost) -> None:
    said = await host.script("head -c 3000000 /dev/zero; exit 4\n", timeout=10, limit=1000)
    assert (said.status, len(said.out), said.cut) == (4, 1000, True)


async def test_the_deadline_is_ours_too(host: LocalHost, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"this machine: no answer within 0\.3 s"):
        await host.script(f"echo $$ >{tmp_path}/pid; while :; do sleep 0.1; done\n", timeout=0.3)
    assert time.monotonic() - began < 3
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_script_is_in_a_session_of_its_own(host: LocalHost) -> None:
    """So that a terminal's Ctrl-C reaches us and not it."""
    said = await host.script("awk '{print $6}' /proc/$$/stat\n", timeout=10)
    assert int(said.out) != os.getsid(0)


async def test_a_script_that_does_not_read_all_of_itself(host: LocalHost) -> None:
    said = await host.script("exit 5\n" + "# a long comment\n" * 100_000, timeout=10)
    assert said.status == 5


async def test_forward_is_the_address_itself(host: LocalHost) -> None:
    assert await host.forward("127.0.0.1", 4222) == ("127.0.0.1", 4222)


@pytest.mark.parametrize("program", ["no-such-program", "/tmp"])
async def test_what_cannot_be_started_is_unreachable(program: str) -> None:
    """As where the machine has no room for another process: no answer, and not a fault of ours."""
    with pytest.raises(Unreachable, match=f"`{program}` cannot be started on this machine: "):
        await started([program])
    with pytest.raises(Unreachable, match="cannot be started"):
        await LocalHost([program]).script("true", 10)
