"""The `database:` block of a spec: which service it is, and where its backups lie on the host."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from titan_flow.adapters.command import Words
from titan_flow.adapters.compose.settings import Service
from titan_flow.adapters.field_types import Path
from titan_flow.adapters.settings import Settings

FILE = "{file}"
"""in a configured `restore`: the backup's path; without it the backup is its standard input"""


def _folder(value: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9][A-Za-z0-9._-]*)+", value):
        raise ValueError(f"{value!r} is not a folder of the host; write it like /var/backups/titan")
    return value


class Database(Settings):
    """A Postgres in a service of the compose project, or any other database with two commands of yours.

    Backups are plain files in `folder`: `*.dump` (pg_dump -Fc), `*.sql`, `*.sql.gz`. titan-flow's own dumps are there
    too.
    """

    block: ClassVar[str] = "database"
    service: Service = Field(description="the compose service of the database")
    folder: Annotated[Path, AfterValidator(_folder)] = Field(description="the folder of backups on the host, absolute")
    name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}$",
        description="the database; default: POSTGRES_DB of the container",
    )
    user: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$",
        description="the user; default: POSTGRES_USER of the container",
    )
    host: str = Field(
        default="127.0.0.1",
        pattern=r"^[A-Za-z0-9/._-]+$",
        description="its address inside the container: a name, or the folder of its socket",
    )
    sudo: bool = Field(default=True, description="the folder belongs to root")
    dump: Words | None = Field(default=None, description="a command on the host that writes a dump to standard output")
    restore: Words | None = Field(
        default=None, description="a command on the host that restores standard input, or the file `{file}`"
    )

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.dump is None) != (self.restore is None):
            raise ValueError("`dump` and `restore` come together: what one writes, the other has to read")
        return self

    def path(self, file: str) -> str:
        """Of a file in the folder."""
        return f"{self.folder}/{file}"

    @property
    def connection(self) -> tuple[str, str, str]:
        """Host, user, name, as the scripts inside take them; empty: what the container's own environment says."""
        return self.host, self.user or "", self.name or ""
