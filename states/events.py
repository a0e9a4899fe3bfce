"""What a run's journal says, one small typed event at a time."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from titan_flow.states.identity import Base, Operator
from titan_flow.states.release import Release, Standing
from titan_flow.states.values import Answer, Interlock, Json, Outcome


def _unset(value: Any) -> bool:
    return value is None


Down = Annotated[tuple[str, ...] | None, Field(exclude_if=_unset)]
"""Services that a look found not serving; None: it saw nothing of services. A field that came later: left out where it
is not set, so that the line of an older record stays the very text whose hash the chain holds."""

Interlocks = Annotated[dict[str, Interlock] | None, Field(exclude_if=_unset)]
"""Whether each service that holds the interlock may act, as a look saw it; None: it did not look at that. Left out of
the line where it is not set, as above."""

Commit = Annotated[str | None, Field(exclude_if=_unset)]
"""A commit, empty where there is none; None: not known. Left out of the line where it is not known, as above."""


class ClientView(Base):
    """What a client saw at an address while an action ran. `checks`: the steps that ask the same. `asked`: how often.

    `away`: from the first answer that was not as it should be to the first that was again; no end: not until then.
    """

    address: str
    checks: tuple[str, ...]
    asked: int
    away: tuple[tuple[datetime, datetime | None], ...] = ()


Client = Annotated[tuple[ClientView, ...] | None, Field(exclude_if=_unset)]
"""By address; None: nothing was asked. Left out of the line then, as above."""

FORMAT = 1
"""Raised when an older titan-flow could misread a journal written by this one."""


class RunStarted(Base):
    """`spec` is the whole text that this run obeys. `previous` is the newest release verified before this run began.

    `last_disarm` (`brakes` in the journal): identity of the last emergency disarm there by then; where it is another
    one later, this run does not arm.
    `plan` is the hash of the plan as it was at that moment. `migrations`: files that change data, which differ between
    what ran and what is to run; where there are any, a rollback asks. `spec_path`: where the spec was read, for people.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    kind: Literal["run.started"] = "run.started"
    format: int = FORMAT
    purpose: Literal["deploy", "rollback", "arm", "disarm", "adopt"] = "deploy"
    flow: str
    environment: str
    target: str
    spec: str
    spec_sha256: str
    spec_path: str = ""
    params: dict[str, str]
    operator: Operator
    version: str
    interlock: Interlock
    may_arm: bool = True
    last_disarm: int = Field(default=0, validation_alias="brakes", serialization_alias="brakes")
    first: bool = False
    until: str | None = None
    state: str
    enter: str | None = None
    previous: Release | None = None
    bad: tuple[str, ...] = ()
    plan: str | None = None
    reason: str = ""
    migrations: tuple[str, ...] = ()
    bad_releases: tuple[Release, ...] = ()


class DriverTook(Base):
    """A process took the run over; the host refuses jobs of lower epochs from now on."""

    kind: Literal["driver.took"] = "driver.took"
    epoch: int
    operator: Operator
    pid: int


class TransitionBegan(Base):
    """`args` are the steps' arguments as resolved at this moment, by step id."""

    kind: Literal["transition.began"] = "transition.began"
    transition: str
    source: str
    args: dict[str, dict[str, Json]]


class HoldLooked(Base):
    """One sample of a transition's checks; a *no* or *unknown* starts the count again."""

    kind: Literal["hold.looked"] = "hold.looked"
    transition: str
    samples: int
    needed: int
    answers: dict[str, Answer]
    seen: dict[str, str] = {}
    marks: dict[str, Json] = {}
    down: Down = None


class StepIntended(Base):
    """Durable before anything happens. `act` is what will be done, as data (argv, or subject and payload).

    `changes` is false for the snapshot: it keeps, it does not change. `moves`: where it is to bring the interlock.
    `interrupts`: running services that it will stop for a while, or for good.
    """

    kind: Literal["step.intended"] = "step.intended"
    step: str
    saw: Answer
    says: str = ""
    mark: Json = None
    act: dict[str, Json]
    key: str
    epoch: int
    changes: bool = True
    moves: Interlock | None = None
    interrupts: Down = None


class AttemptFailed(Base):
    """`known`: it is certain that this attempt is over; the job's key moves on. `next_in`: seconds, None = the last."""

    kind: Literal["attempt.failed"] = "attempt.failed"
    step: str
    attempt: int
    attempts: int
    reason: str
    known: bool
    evidence: dict[str, Json] = {}
    next_in: float | None = None
    client: Client = None


class StepDone(Base):
    """`acted` is false where reality was as wanted already. `interlock`: what this step confirmed, if it did.

    `waived`: what a check really answered, where an operator's waiver stands for its yes.
    """

    kind: Literal["step.done"] = "step.done"
    step: str
    acted: bool
    says: str = ""
    evidence: dict[str, Json] = {}
    outputs: dict[str, Json] = {}
    interlock: Interlock | None = None
    waived: Answer | None = None
    down: Down = None
    client: Client = None
    interlocks: Interlocks = None


class StepAnswered(Base):
    """An operator answered an *unknown*."""

    kind: Literal["step.answered"] = "step.answered"
    step: str
    answer: Literal["done", "redo"]
    operator: Operator


class TransitionEnded(Base):
    kind: Literal["transition.ended"] = "transition.ended"
    transition: str
    source: str
    target: str


class FailureDecided(Base):
    """`target` is a recovery or a state; `edge` is the transition that failed, or the watched state."""

    kind: Literal["failure.decided"] = "failure.decided"
    edge: str
    step: str | None
    target: str
    enters: Literal["recovery", "state"]
    reason: str
    answer: Answer
    evidence: dict[str, Json] = {}


class WatchLooked(Base):
    """A sample of the watch: each that changes an answer, and now and then one of those that change nothing.

    `samples` counts those between too, and `marks` are the newest of all of them.
    """

    kind: Literal["watch.looked"] = "watch.looked"
    state: str
    samples: int
    needed: int
    answers: dict[str, Answer]
    seen: dict[str, str] = {}
    marks: dict[str, Json] = {}
    left: float
    down: Down = None


class RunParked(Base):
    """Waits for an answer: no process needed. `step` is the one in question, if it is an *unknown*."""

    kind: Literal["run.parked"] = "run.parked"
    why: Literal["unknown", "stop", "approval", "abandoned"]
    question: str
    step: str | None = None


class RunResumed(Base):
    kind: Literal["run.resumed"] = "run.resumed"
    operator: Operator


class OperatorAsked(Base):
    """`params`: parameters that this recovery alone uses, and that the run was not started with (the backup).

    `release`: the rollback target, if the operator named it.
    """

    kind: Literal["operator.asked"] = "operator.asked"
    what: Literal["stop", "rollback", "disarm"]
    operator: Operator
    recovery: str | None = None
    reason: str = ""
    params: dict[str, str] = {}
    release: Release | None = None


class CheckWaived(Base):
    """Whatever this pre-flight check (a step's id, and its `use`) answers, the run goes on; the answer is recorded."""

    kind: Literal["check.waived"] = "check.waived"
    check: str
    use: str = ""
    reason: str
    operator: Operator


class ReleaseMarked(Base):
    """Marks are ordered by the host's epochs, which only grow, not by anybody's clock.

    `snapshot`: the run found it running, and did not bring it.
    """

    kind: Literal["release.marked"] = "release.marked"
    release: Release
    standing: Standing
    epoch: int
    why: str = ""
    snapshot: bool = False


class InterlockSeen(Base):
    """The interlock, observed outside of any step that moves it."""

    kind: Literal["interlock.seen"] = "interlock.seen"
    interlock: Interlock
    says: str = ""


class RunEnded(Base):
    """`rollback_to`: the commit that `titan-flow rollback` would roll back to from now on."""

    kind: Literal["run.ended"] = "run.ended"
    state: str
    outcome: Outcome
    interlock: Interlock
    says: str = ""
    rollback_to: Commit = None


class HostActed(Base):
    """What the host did by itself while there was no driver: told by it, and recorded by the driver that came next.

    `epoch`: the one that it took. `began`: the host's clock. `silent`: seconds since it had heard of a driver.
    `state`: `done`, `failed`, or `fired` where it was not over yet.
    """

    kind: Literal["host.acted"] = "host.acted"
    epoch: int
    began: str
    silent: int
    do: Literal["rollback", "disarm"]
    state: Literal["fired", "done", "failed"]
    tries: int
    driver: str = ""
    says: str = ""


class NotifyIntended(Base):
    """Durable before anybody is told that the run has ended: what will be sent, by step."""

    kind: Literal["notify.intended"] = "notify.intended"
    acts: dict[str, dict[str, Json]]


class Notified(Base):
    """Best effort, after the end. `sent`: it was taken at the other side."""

    kind: Literal["notified"] = "notified"
    step: str
    use: str
    sent: bool
    says: str = ""


Event = (
    RunStarted
    | DriverTook
    | TransitionBegan
    | HoldLooked
    | StepIntended
    | AttemptFailed
    | StepDone
    | StepAnswered
    | TransitionEnded
    | FailureDecided
    | WatchLooked
    | RunParked
    | RunResumed
    | OperatorAsked
    | CheckWaived
    | ReleaseMarked
    | InterlockSeen
    | RunEnded
    | HostActed
    | NotifyIntended
    | Notified
)


@cache
def any_event() -> TypeAdapter[Event]:
    """Reads an event of any kind."""
    return TypeAdapter(Annotated[Event, Field(discriminator="kind")])


class Record(Base):
    """An event in its place: `seq` counts from 1 without a gap; `at` is the writer's clock (UTC), for people only."""

    run: str
    seq: int
    at: datetime
    event: Annotated[Event, Field(discriminator="kind")]
    prev: str
    hash: str
