"""supervisor: the programs of a supervisord on the host."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path as LocalPath
from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.batching import Batcher
from titan_flow.adapters.effects import Command, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.preview import PendingChanges, Preview
from titan_flow.adapters.services import health
from titan_flow.adapters.services.protocol import Instance, Log, Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.supervisor import remote_supervisor
from titan_flow.adapters.supervisor.preview import foresee
from titan_flow.adapters.supervisor.processes import Seen, brought_up, runs
from titan_flow.adapters.supervisor.settings import Service, SupervisorSettings
from titan_flow.states.release import Image, Release
from titan_flow.states.values import Answer, Json, Observation

__all__ = ["Running", "Runs", "SupervisorServices", "SupervisorSettings", "Up", "adapter"]

M = TypeVar("M", bound=BaseModel)
BY_EDGE = 86400.0
"""an action's deadline is its transition's `timeout`"""

_ANSWERS: TypeAdapter[list[Json]] = TypeAdapter(list[Json])


class _Answer(BaseModel):
    """A log, or why there is none."""

    model_config = ConfigDict(frozen=True, strict=True)
    absent: str = ""
    lines: list[str] = []
    complete: bool = False
    mark: dict[str, int] = {}


class SupervisorServices:
    """See `Services`. What a service runs is told by its process's command line (docs/decisions/0003)."""

    async def expected(self, site: Site) -> Mapping[str, int | None]:
        return dict.fromkeys(site.block(SupervisorSettings).services)

    async def instances(self, site: Site) -> Sequence[Instance]:
        return (await see(site)).instances

    async def log(self, site: Site, service: str, since: Json) -> Log:
        mark = since if isinstance(since, Mapping) else None
        asked: dict[str, Json] = {"service": service, "boot": site.block(SupervisorSettings).boot, "mark": None}
        if mark is not None:
            asked["mark"] = {"inode": mark.get("inode", 0), "offset": mark.get("offset", 0)}
        told = _parsed(_Answer, site, await _ask(site, "log", asked))
        if told.absent:
            raise LookupError(told.absent)
        return Log(tuple(told.lines), {**told.mark}, told.complete)

    async def release(self, site: Site, commit: str) -> Release:
        seen = await see(site, reread=True)
        images = {one.service: Image(id=one.image) for one in seen.instances}
        return Release(commit=commit, images=images, rendered=seen.rendered)

    def keep(self, release: Release) -> Job | None:
        """Nothing prunes what the command lines name."""
        return None

    async def superfluous(self, site: Site, releases: Sequence[Release]) -> tuple[str, ...]:
        return ()

    def forget(self, names: Sequence[str]) -> Job:
        return Job(())


class Running(Check):
    """Every service runs, past its `startsecs`, and was neither restarted nor replaced since the first observation.

    *No* at once, without waiting, if supervisord has given up on one.
    """

    name = "supervisor.running"
    needs = ("supervisor",)
    services: list[Service] | None = Field(
        default=None, min_length=1, description="only these; default: all of the block"
    )

    async def look(self, site: Site, since: Json) -> Observation:
        return runs(self.services or site.block(SupervisorSettings).services, await see(site), since)


class Runs(Check):
    """Each service's process was started with exactly this image."""

    name = "supervisor.runs"
    needs = ("supervisor",)
    images: dict[str, Image] = Field(description="service → {id}, as in `${release.images}`")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(SupervisorSettings)
        return health.runs(self.images, (await see(site)).instances, dict.fromkeys(settings.services))


class Up(Action):
    """supervisord keeps every service up as the configuration files say now: `supervisorctl update` for these services
    only.

    Only what has changed is restarted; what is down is started. `supervisor.running` checks whether it stays up. With
    `images`, files that name anything else are refused before anything is changed.
    """

    name = "supervisor.up"
    affects = ("services",)
    needs = ("supervisor",)
    repeats: ClassVar[bool] = True
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = None
    outputs: ClassVar[Mapping[str, Json]] = {
        "images": {"app": {"id": "sha256:" + "0" * 64, "digest": None}},
        "replaced": ["app"],
    }
    images: dict[str, Image] | None = Field(default=None, description="service → {id}: exactly what must run")

    async def look(self, site: Site, since: Json) -> Observation:
        seen = await see(site, reread=True)
        return brought_up(site.block(SupervisorSettings).services, self.images, seen, since)

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        return await foresee(self, site, ahead, await see(site, reread=True))

    def act(self, site: Site, seen: Observation) -> Job:
        images: Json = {service: image.id for service, image in self.images.items()} if self.images else None
        return Job((_command(site, [{"verb": "up", "images": images}], BY_EDGE),))

    async def by_host(self, site: Site, commit: str | None, within: float) -> tuple[Command, ...]:
        """It refuses files that name another image, so it has worked where it succeeds."""
        return self.act(site, Observation(Answer.NO)).commands


async def see(site: Site, reread: bool = False) -> Seen:
    """What is there now. `reread`: with what an update would change. Raises Unreachable."""
    return _parsed(Seen, site, await _ask(site, "look", {"reread": reread}))


class _Asking(Batcher[dict[str, Json], Json]):
    """One process on the host answers all that is asked in the same moment."""

    def __init__(self, site: Site) -> None:
        super().__init__(self._all)
        self._site = site

    async def _all(self, asked: Sequence[dict[str, Json]]) -> Sequence[Json | BaseException]:
        site = self._site
        done = await site.run(_command(site, asked, 30.0))
        if not done.ok or done.cut:
            python = site.block(SupervisorSettings).python
            words = f"{python} is not there" if done.status == 127 else done.reason() or f"{python}: exit {done.status}"
            raise Unreachable(f"{site.host.name}: {words}")
        try:
            answers = _ANSWERS.validate_json(done.out)
        except ValidationError as wrong:
            raise _nonsense(site, wrong) from None
        if len(answers) != len(asked):
            raise Unreachable(f"{site.host.name}: {len(answers)} answers to {len(asked)} questions about supervisord")
        return answers


async def _ask(site: Site, verb: str, asked: dict[str, Json]) -> Json:
    return await site.kept(_Asking, lambda: _Asking(site)).ask({"verb": verb, **asked})


def _parsed(model: type[M], site: Site, answer: Json) -> M:
    try:
        return model.model_validate(answer)
    except ValidationError as wrong:
        raise _nonsense(site, wrong) from None


def _nonsense(site: Site, wrong: ValidationError) -> Unreachable:
    return Unreachable(f"{site.host.name}: supervisord's answer makes no sense: {wrong.errors()[0]['msg']}")


def _command(site: Site, todo: Sequence[Mapping[str, Json]], timeout: float) -> Command:
    """Nothing asked is secret: it stands in the journal, and in `ps`."""
    settings = site.block(SupervisorSettings)
    whole = {"socket": settings.socket, "services": [*settings.services], "do": [*todo]}
    source = LocalPath(remote_supervisor.__file__).read_text(encoding="utf-8")
    argv = (settings.python, "-I", "-S", "-", json.dumps(whole, separators=(",", ":")))
    return Command(argv, stdin=source, timeout=timeout)


adapter = Adapter(
    noun="supervisor",
    about="the programs of a supervisord on the host",
    checks=(Running, Runs, Up),
    settings=SupervisorSettings,
    offers={Services: lambda site: SupervisorServices()},
)
