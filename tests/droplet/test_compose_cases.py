"""Compose projects that once ended *Verified* though something else ran: each is data in `cases/`.

A case is a folder: `before/` is deployed by hand, `after/` is the next commit, `case.yaml` says what is done and what a
client of the host has to see (a container, a network, a mount), whatever titan-flow says of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.droplet.case import CASES, Case, clear
from tests.droplet.images import Image, base
from tests.droplet.layers import Layer
from tests.droplet.production import Production

NAMES = sorted(path.parent.name for path in CASES.glob("*/case.yaml"))
WRITES = (
    "test -e /app/lock.json && { sleep 0.2; cp /app/lock.json /tmp/x; cat /tmp/x >/app/lock.json; }; exec sleep 9999"
)
IMAGES = {
    ("base", "v1"): ["/bin/sleep", "99999"],
    ("base", "v2"): ["/bin/sleep", "88888"],
    ("crash", "v1"): ["/bin/sh", "-c", "exit 1"],
    ("writes", "v1"): ["/bin/sh", "-c", WRITES],
    ("writes", "v2"): ["/bin/sh", "-c", f"true; {WRITES}"],
}


@pytest.fixture(scope="module")
def scene(standing_production: Production) -> Iterator[Production]:
    """A droplet that runs nothing, with the images of the cases in its registry."""
    standing_production.reset()
    for (name, tag), command in IMAGES.items():
        layer = Layer.of({"usr/of": f"{name} {tag}\n".encode()})
        standing_production.registry.push(name, tag, Image([base(), layer], command))
    yield standing_production
    clear(standing_production)


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, scene: Production, tmp_path: Path) -> None:
    clear(scene)
    case = Case(CASES / name, scene, tmp_path)
    try:
        case.play()
    finally:
        shutil.rmtree(scene.droplet.disk / f"srv/git/{name}.git")
