"""A photograph of what runs: which containers, in what state, their last lines, and the release that it is."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import Snapshot
from titan_flow.adapters.services.lookup import running_release, services_of
from titan_flow.adapters.services.protocol import file_name
from titan_flow.adapters.site import Site

LINES = 200
"""of each container's log, the last ones"""


@dataclass
class Scene:
    """Files by name, and what could not be had, in words."""

    files: dict[str, str] = field(default_factory=dict[str, str])
    missing: list[str] = field(default_factory=list[str])


async def gather(site: Site) -> Scene:
    """Everything that can be had; what cannot is named in `missing`, and nothing is raised for it."""
    scene = Scene()
    await _try(scene, "the release", lambda: _release(site, scene))
    await _try(scene, "the services", lambda: _services(site, scene))
    return scene


async def _try(scene: Scene, what: str, part: Callable[[], Awaitable[None]]) -> None:
    try:
        await part()
    except (Unreachable, LookupError, ValueError) as why:
        scene.missing.append(f"{what}: {why}")


async def _release(site: Site, scene: Scene) -> None:
    """Commit, image ids, hashes of the rendered service file and of the env file: the hashes, never the files."""
    release = await running_release(site)
    scene.files["release.json"] = release.model_dump_json(indent=2)


async def _services(site: Site, scene: Scene) -> None:
    if (snapshot := site.offered(Snapshot)) is not None:
        files, missing = await snapshot(site, LINES)
        scene.files |= files
        scene.missing += missing
        return
    services = services_of(site)
    there = await services.instances(site)
    scene.files["services.json"] = json.dumps([asdict(one) for one in there], indent=2)
    for name in dict.fromkeys(one.service for one in there):
        try:
            lines = (await services.log(site, name, None)).lines
        except LookupError as why:
            scene.missing.append(f"the log of {name}: {why}")
        else:
            scene.files[f"{file_name(name)}.log"] = "\n".join(lines[-LINES:]) + "\n"
