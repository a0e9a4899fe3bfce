"""One stateless service behind a real front (haproxy), v1 of it deployed by hand: what a replacement may interrupt."""

from __future__ import annotations

import time
from pathlib import Path

from tests.droplet.case import Case
from tests.droplet.images import Image, base
from tests.droplet.layers import Layer
from tests.droplet.registry import Registry
from tests.droplet.requests import Requests
from tests.droplet.titan.images import front

HERE = Path(__file__).parent / "rolling"
PORT = 8080


def web(version: str, health: bool = True) -> Image:
    """busybox's httpd: it serves `/`, and `/health` while the file is there."""
    files = {"www/index.html": f"{version}\n".encode(), **({"www/health": b"ok\n"} if health else {})}
    return Image([base(), Layer.of(files)], ["/bin/httpd", "-f", "-p", "8080", "-h", "/www"])


def publish(registry: Registry) -> None:
    """The front, and the service: two good releases, and one that is never healthy."""
    registry.push("titan/traefik", "latest", front())
    for version in ("v1", "v2", "bad"):
        registry.push("web", version, web(version, health=version != "bad"))


class Rolling(Case):
    """v1 runs behind its front, deployed by hand."""

    def start(self) -> None:
        self.hand(f"cd {self.directory} && docker compose up -d --wait --quiet-pull")
        asked = time.monotonic()
        while not self.asks(0.2).answers["v1"]:
            assert time.monotonic() < asked + 30, "the front gives no answer"

    def asks(self, seconds: float) -> Requests:
        with Requests(self.scene.address, PORT, threads=1) as requests:
            time.sleep(seconds)
        return requests

    def deploy(self, name: str) -> int:
        return self.operator.titan("run", str(self.operator.spec), "--yes", "--set", f"commit={self.commits[name]}")

    def webs(self) -> dict[str, str]:
        """The containers of web: name -> image."""
        listed = self.scene.droplet.docker(
            "ps", "-a", "--filter", "label=com.docker.compose.service=web", "--format", "{{.Names}} {{.Image}}"
        )
        return dict(line.split() for line in listed.splitlines())

    def nothing_to_do_by_hand(self) -> None:
        before = self.webs()
        self.hand(f"cd {self.directory} && docker compose up -d")
        assert self.webs() == before
