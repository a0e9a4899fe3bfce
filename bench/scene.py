"""Titan's six services on a droplet, as a deployer at some distance sees them, and three releases of two of them."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.processor import Meter
from tests.droplet.proxy import Proxy
from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import Titan

CHANGES = {
    ", steady: 1s": "",
    ", watch: {for: 500ms, every: 500ms, check: [green, alerts], on_failure: fast_rollback}": "",
}
"""Holds are at their minimum: no tool waits for 30 seconds, and none watches for five minutes."""


class Scene:
    """Who deploys is near it, until `at` says otherwise."""

    def __init__(self, titan: Titan, home: Path) -> None:
        self.titan, self.home, self.delay = titan, home, 0.0
        self.web = Proxy((titan.address, 443))
        self.meter = Meter(titan.droplet)
        self.releases = {
            "v1": titan.v1,
            "v2": titan.release("v2"),
            "v3": titan.release("v3", brain={"HEALTH": "503"}),
        }
        self.operator = TitanOperator(home, titan)
        for old, new in CHANGES.items():
            self.operator.change(old, new)
        self._spec = self.operator.spec.read_text()
        self.at(0.0)

    @property
    def host(self) -> str:
        """As ssh's configuration knows it: straight, or through a wire that delays."""
        return "droplet" if self.delay else self.titan.address

    def at(self, delay: float) -> None:
        """From now on a round trip takes `delay` seconds, by SSH and HTTPS. Registry and origin stay near."""
        self.delay = delay
        self.operator.spec.write_text(self._spec)
        self.operator.change("ssh: droplet,", f"ssh: {json.dumps(self.host)},")
        if delay:
            place = f"https://127.0.0.1:{self.web.address[1]}/"
            self.operator.change(f"https://{self.titan.address}/", place)

    def reset(self) -> None:
        """v1 runs, healthy and armed."""
        self.titan.reset()
        for wire in (self.titan.droplet.link, self.web):
            wire.delay = self.delay / 2

    def offer(self, version: str) -> str:
        """It is main's tip and what `latest` names; its commit."""
        self.titan.offer(self.releases[version])
        return self.releases[version].commit

    def runs(self, version: str) -> bool:
        """The engine runs exactly its images, and its commit is checked out."""
        release = self.releases[version]
        return self.titan.running() == self.titan.ids(release) and self.titan.head() == release.commit

    def close(self) -> None:
        self.web.close()


@contextmanager
def standing(home: Path) -> Generator[Scene]:
    """A scene of our own."""
    titan = Titan()
    try:
        scene = Scene(titan, home)
        yield scene
        scene.close()
    finally:
        titan.down()
