"""The `compose:` block of a spec, and the beginning of every command line it means. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from titan_flow.adapters.docker.settings import Docker
from titan_flow.adapters.field_types import Duration, Path
from titan_flow.adapters.settings import Arguments

OVERRIDE = ".titan-flow/images.json"
"""our pins, in the flow's directory; it names images and holds no secret"""
LABEL = "io.titan-flow.config"
"""on what we created: the service's own config hash in the plain compose file"""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Paths = Annotated[list[Path], BeforeValidator(_listed, json_schema_input_type=list[Path] | Path)]
SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
Service = Annotated[str, Field(pattern=f"^{SERVICE.pattern}$")]


class Drain(Arguments):
    """How an old container is taken out of service before it is stopped."""

    wait: Duration = Field(
        default=5.0,
        description="how long the proxy in front needs to see a change. It passes after the new containers are "
        "healthy, and again after the old ones were told to drain",
    )
    command: list[str] = Field(
        default_factory=list[str],
        description="run in each old container. From then on its health check should fail, while it still answers",
    )
    signal: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9+-]*$")] | None = Field(
        default=None, description="sent to each old container, instead of a command"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Drain:
        if self.command and self.signal:
            raise ValueError("give a command or a signal, not both")
        return self


def _waiting(value: object) -> object:
    return {"wait": value} if isinstance(value, str) else value


class Compose(Docker):
    """One compose project. Paths are relative to the flow's directory."""

    block: ClassVar[str] = "compose"
    file: Paths = Field(min_length=1, description="the compose file, or several in order")
    env_file: Paths = Field(default_factory=list[str], description="passed to compose as --env-file; default: its .env")
    masked: Paths = Field(default_factory=list[str], description="more env files whose values are secrets")
    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")] | None = Field(
        default=None, description="the project's name, if it differs from the compose file's own"
    )
    profiles: list[Service] = Field(default_factory=list[str])
    services: list[Service] = Field(
        default_factory=list[str],
        description="the services that should run; default: all of the compose file",
    )
    moved_from: Paths = Field(
        default_factory=list[str],
        description="earlier directories of the project; containers made there belong to it",
    )
    once: list[Service] = Field(default_factory=list[str], description="one-off services, which end with exit 0")
    stateless: list[Service] = Field(
        default_factory=list[str],
        description="services that are replaced without interruption: new containers run beside the old ones until "
        "they are healthy; then the old ones are drained and removed",
    )
    drain: Annotated[Drain, BeforeValidator(_waiting, json_schema_input_type=Drain | Duration)] = Field(
        default_factory=Drain, description="how their old containers are taken out of service"
    )

    def names(self) -> Iterable[str]:
        files = (*self.file, *self.env_file, *self.masked)
        return (*files, *self.services, *self.once, *self.stateless, *self.profiles, self.project or "")

    def configuration(self) -> Iterable[str]:
        return (*self.file, *self.env_file)

    def argv(self, *more: str) -> tuple[str, ...]:
        """`docker compose` with this project's options; `more` are further compose files."""
        words = ["docker", "compose"]
        for option, values in (
            ("-f", (*self.file, *more)),
            ("--env-file", self.env_file),
            ("--profile", self.profiles),
            ("-p", [self.project] if self.project else []),
        ):
            for value in values:
                words += [option, value]
        return tuple(words)

    @property
    def folder(self) -> str:
        """compose's project directory: where the first file lies."""
        return self.file[0].rpartition("/")[0] or ("/" if self.file[0].startswith("/") else ".")

    @property
    def variables(self) -> list[str]:
        """The files with variables that compose reads: those that it is given, else `.env` here and beside the file."""
        if self.env_file:
            return self.env_file
        return [".env"] if self.folder == "." else [".env", f"{self.folder.rstrip('/')}/.env"]

    def kept(self, directory: str, service: str, id: str) -> str:
        """Our own tag on a service's image: a plain `docker image prune` leaves what has a tag."""
        return f"{self.keeps(directory)}/{plain(service)}:{id.removeprefix('sha256:')[:12]}"

    def built(self, directory: str, service: str, commit: str) -> str:
        """Our own tag on what was built on the host for a commit."""
        return f"{self.keeps(directory)}/{plain(service)}:commit-{commit[:12]}"

    def keeps(self, directory: str) -> str:
        """The repository under which images of this environment are kept: `titan-flow/keep/<project>-<its place>`.

        Two checkouts of one name (staging/titan, prod/titan) share an engine, not what is kept for them.
        """

        folder = directory.rstrip("/")
        place = sha256(folder.encode()).hexdigest()[:8]
        return f"titan-flow/keep/{plain(self.project or folder.rpartition('/')[2])}-{place}"


def plain(name: str) -> str:
    """As a part of a repository's name: lower case, separators single and inside."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "x"
