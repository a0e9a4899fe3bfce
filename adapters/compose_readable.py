"""compose.readable: what compose reads can be read by the user that it will run as."""

from __future__ import annotations

from typing import ClassVar

from titan_flow.adapters.base import Check, Unreachable
from titan_flow.adapters.compose_settings import Compose
from titan_flow.adapters.site import Site
from titan_flow.states.words import Answer, Json, Look

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
    """The compose files, the env files and those that are `masked` can be read: by root with `sudo`, else by who
    logs in."""

    name: ClassVar[str] = "compose.readable"
    needs: ClassVar[tuple[str, ...]] = ("compose",)

    async def look(self, site: Site, since: Json) -> Look:
        settings = site.block(Compose)
        files = [*settings.file, *settings.env_file, *settings.masked]
        done = await site.run(settings.does("sh", "-c", _READ, "sh", *files))
        user, *answers = done.out.splitlines() or [""]
        if not done.ok or len(answers) != len(files):
            raise Unreachable(
                f"{site.host.name}: what compose reads cannot be looked at: {done.tail(1) or 'no answer'}"
            )
        found = dict(zip(files, answers, strict=True))
        evidence: dict[str, Json] = {"user": user, **found}
        faults = [f"{file} cannot be read by {user}" for file, how in found.items() if how == "closed"]
        faults += [f"{file} does not exist" for file, how in found.items() if how == "missing"]
        if not faults:
            return Look(Answer.YES, f"{user} can read {', '.join(files)}", evidence)
        closed = "closed" in answers and not settings.sudo
        remedy = "in the spec: `compose: {sudo: true}`, if it is root's" if closed else f"put it into {site.directory}"
        return Look(Answer.NO, "; ".join(faults), evidence, final=True, remedy=remedy)
