"""How long a service's health check may take; compose.health_fits compares that with the time it is given."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from pydantic import Field

from titan_flow.adapters.base import Check
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import ask, error_text
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Duration
from titan_flow.adapters.site import Site
from titan_flow.states.durations import duration
from titan_flow.states.values import Answer, Json, Observation

IMAGE = (
    '{{with .Config.Healthcheck}}{"disabled":{{if .Test}}{{if eq (index .Test 0) "NONE"}}true{{else}}false{{end}}'
    '{{else}}false{{end}},"start_period":{{json .StartPeriod}},"interval":{{json .Interval}},'
    '"timeout":{{json .Timeout}},"retries":{{json .Retries}},"start_interval":{{json .StartInterval}}}'
    "{{else}}null{{end}}"
)
"""`docker image inspect --format` of an image's own health check: nanoseconds and tries, or null; never its command"""
OLDER_IMAGE = IMAGE.replace(',"start_interval":{{json .StartInterval}}', "")
"""the same for docker before 25, which knows no start interval"""

# As in compose's other queries: only lines of health checks leave the host, and of those no command. Services first,
# then `image REFERENCE` with what the image itself declares, where it is on the host.
_HEALTH = r"""
image=$1 older=$2
shift 2
out=$("$@" config --format json) || exit
printf '%s\n' "$out" | awk '
  /^  "/ { inside = /^  "services": [{]/ }
  /^  "name": / { print }
  !inside { next }
  /^    "/ { print }
  /^      "/ { health = /^      "healthcheck": [{]/ }
  /^      "(healthcheck": [{]|image": |build": )/ { print }
  health && /^        "(interval|timeout|retries|start_period|start_interval|disable)": / { print }
'
printf '%s\n' "$out" | awk '
  { value = $2; gsub(/[",]/, "", value) }
  /^  "name": / { project = value }
  /^  "/ { inside = /^  "services": [{]/ }
  !inside { next }
  /^    "/ { service = $1; gsub(/[":]/, "", service) }
  /^      "image": / { print value }
  /^      "build": / { print project "-" service }
' | sort -u | while IFS= read -r name; do
    found=$(docker image inspect --format "$image" "$name" 2>/dev/null ||
      docker image inspect --format "$older" "$name" 2>/dev/null) || continue
    printf 'image %s %s\n' "$name" "$found"
  done
"""
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check's numbers, in seconds and tries; what is None is docker's own value.

    https://docs.docker.com/reference/dockerfile/#healthcheck
    """

    start_period: float | None = None
    interval: float | None = None
    timeout: float | None = None
    retries: int | None = None
    start_interval: float | None = None

    def over(self, image: HealthCheck | None) -> HealthCheck:
        """With the image's own numbers where this one gives none, as docker merges them."""
        if image is None:
            return self
        missing = {one.name: getattr(image, one.name) for one in fields(self) if getattr(self, one.name) is None}
        return replace(self, **missing)

    @property
    def longest(self) -> float:
        """Seconds after which the service is healthy, or docker calls it unhealthy.

        A failure counts once `start_period` is over, and each try may use its whole `timeout`. While the period lasts
        the tries are `start_interval` apart: a longer one than the period itself delays the first try that counts.
        """
        each = (self.interval or 30.0) + (self.timeout or 30.0)
        return self._start + (self.retries or 3) * each

    @property
    def formula(self) -> str:
        """`2m + 20 x (45s + 1m30s)`: start_period + retries x (interval + timeout)"""
        each = f"({duration(self.interval or 30.0)} + {duration(self.timeout or 30.0)})"
        return f"{duration(self._start)} + {self.retries or 3} x {each}"

    @property
    def _start(self) -> float:
        period = self.start_period or 0.0
        return max(period, self.start_interval or 0.0) if period else 0.0


class HealthFits(Check):
    """Every health check of the compose file, and of its images that are on the host, can end within that time.

    A shorter time would roll back a release that only starts slowly.
    """

    name = "compose.health_fits"
    needs = ("compose",)
    remedy = "raise `within` in the spec, or shorten the health check in the compose file or the image"
    within: Duration = Field(description='the time of the check that waits for it: "${verify.within}"')

    async def look(self, site: Site, since: Json) -> Observation:
        settings = site.block(Compose)
        (answer,) = await ask(site, health(settings))
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
        try:
            found = read_health(answer.out)
        except ValueError as wrong:
            raise Unreachable(f"docker on {site.host.name}: {wrong}") from None
        kept = {name: one for name, one in found.items() if not settings.services or name in settings.services}
        evidence: dict[str, Json] = {name: one.longest for name, one in kept.items()}
        slow = {name: one for name, one in kept.items() if one.longest > self.within}
        if slow:
            says = ", ".join(f"{name} may need {duration(one.longest)} ({one.formula})" for name, one in slow.items())
            return Observation(Answer.NO, f"{says}, but has {duration(self.within)}", evidence, final=True)
        count = "1 health check fits" if len(kept) == 1 else f"{len(kept)} health checks fit"
        return Observation(Answer.YES, f"{count} into {duration(self.within)}", evidence)


def health(settings: Compose) -> Command:
    return settings.does("sh", "-c", _HEALTH, "sh", IMAGE, OLDER_IMAGE, *settings.argv())


def read_health(out: str) -> Mapping[str, HealthCheck]:
    """Service -> its health check, its image's included, where it has one that is on. Raises ValueError."""
    given: dict[str, dict[str, object]] = {}
    images: dict[str, str] = {}
    own: dict[str, HealthCheck | None] = {}
    service, project = "", ""
    for line in out.splitlines():
        if line.startswith("image "):
            _, name, numbers = line.split(" ", 2)
            own[name] = image_health(numbers)
            continue
        depth = len(line) - len(line.lstrip(" "))
        key, end = json.JSONDecoder().raw_decode(line, depth)
        value = line[end + 1 :].strip().rstrip(",")
        if depth == 2:
            project = str(json.loads(value))
        elif depth == 4:
            service = str(key)
            images[service] = f"{project}-{service}"
        elif key == "image":
            images[service] = str(json.loads(value))
        elif key == "healthcheck":
            given.setdefault(service, {})
        elif depth == 8:
            given.setdefault(service, {})[str(key)] = json.loads(value)
    found: dict[str, HealthCheck] = {}
    for name, image in images.items():
        mine = own.get(image)
        numbers = given.get(name)
        check = mine if numbers is None else None if numbers.get("disable") is True else numbers_of(numbers).over(mine)
        if check is not None:
            found[name] = check
    return found


def image_health(text: str) -> HealthCheck | None:
    """From what `IMAGE` printed; None where the image declares none, or switches it off. Raises ValueError."""
    found = json.loads(text)
    if found is None or found.pop("disabled"):
        return None
    retries = found.pop("retries") or None
    return HealthCheck(retries=retries, **{name: value / 1e9 or None for name, value in found.items()})


def numbers_of(given: Mapping[str, object]) -> HealthCheck:
    """From the keys of a compose file's `healthcheck:`. Raises ValueError where one is no number, or no duration."""
    spans = ("start_period", "interval", "timeout", "start_interval")
    found = {name: go_seconds(str(given[name])) or None for name in spans if given.get(name) is not None}
    retries = given.get("retries")
    return HealthCheck(**found, retries=None if retries is None else int(str(retries)) or None)


def go_seconds(text: str) -> float:
    """`1m30s`, `1.5s`, `500ms`, `0`, as Go reads and prints a duration. Raises ValueError."""
    if text == "0":
        return 0.0
    if not text or _PART.sub("", text):
        raise ValueError(f"{text!r} is not a duration")
    return sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(text))
