"""What a `compose.up` does, settled by its look: each service's pinned image, and what has to happen first. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from titan_flow.adapters.compose_facts import Facts
from titan_flow.adapters.compose_reading import LocalImage
from titan_flow.adapters.compose_settings import LABEL, Compose
from titan_flow.states.release import Image


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
    anew: dict[str, str] = Field(default_factory=dict[str, str])
    """service -> why it gets a new container though compose would leave it the one that it has"""
    leftovers: dict[str, str] = Field(default_factory=dict[str, str])
    """container id -> the name it was to get when compose was killed; compose itself stumbles over the two"""

    def override(self) -> dict[str, object]:
        return {"services": {name: _entry(pin) for name, pin in self.pins.items()}}


def _entry(pin: Pin) -> dict[str, object]:
    """`pull_policy` is no part of what compose hashes."""
    image: dict[str, object] = {} if pin.image is None else {"image": pin.image}
    label: dict[str, object] = {} if pin.label is None else {"labels": {LABEL: pin.label}}
    absent = pin.image is None and pin.label is not None
    return {**image, **label, "pull_policy": "missing" if absent else "never"}


def pin(found: Facts, service: str, id: str | None) -> Pin:
    """A container that is right by the plain file stays so only if the override says nothing that compose hashes."""
    plain = found.rendered.services[service].hash
    there = found.project.of(service)
    if there and all(one.image == id and one.hash == plain for one in there):
        return Pin()
    return Pin(image=id, label=plain)


def mendable(found: Facts) -> dict[str, str]:
    """Only what never ran, or whose name is free: anything else is somebody's."""
    names = {one.name.lstrip("/") for one in found.project.containers}
    there = [one for one in found.project.containers if one.leftover]
    return {one.id: one.meant for one in there if one.status == "created" or one.meant not in names}


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
