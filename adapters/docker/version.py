"""docker.version: engine and compose are no older than these."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from titan_flow.adapters.base import Check
from titan_flow.adapters.docker.settings import SUDO, docker_of
from titan_flow.adapters.settings import Arguments
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

Version = Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,4}){0,3}$")]


class Versions(Arguments):
    """`engine: "24.0"`, `compose: "2.26"`: at least these."""

    engine: Version | None = Field(default=None, description='in quotes: "24.0"')
    compose: Version | None = Field(default=None, description='in quotes: "2.26"')
    sudo: bool | None = SUDO

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.engine is None and self.compose is None:
            raise ValueError("say the least version of engine, of compose, or of both")
        return self


class AtLeast(Versions, Check):
    """The versions of the engine and of the compose plugin are at least these. If one is not reported: unknown."""

    name: ClassVar[str] = "docker.version"
    remedy: ClassVar[str] = (
        "on the host: upgrade docker-ce and docker-compose-plugin (an engine's restart stops containers)"
    )

    async def look(self, site: Site, since: Json) -> Observation:
        docker = docker_of(site, self.sudo)
        engine, compose = await site.run_all(
            docker.does("docker", "version", "--format", "{{.Server.Version}}"),
            docker.does("docker", "compose", "version", "--short"),
        )
        found = {"engine": engine.out.strip(), "compose": compose.out.strip().removeprefix("v")}
        evidence: dict[str, Json] = {name: version or None for name, version in found.items()}
        wanted = {"engine": self.engine, "compose": self.compose}
        faults: list[str] = []
        for name, done in (("engine", engine), ("compose", compose)):
            least = wanted[name]
            if least is None:
                continue
            if not done.ok or not numbers(found[name]):
                return Observation(
                    Answer.UNKNOWN, f"{name} on {site.host.name} says no version: {done.reason()}", evidence
                )
            if numbers(found[name]) < numbers(least):
                faults.append(f"{name} {found[name]} is older than {least}")
        if faults:
            return Observation(Answer.NO, "; ".join(faults), evidence, final=True)
        told = ", ".join(f"{name} {found[name]}" for name, least in wanted.items() if least is not None)
        return Observation(Answer.YES, told, evidence)


def numbers(version: str) -> tuple[int, ...]:
    """`20.10.24+dfsg1` -> (20, 10, 24); nothing where it does not begin with a number. Zeros at the end are dropped."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(part) for part in found[0].split(".")] if found else []
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
