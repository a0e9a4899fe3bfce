"""compose.pull: every image of the compose file is here, and is what the registry has now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from titan_flow.adapters.base import Action
from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.at_commit import target
from titan_flow.adapters.compose.models import LocalImage, read_newest
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.settings import Compose, Service
from titan_flow.adapters.compose.state import Unrendered, ask, error_text, facts, local_images
from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.preview import PendingChanges, Preview
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

IMAGES: Mapping[str, Json] = {
    "images": {"app": {"id": f"sha256:{'0' * 64}", "digest": f"registry.example.com/app@sha256:{'0' * 64}"}}
}
"""the shape in which images are handed from step to step"""


class Pull(Action):
    """Every image of the compose file is on the host, and is the one that the registry has under that name now.

    Services are left out if their image is built on the host (by their own `build:` or another service's), or if they
    have `pull_policy: never`.
    """

    name = "compose.pull"
    affects = ("image tags",)
    needs = ("compose",)
    outputs: ClassVar[Mapping[str, Json]] = IMAGES
    services: list[Service] = Field(default_factory=list[str], description="only these; default: all")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        try:
            rendered = (await facts(site, settings)).rendered
        except Unrendered as wrong:
            return Observation(Answer.NO, str(wrong), mark=since)
        return await self._judged(site, settings, rendered, since)

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        """By the compose file of the commit that will lie there; a new image's id is known only once it is pulled."""
        settings = site.block(Compose)
        try:
            rendered = (await target(site, settings, ahead.commit)).rendered
        except Unrendered as wrong:
            return Preview(None, str(wrong))
        seen = await self._judged(site, settings, rendered, None)
        if seen.yes:
            return Preview(False, seen.says, outputs=seen.outputs)
        here, newest = seen.evidence.get("here"), seen.evidence.get("newest")
        known, digests = (here if isinstance(here, dict) else {}), (newest if isinstance(newest, dict) else {})
        images: dict[str, Json] = {
            service: known.get(service) or {"id": "", "digest": digests.get(service)}
            for service in pulled(rendered, self.services)
        }
        refused = seen.evidence.get("refused")
        warnings = (f"the registry does not give {refused}",) if isinstance(refused, str) else ()
        return Preview(True, seen.says, self.act(site, seen), {"images": images}, warnings=warnings)

    async def _judged(self, site: Site, settings: Compose, rendered: Rendered, since: Json) -> Observation:
        if unknown := [name for name in self.services if name not in rendered.services]:
            return Observation(
                Answer.NO, f"the compose file has no service {', '.join(unknown)}", mark=since, final=True
            )
        names = pulled(rendered, self.services)
        here, answer = await asyncio.gather(
            local_images(site, settings, set(names.values())), self._asked(site, settings, names)
        )
        missing = [service for service, name in names.items() if name not in here]
        ids: dict[str, Json] = {service: here[name].id for service, name in names.items() if name in here}
        mark: Json = since if since is not None else {"ids": ids}
        newest = self._newest(site, answer, missing)
        if isinstance(newest, str):
            says = f"{', '.join(missing)} not here; {newest}"
            why = newest.rpartition("Error response from daemon: ")[2]
            told = f"{', '.join(names[one] for one in missing)}: {why}"
            return Observation(Answer.NO, says, {"missing": [*missing], "refused": told}, mark)
        stale = [name for name in newest if name not in missing and not here[names[name]].is_of(newest[name])]
        if missing or stale:
            says = [f"{', '.join(missing)} not here"] if missing else []
            says += [f"{', '.join(stale)} older than the registry's"] if stale else []
            right: dict[str, Json] = {
                service: {"id": here[name].id, "digest": _digest(here[name], newest.get(service))}
                for service, name in sorted(names.items())
                if service not in (*missing, *stale)
            }
            evidence: dict[str, Json] = {
                "missing": [*missing],
                "outdated": [*stale],
                "here": right,
                "newest": {**newest},
            }
            return Observation(Answer.NO, "; ".join(says), evidence, mark)
        images: dict[str, Json] = {
            service: {"id": here[name].id, "digest": _digest(here[name], newest.get(service))}
            for service, name in sorted(names.items())
        }
        new = [service for service, id in ids.items() if id != _before(mark).get(service)]
        says = f"{len(images)} images, {len(new)} new"
        return Observation(Answer.YES, says, {"images": images, "new": [*new]}, mark, {"images": images})

    async def _asked(self, site: Site, settings: Compose, names: Mapping[str, str]) -> CommandResult | None:
        """What the registry has now; None where no name can come to mean another image. Raises Unreachable."""
        moving = {service: name for service, name in names.items() if "@" not in name}
        return (await ask(site, questions.newest(settings, moving)))[0] if moving else None

    def _newest(self, site: Site, answer: CommandResult | None, missing: list[str]) -> dict[str, str] | str:
        """Service -> digest in the registry; words where it refuses and an image is missing, so that a pull decides.

        Raises Unreachable if all are here but may be outdated.
        """
        if answer is None:
            return {}
        if answer.ok:
            try:
                return read_newest(answer.out)
            except (ValueError, LookupError) as wrong:
                raise Unreachable(f"docker on {site.host.name}: {wrong}") from None
        if missing:
            return error_text(site, answer)
        raise Unreachable(f"the registry, asked from {site.host.name}: {error_text(site, answer)}")

    def act(self, site: Site, seen: Observation) -> Job:
        return Job((commands.pull(site.block(Compose), self.services),))


def pulled(rendered: Rendered, only: list[str]) -> dict[str, str]:
    """Service -> reference, of what comes from a registry."""
    return {
        name: service.image
        for name, service in rendered.services.items()
        if service.image
        and rendered.builder(name) is None
        and service.pull_policy not in ("never", "build")
        and (not only or name in only)
    }


def _before(mark: Json) -> Mapping[str, Json]:
    ids = mark.get("ids") if isinstance(mark, dict) else None
    return ids if isinstance(ids, dict) else {}


def _digest(image: LocalImage, newest: str | None) -> str | None:
    """The one that the registry said, in its full form; else the image's own."""
    said = (name for name in sorted(image.digests or ()) if newest and name.endswith(f"@{newest}"))
    return next(said, image.digest)
