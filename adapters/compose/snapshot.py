"""A photograph of the project's containers: which, in what state, and their last lines."""

from __future__ import annotations

import json

from titan_flow.adapters.compose.containers import bare, environments, inspect, last_lines
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import project
from titan_flow.adapters.services.protocol import file_name
from titan_flow.adapters.site import Site

MOST = 60
"""containers"""


async def snapshot(site: Site, lines: int) -> tuple[dict[str, str], list[str]]:
    """Each container as the engine describes it, without its environment, and the last lines of its log, by file
    name; and what could not be had, in words. Raises Unreachable.
    """
    settings = site.block(Compose)
    files, missing = dict[str, str](), list[str]()
    there = (await project(site, settings)).containers[:MOST]
    await environments(site, settings, there)
    asked = [inspect(settings, one.id) for one in there] + [last_lines(settings, one.id, lines) for one in there]
    answers = await site.run_all(*asked) if asked else []
    for one, inspected, logged in zip(there, answers, answers[len(there) :], strict=False):
        name = f"{file_name(one.service or 'container')}-{one.id[:12]}"
        if not inspected.ok:
            missing.append(f"{name}: {inspected.reason()}")
            continue
        try:
            files[f"{name}.json"] = json.dumps(bare(inspected.out), indent=2)
        except ValueError as why:
            missing.append(f"{name}: {why}")
        files[f"{name}.log"] = logged.out if logged.ok else logged.tail()
    return files, missing
