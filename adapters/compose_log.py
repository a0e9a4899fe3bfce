"""The log of one container, from a mark on: which lines are new, and whether any may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from titan_flow.adapters import compose_questions as questions
from titan_flow.adapters.base import Unreachable
from titan_flow.adapters.compose_facts import said
from titan_flow.adapters.compose_reading import NEVER, Container, stamp
from titan_flow.adapters.compose_settings import Compose
from titan_flow.adapters.services import Log
from titan_flow.adapters.site import Site
from titan_flow.states.words import Json

FIRST_WORDS = 10.0
"""seconds after its start in which a container that speaks at all has spoken, where its log is bounded"""

TAIL = 1000
"""lines that are read of a log which is too long to be read whole"""

JUST_BEFORE = 0.1
"""seconds by which a first line may be older than the start of a container that has ended"""


async def read(site: Site, settings: Compose, container: Container, since: Json) -> Log:
    """Since the mark, or since its start where the mark is of another container. Masked. Raises Unreachable."""
    mark = since if isinstance(since, dict) and since.get("container") == container.id else {}
    at = mark.get("at")
    beginning = at if isinstance(at, str) else life(container)
    answer = await site.run(questions.logs(settings, container.id, beginning))
    if not answer.ok:
        raise Unreachable(f"docker logs of {container.service} on {site.host.name}: {said(site, answer)}")
    cut = answer.cut
    if cut:  # the beginning is of no use: its end says how things are, and is where the next look goes on
        answer = await site.run(questions.logs(settings, container.id, beginning, TAIL))
        if not answer.ok or answer.cut:
            raise Unreachable(f"the log of {container.service} on {site.host.name} is too long to be read")
    lines = parsed(answer.out)
    seen = mark.get("same")
    fresh, complete = after(lines, at, seen) if isinstance(at, str) else (lines, begins(lines, container))
    last = fresh[-1][0] if fresh else (at if isinstance(at, str) else None)
    same = sum(1 for when, _ in lines if when == last) if fresh else seen
    replaced = bool(since) and not mark
    return Log(
        tuple(text for _, text in fresh),
        {"container": container.id, "at": last, "same": same},
        complete and not cut and not replaced,
    )


def parsed(out: str) -> list[tuple[str, str]]:
    """Stamp and text of each line, in the order of time."""
    entries = [line.partition(" ") for line in out.split("\n") if line]
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
