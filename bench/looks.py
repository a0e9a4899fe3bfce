"""One look at six services: their containers, images and two logs, by the engine's API and by the docker CLI, in turn.

Both go over one kept SSH connection; the API's replies come over one `docker system dial-stdio`.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from bench.options import Options
from bench.rows import Row, median, table, values, where
from bench.scene import Scene, standing
from tests.droplet.titan.scene import PORTS
from titan_flow.adapters.docker.api import EngineApi
from titan_flow.adapters.effects import run as command
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.ssh import SshHost

PART, ROUNDS = "looks", 30
FILTER = "label=com.docker.compose.project=titan"
TAIL = 100
CLI = f"""
ids=$(docker ps -aq --no-trunc --filter {FILTER}) && docker inspect $ids >/dev/null &&
docker image ls --no-trunc >/dev/null &&
for name in {" ".join(PORTS)}; do docker logs --tail {TAIL} $name >/dev/null 2>&1 || exit; done
"""


def measure(options: Options) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as home, standing(Path(home)) as scene:
        yield from measured(scene, options)


def measured(scene: Scene, options: Options) -> Iterator[Row]:
    scene.at(0.0)
    scene.reset()
    yield from asyncio.run(_rows(scene, options.count(ROUNDS)))


async def _rows(scene: Scene, rounds: int) -> list[Row]:
    rows: list[Row] = []
    async with _host(scene) as (site, api):
        for count in range(rounds + 1):  # the first one warms up
            for by, look in (("engine's API", _by_api(api)), ("docker CLI", _by_cli(site))):
                there, began = scene.meter.droplet(), time.perf_counter()
                await look
                seconds, processor = time.perf_counter() - began, scene.meter.droplet() - there
                if count:
                    rows.append({"part": PART, "round": count, "by": by, "seconds": seconds, "droplet": processor})
    return rows


async def _by_api(api: EngineApi) -> None:
    filters = quote(json.dumps({"label": [FILTER.removeprefix("label=")]}))
    listed, _ = await api.get([f"/containers/json?all=1&filters={filters}", "/images/json"])
    found = listed.json()
    assert isinstance(found, list)
    ids = [str(one["Id"]) for one in found if isinstance(one, dict)]
    logs = [f"/containers/{name}/logs?stdout=1&stderr=1&tail={TAIL}" for name in PORTS]
    replies = await api.get([*(f"/containers/{id}/json" for id in ids), *logs])
    if len(ids) != 6 or not all(reply.ok for reply in replies):
        raise RuntimeError(f"{len(ids)} containers, {[reply.status for reply in replies]}")


async def _by_cli(site: Site) -> None:
    done = await site.run(command("sh", "-c", CLI))
    if not done.ok:
        raise RuntimeError(done.reason())


@asynccontextmanager
async def _host(scene: Scene) -> AsyncGenerator[tuple[Site, EngineApi]]:
    host = SshHost(scene.host, ("-F", str(scene.titan.droplet.ssh_config)))
    site, api = Site(host, "/"), EngineApi(host)
    try:
        yield site, api
    finally:
        await api.close()
        await site.close()
        await host.close()


def tables(rows: Sequence[Row]) -> str:
    lines = [
        [str(by), *(f"{1000 * median(where(rows, by=by), key):.1f} ms" for key in ("seconds", "droplet"))]
        for by in values(rows, "by")
    ]
    return table(("one look at six services", "takes", "processor there"), lines)
