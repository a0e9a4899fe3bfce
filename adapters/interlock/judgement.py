"""Whether each service that holds the interlock may act, judged from its log alone. Pure.

The law: an interlock is never assumed. A service is confirmed disarmed by its *last* arm-or-disarm line, newer than
the sending; or by an older one where it logs only changes; or by none since its start, with the log complete, where
it starts disarmed; or because it does not run. Everything else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from titan_flow.adapters.patterns import Search
from titan_flow.adapters.services.logs import Heard
from titan_flow.states.values import Interlock, Json


class Basis(StrEnum):
    """What a standing rests on."""

    NEWER = "newer"
    """a line since the mark"""
    OLDER = "older"
    """a line of the running instance, from before the mark"""
    STARTS = "starts"
    """no line since its start, and it starts disarmed"""
    STOPPED = "stopped"
    """it does not run"""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Words:
    """The lines that arming and disarming write. A line that both patterns find says nothing."""

    armed: str
    disarmed: str
    quoted: Callable[[str], str] = str
    """how a line is kept: masked, bounded"""

    def last(self, lines: Iterable[str]) -> tuple[Interlock, str] | None:
        """The newest line that either pattern finds, and what it says. Raises Unanswered."""
        search = Search()
        for line in reversed(list(lines)):
            armed, disarmed = search(self.armed, line), search(self.disarmed, line)
            if armed and disarmed:
                return Interlock.UNKNOWN, self.quoted(line)
            if armed or disarmed:
                return (Interlock.ARMED if armed else Interlock.DISARMED), self.quoted(line)
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one service stands, why, and the line that says so."""

    interlock: Interlock
    basis: Basis
    why: str
    line: str = ""

    def as_json(self) -> dict[str, Json]:
        return {"interlock": self.interlock, "basis": self.basis, "because": self.why, "line": self.line}

    @staticmethod
    def remembered(stored: Json) -> Standing | None:
        """What `as_json` wrote; None where it is not that."""
        if not isinstance(stored, Mapping):
            return None
        try:
            interlock, basis = Interlock(str(stored.get("interlock"))), Basis(str(stored.get("basis")))
        except ValueError:
            return None
        return Standing(interlock, basis, str(stored.get("because")), str(stored.get("line")))


def unknown(why: str, line: str = "") -> Standing:
    return Standing(Interlock.UNKNOWN, Basis.NOTHING, why, line)


def standing(
    words: Words, starts: Literal["disarmed"] | None, heard: Heard, before: Standing | None, sent: bool
) -> Standing:
    """Where a running service stands, after what was heard of it.

    `before` is its standing when the mark was taken; `sent`: there is a mark, so every line heard is newer than it.
    """
    last = words.last(heard.lines)  # what is missing is older than what is there: the newest line is the newest
    if last is not None:
        interlock, line = last
        if interlock is Interlock.UNKNOWN:
            return unknown("its last log line matches both armed and disarmed", line)
        return Standing(interlock, Basis.NEWER if sent else Basis.OLDER, "by its last log line", line)
    if not heard.complete:
        return unknown("log lines may be missing")
    if sent and not heard.fresh:
        return before or unknown("its state before is not recorded")
    if starts == "disarmed":
        return Standing(Interlock.DISARMED, Basis.STARTS, "it starts disarmed, and its log has no change since")
    return unknown("its log has no change since its start")


def confirmed(seen: Standing, logs: Literal["changes", "always"], wanted: Interlock) -> bool:
    """Whether a standing confirms what was sent: an older line does so only where no newer one was to be expected."""
    return seen.interlock is wanted and (seen.basis is not Basis.OLDER or logs == "changes")


def overall(standings: Iterable[Interlock]) -> Interlock:
    """Unknown if any is unknown, else armed if any is armed, else disarmed."""
    seen = set(standings)
    for interlock in (Interlock.UNKNOWN, Interlock.ARMED, Interlock.DISARMED):
        if interlock in seen:
            return interlock
    return Interlock.UNKNOWN
