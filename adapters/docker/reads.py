"""What an adapter asks the engine of a site: one API for all who look at it, and whether it can be had at all."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.adapters.batching import Batcher
from titan_flow.adapters.docker.api import EngineApi, Reply
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site


class EngineReads:
    """Kept by the site, closed with it. `ask` gives None where the docker CLI has to be asked instead."""

    def __init__(self, site: Site, sudo: bool, context: str | None) -> None:
        self._site, self._api = site, EngineApi(site.host, sudo, context)
        self._batch = Batcher(self._answered)
        self._answers = False
        self.why_not = ""
        """why the API cannot be had on this host, once that is known"""
        site.on_close(self._api.close)

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
