"""compose.health_fits: nobody is called unhealthy before their own health check had the time to say so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from titan_flow.adapters.base import Check
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import ask, said
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Duration
from titan_flow.adapters.site import Site
from titan_flow.states.durations import duration, seconds
from titan_flow.states.values import Answer, Json, Observation

INTERVAL, RETRIES = 30.0, 3
"""what docker takes where the file says nothing: https://docs.docker.com/reference/dockerfile/#healthcheck"""

# As in compose_questions: only lines of health checks leave the host, and of those no command.
_HEALTH = r"""
out=$("$@" config --format json) || exit
printf '%s\n' "$out" | awk '
  /^  "/ { inside = /^  "services": [{]/ }
  !inside { next }
  /^    "/ { print }
  /^      "/ { health = /^      "healthcheck": [{]/ }
  /^      "healthcheck": [{]/ { print }
  health && /^        "(interval|retries|start_period|disable)": / { print }
'
"""


@dataclass
class Health:
    """A service's health check, in seconds and tries."""

    interval: float = INTERVAL
    retries: int = RETRIES
    start_period: float = 0.0

    @property
    def longest(self) -> float:
        """After so long it is healthy, or docker calls it unhealthy."""
        return self.start_period + self.interval * self.retries

    @property
    def sum(self) -> str:
        return f"{duration(self.start_period)} + {duration(self.interval)} x {self.retries}"


class HealthFits(Check):
    """Every health check of the compose file can come to its end within that time.

    A shorter time would roll back a release that is only slow to start.
    """

    name = "compose.health_fits"
    needs = ("compose",)
    remedy = "raise `within` in the spec, or shorten the health check in the compose file"
    within: Duration = Field(description='as the check that waits for it has it: "${verify.within}"')

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        (answer,) = await ask(site, health(settings))
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {said(site, answer)}")
        try:
            found = read_health(answer.out)
        except ValueError as wrong:
            raise Unreachable(f"docker on {site.host.name}: {wrong}") from None
        kept = {name: one for name, one in found.items() if not settings.services or name in settings.services}
        evidence: dict[str, Json] = {name: one.longest for name, one in kept.items()}
        slow = {name: one for name, one in kept.items() if one.longest > self.within}
        if slow:
            says = ", ".join(f"{name} may need {duration(one.longest)} ({one.sum})" for name, one in slow.items())
            return Observation(Answer.NO, f"{says}, but has {duration(self.within)}", evidence, final=True)
        return Observation(Answer.YES, f"{len(kept)} health checks fit into {duration(self.within)}", evidence)


def health(settings: Compose) -> Command:
    return settings.does("sh", "-c", _HEALTH, "sh", *settings.argv())


def read_health(out: str) -> Mapping[str, Health]:
    """Service -> its health check, where it has one that is not disabled. Raises ValueError on anything else."""
    found: dict[str, Health] = {}
    service, off = "", set[str]()
    for line in out.splitlines():
        depth = len(line) - len(line.lstrip(" "))
        key, end = json.JSONDecoder().raw_decode(line, depth)
        value = line[end + 1 :].strip().rstrip(",")
        if depth == 4:
            service = str(key)
            continue
        one = found.setdefault(service, Health())
        if key == "retries":
            one.retries = int(json.loads(value)) or RETRIES
        elif key == "interval":
            one.interval = go_seconds(json.loads(value)) or INTERVAL
        elif key == "start_period":
            one.start_period = go_seconds(json.loads(value))
        elif key == "disable" and value == "true":
            off.add(service)
    return {name: one for name, one in found.items() if name not in off}


def go_seconds(text: str) -> float:
    """`1m30s`, `1.5s`, `500ms`, as Go prints a duration. Raises ValueError."""
    return 0.0 if re.fullmatch(r"0s?", text) else seconds(text)
