"""The host itself: whether it answers, has room, and has the programs that a flow needs."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.effects import run
from titan_flow.adapters.field_types import Size, amount
from titan_flow.adapters.host.clock import Clock
from titan_flow.adapters.numerals import is_count
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

_TOOL = re.compile(r"/?[A-Za-z0-9_.+][A-Za-z0-9_.+/-]*")


def _tool(name: str) -> str:
    if not _TOOL.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a program")
    return name


class Reachable(Check):
    """The host answers, and the SSH user can write to the flow's directory.

    A host that does not answer is *unknown*, never *no*. The reason says what to type (an unknown or changed host key,
    a key that is not accepted).
    """

    name: ClassVar[str] = "host.reachable"
    user: str | None = Field(
        default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", description="the user that must be logged in there"
    )

    async def look(self, site: Site, since: Json) -> Observation:
        user, kernel, writable = await site.run_all(run("id", "-un"), run("uname", "-sr"), run("test", "-w", "."))
        evidence: dict[str, Json] = {
            "host": site.host.name,
            "user": user.out.strip(),
            "kernel": kernel.out.strip(),
            "directory": site.directory,
        }
        if self.user is not None and user.out.strip() != self.user:
            says = f"{site.host.name} logs us in as {user.out.strip()}, not as {self.user}"
            remedy = f"in the spec: target: {{ssh: {self.user}@…}}"
            return Observation(Answer.NO, says, evidence, final=True, remedy=remedy)
        if writable.ok:
            return Observation(Answer.YES, f"{site.host.name} answers", evidence)
        if writable.status == 125:
            return Observation(Answer.NO, f"{site.directory} does not exist on {site.host.name}", evidence, final=True)
        says = f"{site.directory} cannot be written by {user.out.strip()}"
        remedy = f"on the host: sudo chown -R {user.out.strip()} {site.directory}"
        return Observation(Answer.NO, says, evidence, final=True, remedy=remedy)


class DiskFree(Check):
    """The file system of `path` has enough free bytes and inodes.

    Counted is the space that the SSH user may use: a file system reserves a part for root. A file system without a
    fixed number of inodes (btrfs) always has enough. A path that does not exist is *unknown*.
    """

    name: ClassVar[str] = "host.disk_free"
    remedy: ClassVar[str] = "on the host: df -h, df -i; docker system df"
    path: str = Field(default=".", min_length=1, description="any file there; relative to the flow's directory")
    min: Size = Field(default=2 * 10**9, description="at least this much: `500MB`, `2GB` (default), `1.5GiB`")
    inodes: int = Field(default=10_000, ge=0, description="at least this many free inodes")

    async def look(self, site: Site, since: Json) -> Observation:
        path = f"./{self.path}" if self.path.startswith("-") else self.path
        done = await site.run(run("stat", "-f", "-c", "%a %S %c %d", path))
        fields = done.out.split()
        if not done.ok or len(fields) != 4 or not all(is_count(field) for field in fields):
            return Observation(Answer.UNKNOWN, f"unknown free space at {self.path}: {done.reason() or 'no answer'}")
        blocks, block, inodes_ever, inodes = (int(field) for field in fields)
        free = blocks * block
        evidence: dict[str, Json] = {"path": self.path, "free": free, "inodes": inodes, "min": self.min}
        if free < self.min:
            says = f"{amount(free)} free at {self.path}, {amount(self.min)} needed"
            return Observation(Answer.NO, says, evidence, final=True)
        if inodes_ever and inodes < self.inodes:
            return Observation(
                Answer.NO, f"{inodes} inodes free at {self.path}, {self.inodes} needed", evidence, final=True
            )
        return Observation(Answer.YES, f"{amount(free)} free at {self.path}", evidence)


class Tools(Check):
    """The programs that the flow needs are installed on the host, in its PATH or in `sbin`."""

    name: ClassVar[str] = "host.tools"
    remedy: ClassVar[str] = "install what is missing on the host"
    needed: tuple[Annotated[str, AfterValidator(_tool)], ...] = Field(min_length=1, description="names, or full paths")

    async def look(self, site: Site, since: Json) -> Observation:
        # one line a program: empty where there is none
        ask = 'for tool; do found=$(command -v "$tool") || found=; echo "$found"; done'
        done = await site.run(run("sh", "-c", ask, "sh", *self.needed))
        paths = done.out.split("\n")[:-1]
        if not done.ok or len(paths) != len(self.needed):
            return Observation(Answer.UNKNOWN, f"unknown which programs are installed: {done.reason()}")
        evidence: dict[str, Json] = {tool: path or None for tool, path in zip(self.needed, paths, strict=True)}
        missing = [tool for tool, path in evidence.items() if path is None]
        if missing:
            return Observation(
                Answer.NO, f"not installed on {site.host.name}: {', '.join(missing)}", evidence, final=True
            )
        return Observation(Answer.YES, f"{', '.join(self.needed)} installed", evidence)


adapter = Adapter(
    noun="host",
    about="the machine that a flow deploys to: connection, clock, disk space, programs",
    checks=(Reachable, Clock, DiskFree, Tools),
)
