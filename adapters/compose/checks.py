"""What the compose adapter can check, and the actions that stop services."""

from __future__ import annotations

from pydantic import Field

from titan_flow.adapters.base import Action, Check
from titan_flow.adapters.command import Words, judge
from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.ownership import REMEDY, Orphans, orphans, removable, strangers
from titan_flow.adapters.compose.resources import detached
from titan_flow.adapters.compose.services import expected
from titan_flow.adapters.compose.settings import Compose, Service
from titan_flow.adapters.compose.state import Unrendered, facts, project, standing
from titan_flow.adapters.effects import Job
from titan_flow.adapters.field_types import Duration
from titan_flow.adapters.services.health import all_healthy, runs
from titan_flow.adapters.site import Site
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json, Observation


class Configured(Check):
    """The compose file renders, has every service that the spec's `compose:` block names, and the project's containers
    are those of this directory."""

    name = "compose.configured"
    remedy = "fix the compose file, or `services:` in the spec; on the host: docker compose config --services"
    needs = ("compose",)

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        try:
            found = await facts(site, settings)
        except Unrendered as wrong:
            return Observation(Answer.NO, str(wrong), final=True, remedy=wrong.remedy)
        if (others := await strangers(site, settings, found.project)) is not None:
            return Observation(Answer.NO, others, final=True, remedy=REMEDY)
        rendered = found.rendered
        evidence: dict[str, Json] = {
            "project": rendered.project,
            "services": [*rendered.services],
            "rendered": rendered.hash,
            "env": found.env,
        }
        if missing := [name for name in (*settings.services, *settings.once) if name not in rendered.services]:
            return Observation(Answer.NO, f"the compose file has no service {', '.join(missing)}", evidence, final=True)
        return Observation(Answer.YES, f"project {rendered.project}, {len(rendered.services)} services", evidence)


class Running(Check):
    """Every service runs, is healthy if it has a health check, and was not restarted or replaced since the last
    observation.

    It is on its networks and publishes its ports. One-off services have ended with exit 0.
    """

    name = "compose.running"
    needs = ("compose",)
    services: list[Service] = Field(default_factory=list[str], description="only these; default: all that should run")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        rendered, there = await standing(site, settings)
        instances = there.instances(rendered.once, detached(rendered, there))
        if self.services:
            instances = tuple(one for one in instances if one.service in self.services)
        absent = {name: 1 for name in settings.services if name not in rendered.services}
        wanted = {**expected(rendered, there, settings), **absent}
        if self.services:
            declared = {name: one.replicas for name, one in rendered.services.items()}
            wanted = {name: declared.get(name, 1) for name in self.services}
        return all_healthy(wanted, instances, since)


class Runs(Check):
    """Every service of a recorded release runs, is healthy, and is made from exactly the recorded image."""

    name = "compose.runs"
    needs = ("compose",)
    images: dict[Service, Image] = Field(description="by service, as in `${release.images}`")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        rendered, there = await standing(site, settings)
        instances = there.instances(rendered.once, detached(rendered, there))
        return runs(self.images, instances, expected(rendered, there, settings))


class ExecOk(Check):
    """A program inside the service's container ends with status 0. Not found there, or a timeout: unknown."""

    name = "compose.exec_ok"
    needs = ("compose",)
    service: Service
    command: Words = Field(description="the program and its arguments, each a separate word")
    timeout: Duration = Field(default=10.0, gt=0, le=3600, description="time limit")

    @property
    def max_seconds(self) -> float:
        return self.timeout + 15.0  # the answer's way, and finding the container

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        there = [one for one in (await project(site, settings)).of(self.service) if one.running]
        if not there:
            return Observation(Answer.NO, f"{self.service} does not run")
        done = await site.run(questions.inside(settings, there[0].id, self.command, self.timeout))
        return judge(site, self.command, done, self.service)


class Leftovers(Check):
    """No container `<12 hex digits>_name` is left from an `up` that was killed while it recreated one."""

    name = "compose.leftovers"
    needs = ("compose",)

    async def look(self, site: Site, since: Json) -> Observation:
        names = [one.name.lstrip("/") for one in (await project(site, site.block(Compose))).containers if one.leftover]
        if names:
            says = f"left over from a killed `up`: docker rm -f {' '.join(names)}"
            remedy = "inspect it first (docker inspect); or skip this check: compose.up repairs it, never by force"
            return Observation(Answer.NO, says, {"names": [*names]}, remedy=remedy)
        return Observation(Answer.YES, "no container is left over")


class Down(Action):
    """No container of the project is left. Volumes, images, and orphans that nobody asked to remove, stay."""

    name = "compose.down"
    affects = ("services",)
    needs = ("compose",)
    remove_orphans: Orphans = Field(
        default=False,
        description="the containers of these services too, which are not in the compose file; true: of every one that "
        "was in it",
    )

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        rendered, there = await standing(site, settings)
        if (others := await strangers(site, settings, there)) is not None:
            return Observation(Answer.NO, others, final=True, remedy=REMEDY)
        gone = removable(there, rendered, settings, site.directory, self.remove_orphans)
        stays = {one.id for one in orphans(there, rendered)} - {one.id for one in gone}
        names = [one.name.lstrip("/") for one in there.containers if one.id not in stays]
        if not names:
            return Observation(Answer.YES, "no container of the project is left")
        evidence: dict[str, Json] = {"containers": [*names], "orphans": [one.id for one in gone]}
        return Observation(Answer.NO, f"{len(names)} containers are there", evidence)

    def act(self, site: Site, seen: Observation) -> Job:
        settings, found = site.block(Compose), seen.evidence.get("orphans")
        gone = [id for id in found if isinstance(id, str)] if isinstance(found, list) else []
        removes = (commands.remove(settings, gone),) if gone else ()
        return Job((*removes, commands.down(settings)))
