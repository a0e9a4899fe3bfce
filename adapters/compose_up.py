"""compose.up: every service runs, from exactly the images it should, as the compose file configures it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field

from titan_flow.adapters import compose_commands as commands
from titan_flow.adapters.base import Action, Unreachable
from titan_flow.adapters.commands import Job
from titan_flow.adapters.compose_facts import Facts, Unrendered, ask, facts, local_images, said
from titan_flow.adapters.compose_mounts import outdated
from titan_flow.adapters.compose_reading import Container, LocalImage
from titan_flow.adapters.compose_rendered import Rendered
from titan_flow.adapters.compose_settings import Compose, Service
from titan_flow.adapters.foresight import Ahead, Foreseen
from titan_flow.adapters.running import short
from titan_flow.adapters.site import Site
from titan_flow.states.release import Image
from titan_flow.states.words import Answer, Json, Look


class Pin(BaseModel):
    """What the override says of one service; `image` None leaves it to the compose file, `label` None untouched."""

    image: str | None = None
    label: str | None = None


class Plan(BaseModel):
    """What an act does, as its look found it: it travels in the evidence, so that acting needs no second look."""

    pins: dict[str, Pin] = Field(default_factory=dict[str, Pin])
    tags: dict[str, str] = Field(default_factory=dict[str, str])
    """reference -> image id it has to point at"""
    absent: dict[str, str] = Field(default_factory=dict[str, str])
    """image id -> digest to pull it by"""
    kept: dict[str, str] = Field(default_factory=dict[str, str])
    """a tag of ours -> image id: from the moment that it runs, a plain prune leaves it"""
    outdated: list[str] = Field(default_factory=list[str])
    """services that mount a file which was written after they started; compose would leave them as they are"""
    leftovers: dict[str, str] = Field(default_factory=dict[str, str])
    """container id -> the name it was to get when compose was killed; compose itself stumbles over the two"""

    def override(self) -> dict[str, object]:
        return {"services": {name: _entry(pin) for name, pin in self.pins.items()}}


class Up(Action):
    """Every service of the compose file runs (or has ended well, where it is meant to), made from exactly these images.

    A service that already does is left alone. The others are recreated from an override pinned to image ids; local
    tags are moved to those ids first, so that an `up -d` typed by hand stays right.
    """

    name = "compose.up"
    affects = ("services", "image tags")
    needs = ("compose",)
    images: dict[Service, Image] = Field(
        default_factory=dict[str, Image], description="by service; what the compose file names, where one is not given"
    )
    pull: Literal["missing", "never"] = Field(default="missing", description="whether an absent image may be pulled")
    remove_orphans: bool = Field(default=False, description="remove containers of services no longer in the file")
    services: list[Service] = Field(default_factory=list[str], description="only these; all where none is named")
    env: str | None = Field(default=None, description="hash of the env file that a recorded release ran with")
    variables: list[str] = Field(default_factory=list[str], description="what that env file set, by name")

    async def look(self, site: Site, since: Json) -> Look:
        settings = site.block(Compose)
        try:
            found = await facts(site, settings)
        except Unrendered as wrong:
            return Look(Answer.NO, str(wrong))
        return await self.judged_by(site, settings, found)

    async def foresee(self, site: Site, ahead: Ahead) -> Foreseen:
        from titan_flow.adapters.compose_foresee import foresee

        return await foresee(self, site, ahead)

    async def judged_by(self, site: Site, settings: Compose, found: Facts, commit: str | None = None) -> Look:
        """The look, by facts that may be another commit's."""
        scope = [name for name in found.rendered.services if not self.services or name in self.services]
        if unknown := sorted({*self.services, *self.images} - {*found.rendered.services}):
            return Look(Answer.NO, f"the compose file has no service {', '.join(unknown)}", final=True)
        references = {name: found.rendered.reference(name) for name in scope}
        wanted = {image.id for name, image in self.images.items() if name in scope}
        here = await local_images(site, settings, {*references.values(), *wanted} - {""})
        ids = {name: self._id(name, references[name], here) for name in scope}
        if (cannot := self._gone(here) or await self._lacking(site, settings, found)) is not None:
            return Look(Answer.NO, cannot, final=True)
        plan = self._plan(found, references, ids, here)
        plan.kept = {
            settings.kept(site.directory, name, id): id
            for name, id in ids.items()
            if id is not None and (settings.kept(site.directory, name, id) not in _tags(here, id))
        }
        old = await outdated(site, settings, [one for name in scope for one in found.project.of(name)], commit)
        plan.outdated = [*old]
        faults = _faults(found, ids, self.remove_orphans)
        faults += [f"{name} mounts {file}, which was written after it started" for name, file in old.items()]
        faults += [f"{name} points at another image" for name in plan.tags]
        evidence: dict[str, Json] = {
            "images": {**ids},
            "containers": {one.name.lstrip("/"): one.id[:12] for one in found.project.containers},
            "plan": plan.model_dump(mode="json"),
        }
        if faults:
            return Look(Answer.NO, "; ".join(faults), evidence)
        says = f"{len(scope)} services as they should be"
        if self.env not in (None, found.env):
            says += f"; {_env(settings)} is not the one that this release ran with"
        return Look(Answer.YES, says, evidence)

    def act(self, site: Site, seen: Look) -> Job:
        settings, plan = site.block(Compose), Plan.model_validate(seen.evidence.get("plan", {}))
        pulls = self.pull == "missing"
        return Job(
            (
                *(
                    commands.pull_missing(settings, id, digest, self._whose(id))
                    for id, digest in plan.absent.items()
                    if pulls
                ),
                *(commands.tag(settings, id, name) for name, id in {**plan.tags, **plan.kept}.items()),
                commands.write_override(plan.override()),
                *(commands.mend(settings, id, name) for id, name in plan.leftovers.items()),
                *((commands.renew(settings, plan.outdated, pulls),) if plan.outdated else ()),
                commands.up(settings, self.services, self.remove_orphans, pulls),
            )
        )

    def _whose(self, id: str) -> str:
        return ", ".join(name for name, image in self.images.items() if image.id == id)

    def _gone(self, here: Mapping[str, LocalImage]) -> str | None:
        """Words, where an image is neither here nor to be had."""
        gone = [(name, one.id) for name, one in self.images.items() if one.id not in here and not one.digest]
        if not gone:
            return None
        which = " and ".join(f"the image of {name} that ran ({id})" for name, id in gone)
        return f"{which} is gone from this host; it was built there, so no registry has it"

    async def _lacking(self, site: Site, settings: Compose, found: Facts) -> str | None:
        """Words, where the env file no longer sets what this compose file needs. Raises Unreachable."""
        missing = [name for name in self.variables if name not in found.variables]
        if self.env in (None, found.env) or not missing:
            return None
        (answer,) = await ask(site, commands.needed(settings, missing))
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {said(site, answer)}")
        needed = [name for name in missing if name in answer.out.split()]
        if not needed:
            return None
        return f"{_env(settings)} no longer sets {', '.join(needed)}, which this release needs: put it back there"

    def _id(self, service: str, reference: str, here: Mapping[str, LocalImage]) -> str | None:
        """The image id that the service should run; None where it is not known before it is pulled."""
        if service in self.images:
            return self.images[service].id
        return here[reference].id if reference in here else None

    def _plan(
        self,
        found: Facts,
        references: Mapping[str, str],
        ids: Mapping[str, str | None],
        here: Mapping[str, LocalImage],
    ) -> Plan:
        given = {name: image for name, image in self.images.items() if name in references}
        tags: dict[str, str] = {}
        for name, image in given.items():
            reference = references[name]
            there = here.get(reference)
            shared = {ids[other] for other, same in references.items() if same == reference}
            if "@" not in reference and len(shared) == 1 and (there is None or there.id != image.id):
                tags[reference] = image.id
        return Plan(
            pins={name: _pin(found, name, ids[name]) for name in references},
            tags=tags,
            absent={image.id: image.digest for image in given.values() if image.id not in here and image.digest},
            leftovers=_mendable(found),
        )


def _env(settings: Compose) -> str:
    return ", ".join(settings.env_file) or ".env"


def _tags(here: Mapping[str, LocalImage], id: str) -> list[str]:
    return [tag for one in here.values() if one.id == id for tag in one.tags or ()]


def settled(rendered: Rendered, service: str, id: str | None, container: Container) -> bool:
    """Made from that image, by this configuration: as compose itself labels it, or as our override did."""
    plain = rendered.services[service].hash
    return container.image == id and plain in (container.hash, container.ours)


def _pin(found: Facts, service: str, id: str | None) -> Pin:
    """A container that is right by the plain file stays so only if the override says nothing that compose hashes."""
    plain = found.rendered.services[service].hash
    there = found.project.of(service)
    if there and all(one.image == id and one.hash == plain for one in there):
        return Pin()
    return Pin(image=id, label=plain)


def _mendable(found: Facts) -> dict[str, str]:
    """Only what never ran, or whose name is free: anything else is somebody's."""
    names = {one.name.lstrip("/") for one in found.project.containers}
    there = [one for one in found.project.containers if one.leftover]
    return {one.id: one.meant for one in there if one.status == "created" or one.meant not in names}


def _entry(pin: Pin) -> dict[str, object]:
    """`pull_policy` is no part of what compose hashes."""
    image: dict[str, object] = {} if pin.image is None else {"image": pin.image}
    label: dict[str, object] = {} if pin.label is None else {"labels": {commands.LABEL: pin.label}}
    absent = pin.image is None and pin.label is not None
    return {**image, **label, "pull_policy": "missing" if absent else "never"}


def fault(found: Facts, service: str, id: str | None) -> str | None:
    """Why an up has something to do for the service; None where it runs as it should."""
    there = [one for one in found.project.of(service) if not one.leftover]
    ends = found.rendered.services[service].once
    if not there:
        return "has no container"
    if any(one.image != id for one in there):
        other = next(one.image for one in there if one.image != id)
        return f"is made from {short(other)}" + (f", not {short(id)}" if id else "")
    if not all(settled(found.rendered, service, id, one) for one in there):
        return "is configured otherwise"
    if not all(one.running or (ends and one.status == "exited" and one.exit_code == 0) for one in there):
        return f"is {there[0].status}"
    return None


def _faults(found: Facts, ids: Mapping[str, str | None], orphans: bool) -> list[str]:
    faults: list[str] = []
    for service, id in ids.items():
        if (why := fault(found, service, id)) is not None:
            faults.append(f"{service} {why}")
    faults += [f"{one.name.lstrip('/')} was left behind" for one in found.project.containers if one.leftover]
    if orphans:
        strange = {one.service for one in found.project.containers} - {*found.rendered.services}
        faults += [f"{name} is an orphan" for name in sorted(strange)]
    return faults
