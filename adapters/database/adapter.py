"""database: dump what is there, restore what was. Only an operator's own recovery may hold a restore."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from titan_flow.adapters.base import Action, Adapter
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import ask, error_text
from titan_flow.adapters.database import argv as commands
from titan_flow.adapters.database.backups import DatabaseBackups, container
from titan_flow.adapters.database.server import SERVER
from titan_flow.adapters.database.settings import Database
from titan_flow.adapters.diagnosis import Server
from titan_flow.adapters.docker.settings import docker_of
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import amount
from titan_flow.adapters.offers import Backups
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

Named = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class Dump(Action):
    """The present database is dumped completely into the backup folder: `titan-flow-NAME.dump`, with its hash beside
    it.

    A dump that did not end well leaves no file. A database that does not run is started first, as it is.
    """

    name: ClassVar[str] = "database.dump"
    needs = ("database", "compose")
    as_: Named = Field(alias="as", description='names the file: "${run.id}"')

    @property
    def file(self) -> str:
        return f"titan-flow-{self.as_}.dump"

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Database)
        done = await site.run(commands.kept(settings, self.file))
        path = settings.path(self.file)
        if done.ok:
            sum, size = done.out.split()
            evidence: dict[str, Json] = {"file": path, "sha256": sum, "bytes": int(size)}
            return Observation(Answer.YES, f"dumped to {path}, {amount(int(size))}", evidence)
        if done.status not in (commands.MISSING, commands.BROKEN):
            raise Unreachable(f"{site.host.name}: {path}: {error_text(site, done)}")
        return Observation(Answer.NO, "not dumped yet")

    def act(self, site: Site, seen: Observation) -> Job:
        return Job((commands.dump(site.block(Database), site.block(Compose), self.file),))


class Restore(Action):
    """The database is the backup, in the content that was checked.

    The old database stays beside it, as `NAME_before_RUN`. It is not touched before the backup is loaded completely,
    so a killed restore starts again. With your own command (`database.restore`), only that command knows whether it
    finished: if it began and its end is not known, the run asks a person.
    """

    name: ClassVar[str] = "database.restore"
    needs = ("database", "compose")
    destroys: ClassVar[bool] = True
    repeats: ClassVar[bool] = False
    from_: Named = Field(alias="from", description="file name of the backup")
    as_: Named = Field(alias="as", description='marks the database that was restored: "${run.id}"')

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Database)
        done = await site.run(commands.hashed(settings, self.from_))
        if done.status == commands.MISSING:
            return Observation(Answer.NO, f"there is no backup {self.from_} in {settings.folder}", final=True)
        if not done.ok:
            raise Unreachable(f"{site.host.name}: {self.from_}: {error_text(site, done)}")
        sum = done.out.split()[0]
        evidence: dict[str, Json] = {"backup": self.from_, "sha256": sum}
        if settings.restore is not None:
            state = await site.run(commands.state(settings, self.as_))
            return restore_status(state.out, sum, evidence, since)
        if not (there := await container(site)):
            return Observation(Answer.NO, f"{settings.service} has no container", evidence)
        (marks,) = await ask(site, commands.marks(settings, docker_of(site), there))
        if not marks.ok:
            raise Unreachable(f"{settings.service} on {site.host.name}: {error_text(site, marks)}")
        return marked(marks.out, self._mark(sum), {**evidence, "container": there})

    def act(self, site: Site, seen: Observation) -> Job:
        sum, there = str(seen.evidence.get("sha256", "")), str(seen.evidence.get("container", ""))
        settings, docker = site.block(Database), docker_of(site)
        return Job((commands.restore(settings, docker, self.from_, sum, there, self._mark(sum), self.as_),))

    def _mark(self, sum: str) -> str:
        return f"titan-flow {self.as_} {sum}"


def marked(out: str, mark: str, evidence: dict[str, Json]) -> Observation:
    """By the comment on the database itself. Pure."""
    known = dict(line.split("|", 1) for line in out.splitlines() if "|" in line)
    name = known.pop("name", "")
    if known.get(name) == mark:
        return Observation(Answer.YES, f"{name} is {evidence['backup']}", {**evidence, "database": name})
    half = f"{name}_restoring" in known
    says = "a restore was started and did not finish; the database itself is unchanged" if half else "not restored yet"
    return Observation(Answer.NO, says, {**evidence, "database": name, "begun": half})


def restore_status(state: str, sum: str, evidence: dict[str, Json], since: Json) -> Observation:
    """By what the job wrote before and after the command. Pure."""
    hash, _, word = state.strip().partition(" ")
    if hash == sum and word == "done":
        return Observation(Answer.YES, f"{evidence['backup']} was restored by your command", evidence, since)
    if hash == sum and since is not None:
        says = "the restore was started, and its result is unknown"
        return Observation(Answer.UNKNOWN, says, evidence, since)
    return Observation(Answer.NO, "not restored yet", evidence, {"begun": True})


adapter = Adapter(
    noun="database",
    about="dump the present database and restore a backup, in a recovery that only an operator starts",
    checks=(Dump, Restore),
    settings=Database,
    offers={Backups: lambda site: DatabaseBackups(), Server: lambda site: SERVER},
)
