"""docker: the engine on the host, and containers by name, whoever started them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from pydantic import AfterValidator, Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.docker.api import Reply
from titan_flow.adapters.docker.reads import engine_of
from titan_flow.adapters.docker.settings import SUDO, docker_of
from titan_flow.adapters.docker.version import AtLeast
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.numerals import is_count
from titan_flow.adapters.settings import Arguments
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

FALLBACK = "its API cannot be reached, so the slower docker command line is asked"
_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_STATE = (
    '[{{json .Name}},{{json .State.Status}},{{if .State.Health}}{{json .State.Health.Status}}{{else}}"none"{{end}}]'
)
_DISK = """
root=$(docker info --format '{{.DockerRootDir}}') || exit
[ -n "$root" ] || { docker info >&2; exit 1; }
printf '%s\\n' "$root"
df -P -k -- "$root" | tail -n 1 && df -P -i -- "$root" | tail -n 1
"""


def _size(text: str) -> str:
    byte_count(text)
    return text


def byte_count(text: str) -> int:
    """`2GB` -> 2 000 000 000. Units: kB, MB, GB, TB. Raises ValueError on anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(kB|MB|GB|TB)", text)
    if not found:
        raise ValueError(f"{text!r} is not a size; write it like 500MB or 2GB")
    return int(float(found[1]) * _UNITS[found[2]])


class _Docker(Arguments):
    sudo: bool | None = SUDO


class Running(_Docker, Check):
    """The engine answers. If it does not: unknown, because the cause may be our connection.

    Says where its API cannot be had: looks then go through the docker command line, and take longer.
    """

    name = "docker.running"

    async def look(self, site: Site, since: Json) -> Observation:
        docker = docker_of(site, self.sudo)
        api = engine_of(site, docker.sudo, docker.context)
        (compose,), asked = await asyncio.gather(
            site.run_all(docker.does("docker", "compose", "version", "--short")), api.ask("/version")
        )
        if asked is not None and asked[0].ok:
            engine = _version(asked[0], site)
        else:
            done = await site.run(docker.does("docker", "version", "--format", "{{.Server.Version}}"))
            if not done.ok:
                return Observation(
                    Answer.UNKNOWN, f"docker on {site.host.name}: {done.reason() or f'exit {done.status}'}"
                )
            engine = done.out.strip()
        versions: dict[str, Json] = {"engine": engine, "compose": compose.out.strip() or None}
        says = f"engine {engine}, compose {versions['compose'] or 'is not there'}"
        if api.why_not:
            return Observation(Answer.YES, f"{says}; {FALLBACK}: {api.why_not}", {**versions, "api": api.why_not})
        return Observation(Answer.YES, says, versions)


def _version(reply: Reply, site: Site) -> str:
    """Raises Unreachable where the engine names no version."""
    with suppress(ValueError):
        said = reply.json()
        if isinstance(said, dict) and isinstance(version := said.get("Version"), str):
            return version
    raise Unreachable(f"docker on {site.host.name}: the engine names no version")


class Disk(_Docker, Check):
    """The file system under Docker's own directory has this much free space, and this many free inodes."""

    name = "docker.disk"
    free: Annotated[str, AfterValidator(_size)] = Field(description="at least this much: 500MB, 2GB")
    inodes: int = Field(
        default=10_000, ge=0, description="at least this many; a file system that does not count them passes"
    )

    async def look(self, site: Site, since: Json) -> Observation:
        done = await site.run(docker_of(site, self.sudo).does("sh", "-c", _DISK))
        lines = done.out.splitlines()
        if not done.ok or len(lines) != 3:
            raise Unreachable(f"docker on {site.host.name}: {done.reason() or f'exit {done.status}'}")
        root, blocks, inodes = lines[0], lines[1].split(), lines[2].split()
        space, nodes = int(blocks[3]) * 1024, int(inodes[3]) if is_count(inodes[3]) and inodes[1] != "0" else None
        evidence: dict[str, Json] = {"root": root, "free": space, "inodes": nodes}
        says = f"{space / 1e9:.1f} GB free under {root}"
        if space < byte_count(self.free):
            return Observation(Answer.NO, f"{says}, less than {self.free}", evidence)
        if nodes is not None and nodes < self.inodes:
            return Observation(Answer.NO, f"{nodes} inodes free under {root}, less than {self.inodes}", evidence)
        return Observation(Answer.YES, says, evidence)


class Healthy(_Docker, Check):
    """Each of these containers runs, and is healthy if it has a health check."""

    name = "docker.healthy"
    containers: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]] = Field(
        min_length=1, description="names or ids"
    )

    async def look(self, site: Site, since: Json) -> Observation:
        docker = docker_of(site, self.sudo)
        engine, *answers = await site.run_all(
            docker.does("docker", "version", "--format", "{{.Server.Version}}"),
            *(docker.does("docker", "container", "inspect", "--format", _STATE, name) for name in self.containers),
        )
        if not engine.ok or any(answer.timed_out for answer in answers):
            raise Unreachable(f"docker on {site.host.name}: {engine.reason() or 'no answer in time'}")
        found: Mapping[str, list[str]] = {
            name: json.loads(answer.out) if answer.ok else [name, "", "none"]
            for name, answer in zip(self.containers, answers, strict=True)
        }
        faults = [fault for name, (_, status, health) in found.items() if (fault := _fault(name, status, health))]
        evidence: dict[str, Json] = {name: [*state[1:]] for name, state in found.items()}
        return Observation(
            Answer.NO if faults else Answer.YES, "; ".join(faults) or f"{len(found)} containers run", evidence
        )


def _fault(name: str, status: str, health: str) -> str | None:
    if not status:
        return f"{name} does not exist"
    if status != "running":
        return f"{name} is {status}"
    return None if health in ("healthy", "none") else f"{name} is {health}"


adapter = Adapter(
    noun="docker",
    about="the engine on the host, and containers by name, whoever started them",
    checks=(Running, AtLeast, Disk, Healthy),
)
