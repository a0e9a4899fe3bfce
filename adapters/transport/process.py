"""Child processes that never outlive their deadline, and never see our terminal's Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Said

_CHUNK = 1 << 16
LONGEST_LINE = 4096
"""bytes kept of a line that a peer says outside of our frames: greetings, ssh's own words"""

_CHANGES_SHELLS = re.compile(
    r"(?:BASH_ENV|ENV|SHELLOPTS|BASHOPTS|POSIXLY_CORRECT|CDPATH|IFS|PS4|GLOBIGNORE|BASH_FUNC_.*|LD_.*)$", re.DOTALL
)


async def started(argv: Sequence[str]) -> asyncio.subprocess.Process:
    """A child in a session of its own, all three streams piped. Raises Unreachable where it cannot be started.

    There is no such program, or this machine has no room left for a process, a pipe or a thread.
    """
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, env=_environment()
        )
    except (OSError, RuntimeError) as lost:
        why = getattr(lost, "strerror", None) or str(lost)
        raise Unreachable(f"`{argv[0]}` cannot be started on this machine: {why}") from None


def _environment() -> dict[str, str]:
    """Ours, but for what changes how a shell reads a script, or what its builtins and every program do.

    A relative entry of PATH would be a folder of the checkout, where the working directory is one.
    """
    kept = {name: value for name, value in os.environ.items() if not _CHANGES_SHELLS.match(name)}
    places = [place for place in kept.get("PATH", os.defpath).split(":") if place.startswith("/")]
    return {**kept, "PATH": ":".join(places)}


def streams(
    process: asyncio.subprocess.Process,
) -> tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]:
    """The child's standard input, output and error."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("a child without pipes")
    return process.stdin, process.stdout, process.stderr


async def fed(argv: Sequence[str], text: str, timeout: float, limit: int) -> Said:
    """Runs `argv` with `text` on its standard input; killed at the deadline and on cancelling. Raises TimeoutError."""
    process = await started(argv)
    stdin, stdout, stderr = streams(process)
    try:
        async with asyncio.timeout(timeout):
            _, (out, out_cut), (err, err_cut) = await asyncio.gather(
                _pour(stdin, text), _beginning(stdout, limit), _beginning(stderr, limit)
            )
            status = await process.wait()
    except BaseException:
        await ended(process)
        raise
    return Said(status, out, err, out_cut or err_cut)


async def lines(stream: asyncio.StreamReader) -> AsyncGenerator[bytes]:
    """Line by line, however long they are: of each, the first `LONGEST_LINE` bytes."""
    line, torn = bytearray(), False
    while chunk := await stream.read(1 << 14):
        *whole, rest = chunk.split(b"\n")
        for end in whole:
            if not torn:
                yield bytes(line + end)[:LONGEST_LINE]
            line, torn = bytearray(), False
        if not torn:
            line += rest
        if len(line) >= LONGEST_LINE:
            yield bytes(line[:LONGEST_LINE])
            line, torn = bytearray(), True
    if line:
        yield bytes(line)


async def ended(process: asyncio.subprocess.Process) -> None:
    """Kills the child and those of its own group; what it put into other sessions (jobs) lives on.

    Nobody else may read its streams: asyncio lets go of a pipe only when it has been read to its end.
    """
    stdin, stdout, stderr = streams(process)
    stdin.close()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    # a grandchild, or ssh's connection that hears nothing, may still hold the pipes
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(1.0):
            for stream in (stdout, stderr):
                while await stream.read(_CHUNK):
                    pass
            await process.wait()


async def _pour(stdin: asyncio.StreamWriter, text: str) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(text.encode("utf-8", "surrogateescape"))
        await stdin.drain()
    stdin.close()


async def _beginning(stream: asyncio.StreamReader, limit: int) -> tuple[bytes, bool]:
    """The first `limit` bytes, and whether there were more; reads to the end."""
    kept, cut = bytearray(), False
    while chunk := await stream.read(_CHUNK):
        room = limit - len(kept)
        kept += chunk[:room]
        cut = cut or len(chunk) > room
    return bytes(kept), cut
