"""Follows the log of a service's running instance from one look to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from titan_flow.adapters.services import Instance
from titan_flow.states.words import Json

if TYPE_CHECKING:
    from titan_flow.adapters.site import Site

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


async def hear(site: Site, service: str, instances: Sequence[Instance], since: Json) -> Heard:
    """The lines since a `Heard.mark`; all since the start where that is None, or the instance is newer than it.

    Raises Absent, Unreachable.
    """
    running = [one for one in instances if one.service == service and one.running]
    if len(running) != 1:
        raise Absent(f"{len(running)} instances of it run" if running else _ended(service, instances))
    # A container keeps its id when it is restarted in place; what it was before that says nothing of it now.
    now = f"{running[0].id} {running[0].started}"
    before = since if isinstance(since, Mapping) else {}
    fresh = before.get("instance") != now
    try:
        log = await site.services.log(site, service, None if fresh else before.get("log"))
    except LookupError as why:
        raise Absent(str(why) or "it has no log") from None
    return Heard(log.lines, fresh, log.complete, {"instance": now, "log": log.mark})


def _ended(service: str, instances: Sequence[Instance]) -> str:
    last = next((one for one in reversed(instances) if one.service == service), None)
    if last is None:
        return "there is no instance of it"
    return "it does not run" + (f" (exit {last.exit_code})" if last.exit_code is not None else "")


def excerpt(site: Site, line: str) -> str:
    """One log line as evidence: masked, then bounded."""
    kept = site.masks(line).strip()
    return kept if len(kept) <= LONGEST_LINE else kept[: LONGEST_LINE - 1] + "…"
