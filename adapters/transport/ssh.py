"""A machine over SSH: one multiplexed OpenSSH connection, strict host keys, key only."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.frames import nonce
from titan_flow.adapters.transport.kept_shells import KeptShells
from titan_flow.adapters.transport.presence import Presence
from titan_flow.adapters.transport.process import ended, fed, lines, started, streams
from titan_flow.adapters.transport.ssh_options import (
    CONNECT,
    destination,
    explained,
    forwarding,
    master,
    session,
    split_port,
    unproved,
)

_OPEN = CONNECT + 10.0
"""seconds for the connection, the keys and the login shell"""
_AT_ONCE = 6
"""sessions at a time: sshd allows ten; the connection itself, presence, the engine's API and its events take four"""
_LOST = 255
"""ssh's own exit status"""


class SshHost:
    """`name` is `user@host`, `user@host:port` or a host of `~/.ssh/config`; `config` more options of ssh (`-F FILE`).

    Connects on the first call, and again by itself after a connection was lost. Raises Refused on a name that is none.
    """

    def __init__(self, name: str, config: Sequence[str] = ()) -> None:
        self.name = destination(name)
        self._login, port = split_port(name)
        self._config = (*port, *config)
        self._folder: Path | None = None
        self._master: asyncio.subprocess.Process | None = None
        self._words = deque[str](maxlen=40)
        self._listener: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._sessions = asyncio.Semaphore(_AT_ONCE)
        self._shells = KeptShells(self.shell)
        self._forwards = dict[tuple[str, int], int]()
        self._presences = list[Presence]()

    async def script(self, text: str, timeout: float, limit: int = 8_000_000) -> Said:
        """See `Host.script`. Raises Unreachable with ssh's own last words."""
        async with self._sessions:
            await self._connected()
            try:
                said = await self._shells.run(text, timeout, limit)
            except TimeoutError:
                raise Unreachable(f"{self.name}: no answer within {timeout:g} s; what runs there goes on") from None
        if said.status == _LOST:
            raise Unreachable(await self._why(said))
        return said

    async def forward(self, host: str, port: int) -> tuple[str, int]:
        """See `Host.forward`. After a lost connection the same address again, if it is free."""
        path = await self._connected()
        async with self._connecting:
            if (host, port) not in self._forwards:
                local = _free_port()
                await self._add_forward(path, local, host, port)
                self._forwards[host, port] = local
            return "127.0.0.1", self._forwards[host, port]

    async def presence(self, path: str) -> bool:
        """See `Host.presence`. Taken again, in the background, when a lost connection comes back."""
        presence = Presence(self.shell, path)
        if not await presence.begin():
            return False
        self._presences.append(presence)
        return True

    def unproved(self, user: str = "") -> list[str]:
        """The command line that asks the server what it takes (see `sshing.unproved`); for `user`, if one is named."""
        return unproved(self._login, self._config, user)

    async def close(self) -> None:
        while self._presences:
            await self._presences.pop().end()
        await self._disconnect()

    async def shell(self) -> asyncio.subprocess.Process:
        """See `Host.shell`."""
        return await started(session(self._login, self._config, await self._connected()))

    async def _connected(self) -> str:
        """The control socket of a living connection. Raises Unreachable."""
        async with self._connecting:
            if self._master is None or self._master.returncode is not None:
                await self._disconnect()
                self._folder = _room()
                await self._connect(path := self._socket)
                for (host, port), local in list(self._forwards.items()):
                    try:
                        await self._add_forward(path, local, host, port)
                    except Unreachable:
                        # somebody took the port meanwhile; who asks again gets another
                        del self._forwards[host, port]
            return self._socket

    @property
    def _socket(self) -> str:
        return f"{self._folder}/ssh"

    async def _connect(self, path: str) -> None:
        process = self._master = await started(master(self._login, self._config, path))
        self._words.clear()
        self._listener = asyncio.create_task(self._listen(process))
        try:
            async with asyncio.timeout(_OPEN):
                greeted = await _greeted(process)
                if not greeted:
                    await process.wait()
                    await self._listener
        except TimeoutError:
            greeted = False
            self._words.append(f"no answer within {_OPEN:g} s")
        except BaseException:
            await self._disconnect()
            raise
        if not greeted:
            await self._disconnect()
            raise Unreachable(explained(self.name, list(self._words)))

    async def _disconnect(self) -> None:
        await self._shells.close()
        process, self._master = self._master, None
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
            self._listener = None
        if process is not None:
            with suppress(ProcessLookupError):
                process.terminate()
            # its loop can miss a signal; the end of its input wakes it
            streams(process)[0].close()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 1.0)
            await ended(process)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        with suppress(ValueError):
            async for line in lines(streams(process)[2]):
                self._words.append(line.decode(errors="replace").rstrip())

    async def _why(self, said: Said) -> str:
        """The connection's own last words, if it is gone, are better than those of the session that missed it."""
        gone = self._master
        if gone is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(gone.wait(), 1.0)
        if gone is None or gone.returncode is not None:
            return f"{explained(self.name, list(self._words) or ['the connection was lost'])}; what runs there goes on"
        return explained(self.name, said.err.decode(errors="replace").splitlines())

    async def _add_forward(self, path: str, local: int, host: str, port: int) -> None:
        try:
            said = await fed(forwarding(self._login, self._config, path, local, host, port), "", CONNECT, 10_000)
        except TimeoutError:
            raise Unreachable(f"{self.name}: no forwarding to {host}:{port} within {CONNECT} s") from None
        if said.status != 0:
            words = said.err.decode(errors="replace").strip()
            raise Unreachable(f"{self.name}: no forwarding to {host}:{port}: {words}")


async def _greeted(process: asyncio.subprocess.Process) -> bool:
    """Whether the other end runs our `sh`, whatever a login shell may have printed before."""
    stdin, stdout, _ = streams(process)
    token = nonce()
    with suppress(OSError):
        stdin.write(f"echo; echo {token}; exec cat >/dev/null\n".encode())
        await stdin.drain()
    async for line in lines(stdout):
        if line.decode(errors="replace").strip() == token:
            return True
    return False


def _room() -> Path:
    """A folder for the control socket, also where the disk is full: memory will do. Raises Unreachable.

    A socket's path may have 107 bytes, and a temporary folder's name can be long.
    """
    tried = [os.environ.get("TMPDIR", ""), "/tmp", os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm", "/run"]  # noqa: S108
    why = "no place for it"
    for place in tried:
        if place and len(place) <= 60:
            try:
                return Path(tempfile.mkdtemp(prefix="tf-", dir=place))
            except OSError as lost:
                why = f"{place}: {lost.strerror}"
    raise Unreachable(f"no folder for the connection's control socket can be made ({why}): free some space")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
