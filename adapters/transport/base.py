"""Where commands run: this machine, or one over SSH. Both take one POSIX sh script through stdin, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Said:
    """What `sh -s` answered: its own status, and both streams as bytes (cut at `limit`)."""

    status: int
    out: bytes
    err: bytes
    cut: bool = False


class Host(Protocol):
    """A Linux machine. Everything else (looks, jobs, the guard) is built over `script`."""

    name: str
    """for people: `this machine`, `deploy@titan.example.com`"""

    async def script(self, text: str, timeout: float, limit: int = 8_000_000) -> Said:
        """Feeds a script to `sh -s`. Raises Unreachable where the connection failed or `timeout` (seconds) passed.

        The script's own commands bound themselves on the host; this deadline is only a little longer.
        """
        ...

    async def shell(self) -> asyncio.subprocess.Process:
        """A `sh -s` on the host whose three streams stay open: who starts it ends it. Raises Unreachable."""
        ...

    async def forward(self, host: str, port: int) -> tuple[str, int]:
        """An address on this machine that reaches `host:port` as seen from the host. Raises Unreachable."""
        ...

    async def presence(self, path: str) -> bool:
        """Holds an exclusive `flock` on a file of the host for as long as this process and its connection live.

        False if another process holds it: that driver is alive.
        """
        ...

    async def close(self) -> None: ...
