"""A compose project on a stand-in for docker: what the file says, what runs, and what the registry has."""

from __future__ import annotations

import json
from pathlib import Path

from tests.adapters.compose.titan import HASH
from titan_flow.adapters.compose.models import Container
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Json

DOCKER = """#!/bin/sh
at=$(dirname "$0")
case "$*" in
*'-f - config '*) [ -e "$at/newest.json" ] || { echo 'Error response from daemon: denied' >&2; exit 1; }
  cat >/dev/null; cat "$at/newest.json" ;;
*'--format json') cat "$at/rendered.json" ;;
*'--hash *') cat "$at/hashes" ;;
*'ps -aq'*) cat "$at/ids" ;;
'inspect --type container '*) cat "$at/containers" ;;
'container inspect --format {{json .Config.Env}} '*) cat "$at/env" ;;
'container inspect '*) cat "$at/inspected" ;;
'logs '*) cat "$at/logs" ;;
'version '*) echo 28 ;;
'image inspect '*) shift 4; left=0
  for name; do cat "$at/images/$(echo "$name" | tr '/:@' '___')" 2>/dev/null || { left=1; echo; }; done; exit $left ;;
'exec '*) shift 2; exec "$@" ;;
*) echo "docker $*" >&2; exit 9 ;;
esac
"""


class Stack:
    """`services` as the rendered file has them; each has the hash HASH."""

    def __init__(self, at: Path, services: dict[str, Json], **settings: object) -> None:
        self.bin = at / "bin"
        (self.bin / "images").mkdir(parents=True)
        (self.bin / "docker").write_text(DOCKER)
        (self.bin / "docker").chmod(0o755)
        body: dict[str, Json] = {"name": "titan", "services": services}
        self.write("rendered.json", json.dumps(body, indent=2))
        self.write("hashes", "".join(f"{name} {HASH}\n" for name in services))
        (at / "x.yml").touch()
        self.runs()
        block = Compose.model_validate({"file": "x.yml", **settings})
        self.site = Site(LocalHost(), str(at), {"compose": block})

    def write(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)

    def runs(self, *containers: Container) -> None:
        self.write("ids", "".join(f"{one.id}\n" for one in containers))
        self.write("containers", "".join(f"{one.model_dump_json()}\n" for one in containers))

    def image(self, reference: str, id: str, *digests: str) -> None:
        """It is on the host under that name."""
        name = reference.translate(str.maketrans("/:@", "___"))
        self.write(f"images/{name}", json.dumps({"id": id, "digests": [*digests], "tags": [reference]}) + "\n")

    def registry(self, **images: str) -> None:
        """The reference with its digest, by service."""
        found: dict[str, Json] = {name: {"image": image} for name, image in images.items()}
        self.write("newest.json", json.dumps({"services": found}))
