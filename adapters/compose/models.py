"""Containers and images, as docker answered. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from titan_flow.adapters.services.protocol import Health, Instance
from titan_flow.states.release import Image

NEVER = "0001-01-01T00:00:00Z"
LEFTOVER = re.compile(r"/?[0-9a-f]{12}_(.+)")
"""how compose names the new container while it recreates one; it stays so where compose was killed"""


class LocalImage(BaseModel):
    model_config = ConfigDict(frozen=True)
    id: str
    digests: list[str] | None = None
    tags: list[str] | None = None

    @property
    def digest(self) -> str | None:
        """`repository@sha256:…`: the registry's name for it. The first by name, so that it stays the same one."""
        return next((name for name in sorted(self.digests or ()) if not name.startswith("titan-flow/")), None)

    def is_of(self, digest: str) -> bool:
        return any(name.rpartition("@")[2] == digest for name in self.digests or ())


Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""a label that is not there is `null`"""
UNREADABLE = "docker printed something else than this version of titan-flow can read"


class Container(BaseModel):
    """One container of the project, as `docker inspect` has it."""

    model_config = ConfigDict(frozen=True)
    id: str
    name: str
    image: str
    service: Text
    depends_on: Text
    one_off: Text
    hash: Text
    ours: Text
    status: str
    exit_code: int
    oom_killed: bool
    started: str
    finished: str
    restarts: int
    health: str | None
    log: Text
    log_limit: Text
    restart: Text = ""
    folder: Text = ""
    """the project directory of the compose that made it"""
    created: Text = ""
    networks: str | None = None
    """`name=id` of each that it is connected to; None: not known"""
    volumes: str | None = None
    """the names of those that it mounts; None: not known"""
    unpublished: Text = ""
    """ports that it should be reached by from outside, and is not"""
    files: Text = ""
    """the compose files that made it, absolute, with commas between"""

    @property
    def running(self) -> bool:
        """Not while it waits for its next restart."""
        return self.status == "running"

    @property
    def ended_well(self) -> bool:
        """Exit 0, and nothing starts it again: a one-off service that nobody has named as one."""
        return self.status == "exited" and self.exit_code == 0 and self.restart in ("", "no", "on-failure")

    @property
    def leftover(self) -> bool:
        return LEFTOVER.fullmatch(self.name) is not None

    @property
    def final_name(self) -> str:
        """The name that it has, or was to get."""
        return LEFTOVER.sub(r"\1", self.name).lstrip("/")

    @property
    def needs_ended(self) -> set[str]:
        """The services that have to end before this one starts: `db:service_healthy:false,migrate:…`."""
        parts = [entry.split(":") for entry in self.depends_on.split(",")]
        return {part[0] for part in parts if part[1:2] == ["service_completed_successfully"]}


@dataclass(frozen=True)
class Project:
    """Every container of the project (but `compose run`'s), newest start first, and the images they are made from."""

    now: float
    containers: tuple[Container, ...] = ()
    images: Mapping[str, LocalImage] = field(default_factory=dict[str, LocalImage])

    def of(self, service: str) -> tuple[Container, ...]:
        return tuple(one for one in self.containers if one.service == service)

    def once(self, named: Iterable[str]) -> set[str]:
        return {*named}.union(*(one.needs_ended for one in self.containers))

    def instances(self, once: Iterable[str], detached: Mapping[str, str] | None = None) -> tuple[Instance, ...]:
        """`detached`: id of a container -> why it is not reached as the file says."""
        ends, apart = self.once(once), detached or {}
        return tuple(
            replace(self._instance(one, one.service in ends), detached=apart.get(one.id, "")) for one in self.containers
        )

    def image(self, container: Container) -> Image:
        known = self.images.get(container.image)
        return Image(id=container.image, digest=known.digest if known else None)

    def _instance(self, one: Container, once: bool) -> Instance:
        return Instance(
            service=one.service,
            id=one.id,
            image=one.image,
            digest=self.image(one).digest,
            running=one.running,
            health=_health(one.health),
            restarts=one.restarts,
            started=one.started,
            exit_code=one.exit_code if one.status in ("exited", "dead") else None,
            paused=one.status == "paused",
            oom_killed=one.oom_killed,
            age=None if one.started == NEVER else max(0.0, self.now - stamp(one.started)),
            once=once,
            revives=one.restart not in ("", "no"),
        )


def read_project(out: str) -> Project:
    """From `queries.containers`. Raises ValueError on anything else."""
    lines = [line for line in out.splitlines() if line.strip()]
    objects = [line for line in lines if line.startswith("{")]
    times = [line for line in lines if not line.startswith("{")]
    try:
        found = [Container.model_validate_json(line) for line in objects if '"service":' in line]
        images = [LocalImage.model_validate_json(line) for line in objects if '"service":' not in line]
    except ValidationError:
        raise ValueError(UNREADABLE) from None
    return project_of(seconds(times[-1]) if times else 0.0, found, images)


def project_of(now: float, found: Iterable[Container], images: Iterable[LocalImage]) -> Project:
    """Without what `compose run` has started."""
    there = sorted((one for one in found if one.one_off != "True"), key=lambda one: one.started, reverse=True)
    return Project(now, tuple(there), {one.id: one for one in images})


class _Referenced(BaseModel):
    image: str


class _References(BaseModel):
    services: dict[str, _Referenced]


def read_newest(out: str) -> dict[str, str]:
    """Service -> `sha256:…`, what the registry has now. Raises ValueError on anything else."""
    try:
        services = _References.model_validate_json(out).services
    except ValidationError:
        raise ValueError(UNREADABLE) from None
    newest = {name: service.image.rpartition("@")[2] for name, service in services.items()}
    if not all(digest.startswith("sha256:") for digest in newest.values()):
        raise ValueError("this version of docker compose does not say what the registry has (2.26 and 2.40 do)")
    return newest


def stamp(text: str) -> float:
    """`2026-11-24T06:40:38.334900949Z` in seconds since the epoch, to the microsecond."""
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text)).timestamp()


def seconds(text: str) -> float:
    """`date +%s.%N`; busybox leaves the `%N` as it is."""
    found = re.match(r"\d+(\.\d+)?", text)
    return float(found[0]) if found else 0.0


def _health(text: str | None) -> Health:
    return text if text == "healthy" or text == "unhealthy" or text == "starting" else "none"
