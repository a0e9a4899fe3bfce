"""Being there: a lock on the host that is held for as long as we are heard."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.local import LocalHost


async def test_presence_is_held_by_one(shell: tuple[str, ...], tmp_path: Path) -> None:
    path = str(tmp_path / "it's here")
    first, second = LocalHost(shell), LocalHost(shell)
    assert await first.presence(path)
    assert not await second.presence(path)
    await first.close()
    assert await second.presence(path)
    await second.close()


PRESENT = """
import asyncio, sys
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.process import started
from titan_flow.adapters.transport.presence import Presence
async def main():
    held = await Presence(LocalHost().shell, sys.argv[1], silence=1).begin()
    print("held" if held else "taken", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_presence_ends_when_we_fall_silent(tmp_path: Path) -> None:
    """A dead connection may look alive for hours; a driver that is not heard of is not there."""
    path, other = str(tmp_path / "p"), LocalHost()
    with subprocess.Popen([sys.executable, "-c", PRESENT, path], stdout=subprocess.PIPE, text=True) as driver:
        try:
            assert driver.stdout is not None and driver.stdout.readline() == "held\n"
            driver.send_signal(signal.SIGSTOP)  # it gives no sign of life, and does not come back
            for _ in range(200):
                if await other.presence(path):
                    break
                await asyncio.sleep(0.05)
            else:
                raise AssertionError("it is held forever")
        finally:
            driver.kill()
    await other.close()


async def test_presence_is_taken_again(tmp_path: Path) -> None:
    host, other = LocalHost(("sh", "-c", f"echo $$ >>{tmp_path}/pids; exec sh -s")), LocalHost()
    assert await host.presence(str(tmp_path / "p"))
    os.kill(int((tmp_path / "pids").read_text().split()[0]), 9)
    while len((tmp_path / "pids").read_text().split()) < 2:
        await asyncio.sleep(0.02)
    for _ in range(100):
        said = await other.script(f"flock -n -s {tmp_path}/p true || echo held\n", timeout=10)
        if said.out == b"held\n":
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("it was not taken again")
    await host.close()


async def test_presence_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="could not hold"):
        await LocalHost().presence(str(tmp_path / "nowhere" / "p"))
