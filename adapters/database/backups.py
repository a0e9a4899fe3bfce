"""Which backups there are, how old they are, and what restoring one would lose."""

from __future__ import annotations

import re

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import error_text, project
from titan_flow.adapters.database import argv as commands
from titan_flow.adapters.database.settings import Database
from titan_flow.adapters.docker.settings import docker_of
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import Backup, Loss
from titan_flow.adapters.site import Site

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NUMBER = re.compile(r"[0-9]{1,18}")
"""of bytes, seconds or rows; `str.isdigit` would take `²` too, which is no number"""


class DatabaseBackups:
    """The files in the folder of the `database:` block."""

    def folder(self, site: Site) -> str:
        return site.block(Database).folder

    async def newest(self, site: Site) -> list[Backup]:
        settings = site.block(Database)
        done = await site.run(commands.listing(settings))
        if not done.ok:
            raise Unreachable(f"{site.host.name}: {settings.folder} cannot be read: {error_text(site, done)}")
        return read_listing(done.out)

    async def loss(self, site: Site, backup: str) -> Loss:
        settings, docker = site.block(Database), docker_of(site)
        if settings.restore is not None or not (there := await container(site)):
            return Loss(None, None)
        now, then = await site.run_all(
            commands.rows(settings, docker, there), commands.rows_in(settings, docker, backup, there)
        )
        return Loss(read_rows(now.out) if now.ok else None, read_rows(then.out) if then.ok else None)


async def container(site: Site) -> str:
    """The id of the database's container, running or not; empty where there is none. Raises Unreachable."""
    there = (await project(site, site.block(Compose))).of(site.block(Database).service)
    return next((one.id for one in there if one.running), there[0].id if there else "")


def read_listing(out: str) -> list[Backup]:
    """Names that could not be typed safely are left out. Pure. Raises Unreachable where the host says no time."""
    if not out:
        return []
    first, *lines = out.splitlines()
    if not _NUMBER.fullmatch(first):
        raise Unreachable("the host does not say what time it is")
    found = list[Backup]()
    for line in lines:
        size, _, rest = line.partition(" ")
        at, _, name = rest.partition(" ")
        if _NAME.fullmatch(name) and _NUMBER.fullmatch(size) and _NUMBER.fullmatch(at):
            found.append(Backup(name, int(size), float(max(0, int(first) - int(at)))))
    return sorted(found, key=lambda backup: (backup.age, backup.name))


def read_rows(out: str) -> dict[str, int]:
    pairs = (line.rpartition(" ") for line in out.splitlines())
    return {table: int(count) for table, _, count in pairs if _NUMBER.fullmatch(count)}
