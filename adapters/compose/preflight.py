"""compose.readable: what compose reads can be read by the user that it will run as."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, Field, ValidationError

from titan_flow.adapters.base import Check
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.at_commit import upcoming
from titan_flow.adapters.compose.models import read_newest
from titan_flow.adapters.compose.pull import pulled
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Unrendered, ask, error_text, local_images
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Size, amount
from titan_flow.adapters.git.names import Hash
from titan_flow.adapters.numerals import is_count
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

_READ = """
id -un
for file; do
  if (head -c 1 <"$file") >/dev/null 2>&1; then echo read
  else
    folder=$(dirname -- "$file")
    while [ ! -e "$folder" ]; do folder=$(dirname -- "$folder"); done
    if [ -e "$file" ] || { [ -d "$folder" ] && [ ! -x "$folder" ]; }; then echo closed; else echo missing; fi
  fi
done
"""


class Readable(Check):
    """The compose, env and `masked` files can be read: by root with `sudo`, else by the SSH user."""

    name: ClassVar[str] = "compose.readable"
    needs: ClassVar[tuple[str, ...]] = ("compose",)

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        files = [*settings.file, *settings.env_file, *settings.masked]
        done = await site.run(settings.does("sh", "-c", _READ, "sh", *files))
        user, *answers = done.out.splitlines() or [""]
        if not done.ok or len(answers) != len(files):
            raise Unreachable(
                f"{site.host.name}: the files that compose reads cannot be checked: {done.reason() or 'no answer'}"
            )
        found = dict(zip(files, answers, strict=True))
        evidence: dict[str, Json] = {"user": user, **found}
        faults = [f"{file} cannot be read by {user}" for file, how in found.items() if how == "closed"]
        needed = (*settings.file, *settings.env_file)
        faults += [f"{file} does not exist" for file in needed if found[file] == "missing"]
        if not faults:
            there = [file for file, how in found.items() if how == "read"]
            return Observation(Answer.YES, f"{user} can read {', '.join(there)}", evidence)
        closed = "closed" in answers and not settings.sudo
        remedy = "in the spec: `compose: {sudo: true}`, if it is root's" if closed else f"put it into {site.directory}"
        return Observation(Answer.NO, "; ".join(faults), evidence, final=True, remedy=remedy)


# The engine hands on the registry's answer in words only. They decide between *no* and *unknown*: both refuse.
_DENIED = re.compile(r"denied|unauthorized|no basic auth|authentication required|\b40[13]\b", re.IGNORECASE)


_ABSENT = re.compile(r"manifest unknown|not found|name unknown|\b404\b", re.IGNORECASE)


class Pullable(Check):
    """The host can pull every image that comes from a registry, with the credentials that a pull will use.

    Refused, or missing: no. A registry that does not answer: unknown.
    """

    name: ClassVar[str] = "compose.pullable"
    needs: ClassVar[tuple[str, ...]] = ("compose",)
    commit: Hash | None = Field(default=None, description="check the images of this commit's compose file")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        try:
            rendered, exact = await upcoming(site, settings, self.commit)
        except Unrendered as wrong:
            return Observation(Answer.NO, str(wrong), final=True)
        references = sorted({name for name in pulled(rendered, []).values() if "@" not in name})
        evidence: dict[str, Json] = {"images": [*references], "of_the_commit": exact}
        if not references:
            return Observation(Answer.YES, "no image comes from a registry by a name that moves", evidence)
        (whole,) = await ask(site, questions.newest(settings, {f"i{n}": name for n, name in enumerate(references)}))
        if whole.ok:
            return Observation(Answer.YES, f"the registry has {len(references)} images for this host", evidence)
        faults = await self._each(site, settings, references)
        evidence["refused"] = {**faults}
        if not faults:
            return Observation(
                Answer.UNKNOWN, f"the registry, asked from {site.host.name}: {error_text(site, whole)}", evidence
            )
        says = "; ".join(f"{name}: {why}" for name, why in faults.items())
        if denied := [name for name, why in faults.items() if _DENIED.search(why)]:
            login = settings.typed("login", *_registry(denied[0]))
            return Observation(Answer.NO, says, evidence, final=True, remedy=f"on the host: {login}")
        if any(_ABSENT.search(why) for why in faults.values()):
            return Observation(
                Answer.NO, says, evidence, remedy="has CI pushed it? If not, push it; or correct the name"
            )
        return Observation(Answer.UNKNOWN, says, evidence, remedy="does the registry run, and can the host reach it?")

    async def _each(self, site: Site, settings: Compose, references: list[str]) -> dict[str, str]:
        """Which of them it is, and why: compose itself tells of one. Raises Unreachable."""
        asked = [ask(site, questions.newest(settings, {"i": name})) for name in references]
        answers = [answer for (answer,) in await asyncio.gather(*asked)]
        return {name: error_text(site, one) for name, one in zip(references, answers, strict=True) if not one.ok}


def _registry(reference: str) -> tuple[str, ...]:
    """The registry in an image's name; none where it is Docker's own."""
    first = reference.partition("/")[0]
    return (first,) if "/" in reference and ("." in first or ":" in first or first == "localhost") else ()


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
    """Docker's data root has enough free bytes and inodes for the images that will be pulled.

    The need is three times the size of their layers as the registry reports it (packed and unpacked), and at least
    `min`.
    """

    name: ClassVar[str] = "compose.room"
    needs: ClassVar[tuple[str, ...]] = ("compose",)
    remedy: ClassVar[str] = "on the host: docker system df, then docker image prune (kept releases stay, by their tags)"
    min: Size = Field(default=2 * 10**9, description="at least this much free: `500MB`, `2GB` (default)")
    inodes: int = Field(default=50_000, ge=0, description="free inodes, if the file system counts them")
    commit: Hash | None = Field(default=None, description="check the images of this commit's compose file")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        done = await site.run(settings.does("sh", "-c", _ROOM))
        lines = done.out.splitlines()
        if not done.ok or len(lines) != 3 or not all(is_count(word) for word in lines[1].split()):
            raise Unreachable(f"docker on {site.host.name}: {done.reason() or f'exit {done.status}'}")
        platform, root = lines[0], lines[2]
        blocks, block, inodes_ever, inodes = (int(word) for word in lines[1].split())
        free = blocks * block
        pulls, says = await self._to_pull(site, settings, platform)
        needed = max(self.min, UNPACKED * pulls)
        evidence: dict[str, Json] = {"root": root, "free": free, "inodes": inodes, "packed": pulls, "needed": needed}
        if free < needed:
            text = f"{amount(free)} free under {root}, {amount(needed)} needed ({says})"
            return Observation(Answer.NO, text, evidence, final=True)
        if inodes_ever and inodes < self.inodes:
            text = f"{inodes} inodes free under {root}, {self.inodes} needed"
            return Observation(Answer.NO, text, evidence, final=True)
        return Observation(Answer.YES, f"{amount(free)} free under {root}; {says}", evidence)

    async def _to_pull(self, site: Site, settings: Compose, platform: str) -> tuple[int, str]:
        """Packed bytes of what is not here yet, as far as the registry says, and words for it. Raises Unreachable."""
        try:
            rendered, _ = await upcoming(site, settings, self.commit)
        except Unrendered:
            return 0, "what will be pulled is unknown"
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
