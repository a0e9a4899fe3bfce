"""The log of one container, from a mark on: which lines are new, and whether any may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from titan_flow.adapters.compose import by_api
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.models import NEVER, Container, stamp
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import error_text
from titan_flow.adapters.docker.reads import engine_of
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.protocol import Log
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json

FIRST_WORDS = 10.0
"""seconds after its start in which a container that speaks at all has spoken, where its log is bounded"""

PIECES = 16
"""how many answers (4 MB each) a log may fill"""

TAIL = 1000
"""lines that are read of a log which is longer than that"""

JUST_BEFORE = 0.1
"""seconds by which a first line may be older than the start of a container that has ended"""


async def read(
    site: Site, settings: Compose, container: Container, since: Json, pieces: int = PIECES, tail: int = TAIL
) -> Log:
    """Since the mark, or since its start where the mark is of another container. Masked. Raises Unreachable.

    A long log comes in pieces, the oldest first. Of one that is longer than all of them its end alone is read: it says
    how things stand, and is where the next look goes on; what is missing is older.
    """
    mark = since if isinstance(since, dict) and since.get("container") == container.id else {}
    at, seen = mark.get("at"), mark.get("same")
    at = at if isinstance(at, str) else None
    replaced = bool(since) and not mark
    found, complete = list[tuple[str, str]](), True
    for _ in range(pieces):
        lines, cut = await _piece(site, settings, container, at or life(container))
        fresh, joined = after(lines, at, seen) if at is not None else (lines, begins(lines, container))
        found, complete = found + fresh, complete and joined
        if fresh:
            at, seen = fresh[-1][0], sum(1 for when, _ in lines if when == fresh[-1][0])
        if not cut:
            break
    else:
        found, _ = await _piece(site, settings, container, at or life(container), tail)
        complete = False
        at = found[-1][0] if found else at
        seen = sum(1 for when, _ in found if when == at)
    texts = tuple(text for _, text in found)
    return Log(texts, {"container": container.id, "at": at, "same": seen}, complete and not replaced)


async def _piece(
    site: Site, settings: Compose, container: Container, since: str | None, tail: int | None = None
) -> tuple[list[tuple[str, str]], bool]:
    """What fits into one answer, and whether there is more. Raises Unreachable."""
    told = await by_api.log(engine_of(site, settings.sudo, settings.context), container.id, since, tail)
    if told is not None:
        text, more = told
        return parsed(text, whole=not more), more
    answer = await site.run(questions.logs(settings, container.id, since, tail))
    if not answer.ok:
        raise Unreachable(f"docker logs of {container.service} on {site.host.name}: {error_text(site, answer)}")
    return parsed(answer.out, whole=not answer.cut), answer.cut


def parsed(out: str, whole: bool = True) -> list[tuple[str, str]]:
    """Stamp and text of each line, in the order of time; of a cut output the last, broken one is left for later."""
    lines = out.split("\n")
    entries = [line.partition(" ") for line in (lines if whole else lines[:-1]) if line]
    stamped = [(when, text.rstrip("\r")) for when, _, text in entries if when.endswith("Z") and "T" in when]
    return sorted(stamped, key=lambda entry: entry[0])


def after(lines: Sequence[tuple[str, str]], at: str, seen: Json) -> tuple[list[tuple[str, str]], bool]:
    """The lines behind a mark (`seen` lines had its stamp), and whether the marked line is still there."""
    count = seen if isinstance(seen, int) else 1
    same = [line for line in lines if line[0] == at]
    return [*same[count:], *(line for line in lines if line[0] > at)], len(same) >= count


def begins(lines: Sequence[tuple[str, str]], container: Container) -> bool:
    """Whether the first line since its start is still there: an unbounded log loses none."""
    if container.log == "json-file" and not container.log_limit:
        return True
    return not lines or stamp(lines[0][0]) <= stamp(container.started) + FIRST_WORDS


def life(container: Container) -> str | None:
    """From when on this start's lines stand.

    The first ones can be older than the engine's `StartedAt`, the last ones of the life before younger than its
    `FinishedAt`, both by milliseconds: halfway between the two is neither. What has ended tells only its own end.
    """
    if container.finished == NEVER:
        return None
    started, finished = stamp(container.started), stamp(container.finished)
    at = (started + finished) / 2 if finished < started else started - JUST_BEFORE
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
