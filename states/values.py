"""The plain words that every room shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from pydantic import JsonValue

Json: TypeAlias = JsonValue
Evidence: TypeAlias = Mapping[str, Json]
"""What a look or an act saw: exit codes, hashes, excerpts. Never a secret."""


class Answer(StrEnum):
    """What a look says of reality. *Unknown* is never a yes."""

    YES = "yes"
    NO = "no"
    PARTLY = "partly"
    UNKNOWN = "unknown"


class Interlock(StrEnum):
    """Whether the system may act; observed, never assumed."""

    ARMED = "armed"
    DISARMED = "disarmed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How a run stands, or how it ended."""

    RUNNING = "running"
    REACHED = "reached"
    STOPPED = "stopped"
    ROLLED_BACK = "rolled_back"
    HALTED = "halted"
    REFUSED = "refused"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"
    ABANDONED = "abandoned"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Observation:
    """The answer of one look, with what was seen.

    `says` is one short line for people. `mark` is the baseline (a log's offset and inode, container ids, HEAD) that
    later looks of the same step are handed back. `final` says that waiting cannot change this answer.
    `outputs` are what other steps may refer to as `${transition.name}`. `remedy`: what to do where it is not a yes.
    """

    answer: Answer
    says: str = ""
    evidence: Evidence = field(default_factory=dict[str, Json])
    mark: Json = None
    outputs: Mapping[str, Json] = field(default_factory=dict[str, Json])
    final: bool = False
    remedy: str = ""
    down: tuple[str, ...] | None = None
    """services that do not serve, as seen; for an action that is not done: those that run and that it will interrupt.
    None: nothing was seen of services"""
    interlocks: Mapping[str, Interlock] | None = None
    """whether each service that holds the interlock may act, as seen; None: it was not looked at"""

    @property
    def yes(self) -> bool:
        return self.answer is Answer.YES
