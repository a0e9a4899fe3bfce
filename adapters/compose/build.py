"""compose.build: the images that are built on the host are those of the commit that is checked out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from titan_flow.adapters.base import Action
from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose.at_commit import target
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.settings import Compose, Service
from titan_flow.adapters.compose.state import Unrendered, facts, local_images
from titan_flow.adapters.effects import Job
from titan_flow.adapters.git.commits import head
from titan_flow.adapters.preview import PendingChanges, Preview
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation


class Build(Action):
    """Every image that the compose file builds (`build:`) is on the host, built for the commit that is checked out.

    After a successful build, the image gets a tag that names the commit. The tag is the evidence, and `docker image
    prune` keeps tagged images. Such an image has no digest: once it is gone, it cannot be pulled again.
    """

    name = "compose.build"
    needs = ("compose",)
    outputs: ClassVar[Mapping[str, Json]] = {"built": {"app": {"id": f"sha256:{'0' * 64}", "digest": None}}}
    affects: ClassVar[tuple[str, ...] | None] = ()
    services: list[Service] = Field(default_factory=list[str], description="only these; default: all that are built")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        try:
            commit, found = await head(site), await facts(site, settings)
        except Unrendered as wrong:
            return Observation(Answer.NO, str(wrong))
        except LookupError as none:
            return Observation(Answer.UNKNOWN, str(none))
        return await self._judged(site, settings, found.rendered, commit)

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        """By the compose file of the commit that will be checked out. An image to be built has no id yet.

        Raises LookupError where there is no checkout; Unreachable.
        """
        settings = site.block(Compose)
        commit = ahead.commit or await head(site)
        try:
            rendered = (await target(site, settings, ahead.commit)).rendered
        except Unrendered as wrong:
            return Preview(None, str(wrong))
        seen = await self._judged(site, settings, rendered, commit)
        known = seen.outputs.get("built")
        built: dict[str, Json] = dict(known) if isinstance(known, dict) else {}
        plan = _pairs(seen.evidence.get("plan"), "build")
        images: dict[str, Json] = {
            name: built.get(maker) or {"id": "", "digest": None}
            for name in rendered.services
            if (maker := rendered.builder(name)) is not None and (maker in built or maker in plan)
        }
        if seen.yes:
            return Preview(False, seen.says, outputs=seen.outputs)
        act = self.act(site, seen) if "plan" in seen.evidence else None
        return Preview(True if act else None, seen.says, act, outputs={"built": built, "images": images})

    async def _judged(self, site: Site, settings: Compose, rendered: Rendered, commit: str) -> Observation:
        if unknown := [name for name in self.services if name not in rendered.services]:
            return Observation(Answer.NO, f"the compose file has no service {', '.join(unknown)}", final=True)
        names = {
            name: (rendered.reference(name), settings.built(site.directory, name, commit))
            for name, service in rendered.services.items()
            if service.built and (not self.services or name in self.services)
        }
        here = await local_images(site, settings, {name for pair in names.values() for name in pair})
        build: dict[str, Json] = {name: [*pair] for name, pair in names.items() if pair[1] not in here}
        tag = {mine: name for name, mine in names.values() if mine in here and here.get(name) != here[mine]}
        plan: dict[str, Json] = {"build": build, "tag": {**tag}}
        if build or tag:
            says = [f"{', '.join(build)} not built for {commit[:7]} yet"] if build else []
            says += [f"{name} is another build" for name in tag.values()]
            return Observation(Answer.NO, "; ".join(says), {"plan": plan})
        built: dict[str, Json] = {name: {"id": here[mine].id, "digest": None} for name, (_, mine) in names.items()}
        says = f"{len(built)} images, built for {commit[:7]}"
        return Observation(Answer.YES, says, {"built": {**built}}, outputs={"built": {**built}})

    def act(self, site: Site, seen: Observation) -> Job:
        settings, plan = site.block(Compose), seen.evidence.get("plan")
        build, tag = (_pairs(plan, "build"), _pairs(plan, "tag"))
        return Job(
            (
                *(commands.tag(settings, str(mine), str(name)) for mine, name in tag.items()),
                *([commands.build(settings, build)] if build else []),
                *(commands.tag(settings, *map(str, pair)) for pair in build.values() if isinstance(pair, list)),
            )
        )


def _pairs(plan: Json, key: str) -> Mapping[str, Json]:
    found = plan.get(key) if isinstance(plan, dict) else None
    return found if isinstance(found, dict) else {}
