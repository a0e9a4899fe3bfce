"""The rendered compose file, as far as it leaves the host: names, images, dependencies and hashes. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from titan_flow.adapters.compose_reading import UNREADABLE


@dataclass
class Service:
    """One service of the rendered compose file. `hash` is compose's own of its configuration, environment included."""

    image: str | None = None
    hash: str = ""
    built: bool = False
    pull_policy: str = ""
    once: bool = False
    replicas: int = 1
    follows: set[str] = field(default_factory=set[str])
    """services with which it is restarted (`depends_on: {restart: true}`)"""


@dataclass(frozen=True)
class Rendered:
    project: str
    hash: str
    services: Mapping[str, Service]

    def reference(self, service: str) -> str:
        """The image's name; compose's own where the file names none."""
        return self.services[service].image or f"{self.project}-{service}"


def read_rendered(out: str, once: Iterable[str] = ()) -> Rendered:
    """From the filtered lines (`compose_questions.rendered`). Raises ValueError on anything else."""
    head, _, body = out.partition("\n\n")
    first, *hashes = head.splitlines() or [""]
    hash, project, services = first.split(" ")[0], "", dict[str, Service]()
    service, section, dependency, ended = Service(), "", "", set(once)
    for line in body.splitlines():
        depth = len(line) - len(line.lstrip(" "))
        key, end = json.JSONDecoder().raw_decode(line, depth)
        value = line[end + 1 :].strip().rstrip(",")
        if depth == 2 and key == "name":
            project = json.loads(value)
        elif depth == 4:
            service = services.setdefault(str(key), Service())
        elif depth == 6:
            section = str(key)
            if key in ("image", "pull_policy"):
                setattr(service, section, json.loads(value))
            elif key == "build":
                service.built = value != "null"
            elif key == "scale":
                service.replicas = int(value)
        elif depth == 8 and section == "deploy":
            service.replicas = int(value)
        elif depth == 8:
            dependency = str(key)
        elif depth == 10 and value == '"service_completed_successfully"':
            ended.add(dependency)
        elif depth == 10 and key == "restart" and value == "true":
            service.follows.add(dependency)
    for name, found in services.items():
        found.once = name in ended
        found.hash = next((line.split(" ")[1] for line in hashes if line.startswith(f"{name} ")), "")
    if not re.fullmatch(r"[0-9a-f]{64}", hash) or not project or not all(one.hash for one in services.values()):
        raise ValueError(UNREADABLE)
    return Rendered(project, hash, services)
