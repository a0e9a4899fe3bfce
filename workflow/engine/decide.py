"""What becomes of one action, decided from what was seen. Pure: nothing here observes, waits or acts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import CommandResult
from titan_flow.states.values import Answer, Observation


class Next(StrEnum):
    ACT = "act"
    DONE = "done"
    """record what was seen: it is as wanted"""
    NOTHING_TO_RECORD = "nothing to record"
    """a snapshot of a host on which nothing runs yet, in a first deployment"""
    NOBODY_LISTENS = "nobody listens"
    """a disarm that could not be sent, where no service runs that could be armed"""
    UNCONFIRMED = "unconfirmed"
    """go on without the confirmation, and record that"""
    RETRY = "retry"
    """record a failed attempt and wait; when the attempts are used up, the fold takes the failure's edge"""
    FAIL = "fail"
    """take the failure's edge at once: acting cannot help"""


@dataclass(frozen=True, slots=True)
class Decision:
    """`known`: it is certain that this attempt is over. Only then may the next one start a job of its own."""

    next: Next
    reason: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """An action's turn, before anything is done.

    `open`: an intent is on record whose outcome is not. `earlier`: how the job of that intent ended, where there was
    one. `timeout` (seconds) bounded it. `first`: nothing runs and nothing was verified before, as `--initial` says.
    """

    seen: Observation
    open: bool = False
    earlier: CommandResult | None = None
    timeout: float = 0.0
    first: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """What came of acting.

    `ran` is None where no answer came, for the reason `lost`. `seen` is the observation that followed a success.
    `fenced`: it was a job under the guard, not a message. `nobody`: no service runs that could be armed.
    """

    ran: CommandResult | None = None
    lost: str = ""
    seen: Observation | None = None
    fenced: bool = True
    timeout: float = 0.0
    nobody: bool = False


def before_acting(action: Action, now: Before) -> Decision:
    """The first that applies. A disarm is sent whatever was seen: late or twice, it is safe."""
    seen = now.seen
    if action.touches == "disarm":
        return Decision(Next.ACT)
    if seen.yes:
        return Decision(Next.DONE)
    if now.earlier is not None and not now.earlier.ok and (why := action.hopeless(now.earlier)):
        return Decision(Next.FAIL, why)
    if now.earlier is not None and not action.continues_unconfirmed:
        reason = seen.says if now.earlier.ok else result_text(now.earlier, now.timeout)
        return Decision(Next.RETRY, reason, known=seen.answer is not Answer.UNKNOWN)
    if action.touches == "snapshot" and now.first and seen.answer is Answer.NO and seen.final:
        return Decision(Next.NOTHING_TO_RECORD, f"{seen.says}; it is the first release (--initial)")
    if seen.answer is Answer.UNKNOWN and not action.continues_unconfirmed:
        return Decision(Next.RETRY, f"cannot tell: {seen.says}", known=False)
    if seen.answer is Answer.PARTLY and not action.repeats:
        return Decision(Next.RETRY, f"done in part, and not to be repeated: {seen.says}", known=False)
    if seen.answer is Answer.NO and seen.final and action.moves is None and not now.open:
        return Decision(Next.FAIL, seen.says)
    return Decision(Next.ACT)


def after_acting(action: Action, then: After) -> Decision:
    """The first that applies."""
    if then.ran is None:
        if action.touches == "disarm" and then.nobody:
            return Decision(
                Next.NOBODY_LISTENS, f"no service runs that could be armed, and none can be disarmed ({then.lost})"
            )
        if action.continues_unconfirmed:
            return Decision(Next.UNCONFIRMED, then.lost)
        return Decision(Next.RETRY, then.lost, known=False)
    if not then.ran.ok:
        if action.continues_unconfirmed and not then.fenced:
            return Decision(Next.UNCONFIRMED, then.ran.tail())
        if why := action.hopeless(then.ran):
            return Decision(Next.FAIL, why)
        return Decision(Next.RETRY, result_text(then.ran, then.timeout))
    seen = then.seen or Observation(Answer.UNKNOWN)
    if seen.yes:
        return Decision(Next.DONE)
    if action.continues_unconfirmed:
        return Decision(Next.UNCONFIRMED, seen.says)
    return Decision(Next.RETRY, seen.says or "not confirmed", known=seen.answer is not Answer.UNKNOWN)


def result_text(ran: CommandResult, timeout: float) -> str:
    """Why a command failed: `exit 18: toomanyrequests`."""
    if ran.timed_out:
        return f"not finished within {timeout:g} s"
    reason = ran.reason()
    return f"exit {ran.status}" + (f": {reason}" if reason else "")
