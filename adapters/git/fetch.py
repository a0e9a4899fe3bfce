"""Getting a commit's objects onto the host, one fetch at a time: two at once would fight for one ref."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.git import argv as git
from titan_flow.adapters.site import Site


class Turn:
    """Held by whoever fetches."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()


def turn(site: Site) -> asyncio.Lock:
    """Whose turn it is to fetch, among the checks that look at this site."""
    return site.kept(Turn, Turn).lock


async def here(site: Site, commit: str, remote: str = "origin") -> bool:
    """Whether the commit is on the host; fetched into `refs/titan-flow/` where it is not yet. Raises Unreachable."""
    if (await site.run(git.exists(commit))).ok:
        return True
    async with turn(site):
        if (await site.run(git.exists(commit))).ok:
            return True
        await site.run(git.fetch_all(remote))
        return (await site.run(git.exists(commit))).ok
