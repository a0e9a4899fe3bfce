"""The services of a compose project: what should run, what runs, what it says, and the release that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose import logs
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.models import LocalImage, Project
from titan_flow.adapters.compose.ownership import REMEDY, strangers
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.resources import detached
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts, Known, ask, error_text, facts, project, standing
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.protocol import Instance, Log
from titan_flow.adapters.site import Site
from titan_flow.states.release import Image, Release
from titan_flow.states.values import Json


class ComposeServices:
    """See `adapters.services.Services`."""

    def __init__(self, site: Site) -> None:
        self._settings = site.block(Compose)
        self._directory = site.directory
        self._images: dict[str, LocalImage] = {}

    async def expected(self, site: Site) -> Mapping[str, int]:
        """Those that stay up; a one-off service is none of them."""
        return expected(*await standing(site, self._settings), self._settings)

    async def instances(self, site: Site) -> Sequence[Instance]:
        """Whether they are reached as the file says: by what this process last rendered, `expected` for example."""
        there, known = await project(site, self._settings), site.kept(Known, Known).rendered
        if known is None:
            return there.instances(self._settings.once)
        return there.instances(known.once, detached(known, there))

    async def log(self, site: Site, service: str, since: Json) -> Log:
        """Of the container that runs, else of the one that ran last."""
        there = (await project(site, self._settings)).of(service)
        if not there:
            raise LookupError(f"{service} has no container")
        chosen = next((one for one in there if one.running), there[0])
        return await logs.read(site, self._settings, chosen, since)

    async def release(self, site: Site, commit: str) -> Release:
        found = await facts(site, self._settings)
        if (others := await strangers(site, self._settings, found.project)) is not None:
            raise Unreachable(f"no release can be recorded: {others}; {REMEDY}")
        self._images.update(found.project.images)
        return release_of(found, commit)

    def keep(self, release: Release) -> Job | None:
        """A tag of ours on every image that `release` has not just seen it on; a plain prune leaves tagged images."""
        missing = [
            commands.tag(self._settings, image.id, self._kept(service, image))
            for service, image in release.images.items()
            if not self._is_kept(service, image)
        ]
        return Job(tuple(missing)) if missing else None

    async def superfluous(self, site: Site, releases: Sequence[Release]) -> tuple[str, ...]:
        """Tags of ours on images of other releases than these."""
        (answer,) = await ask(site, questions.kept(self._settings, self._settings.keeps(site.directory)))
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
        wanted = {self._kept(service, image) for one in releases for service, image in one.images.items()}
        wanted |= {self._settings.built(site.directory, s, one.commit) for one in releases for s in one.images}
        return tuple(name for name in answer.out.split() if name not in wanted)

    def forget(self, names: Sequence[str]) -> Job:
        return Job((commands.forget(self._settings, names),))

    def _kept(self, service: str, image: Image) -> str:
        return self._settings.kept(self._directory, service, image.id)

    def _is_kept(self, service: str, image: Image) -> bool:
        known = self._images.get(image.id)
        return known is not None and self._kept(service, image) in (known.tags or ())


def release_of(found: Facts, commit: str) -> Release:
    """The newest container of each service decides; an orphan's is no part of any release. Pure."""
    named = [one for one in found.project.containers if one.service in found.rendered.services]
    images = {one.service: found.project.image(one) for one in reversed(named)}
    return Release(
        commit=commit,
        images=dict(sorted(images.items())),
        rendered=found.rendered.hash,
        env=found.env,
        variables=found.variables,
    )


def expected(rendered: Rendered, there: Project, settings: Compose) -> dict[str, int]:
    """How many containers of each service should stay up, in the file's order.

    Compose starts every service of the file that its profiles allow, whatever `compose: {services}` lists: one that has
    a container counts too.
    """
    ends = there.once(settings.once)
    stays = {name: one.replicas for name, one in rendered.services.items() if one.replicas and not one.once}
    listed = settings.services or [*stays]
    return {
        name: count
        for name, count in stays.items()
        if name not in ends and (name in listed or any(not one.ended_well for one in there.of(name)))
    }
