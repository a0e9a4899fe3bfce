"""What a container's own hash does not tell: whether all that a service stands on is as the compose file configures it.

The measure: `docker compose up -d`, typed by hand, would do nothing, and what a client sees is what the file says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from titan_flow.adapters.compose.contents import outdated_contents
from titan_flow.adapters.compose.mounts import outdated
from titan_flow.adapters.compose.resources import beyond_up, changed_networks, detached, observe
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.site import Site


@dataclass(frozen=True, slots=True)
class Deviations:
    """In words. `anew`, by container id: compose would leave it. `restarts`, by service: compose sees to it.

    `beyond_up`: networks and volumes that no `up` makes as the file configures them.
    """

    anew: Mapping[str, str]
    restarts: Mapping[str, str]
    beyond_up: Sequence[str]


async def deviations(
    site: Site, settings: Compose, found: Facts, scope: Sequence[str], commit: str | None = None
) -> Deviations:
    """Of the services in `scope`; with `commit`, once that is checked out. Raises Unreachable."""
    observed, files, contents = await asyncio.gather(
        observe(site, settings, found.rendered),
        outdated(site, settings, [one for name in scope for one in found.project.of(name)], commit),
        outdated_contents(site, settings, found, scope),
    )
    anew = {
        **detached(found.rendered, found.project, observed),
        **contents,
        **{id: f"mounts {file}, which changed after it started" for id, file in files.items()},
    }
    networks = changed_networks(found.rendered, observed)
    restarts = {
        name: f"is on network {networks[key]}, which is configured otherwise"
        for name in scope
        for key in found.rendered.services[name].networks
        if key in networks and found.project.of(name)
    }
    return Deviations(anew, restarts, beyond_up(found.rendered, observed, scope))
