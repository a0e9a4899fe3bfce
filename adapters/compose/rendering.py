"""What compose makes of the project's files, as data. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from titan_flow.adapters.compose.declared import Declared, Section, read_declared
from titan_flow.adapters.compose.models import UNREADABLE


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
    shares: set[str] = field(default_factory=set[str])
    """services whose namespaces or volumes it takes: compose hashes their containers' ids with it"""
    networks: list[str] = field(default_factory=list[str])
    """keys of the networks that it joins"""
    volumes: list[str] = field(default_factory=list[str])
    """keys of the named volumes that it mounts"""
    files: list[tuple[Section, str, str]] = field(default_factory=list[tuple[Section, str, str]])
    """of `configs:` and `secrets:`: section, key, and where it lies in the container"""
    needs: dict[str, str] = field(default_factory=dict[str, str])
    """service -> the condition on which this one starts (`service_healthy`)"""
    single: list[str] = field(default_factory=list[str])
    """why no second container of it can run beside the first, in words"""
    fixed_name: str = ""
    """what its one container is always called (`container_name:`)"""
    checked: bool | None = None
    """whether it has a health check; None: as its image says"""


@dataclass(frozen=True)
class Rendered:
    """`warnings`: what compose said about the file (`variable is not set`), each line once."""

    project: str
    hash: str
    services: Mapping[str, Service]
    declared: Declared = field(default_factory=Declared)
    warnings: tuple[str, ...] = ()

    @property
    def once(self) -> set[str]:
        return {name for name, one in self.services.items() if one.once}

    def builder(self, service: str) -> str | None:
        """The service whose `build:` makes the image that this one runs: itself, or one of the same image name."""
        if service not in self.services:
            return None
        mine = self.reference(service)
        makers = [name for name, one in self.services.items() if one.built and self.reference(name) == mine]
        return service if service in makers else next(iter(makers), None)

    def reference(self, service: str) -> str:
        """The image's name; compose's own where the file names none."""
        return self.services[service].image or f"{self.project}-{service}"


_WARNING = re.compile(r'level=warning msg=("(?:[^"\\]|\\.)*")')


def read_warnings(err: str) -> tuple[str, ...]:
    """What compose warns of on its standard error; that `version:` is obsolete is no news."""
    found = dict.fromkeys(match[1] for match in _WARNING.finditer(err))
    return tuple(text for text in map(_unquoted, found) if "`version` is obsolete" not in text)


def _unquoted(text: str) -> str:
    try:
        return json.loads(text)
    except ValueError:  # Go quotes some characters otherwise
        return text.strip('"')


def read_rendered(out: str, once: Iterable[str] = ()) -> Rendered:
    """From the filtered lines (`queries.rendered`). Raises ValueError on anything else."""
    head, _, body = out.partition("\n\n")
    first, *rest = head.splitlines() or [""]
    place = next((at for at, line in enumerate(rest) if line.startswith("@")), len(rest))
    hashes, kind = rest[:place], ""
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
            elif key == "container_name":
                service.fixed_name = json.loads(value)
                service.single.append(f"has the fixed name {service.fixed_name} (`container_name:`)")
            elif key == "healthcheck":
                service.checked = True
            elif key in ("network_mode", "ipc", "pid") and value.startswith('"service:'):
                service.shares.add(json.loads(value).partition(":")[2])
            if key == "network_mode" and value.startswith(('"host', '"service:', '"container:')):
                service.single.append(f"has the network of another (`network_mode: {json.loads(value)}`)")
            elif key == "scale":
                service.replicas = int(value)
        elif depth == 8 and section == "deploy":
            service.replicas = int(value)
        elif depth == 8 and section == "healthcheck":
            service.checked = value != "true"
        elif depth == 8 and section == "volumes_from":
            service.shares |= {str(key).partition(":")[0]} - {"container"}
        elif depth == 8 and section == "networks":
            service.networks.append(str(key))
        elif depth == 8:
            dependency = str(key)
        elif depth == 10 and section in ("volumes", "configs", "secrets"):
            text = json.loads(value)
            kind = text if key == "type" else kind
            _mounted(service, section, kind, str(key), text)
        elif depth == 10 and section == "ports":
            service.single += _fixed_port(json.loads(value))
        elif depth == 10 and section == "networks":
            service.single.append(f"has the fixed address {json.loads(value)}")
        elif depth == 10 and key == "condition":
            service.needs[dependency] = json.loads(value)
        elif depth == 10 and key == "restart" and value == "true":
            service.follows.add(dependency)
    needed = (pair for one in services.values() for pair in one.needs.items())
    ended |= {name for name, condition in needed if condition == "service_completed_successfully"}
    for name, found in services.items():
        found.once = name in ended
        found.hash = next((line.split(" ")[1] for line in hashes if line.startswith(f"{name} ")), "")
    if not re.fullmatch(r"[0-9a-f]{64}", hash) or not project or not all(one.hash for one in services.values()):
        raise ValueError(UNREADABLE)
    return Rendered(project, hash, services, read_declared(rest[place:]))


def _fixed_port(published: str) -> list[str]:
    """Empty where the engine chooses one, or one out of a range."""
    free = published in ("", "0") or "-" in published
    return [] if free else [f"publishes port {published} of the host (`ports:`)"]


def _mounted(service: Service, section: str, kind: str, key: str, text: str) -> None:
    """One key of an entry of `volumes`, `configs` or `secrets`: `type` comes first, then `source`, then `target`."""
    if section == "volumes":
        if (kind, key) == ("volume", "source"):
            service.volumes.append(text)
    elif key == "source":
        service.files.append((section, text, f"/run/secrets/{text}" if section == "secrets" else f"/{text}"))
    elif key == "target" and service.files:
        service.files[-1] = (section, service.files[-1][1], text)
