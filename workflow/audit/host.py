"""The host's copy of a run. Takes no lock, changes nothing, waits for ten seconds at most."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from titan_flow.workflow.spec import Spec

PATIENCE = 10.0
"""seconds that the host may take to answer"""


def copy_on_host(spec: Spec, run: str) -> list[str] | str:
    """The lines that the host has, none where it knows nothing of the run; or why it could not be asked."""
    from titan_flow.adapters.base import Refused, Unreachable

    try:
        return asyncio.run(_asked(spec, run))
    except (Unreachable, Refused, TimeoutError, ValueError) as why:
        return str(why) or f"no answer within {PATIENCE:.0f} s"


async def _asked(spec: Spec, run: str) -> list[str]:
    from titan_flow.adapters.hosts.guard import Guard
    from titan_flow.adapters.hosts.guarding import word
    from titan_flow.workflow.drive.place import site_of

    site = site_of(spec)
    try:
        async with asyncio.timeout(PATIENCE):
            return await Guard(site.host, site.directory, site.port, site.masks).lines(word(run))
    finally:
        await site.close()
