"""Looks at every service that holds the interlock: by the supervisor's word for what runs, and by its log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from titan_flow.adapters.base import Arguments, Settings
from titan_flow.adapters.fields import Pattern
from titan_flow.adapters.following import Absent, excerpt, hear
from titan_flow.adapters.interlock_standing import Basis, Standing, Words, overall, standing, unknown
from titan_flow.states.words import Evidence, Interlock, Json

if TYPE_CHECKING:
    from titan_flow.adapters.services import Instance
    from titan_flow.adapters.site import Site


class Holder(Arguments):
    """A service that may act.

    `logs: changes`: told to be what it is already, it writes nothing. `starts: disarmed`: a new process of it cannot
    act until it is told to, and may say nothing of it.
    """

    logs: Literal["changes", "always"] = "always"
    starts: Literal["disarmed"] | None = None


class InterlockSettings(Settings):
    """`armed` and `disarmed`: regular expressions for the lines that the services write when they are armed or not."""

    block: ClassVar[str] = "interlock"
    services: dict[str, Holder] = Field(min_length=1)
    armed: Pattern = Field(min_length=1)
    disarmed: Pattern = Field(min_length=1)


Standings = Mapping[str, Standing]


async def observe(site: Site) -> tuple[Interlock, Evidence]:
    """The interlock as it is now, and what says so of each service. Raises Unreachable."""
    seen, _ = await survey(site, None)
    return overall(one.interlock for one in seen.values()), told(seen)


async def survey(site: Site, since: Json) -> tuple[Standings, dict[str, Json]]:
    """Where each service stands, and the mark for looks after a sending. `since`: such a mark. Raises Unreachable."""
    holders = site.block(InterlockSettings).services
    instances = await site.services.instances(site)
    marks = since if isinstance(since, Mapping) else None
    found = await asyncio.gather(*(_one(site, service, instances, marks) for service in holders))
    both = dict(zip(holders, found, strict=True))
    seen = {service: one for service, (one, _) in both.items()}
    return seen, {service: {"log": mark, **one.told()} for service, (one, mark) in both.items()}


def told(seen: Standings) -> Evidence:
    return {service: one.told() for service, one in seen.items()}


async def _one(
    site: Site, service: str, instances: Sequence[Instance], marks: Mapping[str, Json] | None
) -> tuple[Standing, Json]:
    settings = site.block(InterlockSettings)
    words = Words(settings.armed, settings.disarmed, lambda line: excerpt(site, line))
    before = marks.get(service) if marks is not None else None
    before = before if isinstance(before, Mapping) else {}
    try:
        heard = await hear(site, service, instances, before.get("log"))
    except Absent as why:
        return await _absent(site, service, instances, str(why)), None
    starts = settings.services[service].starts
    return standing(words, starts, heard, Standing.remembered(before), sent=marks is not None), heard.mark


async def _absent(site: Site, service: str, instances: Sequence[Instance], why: str) -> Standing:
    """What does not run cannot act: but only the supervisor's own word counts for it, and not between two lives."""
    mine = [one for one in instances if one.service == service]
    if any(one.running for one in mine):
        return unknown(why)
    if any(one.restarts for one in mine):
        return unknown(f"{why}, and has been restarted before: it may come back armed")
    if not mine and service not in await site.services.expected(site):
        return unknown("the service file knows no such service")
    return Standing(Interlock.DISARMED, Basis.STOPPED, why)
