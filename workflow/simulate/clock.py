"""A virtual clock: an event loop whose time jumps to the next thing that is due."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Mapping


class Deadlock(RuntimeError):
    """Nothing is due, and nothing can happen any more."""


class _Jumps(selectors.BaseSelector):
    """Waits for no file. The loop registers its own wake-up pipe; nothing here writes to it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._keys: dict[object, selectors.SelectorKey] = {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock("everything waits, and nothing is due")
        self.now += max(0.0, timeout)
        return []

    def register(self, fileobj: object, events: int, data: object = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, -1, events, data)  # pyright: ignore[reportArgumentType]
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: object) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[object, selectors.SelectorKey]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """Hours pass in milliseconds."""

    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        return self._jumps.now

    def rewind(self) -> None:
        """The next run begins at 0, as the first one did: its times are the same to the last digit."""
        self._jumps.now = 0.0
