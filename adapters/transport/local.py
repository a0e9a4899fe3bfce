"""This machine, as a host."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.presence import Presence
from titan_flow.adapters.transport.process import fed, started


class LocalHost:
    """Runs scripts with this machine's `sh`. `shell` is an argv (another shell, or another user's)."""

    name = "this machine"

    def __init__(self, shell: Sequence[str] = ("sh", "-s")) -> None:
        self._shell = tuple(shell)
        self._presences = list[Presence]()

    async def script(self, text: str, timeout: float, limit: int = 8_000_000) -> Said:
        """See `Host.script`. Raises Unreachable where `timeout` (seconds) passed or there is no such shell."""
        try:
            return await fed(self._shell, text, timeout, limit)
        except TimeoutError:
            raise Unreachable(f"{self.name}: no answer within {timeout:g} s") from None
        except OSError as lost:
            raise Unreachable(f"{self.name}: {lost}") from None

    async def shell(self) -> asyncio.subprocess.Process:
        """See `Host.shell`."""
        return await started(self._shell)

    async def forward(self, host: str, port: int) -> tuple[str, int]:
        """The address itself: nothing lies between."""
        return host, port

    async def presence(self, path: str) -> bool:
        """See `Host.presence`."""
        presence = Presence(self.shell, path)
        if not await presence.begin():
            return False
        self._presences.append(presence)
        return True

    async def close(self) -> None:
        while self._presences:
            await self._presences.pop().end()
