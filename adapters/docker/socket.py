"""A stream to the engine's socket on a host, the way its user is allowed to reach it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from shlex import quote

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.frames import nonce
from titan_flow.adapters.transport.process import ended, streams
from titan_flow.adapters.transport.shell import library

_CONNECT = 20.0
"""seconds for the shell and the client to be there"""


async def dial(host: Host, sudo: bool = False, context: str | None = None) -> asyncio.subprocess.Process:
    """A child whose standard streams are the engine's. Raises Unreachable.

    Nothing is known of the engine yet: where it cannot be reached, the stream ends before it has answered.
    """
    token = nonce()
    argv = [*(("sudo", "-n") if sudo else ()), "docker", *(("--context", context) if context else ())]
    line = " ".join(map(quote, [*argv, "system", "dial-stdio"]))
    process = await host.shell()
    try:
        async with asyncio.timeout(_CONNECT):
            stdin, stdout, _ = streams(process)
            # No variable of a login shell's may choose the engine. The shell has read its whole script when it answers;
            # what comes then is the client's.
            stdin.write(f"{library('transport/shell')}\nscrub\necho; echo {token}; exec {line}\n".encode())
            await stdin.drain()
            async for said in stdout:
                if said.decode(errors="replace").strip() == token:
                    return process
        words = await last_words(process)
    except TimeoutError:
        await ended(process)
        raise Unreachable(f"{host.name}: no shell: no answer within {_CONNECT:g} s") from None
    except OSError as lost:
        # A shell that has ended already says why; that we could not write to it says nothing.
        words = await last_words(process) or f"no shell: {lost}"
    except BaseException:
        await ended(process)
        raise
    await ended(process)
    raise Unreachable(f"{host.name}: {words or 'the shell ended'}")


async def last_words(process: asyncio.subprocess.Process) -> str:
    """Why a stream ended: the last line of its standard error, "" where there is none."""
    said = b""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(1.0):
            said = await streams(process)[2].read(4096)
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:400] if lines else ""
