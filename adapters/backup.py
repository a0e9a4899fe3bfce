"""backup: whether a recent backup exists."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.command import Words
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Duration, Path, Size, amount
from titan_flow.adapters.numerals import is_count
from titan_flow.adapters.site import Site
from titan_flow.states.durations import duration
from titan_flow.states.values import Answer, Json, Observation

AHEAD = 60.0
"""seconds that a backup may seem to come from the future"""
# The pattern is expanded by the shell, and by nothing else: no field is split, no option is taken for one.
# "None" is certain only where the folder may be searched.
_NEWEST = """
date +%s
IFS=
# What is still being written, and what says how it should hash, is no backup.
newest=$(for file in $1; do
  case $file in *.new | *.sha256) continue ;; esac
  [ -f "$file" ] && stat -L -c '%Y %s %n' -- "$file"
done | sort -n | tail -n 1)
folder=$(dirname -- "$1")
while [ ! -e "$folder" ]; do
  case $folder in / | .) break ;; esac
  folder=$(dirname -- "$folder")
done
if [ -n "$newest" ]; then printf '%s\\n' "$newest"
elif [ -d "$folder" ] && { [ ! -r "$folder" ] || [ ! -x "$folder" ]; }; then printf 'closed %s\\n' "$folder"
else echo none
fi
"""
_TOLD = 'date +%s; "$@"'


class Recent(Check):
    """The newest backup is younger than `max_age`, by the host's clock, and at least `min` large.

    `path` is a file, or a pattern with `*`. `command` prints the time of the newest backup on its first line (ISO 8601
    with an offset, or seconds since 1970). No backup: no. If it cannot be read or run: unknown.
    """

    name: ClassVar[str] = "backup.recent"
    remedy: ClassVar[str] = "make a backup now, and see why the last one is so old (cron? a full disk?)"
    path: Path | None = Field(default=None, description="`/var/backups/titan/*.dump`; the newest one counts")
    command: Words | None = Field(default=None, description="a program on the host; each argument is a separate word")
    max_age: Annotated[Duration, Field(gt=0)] = Field(description="`24h`, `90m`")
    min: Size = Field(default=1, description="minimum size of the file")
    sudo: bool = Field(default=False, description="read, or run it, as root")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.path is None) == (self.command is None):
            raise ValueError("say how a backup is found: either path, or command")
        return self

    async def look(self, site: Site, since: Json) -> Observation:
        if self.command is not None:
            return await self._told(site, self.command)
        done = await site.run(Command(("sh", "-c", _NEWEST, "sh", self.path or ""), sudo=self.sudo))
        now, _, newest = done.out.strip().partition("\n")
        if not done.ok or not is_count(now):
            raise Unreachable(f"{site.host.name}: no word on backups: {done.reason() or f'exit {done.status}'}")
        if newest == "none":
            return Observation(Answer.NO, f"no backup at {self.path}", {"path": self.path})
        found = re.fullmatch(r"(\d+) (\d+) (.+)", newest)
        if found is None:
            folder = newest.partition(" ")[2]
            remedy = "`sudo: true` reads it as root"
            return Observation(
                Answer.UNKNOWN, f"{folder} may not be searched by this user", {"path": self.path}, remedy=remedy
            )
        evidence: dict[str, Json] = {"backup": found[3], "bytes": int(found[2]), "age": int(now) - int(found[1])}
        if int(found[2]) < self.min:
            says = f"{found[3]} has {amount(int(found[2]))}, {amount(self.min)} at least are expected"
            return Observation(Answer.NO, says, evidence)
        return self._judged(f"{found[3]} ({amount(int(found[2]))})", int(now) - int(found[1]), evidence)

    async def _told(self, site: Site, command: list[str]) -> Observation:
        """What the command says first is when; it says nothing: there is none."""
        done = await site.run(Command(("sh", "-c", _TOLD, "sh", *command), sudo=self.sudo))
        now, _, rest = done.out.partition("\n")
        if not done.ok or not is_count(now):
            return Observation(Answer.UNKNOWN, f"{command[0]}: {done.reason() or f'exit {done.status}'}")
        first = rest.strip().partition("\n")[0].strip()
        if not first:
            return Observation(Answer.NO, f"{command[0]} names no backup")
        made = moment(first)
        if made is None:
            says = f"{command[0]} printed no time (ISO 8601 with its offset, or seconds): {first[:80]}"
            return Observation(Answer.UNKNOWN, says)
        return self._judged("the newest", int(now) - made, {"said": first[:80], "age": int(now) - made})

    def _judged(self, what: str, age: float, evidence: dict[str, Json]) -> Observation:
        if age < -AHEAD:
            return Observation(Answer.UNKNOWN, f"{what} is {duration(-age)} in the future: a clock is wrong", evidence)
        says = f"{what} is {duration(max(age, 0.0))} old"
        if age > self.max_age:
            return Observation(Answer.NO, f"{says}, {duration(self.max_age)} at most", evidence, final=True)
        return Observation(Answer.YES, says, evidence)


def moment(text: str) -> float | None:
    """Seconds since 1970; None where it is no point in time."""
    if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        return float(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo is not None else None


adapter = Adapter(noun="backup", about="whether a recent backup exists", checks=(Recent,))
