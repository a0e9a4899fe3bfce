"""Looks at every service that holds the interlock: by the supervisor's word for what runs, and by its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from titan_flow.adapters.field_types import Pattern
from titan_flow.adapters.interlock.anchors import anchored
from titan_flow.adapters.interlock.judgement import Basis, Standing, Words, overall, standing, unknown
from titan_flow.adapters.offers import Surveyed
from titan_flow.adapters.patterns import Search
from titan_flow.adapters.services.logs import Absent, excerpt, hear_each
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.settings import Arguments, Settings
from titan_flow.adapters.site import Site
from titan_flow.states.values import Evidence, Interlock, Json


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
    interlocks: ClassVar[bool] = True
    services: dict[str, Holder] = Field(min_length=1)
    armed: Pattern = Field(min_length=1)
    disarmed: Pattern = Field(min_length=1)

    def names(self) -> Iterable[str]:
        return self.services

    def warnings(self) -> Iterable[tuple[str, str]]:
        for key, pattern in (("armed", self.armed), ("disarmed", self.disarmed)):
            if not anchored(pattern):
                yield key, "also matches text that a log line quotes: begin every alternative with ^"

    def refusal(self, text: str) -> str:
        """A service may log what it is sent: its line must not read as the interlock's own."""
        search = Search()
        for name, pattern in (("armed", self.armed), ("disarmed", self.disarmed)):
            if any(search(pattern, line.strip()) for line in text.splitlines()):
                return f"reads like a service's own line that says {name}: a log that quotes it would be misread"
        return ""


Standings = Mapping[str, Standing]


async def observe(site: Site) -> Surveyed:
    """The interlock as it is now. Raises Unreachable."""
    seen, _ = await survey(site, None)
    stopped = bool(seen) and all(one.basis is Basis.STOPPED for one in seen.values())
    return Surveyed(overall(one.interlock for one in seen.values()), stopped, evidence_of(seen))


async def survey(site: Site, since: Json) -> tuple[Standings, dict[str, Json]]:
    """Where each service stands, and the mark for looks after a sending. `since`: such a mark. Raises Unreachable."""
    settings = site.block(InterlockSettings)
    words = Words(settings.armed, settings.disarmed, lambda line: excerpt(site, line))
    marks = since if isinstance(since, Mapping) else {}
    before = {service: mark for service, mark in marks.items() if isinstance(mark, Mapping)}
    logs = {service: mark.get("log") for service, mark in before.items()}
    seen: dict[str, Standing] = {}
    fresh: dict[str, Json] = {}
    for service, heard in (await hear_each(site, tuple(settings.services), logs)).items():
        if isinstance(heard, Absent):
            seen[service] = await _absent(site, service, heard)
        else:
            was, starts = Standing.remembered(before.get(service)), settings.services[service].starts
            seen[service] = standing(words, starts, heard, was, sent=since is not None)
        # A process that has not written its first line yet is read from its start next time.
        begun = not isinstance(heard, Absent) and (heard.complete or bool(heard.lines))
        mark = heard.mark if not isinstance(heard, Absent) and begun else None
        fresh[service] = {"log": mark, **seen[service].as_json()}
    return seen, fresh


def evidence_of(seen: Standings) -> Evidence:
    return {service: one.as_json() for service, one in seen.items()}


async def _absent(site: Site, service: str, absent: Absent) -> Standing:
    """What does not run cannot act: but only the supervisor's own word counts for it, and not between two lives."""
    if any(one.running for one in absent.there):
        return unknown(str(absent))
    if any(one.paused for one in absent.there):
        return unknown("it is paused: unpaused, it goes on as it was")
    if any(one.restarts for one in absent.there):
        return unknown(f"{absent}, and has been restarted before: it may come back armed")
    if not absent.there and service not in await services_of(site).expected(site):
        return unknown("the service file knows no such service")
    return Standing(Interlock.DISARMED, Basis.STOPPED, str(absent))
