"""Follows the log of a service's running instance from one look to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.services.protocol import Instance
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json

LONGEST_LINE = 300


@dataclass(frozen=True, slots=True)
class Heard:
    """What the log of a service's one running instance says. `fresh`: `lines` begin where it started, not at the last
    look. `complete`: none of them is missing. `mark`: where the next look goes on.
    """

    lines: tuple[str, ...] = ()
    fresh: bool = True
    complete: bool = True
    mark: Json = None


class Absent(Exception):
    """No instance of the service runs, or more than one: there is no one log. The text says what there is."""

    def __init__(self, text: str, there: Sequence[Instance]) -> None:
        super().__init__(text)
        self.there = there


async def hear(site: Site, service: str, instances: Sequence[Instance], since: Json) -> Heard:
    """The lines since a `Heard.mark`; all since the start where that is None, or the instance is newer than it.

    Raises Absent, Unreachable.
    """
    there = [one for one in instances if one.service == service]
    running = [one for one in there if one.running]
    if len(running) != 1:
        raise Absent(f"{len(running)} instances of it run" if running else _ended(there), there)
    # A container keeps its id when it is restarted in place; what it was before that says nothing of it now.
    now = f"{running[0].id} {running[0].started}"
    before = since if isinstance(since, Mapping) else {}
    fresh = before.get("instance") != now
    try:
        log = await services_of(site).log(site, service, None if fresh else before.get("log"))
    except LookupError as why:
        raise Absent(str(why) or "it has no log", there) from None
    return Heard(log.lines, fresh, log.complete, {"instance": now, "log": log.mark})


async def hear_each(site: Site, services: Sequence[str], marks: Mapping[str, Json]) -> dict[str, Heard | Absent]:
    """`hear`, for several services at once. Raises Unreachable."""
    instances = await services_of(site).instances(site)

    async def one(service: str) -> Heard | Absent:
        try:
            return await hear(site, service, instances, marks.get(service))
        except Absent as why:
            return why

    return dict(zip(services, await asyncio.gather(*map(one, services)), strict=True))


def _ended(there: Sequence[Instance]) -> str:
    if not there:
        return "there is no instance of it"
    code = there[-1].exit_code
    return "it does not run" + (f" (exit {code})" if code is not None else "")


def excerpt(site: Site, line: str) -> str:
    """One log line as evidence."""
    return site.excerpt(line, LONGEST_LINE)
