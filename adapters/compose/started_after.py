"""compose.started_after: what a service reads at its start is the file as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from titan_flow.adapters.base import Check
from titan_flow.adapters.compose.models import Project, seconds, stamp
from titan_flow.adapters.compose.settings import Compose, Paths, Service
from titan_flow.adapters.compose.state import ask, error_text, project
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

# A line for each file: when it was written, in seconds (busybox knows whole ones), or nothing where there is none.
_WRITTEN = """
for file; do
  at=$(stat -L -c %.9Y -- "$file" 2>/dev/null)
  case $at in *[!0-9.]* | '') at=$(stat -L -c %Y -- "$file" 2>/dev/null) ;; esac
  printf '%s\\n' "$at"
done
"""


class StartedAfter(Check):
    """Every container of these services started after these files were last written, by the host's clock.

    A server that reads its configuration only when it starts uses the old one until it starts again.
    """

    name = "compose.started_after"
    needs = ("compose",)
    remedy = "restart the service: docker compose up -d --force-recreate SERVICE"
    services: list[Service] = Field(min_length=1)
    files: Paths = Field(min_length=1, description="relative to the flow's directory")

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        there = await project(site, settings)
        (answer,) = await ask(site, written(settings, self.files))
        if not answer.ok:
            raise Unreachable(f"{site.host.name}: {error_text(site, answer)}")
        times = dict(zip(self.files, answer.out.split("\n"), strict=False))
        return judged(there, self.services, times)


def judged(there: Project, services: Sequence[str], times: Mapping[str, str]) -> Observation:
    """`times`: file -> when it was written, in seconds; empty where it does not exist."""
    if missing := [file for file, time in times.items() if not time]:
        return Observation(Answer.NO, f"{', '.join(missing)}: no such file")
    wrong: list[str] = []
    for service in services:
        running = [one for one in there.of(service) if one.running]
        wrong += [] if running else [f"{service} does not run"]
        wrong += [
            f"{service} started before {file} was written"
            for file, time in times.items()
            if any(stamp(one.started) < seconds(time) for one in running)
        ]
    evidence: dict[str, Json] = {
        "written": {**times},
        "started": {one.name.lstrip("/"): one.started for name in services for one in there.of(name)},
    }
    if wrong:
        return Observation(Answer.NO, "; ".join(wrong), evidence)
    return Observation(Answer.YES, f"{', '.join(services)} started after {', '.join(times)} was written", evidence)


def written(settings: Compose, files: list[str]) -> Command:
    """As root where compose runs as root: a folder may be closed to the user who logs in."""
    return settings.does("sh", "-c", _WRITTEN, "sh", *files)
