"""Requests lost while one stateless service behind a front is replaced: titan-flow, `up -d`, docker-rollout's way.

    python -m bench.rolling [REQUESTS] [FILE]

The scene is the one of `tests/droplet/test_rolling.py`: haproxy asks each container for its health, five times a
second.
docker-rollout's way is its own steps: scale up, wait until healthy, stop and remove the old; plain, and with its two
options for a front (a pause after healthy, a hook before the stop). Each tool deploys v2, then v1, on one droplet.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.droplet import parts
from tests.droplet.behind_front import HERE, PORT, Rolling, publish
from tests.droplet.case import clear
from tests.droplet.production import Production
from tests.droplet.requests import Requests

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

Row = dict[str, str | int]


def main(argv: list[str]) -> int:
    least, file = int(argv[0]) if argv else 10_000, Path(argv[1]) if len(argv) > 1 else None
    if reason := parts.lacking():
        print(f"no droplet can stand here: {reason}")
        return 0
    print(f"{'tool':<24} {'to':<4} {'requests':>9} {'lost':>6}  as")
    for row in measured(least):
        print(f"{row['tool']:<24} {row['to']:<4} {row['requests']:>9} {row['lost']:>6}  {row['as']}", flush=True)
        if file is not None:
            with file.open("a") as raw:
                raw.write(json.dumps(row) + "\n")
    return 0


def measured(least: int) -> Iterator[Row]:
    production = Production()
    try:
        publish(production.registry)
        for tool in TOOLS:
            clear(production)
            with tempfile.TemporaryDirectory() as home:
                scene = Rolling(HERE, production, Path(home))
                scene.start()
                for version, commit in (("v2", "after"), ("v1", "before")):
                    with Requests(production.address, PORT, atleast=least) as requests:
                        _deploys(scene, tool, commit)()
                    if [*scene.webs().values()] != [f"registry.test:5000/web:{version}"]:
                        raise RuntimeError(f"{tool} left {scene.webs()}")
                    faults = " ".join(f"{name}:{count}" for name, count in requests.faults.items())
                    yield {"tool": tool, "to": version, "requests": requests.sent, "lost": requests.lost, "as": faults}
            shutil.rmtree(production.droplet.disk / "srv/git/rolling.git")
    finally:
        production.down()


def _deploys(scene: Rolling, tool: str, commit: str) -> Callable[[], object]:
    hash = scene.commits[commit]
    if tool == "titan-flow":
        return lambda: _ended(scene.deploy(commit), scene)
    script = f"set -e; cd {scene.directory}; git reset -q --hard {hash}; docker compose pull -q web\n{BY_HAND[tool]}"
    return lambda: scene.hand(script)


def _ended(code: int, scene: Rolling) -> None:
    if code != 0:
        raise RuntimeError(f"exit {code}:\n{scene.operator.said}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
