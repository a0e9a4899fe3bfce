"""What services log: nothing that is forbidden, or a line that has to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.field_types import Pattern
from titan_flow.adapters.patterns import Search
from titan_flow.adapters.services.logs import Absent, excerpt, hear, hear_each
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

MOST_LINES = 20


class Clean(Check):
    """No running instance has logged, since it started, a line that is forbidden and not allowed.

    Each observation of a hold continues where the last one ended. A forbidden line is final: waiting does not remove
    it.
    """

    name: ClassVar[str] = "logs.clean"
    needs: ClassVar[tuple[str, ...]] = ("services",)
    services: tuple[str, ...] = Field(min_length=1)
    forbid: tuple[str, ...] = Field(min_length=1, description="texts, found anywhere in a line, case-sensitive")
    allow: tuple[Pattern, ...] = Field(default=(), description="regular expressions for harmless lines")

    async def look(self, site: Site, since: Json) -> Observation:
        marks = dict(since) if isinstance(since, Mapping) else {}
        hits: dict[str, Json] = {}
        search = Search()
        said = ""
        absent: list[str] = []
        gaps: list[str] = []
        for service, heard in (await hear_each(site, self.services, marks)).items():
            if isinstance(heard, Absent):
                absent.append(f"{service}: {heard}")
            elif found := [line for line in heard.lines if self.forbids(line, search)]:
                hits[service] = [excerpt(site, line) for line in found[:MOST_LINES]]
                said = said or f'{service}: "{excerpt(site, found[0])}"'
            elif heard.complete:
                marks[service] = heard.mark
            else:
                gaps.append(service)
        if hits:
            return Observation(Answer.NO, said, hits, marks, final=True)
        if absent:
            return Observation(Answer.NO, "; ".join(absent), mark=marks)
        if gaps:
            return Observation(Answer.UNKNOWN, f"lines of the log may be missing: {', '.join(gaps)}", mark=marks)
        return Observation(Answer.YES, f"nothing forbidden in the log of {', '.join(self.services)}", mark=marks)

    def forbids(self, line: str, search: Search) -> bool:
        return any(text in line for text in self.forbid) and not any(search(one, line) for one in self.allow)


class Shows(Check):
    """The service's running instance has logged, since it started, a line that the pattern finds."""

    name: ClassVar[str] = "logs.shows"
    needs: ClassVar[tuple[str, ...]] = ("services",)
    service: str
    pattern: Pattern

    async def look(self, site: Site, since: Json) -> Observation:
        """A line once seen stays seen, as long as the same instance runs: the mark carries it."""
        instances = await services_of(site).instances(site)
        before = since if isinstance(since, Mapping) else {}
        try:
            heard = await hear(site, self.service, instances, before.get("log"))
        except Absent as why:
            return Observation(Answer.NO, f"{self.service}: {why}")
        search = Search()
        shown = next((excerpt(site, line) for line in heard.lines if search(self.pattern, line)), None)
        if shown is None and not heard.fresh and isinstance(kept := before.get("line"), str):
            shown = kept
        if shown is not None:
            seen: dict[str, Json] = {"service": self.service, "line": shown}
            return Observation(Answer.YES, f"{self.service}: {shown}", seen, {"log": heard.mark, "line": shown})
        if not heard.complete:
            return Observation(Answer.UNKNOWN, f"{self.service}: lines of its log may be missing", mark=since)
        return Observation(Answer.NO, f"{self.service} has not written {self.pattern!r}", mark={"log": heard.mark})


adapter = Adapter(noun="logs", about="what services log, and what they must not log", checks=(Clean, Shows))
