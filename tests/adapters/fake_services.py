"""Services without a supervisor: a test says what runs, and writes the logs, which are real files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.offers import offering
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.protocol import Instance, Log, Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.release import Release
from titan_flow.states.values import Json


def site_with(directory: Path, services: Services) -> Site:
    """This machine, with those services."""
    return Site(LocalHost(), str(directory), offers=offering({Services: services}))


@dataclass
class FakeServices:
    directory: Path
    there: dict[str, Instance] = field(default_factory=dict[str, Instance])
    also: list[Instance] = field(default_factory=list[Instance])
    known: tuple[str, ...] = ()
    lost: bool = False
    gaps: bool = False
    """lines may be missing from every log"""
    count: int = 0
    reads: int = 0

    def start(self, service: str, *lines: str) -> None:
        """A new instance, with a new log."""
        self.count += 1
        self.there[service] = Instance(service, f"id{self.count}", "sha256:1", None, True, "none", 0, f"t{self.count}")
        self.directory.mkdir(exist_ok=True)
        self._file(service).write_text("")
        self.write(service, *lines)

    def write(self, service: str, *lines: str) -> None:
        with self._file(service).open("a") as log:
            log.writelines(f"{line}\n" for line in lines)

    def stop(self, service: str, exit_code: int = 0, restarts: int = 0) -> None:
        self.there[service] = replace(self.there[service], running=False, exit_code=exit_code, restarts=restarts)

    def second(self, service: str) -> None:
        """Another instance of it beside the first."""
        self.also.append(replace(self.there[service], id="another"))

    async def expected(self, site: Site) -> Mapping[str, int | None]:
        return dict.fromkeys((*self.there, *self.known))

    async def instances(self, site: Site) -> Sequence[Instance]:
        if self.lost:
            raise Unreachable("the host does not answer")
        return [*self.there.values(), *self.also]

    async def log(self, site: Site, service: str, since: Json) -> Log:
        self.reads += 1
        if service not in self.there:
            raise LookupError(f"{service} has no instance")
        whole = self._file(service).read_bytes()
        start = since["offset"] if isinstance(since, dict) else 0
        assert isinstance(start, int)
        lines = whole[start:].decode().splitlines()
        return Log(tuple(lines), {"offset": len(whole)}, complete=not self.gaps)

    async def release(self, site: Site, commit: str) -> Release:
        return Release(commit=commit, images={})

    def keep(self, release: Release) -> Job | None:
        return None

    async def superfluous(self, site: Site, releases: Sequence[Release]) -> tuple[str, ...]:
        return ()

    def forget(self, names: Sequence[str]) -> Job:
        return Job(())

    def _file(self, service: str) -> Path:
        return self.directory / self.there[service].id
