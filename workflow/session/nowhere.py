"""A host that cannot be reached, because the spec's target cannot be read."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Said

WHY = "the spec's `target:` cannot be read, so its host was not asked"


class Nowhere:
    """Every call raises Unreachable."""

    name = "an unknown host"

    async def script(self, text: str, timeout: float, limit: int = 8_000_000) -> Said:
        raise Unreachable(WHY)

    async def shell(self) -> asyncio.subprocess.Process:
        raise Unreachable(WHY)

    async def forward(self, host: str, port: int) -> tuple[str, int]:
        raise Unreachable(WHY)

    async def presence(self, path: str) -> bool:
        raise Unreachable(WHY)

    async def close(self) -> None:
        """There is nothing to close."""
