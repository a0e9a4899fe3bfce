"""A photograph of what runs: which containers, in what state, their last lines, and the release that it is."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field

from titan_flow.adapters.compose.containers import bare, environments, inspect, last_lines
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import project
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import checkout_of
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.site import Site

LINES = 200
"""of each container's log, the last ones"""
MOST = 60
"""containers"""


@dataclass
class Scene:
    """Files by name, and what could not be had, in words."""

    files: dict[str, str] = field(default_factory=dict[str, str])
    missing: list[str] = field(default_factory=list[str])


async def gather(site: Site) -> Scene:
    """Everything that can be had; what cannot is named in `missing`, and nothing is raised for it."""
    scene = Scene()
    await _try(scene, "the release", lambda: _release(site, scene))
    look = _compose if "compose" in site.blocks else _services
    await _try(scene, "the services", lambda: look(site, scene))
    return scene


async def _try(scene: Scene, what: str, part: Callable[[], Awaitable[None]]) -> None:
    try:
        await part()
    except (Unreachable, LookupError, ValueError) as why:
        scene.missing.append(f"{what}: {why}")


async def _release(site: Site, scene: Scene) -> None:
    """Commit, image ids, hashes of the rendered service file and of the env file: the hashes, never the files."""
    release = await services_of(site).release(site, await checkout_of(site).head(site))
    scene.files["release.json"] = release.model_dump_json(indent=2)


async def _compose(site: Site, scene: Scene) -> None:
    settings = site.block(Compose)
    there = (await project(site, settings)).containers[:MOST]
    await environments(site, settings, there)
    asked = [inspect(settings, one.id) for one in there] + [last_lines(settings, one.id, LINES) for one in there]
    answers = await site.run_all(*asked) if asked else []
    for one, inspected, logged in zip(there, answers, answers[len(there) :], strict=False):
        name = f"{_plain(one.service or 'container')}-{one.id[:12]}"
        if not inspected.ok:
            scene.missing.append(f"{name}: {inspected.reason()}")
            continue
        try:
            scene.files[f"{name}.json"] = json.dumps(bare(inspected.out), indent=2)
        except ValueError as why:
            scene.missing.append(f"{name}: {why}")
        scene.files[f"{name}.log"] = logged.out if logged.ok else logged.tail()


async def _services(site: Site, scene: Scene) -> None:
    services = services_of(site)
    there = await services.instances(site)
    scene.files["services.json"] = json.dumps([asdict(one) for one in there], indent=2)
    for name in dict.fromkeys(one.service for one in there):
        try:
            lines = (await services.log(site, name, None)).lines
        except LookupError as why:
            scene.missing.append(f"the log of {name}: {why}")
        else:
            scene.files[f"{_plain(name)}.log"] = "\n".join(lines[-LINES:]) + "\n"


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:80]
