"""Shells that stay open: a script costs one message each way, not a session, a login and processes on both sides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.frames import nonce
from titan_flow.adapters.transport.process import ended, streams

_CHUNK = 1 << 16
_STATUS = 5
"""bytes that a status takes at most, with the blank before it and the end of its line"""
_NONSENSE = -1
"""stands for a status that is no number"""


class KeptShells:
    """The idle shells of one host. `spawn` starts a `sh -s` there; it may raise Unreachable.

    A shell runs one script at a time, in a subshell: nothing that a script sets is there for the next one. A shell
    whose script did not come to its end is ended and never used again.
    """

    def __init__(self, spawn: Callable[[], Awaitable[asyncio.subprocess.Process]]) -> None:
        self._spawn = spawn
        self._idle: list[asyncio.subprocess.Process] = []

    async def run(self, text: str, timeout: float, limit: int) -> Said:
        """Runs one script; its standard input is empty. Of each stream the first `limit` bytes are kept.

        Where the shell itself ended, its own status is the answer's. Raises TimeoutError, what `spawn` raises,
        and Unreachable where something else than a shell answers.
        """
        async with asyncio.timeout(timeout):
            shell = self._living() or await self._spawn()
            try:
                said = await _answered(shell, text, limit)
            except BaseException:
                await ended(shell)
                raise
        if shell.returncode is None:
            self._idle.append(shell)
        return said

    async def close(self) -> None:
        """Ends all idle shells. Those at work are not ended: each belongs to who waits for it."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*map(ended, idle))

    def _living(self) -> asyncio.subprocess.Process | None:
        while self._idle:
            shell = self._idle.pop()
            if shell.returncode is None:
                return shell
        return None


async def _answered(shell: asyncio.subprocess.Process, text: str, limit: int) -> Said:
    stdin, stdout, stderr = streams(shell)
    token = nonce()
    script = f"(\n{text}\n) </dev/null\nprintf '\\n%s %s\\n' {token} \"$?\"; printf '\\n%s 0\\n' {token} >&2\n"
    mark = f"\n{token} ".encode()
    _, (out, status, cut), (err, end, err_cut) = await asyncio.gather(
        _sent(stdin, script), _until(stdout, mark, limit), _until(stderr, mark, limit)
    )
    if status is None or end is None:
        return Said(await shell.wait(), out, err, cut or err_cut)
    if status == _NONSENSE:
        raise Unreachable("the shell there answered something else than a status")
    return Said(status, out, err, cut or err_cut)


async def _sent(stdin: asyncio.StreamWriter, script: str) -> None:
    # a shell that is gone answers with the end of its streams
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(script.encode("utf-8", "surrogateescape"))
        await stdin.drain()


async def _until(stream: asyncio.StreamReader, mark: bytes, limit: int) -> tuple[bytes, int | None, bool]:
    """The first `limit` bytes before the mark, the number that follows it (None where the stream ended first), and
    whether there were more bytes than that.
    """
    kept, cut = bytearray(), False
    reach = len(mark) + _STATUS
    while chunk := await stream.read(_CHUNK):
        begin = max(0, len(kept) - reach)
        kept += chunk
        at = kept.find(mark, begin)
        if at >= 0 and (end := kept.find(b"\n", at + len(mark))) >= 0:
            said = bytes(kept[at + len(mark) : end])
            status = int(said) if said.isdigit() and len(said) < _STATUS else _NONSENSE
            return bytes(kept[: min(at, limit)]), status, cut or at > limit
        if at < 0 and len(kept) > limit + reach:
            del kept[limit:-reach]
            cut = True
    return bytes(kept[:limit]), None, cut or len(kept) > limit
