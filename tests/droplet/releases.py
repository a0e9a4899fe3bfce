"""What there is to deploy: three releases of a small compose project.

v1 and v2 are good, v3 never becomes healthy. `side` is the same in all three: a deployment has no business with it.
"""

from dataclasses import dataclass

from tests.droplet.images import Image, service
from tests.droplet.origin import Origin
from tests.droplet.registry import Registry

REGISTRY = "registry.test:5000"
PORT = 8080
"""Where `app` answers on the droplet's own address."""

COMPOSE = """\
name: app
services:
  app:
    image: {registry}/app:{version}
    restart: always
    ports: ["{port}:8080"]
    healthcheck: &health
      test: [CMD, wget, -q, -O-, "http://127.0.0.1:8080/health"]
      interval: 1s
      timeout: 2s
      retries: 3
  side:
    image: {registry}/side:v1
    restart: always
    healthcheck: *health
"""


@dataclass(frozen=True)
class Release:
    """A commit of the origin, and the images that its compose file names, by service."""

    name: str
    commit: str
    images: dict[str, Image]


def publish(registry: Registry, origin: Origin) -> dict[str, Release]:
    """Pushes images and commits; main ends at v3, the deployed release is v1."""
    side = service("v1", name="side")
    registry.push("side", "v1", side)
    made: dict[str, Release] = {}
    for version, health in (("v1", 200), ("v2", 200), ("v3", 503)):
        app = service(version, health=health)
        registry.push("app", version, app)
        files = {"docker-compose.yml": COMPOSE.format(registry=REGISTRY, version=version, port=PORT)}
        commit = origin.commit(files, f"app {version}")
        made[version] = Release(version, commit, {"app": app, "side": side})
    return made
