"""Each event as one short line for people."""

from __future__ import annotations

from collections.abc import Mapping

from titan_flow.states import events as e
from titan_flow.states.durations import span
from titan_flow.states.values import Answer, Interlock, Outcome
from titan_flow.workflow.display.terminal import one_line

OUTCOMES = {
    outcome: "succeeded" if outcome is Outcome.REACHED else outcome.value.replace("_", " ") for outcome in Outcome
}
"""outcomes in words: JSON keeps `reached`"""


def event_text(event: e.Event) -> str:
    """One line, without time and run; nothing in it can steer a terminal."""

    return one_line(_text(event))


def passed(answers: Mapping[str, Answer]) -> str:
    """`4 of 5 checks passed`"""
    yes = sum(answer is Answer.YES for answer in answers.values())
    return f"{yes} of {len(answers)} check{'s' * (len(answers) != 1)} passed"


def doubt(answers: Mapping[str, Answer], seen: Mapping[str, str]) -> str:
    """The first check that does not say yes, and what it saw; nothing where all do."""
    for step, answer in answers.items():
        if answer is not Answer.YES:
            return f"{step}: {seen.get(step) or answer.value}"
    return ""


def _text(event: e.Event) -> str:
    match event:
        case e.RunStarted():
            whole = f"{event.purpose} of {event.flow} on {event.target} by {event.operator}"
            return whole + _armed(event.interlock, "; interlock ")
        case e.DriverTook():
            return f"driver: {event.operator}, pid {event.pid}, epoch {event.epoch}"
        case e.TransitionBegan():
            return f"{event.transition} began from {event.source}"
        case e.HoldLooked():
            held = f"held {event.samples} of {event.needed}, " if event.needed > 1 else ""
            return f"{event.transition} {held}{passed(event.answers)}{_but(event.answers, event.seen)}"
        case e.StepIntended():
            return f"{event.step} starts{_because(event.says)}"
        case e.AttemptFailed():
            again = f"; next in {span(event.next_in)}" if event.next_in is not None else ""
            return f"{event.step} attempt {event.attempt} of {event.attempts} failed: {event.reason}{again}"
        case e.StepDone() if event.waived is not None:
            return f"{event.step} {_verdict(event.waived)}, and is skipped{_because(event.says)}"
        case e.StepDone():
            return f"{event.step} {'done' if event.acted else 'passed'}{_because(event.says)}"
        case e.StepAnswered():
            return f"{event.step} answered by {event.operator}: {event.answer}"
        case e.TransitionEnded():
            return f"{event.transition} ended: {event.source} → {event.target}"
        case e.FailureDecided():
            return f"{event.step or event.edge} {_verdict(event.answer)}: {event.reason} ↘ {event.target}"
        case e.WatchLooked():
            left = f"{span(event.left)} left" if event.left else "over"
            return f"{event.state} watch, {left}: {passed(event.answers)}{_but(event.answers, event.seen)}"
        case _:
            return _rare_text(event)


def _rare_text(event: e.Event) -> str:
    match event:
        case e.RunParked():
            return f"parked: {event.question}"
        case e.RunResumed():
            return f"resumed by {event.operator}"
        case e.OperatorAsked():
            return f"{event.operator} asked: {event.what}{_because(event.reason)}"
        case e.CheckWaived():
            return f"{' '.join((event.check, event.use)).strip()} skipped by {event.operator}: {event.reason}"
        case e.ReleaseMarked():
            return f"release {event.release.commit[:7]} is {event.standing}{_because(event.why)}"
        case e.InterlockSeen():
            return f"interlock is {event.interlock.value}{_because(event.says)}"
        case e.RunEnded():
            return f"ended: {OUTCOMES[event.outcome]} in {event.state}{_because(event.says)}" + _armed(
                event.interlock, "; "
            )
        case e.HostActed():
            return host_text(event)
        case e.NotifyIntended():
            return f"sending notifications: {', '.join(event.acts)}"
        case e.Notified():
            return f"{event.step} {event.use} {'sent' if event.sent else 'NOT sent'}{_because(event.says)}"
        case _:
            return event.kind


def host_text(deed: e.HostActed) -> str:
    """What the host did by itself, in one sentence."""
    after = f"{span(deed.silent)} after the last word from {deed.driver or 'its driver'}"
    at, says = deed.began.replace("T", " ").replace("Z", " UTC"), _because(deed.says)
    what = "rolled back" if deed.do == "rollback" else "sent a disarm"
    tries = f"{deed.tries} {'try' if deed.tries == 1 else 'tries'}"
    match deed.state:
        case "done":
            passive = "rolled back by the host" if deed.do == "rollback" else "a disarm was sent by the host"
            return f"{passive} at {at}, {after}"
        case "failed":
            return f"the host began at {at}, {after}, but has not {what}: {tries} failed{says}"
        case "fired":
            return f"the host began to act at {at}, {after}; it is not over{says}"


def _verdict(answer: Answer) -> str:
    return {Answer.NO: "failed", Answer.PARTLY: "is partly done", Answer.UNKNOWN: "is unknown"}.get(answer, "over")


def _because(text: str) -> str:
    return f": {text}" if text else ""


def _but(answers: Mapping[str, Answer], seen: Mapping[str, str]) -> str:
    doubts = doubt(answers, seen)
    return f"; {doubts}" if doubts else ""


def _armed(interlock: Interlock, before: str) -> str:
    return "" if interlock is Interlock.UNKNOWN else f"{before}{interlock.value}"
