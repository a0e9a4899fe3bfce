"""file: files on the host: existence, owner, mode and content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.effects import Command
from titan_flow.adapters.field_types import Path
from titan_flow.adapters.settings import Arguments
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

# "No such file" and "permission denied" have one exit status; missing is certain only below a folder we may search.
_FACTS = """
if facts=$(stat -L -c '%u %U %a %s %F' -- "$1" 2>/dev/null); then
  printf 'there %s\\n' "$facts"
  [ "$2" = hash ] || exit 0
  sum=$(sha256sum <"$1") || exit
  printf '%s\\n' "${sum%% *}"
  exit 0
fi
parent=$(dirname -- "$1")
while [ ! -e "$parent" ]; do
  case $parent in / | .) break ;; esac
  parent=$(dirname -- "$parent")
done
if [ -x "$parent" ] || [ ! -d "$parent" ]; then echo missing; else printf 'hidden %s\\n' "$parent"; fi
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What `stat` says, symbolic links followed; `hash` only where it was asked for."""

    uid: int
    owner: str
    mode: int
    size: int
    kind: str
    hash: str | None = None

    @property
    def evidence(self) -> dict[str, Json]:
        return {"owner": self.owner, "mode": f"{self.mode:04o}", "size": self.size, "kind": self.kind}


class _File(Arguments):
    path: Path = Field(description="relative to the flow's directory, or absolute; symbolic links are followed")
    sudo: bool = Field(default=False, description="check as root, for a file in a folder that only root may search")

    async def facts(self, site: Site, hash: bool = False) -> Facts | Observation:
        """What is there, or the answer where there is nothing to be seen: no (missing) or unknown (hidden)."""
        done = await site.run(facts(self.path, self.sudo, hash))
        first, _, rest = done.out.partition("\n")
        word, _, told = first.partition(" ")
        if word == "missing":
            return Observation(Answer.NO, f"{self.path} does not exist")
        if word == "hidden":
            return Observation(
                Answer.UNKNOWN, f"{self.path}: {told} may not be searched by this user; `sudo: true` checks as root"
            )
        found = re.fullmatch(r"(\d+) (\S+) ([0-7]+) (\d+) (.+)", told)
        if word != "there" or found is None or not done.ok:
            return Observation(Answer.UNKNOWN, f"{self.path} cannot be read: {done.reason() or f'exit {done.status}'}")
        uid, owner, mode, size, kind = found.groups()
        return Facts(int(uid), owner, int(mode, 8), int(size), kind, rest.strip() or None)


class Exists(_File, Check):
    """A file exists there, of that kind if one is named."""

    name = "file.exists"
    kind: Literal["any", "file", "directory"] = Field(default="any", description="the expected kind")

    async def look(self, site: Site, since: Json) -> Observation:
        found = await self.facts(site)
        if isinstance(found, Observation):
            return found
        fits = self.kind == "any" or (found.kind == "directory") is (self.kind == "directory")
        return Observation(Answer.YES if fits else Answer.NO, f"{self.path} is a {found.kind}", found.evidence)


class Protected(_File, Check):
    """It belongs to that owner, and its mode allows nothing beyond `mode` (0400 passes for 0600)."""

    name = "file.protected"
    remedy = "is it there, and `sudo: true` needed to see it?"
    owner: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", description="a user's name or number")
    mode: str = Field(pattern=r"^0?[0-7]{3,4}$", description='octal, in quotes: "0600"')

    async def look(self, site: Site, since: Json) -> Observation:
        found = await self.facts(site)
        if isinstance(found, Observation):
            return found
        faults: list[str] = []
        if self.owner not in (found.owner, str(found.uid)):
            faults.append(f"belongs to {found.owner}, not {self.owner}")
        if found.mode & ~int(self.mode, 8):
            faults.append(f"has mode {found.mode:04o}, more than {int(self.mode, 8):04o}")
        if faults:
            fix = f"sudo chown {self.owner} {self.path}; sudo chmod {self.mode} {self.path}"
            remedy = f"on the host, in {site.directory}: {fix}"
            return Observation(
                Answer.NO, f"{self.path} {' and '.join(faults)}", found.evidence, final=True, remedy=remedy
            )
        return Observation(Answer.YES, f"{self.path}: {found.owner}, {found.mode:04o}", found.evidence)


class Same(_File, Check):
    """Its content has this SHA-256."""

    name = "file.same"
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="64 hex digits, as `sha256sum` prints them")

    async def look(self, site: Site, since: Json) -> Observation:
        found = await self.facts(site, hash=True)
        if isinstance(found, Observation):
            return found
        answer = Answer.YES if found.hash == self.sha256 else Answer.NO
        says = f"{self.path} is {(found.hash or '')[:12]}" + (
            "" if answer is Answer.YES else f", not {self.sha256[:12]}"
        )
        return Observation(answer, says, {**found.evidence, "sha256": found.hash})


def facts(path: str, sudo: bool, hash: bool) -> Command:
    return Command(("sh", "-c", _FACTS, "sh", path, "hash" if hash else ""), sudo=sudo)


adapter = Adapter(
    noun="file",
    about="files on the host: existence, owner, mode and content",
    checks=(Exists, Protected, Same),
)
