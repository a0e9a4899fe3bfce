"""Requests lost while one stateless service behind a front is replaced: titan-flow, `up -d`, docker-rollout's way.

The scene is the one of `tests/droplet/test_rolling.py`: haproxy asks each container for its health, five times a
second.
docker-rollout's way is its own steps: scale up, wait until healthy, stop and remove the old; plain, and with its two
options for a front (a pause after healthy, a hook before the stop). Each tool deploys v2, then v1, on one droplet.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.options import Options
from bench.rows import Row, table, values, where
from tests.droplet.behind_front import HERE, PORT, Rolling, publish
from tests.droplet.case import clear
from tests.droplet.production import Production
from tests.droplet.requests import Requests

PART, ROUNDS, REQUESTS = "rolling", 1, 10_000

ROLLOUT = r"""
old=$(docker compose ps -q web)
docker compose up -d --scale web=2 --no-recreate web
new=$(docker compose ps -q web | grep -v "$old")
until [ "$(docker inspect -f '{{.State.Health.Status}}' "$new")" = healthy ]; do sleep 1; done
"""
HOOK = "sleep 2; docker exec $old rm -f /www/health; sleep 2\n"
REMOVE = "docker stop $old && docker rm $old\n"
BY_HAND = {
    "up -d": "docker compose up -d --wait",
    "docker-rollout": ROLLOUT + REMOVE,
    "docker-rollout, hooks": ROLLOUT + HOOK + REMOVE,
}
TOOLS = ("titan-flow", *BY_HAND)


def measure(options: Options) -> Iterator[Row]:
    production = Production()
    try:
        yield from measured(production, options)
    finally:
        production.down()


def measured(production: Production, options: Options) -> Iterator[Row]:
    publish(production.registry)
    least = 1 if options.small else REQUESTS
    for count in range(1, options.count(ROUNDS) + 1):
        for tool in filter(options.wants, TOOLS):
            clear(production)
            with tempfile.TemporaryDirectory() as home:
                scene = Rolling(HERE, production, Path(home))
                scene.start()
                for version, commit in (("v2", "after"), ("v1", "before")):
                    yield {"part": PART, "round": count, "tool": tool, **_counted(scene, tool, version, commit, least)}
            shutil.rmtree(production.droplet.disk / "srv/git/rolling.git")


def _counted(scene: Rolling, tool: str, version: str, commit: str, least: int) -> Row:
    with Requests(scene.scene.address, PORT, atleast=least) as requests:
        _deploys(scene, tool, commit)()
    if [*scene.webs().values()] != [f"registry.test:5000/web:{version}"]:
        raise RuntimeError(f"{tool} left {scene.webs()}")
    faults = " ".join(f"{name}:{count}" for name, count in requests.faults.items())
    return {"to": version, "requests": requests.sent, "lost": requests.lost, "as": faults}


def tables(rows: Sequence[Row]) -> str:
    lines: list[list[str]] = []
    for tool in values(rows, "tool"):
        for version in values(rows, "to"):
            mine = where(rows, tool=tool, to=version)
            sums = [f"{sum(int(row[key]) for row in mine):,}" for key in ("requests", "lost")]
            lines.append([f"{tool}, to {version}", *sums])
    return table(("one service behind a front", "requests", "lost"), lines)


def _deploys(scene: Rolling, tool: str, commit: str) -> Callable[[], object]:
    hash = scene.commits[commit]
    if tool == "titan-flow":
        return lambda: _ended(scene.deploy(commit), scene)
    script = f"set -e; cd {scene.directory}; git reset -q --hard {hash}; docker compose pull -q web\n{BY_HAND[tool]}"
    return lambda: scene.hand(script)


def _ended(code: int, scene: Rolling) -> None:
    if code != 0:
        raise RuntimeError(f"exit {code}:\n{scene.operator.said}")
