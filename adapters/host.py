"""The host itself: does it answer, has it room, has it the programs that are needed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.commands import run
from titan_flow.adapters.site import Site
from titan_flow.states.words import Answer, Json, Look

Program = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./+][A-Za-z0-9_./+-]*$")]


class Reachable(Check):
    """The host answers a command. Evidence: its name and kernel."""

    name = "host.reachable"

    async def look(self, site: Site, since: Json) -> Look:
        done = await site.run(run("uname", "-nsr"))
        said = done.out.strip()
        return Look(Answer.YES if done.ok else Answer.UNKNOWN, said, {"uname": said})


class DiskFree(Check):
    """At least so many megabytes, and so many inodes, are free where `path` lies. Not readable: unknown."""

    name = "host.disk_free"
    path: str = Field(default=".", min_length=1, description="relative to the flow's directory")
    megabytes: int = Field(default=1024, ge=1)
    inodes: int = Field(default=10_000, ge=1)

    async def look(self, site: Site, since: Json) -> Look:
        room, nodes = await site.run_all(run("df", "-Pk", "--", self.path), run("df", "-Pi", "--", self.path))
        free, left = _free(room.out), _free(nodes.out)
        if free is None or left is None:
            return Look(Answer.UNKNOWN, f"df {self.path}: {room.tail(1) or nodes.tail(1)}")
        evidence: dict[str, Json] = {"megabytes": free // 1024, "inodes": left}
        enough = free // 1024 >= self.megabytes and left >= self.inodes
        return Look(Answer.YES if enough else Answer.NO, f"{free // 1024} MB and {left} inodes free", evidence)


class Tools(Check):
    """Every program is there, by the PATH that our commands get."""

    name = "host.tools"
    programs: list[Program] = Field(min_length=1)

    async def look(self, site: Site, since: Json) -> Look:
        found = await site.run_all(*(run("sh", "-c", 'command -v -- "$1"', "sh", name) for name in self.programs))
        missing = [name for name, done in zip(self.programs, found, strict=True) if not done.ok]
        if missing:
            return Look(Answer.NO, f"not there: {', '.join(missing)}", {"missing": [*missing]})
        return Look(Answer.YES, f"{len(self.programs)} programs there")


def _free(table: str) -> int | None:
    """The fourth column of df's last line (POSIX format): what is available; a file system without inodes says `-`."""
    lines = table.strip().splitlines()
    words = lines[-1].split() if len(lines) > 1 else []
    if len(words) < 4:
        return None
    return int(words[3]) if words[3].isdigit() else 10**12 if words[3] == "-" else None


adapter = Adapter(
    noun="host",
    about="the machine that the flow acts on",
    checks=(Reachable, DiskFree, Tools),
)
