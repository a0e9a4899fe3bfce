"""One row of a run's path, and how each event changes the row of what is under way. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from titan_flow.states import events as e
from titan_flow.states.durations import span
from titan_flow.states.model import Flow, Transition, edge_of
from titan_flow.workflow.display.event_text import doubt, passed

Mark = Literal["done", "failed", "now", "parked", "ahead"]


@dataclass(frozen=True, slots=True)
class Row:
    """One transition, recovery or watch. `title` names it in the path, `name` alone. `target`: the state that it leads
    to, or that is watched. `aim`: where it goes when it fails.
    """

    mark: Mark
    title: str
    name: str
    target: str
    began: datetime | None = None
    ended: datetime | None = None
    says: str = ""
    note: str = ""
    brief: str = ""
    """`says` without the reasons, for narrow terminals"""
    aim: str = ""
    until: datetime | None = None
    """the latest time at which waiting ends; of a watch, when it ends"""
    watches: bool = False
    done: tuple[e.StepDone, ...] = field(default=(), repr=False)
    """its steps that are done"""

    @property
    def open(self) -> bool:
        """It is under way."""
        return self.mark in ("now", "parked")

    def seconds(self, now: datetime) -> float | None:
        return None if self.began is None else ((self.ended or now) - self.began).total_seconds()


def later(flow: Flow, row: Row, event: e.Event, at: datetime) -> Row:
    """The row of what is under way, one event later."""
    match event:
        case e.TransitionBegan():
            edge = flow.edge(event.transition)
            return replace(row, until=at + timedelta(seconds=edge.patience.within)) if edge.checks else row
        case e.HoldLooked():
            says = _holding(flow.edge(event.transition), event)
            return replace(row, mark="now", says=says, until=None if event.samples else row.until)
        case e.StepIntended():
            says = ": ".join(part for part in (_use(flow, event.step), event.says) if part)
            return replace(row, mark="now", says=says, until=at + _patience(flow, event.step))
        case e.AttemptFailed():
            more = f"; next in {span(event.next_in)}" if event.next_in is not None else ""
            says = f"{event.step}: {event.reason}{more}"
            note = f"(attempt {event.attempt} of {event.attempts}: {event.reason})"
            return replace(row, mark="now", says=says, note=note, until=None)
        case e.StepDone():
            return replace(row, says=event.says or row.says, until=None, done=(*row.done, event))
        case e.WatchLooked():
            says = doubt(event.answers, event.seen) or passed(event.answers)
            return replace(row, mark="now", says=says, until=at + timedelta(seconds=event.left) if event.left else None)
        case e.RunParked():
            return replace(row, mark="parked", says=event.question)
        case e.RunResumed():
            return replace(row, mark="now", says="resumed")
        case _:
            return row


def arrived(flow: Flow, edge: Transition, row: Row, at: datetime) -> Row:
    """The row of an edge that led to its target: what was checked, what was done, what was skipped. Each once."""
    checks = f"{len(edge.checks)} check{'s' * (len(edge.checks) != 1)}" if edge.checks else ""
    briefs = {checks: checks} if checks else {}
    for done in row.done:
        step = flow.step(done.step)
        if step is not None and step.acts and done.says:
            briefs.setdefault(done.says, _brief(done))
        if done.waived is not None:
            skipped = f"{done.step} skipped"
            briefs.setdefault(skipped, skipped)
    return replace(row, mark="done", ended=at, says=", ".join(briefs), brief=", ".join(briefs.values()))


def _brief(done: e.StepDone) -> str:
    """`brain disarmed; execution disarmed`, where it says why of each."""
    return "; ".join(f"{service} {one}" for service, one in (done.interlocks or {}).items()) or done.says


def _holding(edge: Transition, hold: e.HoldLooked) -> str:
    if doubts := doubt(hold.answers, hold.seen):
        return f"{passed(hold.answers)} · {doubts}"
    if hold.needed < 2:
        return passed(hold.answers)
    held = edge.steady * max(0, hold.samples - 1) / (hold.needed - 1)
    return f"holding {held:.0f} of {edge.steady:.0f} s · {passed(hold.answers)}"


def _patience(flow: Flow, id: str) -> timedelta:
    """How long one attempt of that step may take: itself, and to be confirmed."""
    edge, step = flow.edge(edge_of(id)), flow.step(id)
    settles = step.settles if step is not None else None
    return timedelta(seconds=edge.patience.timeout + (edge.patience.within if settles is None else settles))


def _use(flow: Flow, id: str) -> str:
    step = flow.step(id)
    return step.use if step is not None else id
