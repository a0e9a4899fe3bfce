"""The whole scene: a droplet, what it pulls and fetches from, and release v1 deployed by hand in /opt/app.

production.releases["v2"].commit          # what to deploy
production.running()                      # {"app": "sha256:…", "side": "sha256:…"}, by the engine's word
production.front.pulled(digest)           # how often it was pulled
production.droplet.link.cut()             # the controller's connection
"""

import json
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.droplet.commands import CommandFailed
from tests.droplet.disk import OUTSIDE
from tests.droplet.front import Front
from tests.droplet.machine import Droplet
from tests.droplet.origin import Origin
from tests.droplet.proxy import Proxy
from tests.droplet.registry import Registry
from tests.droplet.releases import PORT, REGISTRY, publish

DIRECTORY = "/opt/app"

RESET = "".join((Path(__file__).parent / name).read_text() for name in ("strays.sh", "reset.sh"))


class Production:
    def __init__(self) -> None:
        self.droplet = Droplet()
        self.droplet.up()
        try:
            self.address = self.droplet.address
            network = self.droplet.network
            self.registry = Registry(self.droplet.directory / "registry", prefix=network.enter())
            self.front = Front(self.registry, network.listen(OUTSIDE["registry.test"], 5000))
            self.origin = Origin(self.droplet.disk)
            self.origin_link = Proxy((self.address, 22), network.listen(OUTSIDE["origin.test"], 22))
            self.releases = publish(self.registry, self.origin)
            self.droplet.sh(f"install -d -o deploy -g deploy {DIRECTORY}")
            self.reset()
        except BaseException:
            self.down()
            raise

    def reset(self) -> None:
        """v1 runs, healthy; all wires are whole, nothing is counted, only v1's images are on the droplet."""
        for wire in (self.droplet.link, self.origin_link):
            wire.heal()
            wire.cut()
        self.front.heal()
        if not self.droplet.running:
            self.droplet.boot()
        self.origin.move(self.releases["v3"].commit)
        v1 = self.releases["v1"]
        keep = "|".join(f"{REGISTRY}/{name}:v1" for name in v1.images)
        self.droplet.sh(RESET, DIRECTORY, self.origin.url, v1.commit, keep)
        wanted = {name: image.id for name, image in v1.images.items()}
        if self.running() != wanted:
            raise CommandFailed(f"reset to v1 left {self.running()}, not {wanted}")
        self.front.heal()

    def running(self) -> dict[str, str]:
        """The image id of each running container of the project, by service."""
        return {name: found["Image"] for name, found in self.containers().items() if found["State"]["Running"]}

    def health(self) -> dict[str, str]:
        """`starting`, `healthy`, `unhealthy`, or `none` where it has no check, by service."""
        return {
            name: found["State"].get("Health", {}).get("Status", "none") for name, found in self.containers().items()
        }

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of each container of the project, by service."""
        names = self.droplet.docker("ps", "-aq", "--filter", "label=com.docker.compose.project=app").split()
        found: list[dict[str, Any]] = json.loads(self.droplet.docker("inspect", *names)) if names else []
        return {container["Config"]["Labels"]["com.docker.compose.service"]: container for container in found}

    def head(self) -> str:
        """The commit that is checked out."""
        return self.droplet.sh(f"sudo -n -u deploy git -C {DIRECTORY} rev-parse HEAD").strip()

    def get(self, path: str = "/health", *, within: float = 0) -> tuple[int, str]:
        """Asks `app` as a user does, from outside: status and body; retries until `within` seconds are over."""
        deadline = time.monotonic() + within
        while True:
            try:
                with urlopen(f"http://{self.address}:{PORT}{path}", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                return error.code, error.read().decode()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def down(self) -> None:
        for part in ("front", "origin_link"):
            if hasattr(self, part):
                getattr(self, part).close()
        if hasattr(self, "registry"):
            self.registry.stop()
        self.droplet.down()
