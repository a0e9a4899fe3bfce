"""What becomes of one action, as a table: a situation, and the decision."""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import CommandResult
from titan_flow.states.values import Answer, Interlock, Observation
from titan_flow.workflow.engine.decide import After, Before, Decision, Next, after_acting, before_acting


class Plain(Action):
    name: ClassVar[str] = "test.plain"


class Once(Plain):
    repeats: ClassVar[bool] = False


class Snapshot(Plain):
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = "snapshot"


class Arm(Plain):
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = "arm"
    moves: ClassVar[Interlock | None] = Interlock.ARMED


class Certain(Plain):
    def hopeless(self, done: CommandResult) -> str:
        return done.tail(1) if done.status == 97 else ""


class Disarm(Plain):
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = "disarm"
    moves: ClassVar[Interlock | None] = Interlock.DISARMED


class UnconfirmedDisarm(Disarm):
    @property
    def continues_unconfirmed(self) -> bool:
        return True


YES, NO = Observation(Answer.YES, "it is"), Observation(Answer.NO, "it is not")
PARTLY, UNKNOWN = Observation(Answer.PARTLY, "half of it"), Observation(Answer.UNKNOWN, "no answer")
FINAL = Observation(Answer.NO, "it cannot be", final=True)
FINE, BROKEN = CommandResult(0, "ok"), CommandResult(18, "", "fatal: full\nbye")
LATE = CommandResult(124, "", timed_out=True)
NEVER = CommandResult(97, "", "it will never be")
ACT, DONE = Decision(Next.ACT), Decision(Next.DONE)

BEFORE: list[tuple[str, type[Action], Before, Decision]] = [
    ("it is not done", Plain, Before(NO), ACT),
    ("it is done", Plain, Before(YES), DONE),
    ("it is half done, and acting again converges", Plain, Before(PARTLY), ACT),
    (
        "it is half done, and must not be repeated",
        Once,
        Before(PARTLY),
        Decision(Next.RETRY, "done in part, and not to be repeated: half of it", known=False),
    ),
    ("nobody knows", Plain, Before(UNKNOWN), Decision(Next.RETRY, "cannot tell: no answer", known=False)),
    ("acting cannot help", Plain, Before(FINAL), Decision(Next.FAIL, "it cannot be")),
    ("acting could not help, but an intent is open", Plain, Before(FINAL, open=True), ACT),
    ("an arm is sent even if its look is final", Arm, Before(FINAL), ACT),
    ("its earlier job ended, and it is done", Plain, Before(YES, True, FINE), DONE),
    ("its earlier job failed, and it is done all the same", Plain, Before(YES, True, BROKEN), DONE),
    (
        "its earlier job failed",
        Plain,
        Before(NO, True, BROKEN),
        Decision(Next.RETRY, "exit 18: fatal: full"),
    ),
    (
        "its earlier job took too long",
        Plain,
        Before(NO, True, LATE, timeout=90),
        Decision(Next.RETRY, "not finished within 90 s"),
    ),
    ("its earlier job says that none helps", Certain, Before(NO, True, NEVER), Decision(Next.FAIL, "it will never be")),
    ("its earlier job says so, and it is done", Certain, Before(YES, True, NEVER), DONE),
    ("its earlier job had no effect", Plain, Before(NO, True, FINE), Decision(Next.RETRY, "it is not")),
    (
        "its earlier job ended, and nobody knows what it did",
        Plain,
        Before(UNKNOWN, True, FINE),
        Decision(Next.RETRY, "no answer", known=False),
    ),
    ("its intent is open, and no job was started", Plain, Before(NO, open=True), ACT),
    (
        "a snapshot of a host on which nothing runs, in a first deployment",
        Snapshot,
        Before(FINAL, first=True),
        Decision(Next.NOTHING_TO_RECORD, "it cannot be; it is the first release (--initial)"),
    ),
    ("a snapshot of a host on which nothing runs", Snapshot, Before(FINAL), Decision(Next.FAIL, "it cannot be")),
    ("a snapshot in a first deployment, where something runs", Snapshot, Before(NO, first=True), ACT),
    *[(f"a disarm, {seen.answer}", Disarm, Before(seen), ACT) for seen in (YES, NO, PARTLY, UNKNOWN, FINAL)],
    *[(f"an open disarm, {seen.answer}", Disarm, Before(seen, open=True), ACT) for seen in (YES, NO, UNKNOWN)],
    ("a recovery's disarm, unknown", UnconfirmedDisarm, Before(UNKNOWN), ACT),
]

AFTER: list[tuple[str, type[Action], After, Decision]] = [
    ("confirmed", Plain, After(FINE, seen=YES), DONE),
    ("not confirmed", Plain, After(FINE, seen=NO), Decision(Next.RETRY, "it is not")),
    (
        "not confirmed, without words",
        Plain,
        After(FINE, seen=Observation(Answer.NO)),
        Decision(Next.RETRY, "not confirmed"),
    ),
    ("nobody knows", Plain, After(FINE, seen=UNKNOWN), Decision(Next.RETRY, "no answer", known=False)),
    ("it failed", Plain, After(BROKEN), Decision(Next.RETRY, "exit 18: fatal: full")),
    ("it failed, and says that none helps", Certain, After(NEVER), Decision(Next.FAIL, "it will never be")),
    ("it failed, and another may help", Certain, After(BROKEN), Decision(Next.RETRY, "exit 18: fatal: full")),
    ("it took too long", Plain, After(LATE, timeout=2.5), Decision(Next.RETRY, "not finished within 2.5 s")),
    ("no answer came", Plain, After(lost="no route"), Decision(Next.RETRY, "no route", known=False)),
    ("a disarm, confirmed", Disarm, After(FINE, seen=YES, fenced=False), DONE),
    ("a disarm, not confirmed", Disarm, After(FINE, seen=NO, fenced=False), Decision(Next.RETRY, "it is not")),
    ("a disarm that was not sent", Disarm, After(BROKEN, fenced=False), Decision(Next.RETRY, "exit 18: fatal: full")),
    ("a disarm without an answer", Disarm, After(lost="no bus"), Decision(Next.RETRY, "no bus", known=False)),
    (
        "a disarm that nobody can hear",
        Disarm,
        After(lost="no bus", nobody=True),
        Decision(Next.NOBODY_LISTENS, "no service runs that could be armed, and none can be disarmed (no bus)"),
    ),
    (
        "a recovery's disarm, not confirmed",
        UnconfirmedDisarm,
        After(FINE, seen=NO, fenced=False),
        Decision(Next.UNCONFIRMED, "it is not"),
    ),
    (
        "a recovery's disarm without an answer",
        UnconfirmedDisarm,
        After(lost="no bus"),
        Decision(Next.UNCONFIRMED, "no bus"),
    ),
    (
        "a recovery's disarm that was not sent",
        UnconfirmedDisarm,
        After(BROKEN, fenced=False),
        Decision(Next.UNCONFIRMED, "fatal: full\nbye"),
    ),
]


@pytest.mark.parametrize(("kind", "now", "decision"), [row[1:] for row in BEFORE], ids=[row[0] for row in BEFORE])
def test_before_acting(kind: type[Action], now: Before, decision: Decision) -> None:
    assert before_acting(kind(), now) == decision


@pytest.mark.parametrize(("kind", "then", "decision"), [row[1:] for row in AFTER], ids=[row[0] for row in AFTER])
def test_after_acting(kind: type[Action], then: After, decision: Decision) -> None:
    assert after_acting(kind(), then) == decision
