"""Being there: a lock on the host that is held for as long as we are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.frames import nonce
from titan_flow.adapters.transport.process import ended, lines, streams
from titan_flow.adapters.transport.shell import setting

BEAT = 4.0
"""seconds between two signs of life"""
SILENCE = 15
"""seconds without one, after which the host lets the lock go: a connection may be dead without knowing it"""
_ANSWER = 20.0

_SCRIPT = """
present() {
  true >>"$FILE" || return
  exec 9>>"$FILE"
  echo
  flock -n 9 || { echo "$NONCE taken"; return; }
  echo "$NONCE held"
  while timeout "$SILENCE" sh -c 'read -r _' 9>&-; do :; done
}
present
exit
"""


class Presence:
    """Holds one lock file; takes it again where the connection was lost and came back.

    `spawn` starts a `sh -s` on the host. `silence`: seconds without a sign of life that it allows us.
    """

    def __init__(
        self, spawn: Callable[[], Awaitable[asyncio.subprocess.Process]], path: str, silence: int = SILENCE
    ) -> None:
        self._spawn, self._path, self._silence = spawn, path, silence
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def begin(self) -> bool:
        """False if another process holds it. Raises Unreachable."""
        if not await self._take():
            return False
        self._keeper = asyncio.create_task(self._keep())
        return True

    async def end(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await self._drop()

    async def _take(self) -> bool:
        token = nonce()
        settings = "\n".join((setting("FILE", self._path), setting("NONCE", token), f"SILENCE={self._silence}"))
        try:
            self._process = await self._spawn()
            async with asyncio.timeout(_ANSWER):
                said = await self._ask(self._process, settings + _SCRIPT, token)
        except (TimeoutError, OSError):
            said = ""
        if said != "held":
            await self._drop()
        if not said:
            raise Unreachable(f"could not hold {self._path}")
        return said == "held"

    async def _ask(self, process: asyncio.subprocess.Process, script: str, token: str) -> str:
        stdin, stdout, _ = streams(process)
        stdin.write(script.encode())
        await stdin.drain()
        async for line in lines(stdout):
            word, _, said = line.decode(errors="replace").strip().partition(" ")
            if word == token:
                return said
        return ""

    async def _keep(self) -> None:
        while True:
            await self._beat()
            with suppress(Unreachable):
                await self._take()
            await asyncio.sleep(1.0)

    async def _beat(self) -> None:
        """Returns when the other end is gone."""
        process = self._process
        while process is not None and process.returncode is None and process.stdin is not None:
            try:
                process.stdin.write(b"\n")
                await process.stdin.drain()
            except OSError:
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), BEAT)

    async def _drop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        # the lock is free once the holder has read our end of file; then it goes by itself
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 1.0)
        await ended(process)
