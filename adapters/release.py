"""release: what exactly runs now, kept so that it can run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.commands import Job
from titan_flow.adapters.git import head
from titan_flow.adapters.running import green, runs
from titan_flow.adapters.site import Site
from titan_flow.states.release import Image, Release
from titan_flow.states.words import Answer, Json, Look


class Record(Action):
    """What runs now is on record, and nothing prunes it. `green`: all of it runs, healthy, not restarting.

    Nothing runs at all: no, for there is nothing to go back to.
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

    async def look(self, site: Site, since: Json) -> Look:
        services = site.services
        try:
            commit = await head(site)
        except LookupError as none:
            return Look(Answer.UNKNOWN, str(none))
        instances = await services.instances(site)
        if not any(one.running for one in instances):
            return Look(Answer.NO, f"nothing runs on {site.host.name}: there is no release to go back to", final=True)
        release = await services.release(site, commit)
        seen = green(await services.expected(site), instances)
        state: dict[str, Json] = {"release": release.model_dump(mode="json"), "green": seen.yes}
        evidence: dict[str, Json] = {**state, "instances": dict(seen.evidence)}
        if services.keep(release) is not None:
            return Look(Answer.NO, f"the images of {commit[:7]} are not kept yet", evidence, mark=state)
        says = f"release {commit[:7]}, {len(release.images)} images" + ("" if seen.yes else f"; not green: {seen.says}")
        return Look(Answer.YES, says, evidence, mark=state, outputs=state)

    def act(self, site: Site, seen: Look) -> Job:
        state = seen.mark if isinstance(seen.mark, dict) else {}
        if "release" not in state:
            return Job(())
        return site.services.keep(Release.model_validate(state["release"])) or Job(())


class Runs(Check):
    """Every service of a recorded release runs, made from exactly the recorded image."""

    name = "release.runs"
    needs = ("services",)
    images: dict[str, Image]

    async def look(self, site: Site, since: Json) -> Look:
        return runs(self.images, await site.services.instances(site))


adapter = Adapter(
    noun="release",
    about="what exactly runs: commit, image of every service, hashes of the service file and of the env file",
    checks=(Record, Runs),
)
