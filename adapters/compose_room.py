"""compose.room: the disk under docker's data root has room for what will be pulled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, Field, ValidationError

from titan_flow.adapters import compose_questions as questions
from titan_flow.adapters.base import Check, Unreachable
from titan_flow.adapters.compose_facts import Unrendered, ask, local_images
from titan_flow.adapters.compose_pull import pulled
from titan_flow.adapters.compose_reading import read_newest
from titan_flow.adapters.compose_settings import Compose
from titan_flow.adapters.compose_upcoming import upcoming
from titan_flow.adapters.git_names import Hash
from titan_flow.adapters.host import Size, amount
from titan_flow.adapters.site import Site
from titan_flow.states.words import Answer, Json, Look

UNPACKED = 3
"""bytes on disk for each byte of a layer as it comes: packed while it is pulled, and about twice that unpacked"""
_ROOM = """
root=$(docker info --format '{{.DockerRootDir}}') || exit
[ -d "$root" ] || { echo "docker's data root $root cannot be seen" >&2; exit 1; }
docker version --format '{{.Server.Os}}/{{.Server.Arch}}' || exit
stat -f -c '%a %S %c %d' -- "$root" && printf '%s\\n' "$root"
"""


class _Layer(BaseModel):
    digest: str
    size: int


class _Platform(BaseModel):
    os: str = ""
    architecture: str = ""


class _Listed(BaseModel):
    digest: str
    platform: _Platform = _Platform()


class Manifest(BaseModel):
    """An image's manifest (`layers`), or a list of them (`manifests`)."""

    layers: list[_Layer] = []
    manifests: list[_Listed] = []


class Room(Check):
    """Free bytes and inodes under docker's data root are enough for the images that will be pulled.

    Their size is what the registry says of their layers, three times: packed and unpacked. Where it does not say, and
    where it is less, `min` counts.
    """

    name: ClassVar[str] = "compose.room"
    needs: ClassVar[tuple[str, ...]] = ("compose",)
    remedy: ClassVar[str] = "on the host: docker system df, then docker image prune (kept releases stay, by their tags)"
    min: Size = Field(default=2 * 10**9, description="free in any case: `500MB`, `2GB` (default)")
    inodes: int = Field(default=50_000, ge=0, description="free inodes, where the file system counts them")
    commit: Hash | None = Field(default=None, description="the images that this commit's compose file names")

    async def look(self, site: Site, since: Json) -> Look:
        settings = site.block(Compose)
        done = await site.run(settings.does("sh", "-c", _ROOM))
        lines = done.out.splitlines()
        if not done.ok or len(lines) != 3 or not all(word.isdigit() for word in lines[1].split()):
            raise Unreachable(f"docker on {site.host.name}: {done.tail(1) or f'exit {done.status}'}")
        platform, root = lines[0], lines[2]
        blocks, block, inodes_ever, inodes = (int(word) for word in lines[1].split())
        free = blocks * block
        pulls, says = await self._to_pull(site, settings, platform)
        needed = max(self.min, UNPACKED * pulls)
        evidence: dict[str, Json] = {"root": root, "free": free, "inodes": inodes, "packed": pulls, "needed": needed}
        if free < needed:
            text = f"{amount(free)} free under {root}, {amount(needed)} needed ({says})"
            return Look(Answer.NO, text, evidence, final=True)
        if inodes_ever and inodes < self.inodes:
            text = f"{inodes} inodes free under {root}, {self.inodes} needed"
            return Look(Answer.NO, text, evidence, final=True)
        return Look(Answer.YES, f"{amount(free)} free under {root}; {says}", evidence)

    async def _to_pull(self, site: Site, settings: Compose, platform: str) -> tuple[int, str]:
        """Packed bytes of what is not here yet, as far as the registry says, and words for it. Raises Unreachable."""
        try:
            rendered, _ = await upcoming(site, settings, self.commit)
        except Unrendered:
            return 0, "what will be pulled cannot be told"
        names = set(pulled(rendered, []).values())
        here = await local_images(site, settings, names)
        moving = {f"i{n}": name for n, name in enumerate(sorted(names)) if "@" not in name}
        newest: Mapping[str, str] = {}
        if moving:
            (answer,) = await ask(site, questions.newest(settings, moving))
            try:
                newest = read_newest(answer.out) if answer.ok else {}
            except (ValueError, LookupError):
                newest = {}
        missing = [name for name in names if name not in here]
        stale = [
            name for key, name in moving.items() if name in here and key in newest and not here[name].is_of(newest[key])
        ]
        wanted = sorted({*missing, *stale})
        if not wanted:
            unsure = "" if newest or not moving else ", though the registry was not to be asked"
            return 0, f"every image is here{unsure}"
        sizes = await asyncio.gather(*(self._layers(site, settings, name, platform) for name in wanted))
        layers = {digest: size for found in sizes if found is not None for digest, size in found.items()}
        total, unknown = sum(layers.values()), sum(found is None for found in sizes)
        told = (
            f"{len(wanted)} images to pull, {amount(total)} packed"
            if unknown < len(wanted)
            else f"{len(wanted)} images to pull"
        )
        return total, told + (f"; of {unknown} the registry says no size" if unknown else "")

    async def _layers(self, site: Site, settings: Compose, name: str, platform: str) -> Mapping[str, int] | None:
        """Layer -> packed bytes; None where the registry does not say. Raises Unreachable."""
        manifest = await self._manifest(site, settings, name)
        if manifest is not None and manifest.manifests:
            ours = [one for one in manifest.manifests if f"{one.platform.os}/{one.platform.architecture}" == platform]
            repository = name.partition("@")[0]
            if ":" in repository.rpartition("/")[2]:
                repository = repository.rpartition(":")[0]
            manifest = await self._manifest(site, settings, f"{repository}@{ours[0].digest}") if ours else None
        if manifest is None or not manifest.layers:
            return None
        return {layer.digest: layer.size for layer in manifest.layers}

    async def _manifest(self, site: Site, settings: Compose, name: str) -> Manifest | None:
        (answer,) = await ask(site, questions.manifest(settings, name))
        if not answer.ok:
            return None
        try:
            return Manifest.model_validate_json(answer.out)
        except ValidationError:
            return None
