"""The fallback that a host holds for a run: what it does by itself where there is no driver any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from titan_flow.adapters.effects import Command
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.protocol import FORMAT, KEPT, held_by, rooted, word
from titan_flow.adapters.transport.frames import Frame, nonce
from titan_flow.adapters.transport.shell import PRELUDE, bound, job_body, library, setting
from titan_flow.states.deadlines import PAUSE, TRIES

Deed = Literal["rollback", "disarm"]
BRAKE = 20
"""seconds that one command of the emergency disarm may take"""
_STATES = ("fired", "done", "failed")


@dataclass(frozen=True, slots=True)
class Fallback:
    """Commands for the host, in order; those of `brake` come first, at once, and stop nothing where they fail.

    `after`: seconds without a driver. `total`: seconds that all commands together may take, once.
    """

    do: Deed
    after: float
    total: float
    commands: tuple[Command, ...]
    brake: tuple[Command, ...] = ()
    soft: frozenset[int] = frozenset()
    """the commands, by number, that may fail"""


@dataclass(frozen=True, slots=True)
class HostDeed:
    """What the host did of itself. `epoch`: the one that it took. `silent`: seconds since it had heard of a driver.

    `at`: the host's clock (UTC) when it began. `driver`: who drove before. `why`: what the last try said.
    """

    run: str
    state: Literal["fired", "done", "failed"]
    epoch: int
    at: str
    silent: int
    do: Deed
    tries: int
    driver: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class FallbackSeen:
    """`armed`: the run for which the host holds a fallback. `did`: what it did last."""

    armed: str | None = None
    did: HostDeed | None = None


async def arm(guard: Guard, run: str, epoch: int, fallback: Fallback) -> None:
    """The host holds it from now on, in place of another one. Raises Unreachable, Refused, Fenced."""
    token = nonce()
    settings = (
        setting("RUN", word(run)),
        f"EPOCH={epoch:d} AFTER={bound(fallback.after)} TOTAL={bound(fallback.total)} TRIES={TRIES} DO={fallback.do}",
        f"sent_launch() {{\ncat <<'{token}_LAUNCH'\n{_launching(fallback, guard.directory, token)}\n{token}_LAUNCH\n}}",
        f"sent_watch() {{\ncat <<'{token}_WATCH'\n{_watching(guard.directory)}\n{token}_WATCH\n}}",
    )

    async def effect() -> None:
        await guard.call("arm_fallback", *settings, token=token)

    await guard.gateway.do("mirror", f"fallback {run} {fallback.do}", effect)


async def drop(guard: Guard, run: str, epoch: int) -> None:
    """The host holds none from now on. Raises Unreachable, Refused, Fenced: then it may still carry it out."""

    async def effect() -> None:
        await guard.call("drop_fallback", setting("RUN", word(run)), f"EPOCH={epoch:d}")

    await guard.gateway.do("mirror", f"fallback {run} dropped", effect)


async def seen(guard: Guard) -> FallbackSeen:
    """What the host holds, and what it did. Raises Unreachable, Refused."""

    async def effect() -> FallbackSeen:
        return read_fallback(await guard.call("fallback"))

    return await guard.gateway.do("look", "fallback", effect)


def read_fallback(frames: Sequence[Frame]) -> FallbackSeen:
    """From the guard's answer; what is damaged in it counts as not there."""
    by_name = {frame.name: frame for frame in frames}
    armed = by_name["armed"].words[0] if "armed" in by_name and by_name["armed"].words else None
    return FallbackSeen(armed, _did(by_name))


def _did(frames: dict[str, Frame]) -> HostDeed | None:
    words = [one for one in frames["did"].words if one] if "did" in frames else []
    if len(words) != 6:
        return None
    run, state, epoch, at, tries, do = words
    fired = frames.get("fired", Frame("fired", (), b""))
    whose, began, silent, *_ = (*fired.words, "", "", "")
    same = whose == run
    if state not in _STATES or do not in ("rollback", "disarm") or not (epoch.isdecimal() and tries.isdecimal()):
        return None
    return HostDeed(
        run,
        state,
        int(epoch),
        began if same else at,
        int(silent) if same and silent.isdecimal() else 0,
        do,
        int(tries),
        held_by(fired.body).get("operator", "") if same else "",
        frames["why"].body.decode(errors="replace").strip() if "why" in frames else "",
    )


def _launching(fallback: Fallback, directory: str, token: str) -> str:
    """`launch` starts the runner of job KEY; `brake` disarms at once, and writes nothing."""
    bodies = [f"command_{i}() {{\n{job_body(one, directory)}\n}}" for i, one in enumerate(fallback.commands)]
    soft = "".join(f" {i} " for i in sorted(fallback.soft))
    runner = "\n".join(
        (
            library("transport/shell", "guard/runner"),
            f"TOTAL={bound(fallback.total)} LIMIT={KEPT} COUNT={len(fallback.commands)} SOFT='{soft}'",
            *bodies,
            "{ run; exit; }",
        )
    )
    start = '(umask "$USUAL"; JOB=jobs/$KEY; export JOB; exec setsid sh -s)'
    brake = "\n".join(f"(\n{job_body(one, directory)}\n)" for one in fallback.brake)
    return (
        f"launch() {{\n{start} <<'{token}_RUNNER' >/dev/null 2>&1 9>&- &\n{runner}\n{token}_RUNNER\n}}\n"
        f"brake() {{\nLEFT={BRAKE}\n:\n{brake}\n}}"
    )


def _watching(directory: str) -> str:
    """The process that waits, as a file that is started again after a restart of the host."""
    parts = ("transport/shell", "guard/folder", "guard/guard", "guard/mirror", "guard/jobs", "guard/fallback")
    return "\n".join(
        (
            PRELUDE,
            library(*parts, "guard/fallback_watch"),
            setting("ROOT", rooted(directory)),
            f"NONCE=- FORMAT={FORMAT} PAUSE={PAUSE:.0f}",
            "{ scrub; fallback_watch; exit 0; } </dev/null",
        )
    )
