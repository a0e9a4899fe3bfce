"""What a `compose.up` does, settled by its look: each service's pinned image, and what has to happen first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, Field

from titan_flow.adapters.compose.models import Container, LocalImage, stamp
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.settings import LABEL, Compose
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.services.health import YOUNG, ended, hopeless, short
from titan_flow.states.release import Image
from titan_flow.states.values import Json

CONTAINERS = ""
"""under which an `up`'s baseline has the ids of all containers; the other keys are services"""


class Pin(BaseModel):
    """What the override says of one service; `image` None leaves it to the compose file, `label` None untouched.

    `pull`: the image has yet to be pulled.
    """

    image: str | None = None
    label: str | None = None
    pull: bool = False


class Roll(BaseModel):
    """One service that is replaced without interruption. Containers are named by their ids."""

    project: str
    service: str
    total: int
    """its containers while old and new ones run side by side"""
    old: list[str]
    idle: list[str] = Field(default_factory=list[str])
    """those that serve nobody: they go first"""
    before: list[str] = Field(default_factory=list[str])
    """the services that it needs and that change too"""
    needs: dict[str, str] = Field(default_factory=dict[str, str])
    """service -> the condition on which new containers start"""


class Plan(BaseModel):
    """What an act does, as its look found it: it travels in the evidence, so that acting needs no second look."""

    pins: dict[str, Pin] = Field(default_factory=dict[str, Pin])
    tags: dict[str, str] = Field(default_factory=dict[str, str])
    """reference -> image id it has to point at"""
    absent: dict[str, str] = Field(default_factory=dict[str, str])
    """image id -> digest to pull it by"""
    kept: dict[str, str] = Field(default_factory=dict[str, str])
    """a tag of ours -> image id: from the moment that it runs, a plain prune leaves it"""
    anew: dict[str, str] = Field(default_factory=dict[str, str])
    """service -> why it gets a new container though compose would leave it the one that it has"""
    restarts: dict[str, str] = Field(default_factory=dict[str, str])
    """service -> why compose stops and starts it, by itself"""
    leftovers: dict[str, str] = Field(default_factory=dict[str, str])
    """container id -> the name it was to get when compose was killed; compose itself stumbles over the two"""
    orphans: list[str] = Field(default_factory=list[str])
    """ids of containers to remove: their services are no longer in the compose file"""
    rolls: list[Roll] = Field(default_factory=list[Roll])
    """in the order of dependencies"""
    rest: bool = True
    """whether anything is left for a plain `up` after those"""

    @property
    def rolled(self) -> set[str]:
        return {one.service for one in self.rolls}

    @property
    def begun(self) -> set[str]:
        """The services that change before one of those."""
        return {name for one in self.rolls for name in one.before}

    def override(self) -> dict[str, object]:
        return {"services": {name: _entry(pin) for name, pin in self.pins.items()}}


def _entry(pin: Pin) -> dict[str, object]:
    """`pull_policy` is no part of what compose hashes."""
    image: dict[str, object] = {} if pin.image is None else {"image": pin.image}
    label: dict[str, object] = {} if pin.label is None else {"labels": {LABEL: pin.label}}
    absent = pin.pull or (pin.image is None and pin.label is not None)
    return {**image, **label, "pull_policy": "missing" if absent else "never"}


def pin(found: Facts, service: str, id: str | None, named: str | None) -> Pin:
    """What compose hashes stays as in the plain file, so that an `up -d` typed by hand has nothing to do.

    Only where the image's name does not lead to `id` (`named`: where it leads) is the image pinned; what was pinned
    stays so.
    """
    wanted = found.rendered.services[service]
    there = found.project.of(service)
    if there and all(one.image == id and one.hash == wanted.hash for one in there):
        return Pin()
    pinned = bool(there) and all(one.image == id and one.ours == wanted.hash for one in there)
    if pinned or named != id:
        return Pin(image=id, label=wanted.hash)
    return Pin(pull=id is None)


def named(reference: str, tags: Mapping[str, str], here: Mapping[str, LocalImage]) -> str | None:
    """The id that an image's name leads to, once the tags are moved; None where it has yet to be pulled."""
    there = here.get(reference)
    return tags.get(reference, there.id if there else None)


def mendable(found: Facts) -> dict[str, str]:
    """Only what never ran, or whose name is free: anything else may be in use."""
    names = {one.name.lstrip("/") for one in found.project.containers}
    there = [one for one in found.project.containers if one.leftover]
    return {one.id: one.final_name for one in there if one.status == "created" or one.final_name not in names}


def moved(
    images: Mapping[str, Image],
    references: Mapping[str, str],
    ids: Mapping[str, str | None],
    here: Mapping[str, LocalImage],
) -> dict[str, str]:
    """Reference -> the id that it has to point at, where it points elsewhere and all its services agree."""
    tags: dict[str, str] = {}
    for name, reference in references.items():
        there = here.get(reference)
        shared = {ids[other] for other, same in references.items() if same == reference}
        wanted = images[name].id if name in images else None
        if wanted and "@" not in reference and len(shared) == 1 and (there is None or there.id != wanted):
            tags[reference] = wanted
    return tags


def unkept(
    settings: Compose, directory: str, ids: Mapping[str, str | None], here: Mapping[str, LocalImage]
) -> dict[str, str]:
    """Our own tag -> the image that does not have it yet."""
    had = {(tag, one.id) for one in here.values() for tag in one.tags or ()}
    tags = {settings.kept(directory, name, id): id for name, id in ids.items() if id is not None}
    return {tag: id for tag, id in tags.items() if (tag, id) not in had}


def faults(found: Facts, ids: Mapping[str, str | None], orphans: Iterable[Container]) -> list[str]:
    """In words; empty where an up has nothing to do. `ids`: the image that each service should be made from.

    `orphans`: those to be removed.
    """
    wrong = [f"{service} {why}" for service, id in ids.items() if (why := fault(found, service, id)) is not None]
    wrong += [f"{one.name.lstrip('/')} was left behind" for one in found.project.containers if one.leftover]
    return wrong + [f"{name} is no longer in the compose file" for name in sorted({one.service for one in orphans})]


def fault(found: Facts, service: str, id: str | None) -> str | None:
    """Why an up has something to do for the service; None where it runs as it should."""
    there = [one for one in found.project.of(service) if not one.leftover]
    ends, wanted = found.rendered.services[service].once, found.rendered.services[service].replicas
    if not there:
        return "has no container" if wanted else None
    if any(one.image != id for one in there):
        other = next(one.image for one in there if one.image != id)
        return f"is made from {short(other)}" + (f", not {short(id)}" if id else "")
    if not all(settled(found.rendered, service, id, one) for one in there):
        return "is configured otherwise"
    if not all(one.running or (ends and one.status == "exited" and one.exit_code == 0) for one in there):
        one = next(one for one in there if not one.running)
        return ended(ends, one.exit_code) if one.status == "exited" else f"is {one.status}"
    return None if len(there) == wanted else f"has {len(there)} of {wanted} containers"


def failures(found: Facts, services: Iterable[str]) -> dict[str, tuple[str, int]]:
    """One-off service -> which end it was (container and time), and its exit code, where that is not 0."""
    ends = [name for name in services if found.rendered.services[name].once]
    there = ((name, one) for name in ends for one in found.project.of(name) if one.status == "exited")
    return {name: (f"{one.id} {one.finished}", one.exit_code) for name, one in there if one.exit_code}


def doomed(found: Facts, once: Iterable[str], since: Json) -> dict[str, str]:
    """Service -> in words, where a container that was made since the baseline cannot become well by waiting.

    Another `up` would find it as it is. Nothing where the baseline does not say what was there.
    """
    before = since.get(CONTAINERS) if isinstance(since, dict) else None
    if not isinstance(before, list):
        return {}
    new = [one for one in found.project.instances([*once, *found.rendered.once]) if one.id not in before]
    return {
        one.service: "is unhealthy" if one.running else ended(one.once, one.exit_code, one.oom_killed)
        for one in new
        if hopeless(one) and not one.once
    }


def settled(rendered: Rendered, service: str, id: str | None, container: Container) -> bool:
    """Made from that image, by this configuration: as compose itself labels it, or as our override did."""
    plain = rendered.services[service].hash
    return container.image == id and plain in (container.hash, container.ours)


def unchanged(found: Facts, service: str, id: str | None) -> bool:
    """Whether compose would leave every container that the service has: its image and its hash are right."""
    return all(settled(found.rendered, service, id, one) for one in found.project.of(service) if not one.leftover)


def looping(found: Facts, services: Iterable[str]) -> dict[str, str]:
    """Service -> in words, where one of its containers is started again and again by its own restart policy.

    Once the cause is fixed, such a container still waits up to a minute for its next start, and its count of restarts
    speaks against it: a new one does neither.
    """

    def loops(one: Container) -> bool:
        young = one.running and found.project.now - stamp(one.started) < YOUNG
        return one.status == "restarting" or (young and one.restarts > 0)

    return {name: "keeps restarting" for name in services if any(loops(one) for one in found.project.of(name))}
