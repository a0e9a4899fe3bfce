"""release: what exactly runs now, kept so that it can run again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Job
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.git.commits import head
from titan_flow.adapters.services.health import all_healthy, runs
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.site import Site
from titan_flow.states.release import Image, Release, Releases
from titan_flow.states.values import Answer, Json, Observation


class Record(Action):
    """What runs now is recorded, and a prune cannot remove its images. `green`: all of it runs, healthy, not
    restarting.

    Nothing runs at all: no, because there would be no rollback target. The images of the newest verified releases are
    kept; older ones may go.
    """

    name = "release.record"
    needs = ("services",)
    touches = "snapshot"
    affects = ()
    outputs: ClassVar[Mapping[str, Json]] = {
        "release": {
            "commit": "0" * 40,
            "images": {"app": {"id": "sha256:" + "0" * 64, "digest": "example.com/app@sha256:" + "0" * 64}},
            "rendered": "0" * 64,
            "env": "0" * 64,
        },
        "green": True,
    }

    keep: int = Field(
        default=3, ge=1, description="number of verified releases whose images are kept, beside the one that runs"
    )

    async def look(self, site: Site, since: Json) -> Observation:
        with site.moment.lasting():
            return await self._looked(site, since)

    async def _looked(self, site: Site, since: Json) -> Observation:
        services = services_of(site)
        commit, marks, wanted = await asyncio.gather(
            head(site),
            site.moment.ask("marks", site.guard().marks),
            services.expected(site),
            return_exceptions=True,
        )
        if isinstance(commit, LookupError):
            return Observation(Answer.UNKNOWN, str(commit))
        if isinstance(commit, BaseException):
            raise commit
        instances = await services.instances(site)
        if not any(one.running for one in instances):
            return Observation(
                Answer.NO, f"nothing runs on {site.host.name}: there is no release to roll back to", final=True
            )
        release = await services.release(site, commit)
        if isinstance(wanted, BaseException):
            raise wanted
        if isinstance(marks, BaseException):
            raise marks
        seen = all_healthy(wanted, instances)
        state: dict[str, Json] = {"release": release.model_dump(mode="json"), "green": seen.yes}
        evidence: dict[str, Json] = {**state, "instances": dict(seen.evidence)}
        known = Releases.read(marks)
        kept, old = await asyncio.gather(
            site.run(git.is_kept(commit)), self._old(site, release, known) if since is None else _none()
        )
        mark: Json = {**state, "old": [*old]}
        if not kept.ok:
            says = f"the commit {commit[:7]} is not kept by a ref yet"
            return Observation(Answer.NO, says, evidence, mark=mark)
        if services.keep(release) is not None:
            return Observation(Answer.NO, f"the images of {commit[:7]} are not kept yet", evidence, mark=mark)
        if old:
            return Observation(Answer.NO, f"{len(old)} images of older releases are still kept", evidence, mark=mark)
        says = f"release {commit[:7]}, {len(release.images)} images" + (
            "" if seen.yes else f"; not healthy: {seen.says}"
        )
        return Observation(Answer.YES, says, evidence, mark=mark, outputs=state)

    async def _old(self, site: Site, now: Release, known: Releases) -> tuple[str, ...]:
        others = [release for release in known.verified if not release.same(now)]
        return await services_of(site).superfluous(site, [now, *others[: self.keep]])

    def act(self, site: Site, seen: Observation) -> Job:
        state, services = seen.mark if isinstance(seen.mark, dict) else {}, services_of(site)
        if "release" not in state:
            return Job(())
        names = state.get("old")
        old = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        release = Release.model_validate(state["release"])
        keep = services.keep(release)
        jobs = [job for job in (keep, services.forget(old) if old else None) if job is not None]
        commands = (command for job in jobs for command in job.commands)
        return Job((git.keep_commit(release.commit), *commands))


async def _none() -> tuple[str, ...]:
    return ()


class Runs(Check):
    """Every service of a recorded release runs, is healthy, and is made from exactly the recorded image."""

    name = "release.runs"
    needs = ("services",)
    images: dict[str, Image]

    async def look(self, site: Site, since: Json) -> Observation:
        services = services_of(site)
        wanted = await services.expected(site)
        return runs(self.images, await services.instances(site), wanted)


adapter = Adapter(
    noun="release",
    about="exactly what runs: commit, image of every service, hashes of the service file and of the env file",
    checks=(Record, Runs),
)
