"""The scene of the traps: a project whose images are named by a tag that moves, two releases of it verified.

trapped.stand()                     # r2 runs, healthy, whatever the test before left; r1 was verified before it
trapped.by_hand("docker compose …") # as the runbook has it: as `deploy`, over ssh, in the checkout
trapped.titan("rollback", …)        # as an operator has it; what was said is in `trapped.said`
trapped.runs()                      # the image id of `app`, by `docker inspect`
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from tests.command_line import typed
from tests.droplet.deploying import EXAMPLE
from tests.droplet.images import Image, service
from tests.droplet.production import DIRECTORY, Production
from tests.droplet.releases import PORT, REGISTRY
from titan_flow.states import events as e
from titan_flow.workflow.journal.location import open_journal

REPOSITORY = f"{REGISTRY}/trap"
ENV_FILES = "--env-file release.env --env-file host.env"
UP = f"docker compose {ENV_FILES} up -d"
GREEN = "    - compose.running: {}\n"
HOST_ENV = "MODE=live\n"
"""on the host alone, as secrets are"""
SHELL = Path("/home/deploy/.ssh/environment")
"""what every shell on the host has exported"""

COMPOSE = """\
# release {name}
name: app
services:
  app:
    image: {repository}:${{IMAGE_TAG}}
    restart: always
    ports: ["{port}:8080"]
    environment: {{MODE: "${{MODE}}"}}
    healthcheck:
      test: [CMD, wget, -q, -O-, "http://127.0.0.1:8080/health"]
      interval: 500ms
      timeout: 2s
      retries: 2
"""
BUILT = COMPOSE.replace("    image: {repository}:${{IMAGE_TAG}}\n", "    build: .\n")
DOCKERFILE = f"FROM {REPOSITORY}:a\nENV VERSION={{name}}\n"


class Trapped:
    def __init__(self, home: Path, production: Production) -> None:
        self.home, self.production, self.said = home, production, ""
        self.store, self.spec = f"sqlite:///{home / 'journal.sqlite'}", home / "trap.yaml"
        self.images: dict[str, Image] = {
            "a": service("a"),
            "b": service("b"),
            "bad": service("bad", health=503),
            "worse": service("worse", health=500),
        }
        for tag, image in self.images.items():
            production.registry.push("trap", tag, image)
        self.commits: dict[str, str] = {}
        for name, tag in {"r1": "latest", "r2": "latest", "r3": "bad", "r4": "worse", "r5": "nosuch"}.items():
            self.commit(name, {"release.env": f"IMAGE_TAG={tag}\n"})
        for name in ("b1", "b2"):
            files = {"release.env": "IMAGE_TAG=none\n", "Dockerfile": DOCKERFILE.format(name=name)}
            self.commit(name, files, BUILT)
        self.write_spec()
        self.latest("a")
        self.checkout("r1")
        self.by_hand(f"docker compose {ENV_FILES} up -d --wait --remove-orphans")
        self.latest("b")
        assert self.deploy("r2") == 0, self.said
        self.r2_run = self.newest()[0].run

    def commit(self, name: str, files: Mapping[str, str], compose: str = COMPOSE) -> None:
        text = compose.format(name=name, repository=REPOSITORY, port=PORT)
        self.commits[name] = self.production.origin.commit({**files, "docker-compose.yml": text}, f"release {name}")

    def write_spec(self, *changes: tuple[str, str]) -> None:
        """`specs/compose.yaml`, but for the lines marked EDIT, short patience, and what a test changes."""
        config = self.production.droplet.ssh_config
        target = f"{{ssh: droplet, ssh_config: {config}, directory: {DIRECTORY}}}"
        text = re.sub(r"^target: .*$", f"target: {target}", EXAMPLE.read_text(), flags=re.M)
        text = re.sub(r"^(    - compose.running: {}) .*$", r"\1", text, flags=re.M)
        own = (
            ("{file: docker-compose.yml}", "{file: docker-compose.yml, env_file: [release.env, host.env]}"),
            ("steady: 10s", "steady: 1s"),
            ("within: 60s", "within: 8s"),
            (
                GREEN,
                GREEN
                + '    - logs.clean: {services: [app], forbid: ["bad starting", "worse starting"]}  # known at once\n',
            ),
            ("wait: 1s..15s", "wait: 100ms..300ms"),
        )
        for old, new in (*own, *changes):
            assert old in text, old
            text = text.replace(old, new)
        self.spec.write_text(text)

    # ------------------------------------------------------------------------------------------------ what is there

    def stand(self, name: str = "r2") -> None:
        """That release runs, brought there by hand; registry, wires, shells and env file as they should be."""
        for wire in (self.production.droplet.link, self.production.origin_link):
            wire.heal()
        self.production.front.heal()
        for tag in ("a", "b"):
            self.production.registry.push("trap", tag, self.images[tag])
        self.latest({"r1": "a"}.get(name, "b"))
        self.production.droplet.sh(f"rm -f {SHELL}")
        self.write_spec()
        self.checkout(name)
        self.by_hand(f"docker compose {ENV_FILES} pull -q --ignore-buildable")
        self.by_hand(f"{UP} --wait --remove-orphans")
        self.latest("b")

    def latest(self, image: str) -> None:
        self.production.registry.push("trap", "latest", self.images[image])

    def checkout(self, name: str, host_env: str = HOST_ENV) -> None:
        self.host_env(host_env)
        self.by_hand(f"git checkout -q -f main && git fetch -q && git reset -q --hard {self.commits[name]}")

    def host_env(self, text: str) -> None:
        self.production.droplet.exec(["tee", f"{DIRECTORY}/host.env"], stdin=text)

    def exported(self, line: str) -> None:
        """In every shell of `deploy` on the host."""
        self.production.droplet.sh(f"echo '{line}' >{SHELL} && chown deploy {SHELL}")

    def runs(self) -> str:
        """The image id that `app` runs, by the engine's own word."""
        return self.production.running().get("app", "nothing")

    def container(self) -> str:
        return str(self.production.containers()["app"]["Id"])

    def tags(self) -> list[str]:
        named = self.production.droplet.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
        return [tag for tag in named if not tag.endswith(":<none>")]

    def lose(self, id: str) -> None:
        """The image is gone from the host, our own tags on it too."""
        self.production.droplet.docker("rmi", "-f", id)

    # -------------------------------------------------------------------------------------------------- what is done

    def by_hand(self, line: str, check: bool = True) -> str:
        return self.production.droplet.ssh(f"cd {DIRECTORY} && {line}", check=check).stdout

    def titan(self, *argv: str, **env: str) -> int:
        """In this process; only the command line and the environment are an operator's."""
        done = typed(*argv, TITAN_FLOW_STORE=self.store, **env)
        self.said = done.stdout + done.stderr
        return done.returncode

    def deploy(self, name: str, *argv: str) -> int:
        return self.titan("run", str(self.spec), "--yes", "--set", f"commit={self.commits[name]}", *argv)

    def rollback(self, *argv: str, **env: str) -> int:
        return self.titan("rollback", str(self.spec), "--yes", *argv, **env)

    def newest(self) -> list[e.Record]:
        journal = open_journal(self.store)
        try:
            return journal.read(journal.summaries()[0].run)
        finally:
            journal.close()

    def status(self) -> dict[str, object]:
        self.titan("status", str(self.spec), "--json")
        return json.loads(self.said)
