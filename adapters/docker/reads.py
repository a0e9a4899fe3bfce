"""What an adapter asks the engine of a site: one API for all who look at it, and whether it can be had at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing, suppress
from urllib.parse import urlencode

from titan_flow.adapters.batching import Batcher
from titan_flow.adapters.docker.api import EngineApi, Reply
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site

_EVENTS = "/events?" + urlencode(
    {"filters": json.dumps({"type": ["container"], "event": ["health_status", "start", "die", "oom", "destroy"]})}
)


class EngineReads:
    """Kept by the site, closed with it. `ask` gives None where the docker CLI has to be asked instead."""

    def __init__(self, site: Site, sudo: bool, context: str | None) -> None:
        self._site, self._api = site, EngineApi(site.host, sudo, context)
        self._batch = Batcher(self._answered)
        self._answers = False
        self.why_not = ""
        """why the API cannot be had on this host, once that is known"""
        self._following: asyncio.Task[None] | None = None
        site.on_close(self.close)
        site.on_wait(self._follow)

    async def ask(self, *paths: str) -> list[Reply] | None:
        """Replies in order; questions asked in the same moment are sent once, together.

        None where this engine's API cannot be reached: then it is not tried again for this site. Raises Unreachable
        where it could be reached before.
        """
        if self.why_not:
            return None
        try:
            return await self._batch.ask(paths)
        except Unreachable as lost:
            if self._answers:
                raise
            self.why_not = str(lost)
            return None

    async def close(self) -> None:
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
        await self._api.close()

    def _follow(self) -> None:
        """From now on the engine's events wake who waits."""
        if self._answers and self._following is None:
            self._following = asyncio.create_task(self._events())

    async def _events(self) -> None:
        """Where they cannot be had, or end, looks come as often as they would without."""
        with suppress(Unreachable):
            async with aclosing(self._api.lines(_EVENTS)) as events:
                async for _ in events:
                    self._site.changed()

    async def _answered(self, asked: Sequence[tuple[str, ...]]) -> list[list[Reply]]:
        paths = list(dict.fromkeys(path for one in asked for path in one))
        about = f"engine {' '.join(paths)}"[:200]
        replies = dict(
            zip(paths, await self._site.gateway.do("look", about, lambda: self._api.get(paths)), strict=True)
        )
        self._answers = True
        return [[replies[path] for path in one] for one in asked]


class _Engines(dict[tuple[bool, str | None], EngineReads]):
    """By how docker is called there."""


def engine_of(site: Site, sudo: bool, context: str | None) -> EngineReads:
    """The site's one for docker called that way."""
    engines = site.kept(_Engines, _Engines)
    if (sudo, context) not in engines:
        engines[sudo, context] = EngineReads(site, sudo, context)
    return engines[sudo, context]
