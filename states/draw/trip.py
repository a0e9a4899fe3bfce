"""The trip that a run took through its flow: where it has been, when, for how long, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from titan_flow.states import events as e
from titan_flow.states.model import Flow, edge_of
from titan_flow.states.values import Answer


@dataclass(slots=True)
class Trip:
    """`nodes` are the states and recoveries that the run came through, in order; it stands at the last.

    `passed`: the edges taken, as pairs of nodes. `took`: seconds by transition, recovery, or watched state, summed over
    repeats. `tries`: the attempts of the step that needed most. `failed`: why, by transition, recovery or state.
    """

    run: str = ""
    nodes: list[str] = field(default_factory=list[str])
    entered: dict[str, datetime] = field(default_factory=dict[str, datetime])
    passed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    took: dict[str, float] = field(default_factory=dict[str, float])
    tries: dict[str, int] = field(default_factory=dict[str, int])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    under_way: str | None = None
    asked: set[str] = field(default_factory=set[str])
    """the recoveries that an operator asked for"""
    stands: str = "running"
    """the outcome, or *running*, *waiting*"""

    @property
    def here(self) -> str:
        return self.nodes[-1]


def trip(flow: Flow, records: Iterable[e.Record]) -> Trip:
    """The trip that these records tell of. Raises ValueError where they do not begin with `run.started`."""
    told = _Teller(flow)
    for record in records:
        told.take(record)
    if not told.trip.nodes:
        raise ValueError("a journal begins with run.started")
    return told.trip


class _Teller:
    """`state` is where the run stands, also while a recovery is under way; `since` when what is under way began."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.trip, self.state = flow, Trip(), ""
        self.since: datetime | None = None

    def take(self, record: e.Record) -> None:
        at = record.at
        match record.event:
            case e.RunStarted() as started:
                self._start(record.run, started, at)
            case e.TransitionBegan(transition=name):
                if name in self.flow.recoveries and self.trip.nodes[-1:] != [name]:
                    self._go(self.state, name, at)
                self.trip.under_way, self.since = name, at
            case e.AttemptFailed() as failed:
                name, again = edge_of(failed.step), failed.attempt + (failed.next_in is not None)
                self.trip.tries[name] = max(self.trip.tries.get(name, 1), again)
            case e.TransitionEnded(transition=name, source=source, target=target):
                self._spend(name, at)
                self._go(name if name in self.flow.recoveries else source, target, at)
                self.state, self.since = target, at
            case e.WatchLooked(state=name):
                self._spend(name, at)
                self.since = at
            case e.FailureDecided() as failure:
                self._fail(failure, at)
            case e.RunParked(why=why):
                self.trip.stands = "interrupted" if why == "stop" else "waiting"
            case e.RunResumed():
                self.trip.stands = "running"
            case e.RunEnded(outcome=outcome):
                self.trip.stands, self.trip.under_way = outcome.value, None
            case _:
                pass

    def _start(self, run: str, started: e.RunStarted, at: datetime) -> None:
        self.trip.run, self.state = run, started.state
        self._come(started.state, at)
        if started.enter is not None:
            self.trip.asked.add(started.enter)
            self._go(started.state, started.enter, at)

    def _fail(self, failure: e.FailureDecided, at: datetime) -> None:
        self._spend(failure.edge, at)
        if failure.answer is Answer.YES:
            self.trip.asked.add(failure.target)
        else:
            self.trip.failed.setdefault(failure.edge, failure.reason)
        self._go(failure.edge if failure.edge in self.flow.recoveries else self.state, failure.target, at)
        if failure.enters == "state":
            self.state = failure.target

    def _spend(self, name: str, at: datetime) -> None:
        if self.since is not None:
            self.trip.took[name] = self.trip.took.get(name, 0.0) + (at - self.since).total_seconds()
        self.trip.under_way, self.since = None, None

    def _go(self, source: str, target: str, at: datetime) -> None:
        self.trip.passed.add((source, target))
        self._come(target, at)

    def _come(self, node: str, at: datetime) -> None:
        self.trip.nodes.append(node)
        self.trip.entered[node] = at
