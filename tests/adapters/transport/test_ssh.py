"""SSH as a host, against a real sshd, over a wire that can be cut."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.transport.sshd import Sshd, Wire, free_port, keygen
from titan_flow.adapters.effects import Job, run
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.transport.read import read
from titan_flow.adapters.transport.ssh import SshHost

HELLO = (run("echo", "hello"),)


async def hello(host: SshHost) -> bool:
    return (await read(host, "/", HELLO))[0].out == "hello\n"


@pytest.fixture
async def wire(sshd: Sshd) -> AsyncIterator[Wire]:
    wire = Wire(sshd.port)
    await wire.open()
    sshd.trust((sshd.folder / "host_key.pub").read_text(), wire.port)
    yield wire
    await wire.close()


@pytest.fixture
async def wired(sshd: Sshd, wire: Wire) -> AsyncIterator[SshHost]:
    host = SshHost(sshd.name, sshd.options(wire.port))
    yield host
    await host.close()


async def test_a_script(far: SshHost, tmp_path: Path) -> None:
    job = run("sh", "-c", "cat; pwd; echo oh >&2; exit 3", stdin="it's\0\n")
    (done,) = await read(far, str(tmp_path), [job])
    assert (done.status, done.out, done.err) == (3, f"it's\0\n{tmp_path}\n", "oh\n")


async def test_a_port_in_the_name(sshd: Sshd) -> None:
    host = SshHost(f"{sshd.name}:{sshd.port}", ("-F", str(sshd.folder / "ssh_config")))
    try:
        assert await hello(host)
    finally:
        await host.close()


async def test_one_connection_serves_all(wired: SshHost, wire: Wire) -> None:
    assert all(await asyncio.gather(*(hello(wired) for _ in range(20))))
    assert wire.connections == 1


async def test_a_job_and_who_drives_it(far: SshHost, tmp_path: Path) -> None:
    guard = Guard(far, str(tmp_path))
    await guard.identify()
    epoch = (await guard.take("R1", {"pid": "1"}, takeover=False)).epoch
    done = await guard.job("k", Job((run("sh", "-c", "echo hi; exit 4"),)), epoch, 10, ["{}"], 1, "R1")
    assert (done.completed.status, done.completed.out, done.mirrored) == (4, "hi\n", 1)
    assert ((await guard.holder()) or {})["alive"] == "yes"
    await far.close()
    assert ((await guard.holder()) or {})["alive"] == "no", "it connects again by itself, but has no driver"


async def test_a_cut_connection_leaves_one_effect(wired: SshHost, wire: Wire, tmp_path: Path) -> None:
    guard = Guard(wired, str(tmp_path))
    epoch = (await guard.take("R1", {}, takeover=False)).epoch
    slow = "touch started; while [ ! -e go ]; do sleep 0.02; done; echo once >>effects; exit 3"
    job = Job((run("sh", "-c", slow),))
    waiting = asyncio.create_task(guard.job("k", job, epoch, 20, [], 1, "R1"))
    while not (tmp_path / "started").exists():
        await asyncio.sleep(0.01)
    await wire.cut()
    with pytest.raises(Unreachable, match="what runs there goes on"):
        await waiting
    (tmp_path / "go").touch()
    done = await guard.job("k", job, epoch, 20, [], 1, "R1")
    assert (done.attached, done.completed.status) == (True, 3)
    assert (tmp_path / "effects").read_text() == "once\n"


async def test_a_black_hole_is_noticed_within_the_deadline(wired: SshHost, wire: Wire) -> None:
    assert await hello(wired)
    wire.silent = True
    began = time.monotonic()
    with pytest.raises(Unreachable, match="no answer within 1 s"):
        await wired.script("echo hi\n", timeout=1)
    assert time.monotonic() - began < 3


@pytest.mark.slow
async def test_a_black_hole_is_given_up_and_left(wired: SshHost, wire: Wire) -> None:
    """Keep-alives end the dead connection; the next call makes a new one."""
    assert await hello(wired)
    wire.silent = True
    began = time.monotonic()
    with pytest.raises(Unreachable):
        await wired.script("sleep 60\n", timeout=60)
    assert time.monotonic() - began < 25
    wire.silent = False
    assert await hello(wired)


async def test_a_lost_connection_comes_back_with_its_presence_and_forwards(
    wired: SshHost, wire: Wire, far: SshHost, tmp_path: Path
) -> None:
    served = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = int(served.sockets[0].getsockname()[1])
    assert await wired.presence(str(tmp_path / "p"))
    address = await wired.forward("127.0.0.1", port)
    assert await _echoed(*address)
    await wire.cut()
    for _ in range(100):
        try:
            assert await hello(wired)
            break
        except Unreachable:
            await asyncio.sleep(0.05)
    assert await wired.forward("127.0.0.1", port) == address
    assert await _echoed(*address)
    for _ in range(100):
        said = await far.script(f"flock -n -s {tmp_path}/p true || echo held\n", timeout=10)
        if said.out == b"held\n":
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("presence was not taken again")
    served.close()


async def test_forwarding_to_a_closed_port(far: SshHost) -> None:
    host, port = await far.forward("127.0.0.1", free_port())
    reader, writer = await asyncio.open_connection(host, port)
    assert await reader.read() == b""
    writer.close()


async def test_a_changed_host_key(sshd: Sshd, wire: Wire, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    kind, key = keygen(tmp_path / "other").with_suffix(".pub").read_text().split()[:2]
    known.write_text(f"# ours\n[127.0.0.1]:{sshd.port} {kind} {key}\n")
    host = SshHost(sshd.name, ("-o", f"UserKnownHostsFile={known}", *sshd.options()))
    with pytest.raises(Unreachable, match=f"not the one in {known}, line 2: someone may intercept the connection"):
        await hello(host)
    await host.close()


async def test_an_unknown_host_key(sshd: Sshd, tmp_path: Path) -> None:
    host = SshHost(sshd.name, ("-o", f"UserKnownHostsFile={tmp_path}/none", *sshd.options()))
    with pytest.raises(Unreachable, match="host key is not known here: type `ssh "):
        await hello(host)
    assert not (tmp_path / "none").exists()


async def test_a_key_that_is_not_accepted(sshd: Sshd, tmp_path: Path) -> None:
    other = keygen(tmp_path / "other")
    config = tmp_path / "config"
    config.write_text(f"Host *\n IdentityFile {other}\n IdentitiesOnly yes\n IdentityAgent none\n")
    known = ("-o", f"UserKnownHostsFile={sshd.known_hosts}")
    host = SshHost(sshd.name, ("-F", str(config), "-p", str(sshd.port), *known))
    with pytest.raises(Unreachable, match="takes none of our keys"):
        await hello(host)


async def test_nobody_listens(sshd: Sshd) -> None:
    with pytest.raises(Unreachable, match="Connection refused"):
        await hello(SshHost(sshd.name, sshd.options(free_port())))


async def test_login_noise(tmp_path: Path) -> None:
    noisy = Sshd(tmp_path)
    config = tmp_path / "sshd_config"
    noise = 'echo Welcome; echo "to the machine" >&2; printf no-newline; eval "$SSH_ORIGINAL_COMMAND"'
    config.write_text(config.read_text() + f"ForceCommand {noise}\n")
    noisy.start()
    host = SshHost(noisy.name, noisy.options())
    try:
        assert await hello(host)
        (tmp_path / "d").mkdir()
        assert (await Guard(host, str(tmp_path / "d")).take("R1", {}, takeover=False)).epoch == 1
    finally:
        await host.close()
        noisy.stop()


DRIVER = """
import asyncio, sys
from titan_flow.adapters.transport.ssh import SshHost
async def drive():
    host = SshHost(sys.argv[1], sys.argv[2:])
    await host.script("true", 10)
    print(host._socket, flush=True)
    await asyncio.sleep(60)
asyncio.run(drive())
"""


async def test_no_connection_outlives_a_killed_controller(sshd: Sshd) -> None:
    driver = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DRIVER, sshd.name, *sshd.options(), stdout=asyncio.subprocess.PIPE
    )
    assert driver.stdout is not None
    socket = (await driver.stdout.readline()).strip()
    assert _speaking(socket)
    driver.send_signal(signal.SIGKILL)
    await driver.wait()
    for _ in range(100):
        if not _speaking(socket):
            break
        await asyncio.sleep(0.05)
    assert not _speaking(socket)


async def test_closing_leaves_nothing(sshd: Sshd) -> None:
    host = SshHost(sshd.name, sshd.options())
    assert await hello(host)
    socket = host._socket.encode()  # pyright: ignore[reportPrivateUsage]
    await host.close()
    assert not _speaking(socket)
    assert not os.path.exists(os.path.dirname(socket))


def _speaking(socket: bytes) -> bool:
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"ControlPath=" + socket in process.read_bytes():
                return True
        except OSError:
            continue
    return False


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    writer.close()


async def _echoed(host: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"ping\n")
    said = await reader.read()
    writer.close()
    return said == b"ping\n"
