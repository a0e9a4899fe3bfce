"""The one door through which every effect passes, so that a test can say "die at operation N"."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Literal, TypeVar

T = TypeVar("T")
Kind = Literal["append", "look", "job", "publish", "request", "http", "sleep", "take", "mirror"]


class Gateway:
    """Every append, command, message, request and sleep is handed to `do`. Tests put their own door here."""

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        """Performs one effect. `about` names it for people and for tests: `step.intended`, `git rev-parse`."""
        return await effect()

    async def sleep(self, seconds: float) -> None:
        await self.do("sleep", f"{seconds:g}", lambda: asyncio.sleep(seconds))

    def now(self) -> datetime:
        """For people only: nothing is decided on it."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def random(self) -> random.Random:
        """Jitter and names; nothing secret."""

        return random.SystemRandom()
