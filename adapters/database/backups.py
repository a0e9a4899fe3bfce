"""Which backups there are, how old they are, and what restoring one would lose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from titan_flow.adapters.compose.state import error_text
from titan_flow.adapters.database import argv as commands
from titan_flow.adapters.database.settings import Database
from titan_flow.adapters.docker.settings import docker_of
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Backup:
    """`age` in seconds, by the host's clock; `size` in bytes."""

    name: str
    size: int
    age: float


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows by table, now and in the backup; None where they could not be counted."""

    now: Mapping[str, int] | None
    then: Mapping[str, int] | None

    @property
    def changed(self) -> list[tuple[str, int | None, int | None]]:
        """Tables whose counts differ: name, now, then."""
        now, then = self.now or {}, self.then or {}
        tables = sorted({*now, *then})
        return [(table, now.get(table), then.get(table)) for table in tables if now.get(table) != then.get(table)]


async def backups(site: Site) -> list[Backup]:
    """Newest first. Raises Unreachable."""
    settings = site.block(Database)
    done = await site.run(commands.listing(settings))
    if not done.ok:
        raise Unreachable(f"{site.host.name}: {settings.folder} cannot be read: {error_text(site, done)}")
    return read_listing(done.out)


def read_listing(out: str) -> list[Backup]:
    """Names that could not be typed safely are left out. Pure."""
    first, *lines = out.splitlines() or ["0"]
    found = list[Backup]()
    for line in lines:
        size, _, rest = line.partition(" ")
        at, _, name = rest.partition(" ")
        if _NAME.fullmatch(name) and size.isdigit() and at.isdigit():
            found.append(Backup(name, int(size), float(max(0, int(first) - int(at)))))
    return sorted(found, key=lambda backup: (backup.age, backup.name))


async def loss(site: Site, backup: str, container: str) -> Loss:
    """Counted as far as it can be, a minute at most. Raises Unreachable."""
    settings, docker = site.block(Database), docker_of(site)
    if settings.restore is not None or not container:
        return Loss(None, None)
    there, kept = commands.rows(settings, docker, container), commands.rows_in(settings, docker, backup, container)
    now, then = await site.run_all(there, kept)
    return Loss(read_rows(now.out) if now.ok else None, read_rows(then.out) if then.ok else None)


def read_rows(out: str) -> dict[str, int]:
    pairs = (line.rpartition(" ") for line in out.splitlines())
    return {table: int(count) for table, _, count in pairs if count.isdigit()}
