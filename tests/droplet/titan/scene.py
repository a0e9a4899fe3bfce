"""The second scene: the six services of the runbook on a droplet of their own, in /opt/titan, v1 deployed and armed.

titan.release("v2")                       # CI has passed: main's tip, and what `latest` names in the registry
titan.armed()                             # {"titan-brain": True, "titan-execution": True}, by their own word
titan.get()                               # (200, "…"): GET /health over HTTPS, from outside
titan.witness.count("arm")                # how many commands really were sent
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import trustme

from tests.droplet.commands import CommandFailed
from tests.droplet.disk import OUTSIDE
from tests.droplet.front import Front
from tests.droplet.images import Image
from tests.droplet.machine import Droplet
from tests.droplet.origin import Origin
from tests.droplet.proxy import Proxy
from tests.droplet.registry import Registry
from tests.droplet.releases import REGISTRY, Release
from tests.droplet.titan import images
from tests.droplet.titan.standin.trader import ARM, BRAIN, DISARM, EXECUTION
from tests.droplet.titan.witness import Witness

DIRECTORY = "/opt/titan"
HERE = Path(__file__).parent
RESET = (HERE.parent / "strays.sh").read_text() + (HERE / "reset.sh").read_text()
CHECKOUT = {
    str(file.relative_to(HERE / "checkout")): file.read_bytes()
    for file in sorted((HERE / "checkout").rglob("*"))
    if file.is_file()
}
"""What a commit holds where a release says nothing else."""
SECRETS = {
    "POSTGRES_PASSWORD": "postgres-pass-of-titan",
    "NATS_OPERATOR_PASSWORD": "operator-pass-of-titan",
    "NATS_BRAIN_PASSWORD": "brain-pass-of-titan",
    "NATS_EXECUTION_PASSWORD": "execution-pass-of-titan",
}
PORTS = {BRAIN: 3100, EXECUTION: 3200}
REPOSITORIES = {BRAIN: "titan/brain", EXECUTION: "titan/execution"}
SERVICES = ("traefik", "nats", "postgres", "redis", BRAIN, EXECUTION)


class Titan:
    def __init__(self) -> None:
        self.droplet = Droplet()
        self.droplet.up()
        try:
            self.address = self.droplet.address
            network = self.droplet.network
            self.registry = Registry(self.droplet.directory / "registry", prefix=network.enter())
            self.front = Front(self.registry, network.listen(OUTSIDE["registry.test"], 5000))
            self.origin = Origin(self.droplet.disk, "titan")
            self.origin_link = Proxy((self.address, 22), network.listen(OUTSIDE["origin.test"], 22))
            self._certificate()
            self._secrets()
            self.infrastructure = self._infrastructure()
            self.v1 = self.release("v1")
            self.witness = Witness(network)
            self.droplet.sh(f"install -d -o deploy -g deploy {DIRECTORY}")
            self.reset()
        except BaseException:
            self.down()
            raise

    def reset(self, *, armed: bool = True) -> None:
        """v1 runs, healthy, armed; it is main's tip and `latest`; all wires are whole, nothing is counted."""
        for wire in (self.droplet.link, self.origin_link):
            wire.heal()
            wire.cut()
        self.front.heal()
        if not self.droplet.running:
            self.droplet.boot()
        self.offer(self.v1)
        self.droplet.sh(RESET, DIRECTORY, self.origin.url, self.v1.commit, f"{REGISTRY}/titan/[a-z]*:latest")
        if self.running() != self.ids(self.v1):
            raise CommandFailed(f"reset to v1 left {self.running()}, not {self.ids(self.v1)}")
        if not self.witness.listening.wait(10):
            raise CommandFailed("NATS does not answer the witness")
        if armed:
            self.send(ARM, "ARM_SYSTEM")
            self.wait_armed()
        self.witness.heard.clear()
        self.front.heal()

    def release(
        self,
        version: str,
        *,
        brain: Mapping[str, str] | None = None,
        execution: Mapping[str, str] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        same_images: bool = False,
    ) -> Release:
        """Commits and pushes a release; `brain`, `execution`: what it does wrong (standin/trader.py); `files`: what
        the commit has otherwise. `same_images`: v1's images again."""
        made = {
            BRAIN: images.trader(BRAIN, "v1" if same_images else version, **(brain or {})),
            EXECUTION: images.trader(EXECUTION, "v1" if same_images else version, **(execution or {})),
        }
        commit = self.origin.commit({**CHECKOUT, "VERSION": f"{version}\n", **(files or {})}, f"Titan {version}")
        release = Release(version, commit, {**self.infrastructure, **made})
        self.offer(release)
        return release

    def offer(self, release: Release) -> None:
        """It is the tip of main, and what `latest` names."""
        self.origin.move(release.commit)
        for service, repository in REPOSITORIES.items():
            self.registry.push(repository, "latest", release.images[service])

    def ids(self, release: Release) -> dict[str, str]:
        return {name: image.id for name, image in release.images.items()}

    def running(self) -> dict[str, str]:
        """The image id of each running container of the project, by service."""
        return {name: found["Image"] for name, found in self.containers().items() if found["State"]["Running"]}

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of each container of the project, by service."""
        names = self.droplet.docker("ps", "-aq", "--filter", "label=com.docker.compose.project=titan").split()
        found: list[dict[str, Any]] = json.loads(self.droplet.docker("inspect", *names)) if names else []
        return {container["Config"]["Labels"]["com.docker.compose.service"]: container for container in found}

    def head(self) -> str:
        """The commit that is checked out."""
        return self.droplet.sh(f"sudo -n -u deploy git -C {DIRECTORY} rev-parse HEAD").strip()

    def armed(self) -> dict[str, bool]:
        """By the services' own word, not by their logs. One that does not answer cannot act."""
        return {name: self._state(name).get("armed", False) for name in PORTS}

    def wait_armed(self, armed: bool = True, within: float = 10) -> None:
        deadline = time.monotonic() + within
        while self.armed() != dict.fromkeys(PORTS, armed):
            if time.monotonic() > deadline:
                raise CommandFailed(f"not armed={armed}: {self.armed()}\n{self.logs()}")
            time.sleep(0.05)

    def send(self, subject: str, kind: str, reason: str = "by hand") -> None:
        """As an operator would, inside of the nats container."""
        said = {"type": kind, "reason": reason, "operator_id": "olga", "id": "by-hand", "timestamp": "now"}
        self.droplet.docker("exec", "titan-nats", "nats", "pub", subject, json.dumps(said))

    def disarm(self) -> None:
        self.send(DISARM, "DISARM_SYSTEM")
        self.wait_armed(False)

    def get(self, path: str = "/health", *, within: float = 0) -> tuple[int, str]:
        """Asks the front as a user does, from outside, over TLS; until `within` is over, again where nobody is well.

        On a busy machine the front may miss one answer of the brain's, and say 503 for a third of a second.
        """
        context, deadline = ssl.create_default_context(cafile=str(self.ca)), time.monotonic() + within
        while True:
            try:
                with urlopen(f"https://{self.address}{path}", timeout=5, context=context) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                if error.code != 503 or time.monotonic() > deadline:
                    return error.code, error.read().decode()
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def logs(self) -> str:
        return "\n".join(
            f"--- {name}\n{self.droplet.exec(['docker', 'logs', '--tail', '20', name], check=False).stdout}"
            for name in PORTS
        )

    def down(self) -> None:
        for part in ("witness", "front", "origin_link"):
            if hasattr(self, part):
                getattr(self, part).close()
        if hasattr(self, "registry"):
            self.registry.stop()
        self.droplet.down()

    def _state(self, service: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{PORTS[service]}/state"
        asked = self.droplet.exec(["docker", "exec", service, "curl", "-fsS", "-m2", url], check=False)
        with suppress(ValueError):
            return json.loads(asked.stdout)
        return {}

    def _infrastructure(self) -> dict[str, Image]:
        """What no release changes."""
        makers: dict[str, Callable[[], Image]] = {
            "traefik": images.front,
            "nats": images.nats,
            "postgres": images.postgres,
            "redis": images.redis,
        }

        def pushed(name: str) -> Image:
            image = makers[name]()
            self.registry.push(f"titan/{name}", "latest", image)
            return image

        with ThreadPoolExecutor() as pool:
            return dict(zip(makers, pool.map(pushed, makers), strict=True))

    def _certificate(self) -> None:
        authority = trustme.CA()
        self.ca = self.droplet.directory / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        issued = authority.issue_cert(self.address, "127.0.0.1", "titan.test")
        place = self.droplet.disk / "etc/titan"
        place.mkdir()
        issued.private_key_and_cert_chain_pem.write_to_path(str(place / "front.pem"))

    def _secrets(self) -> None:
        file = self.droplet.disk / "etc/titan/env.prod"
        file.write_text("".join(f"{name}={value}\n" for name, value in SECRETS.items()))
        file.chmod(0o600)
