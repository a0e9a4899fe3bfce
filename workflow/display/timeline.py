"""The path of a run as rows: what is done, what is in progress, what comes next, and where each failure would lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from titan_flow.states import events as e
from titan_flow.states.durations import span
from titan_flow.states.model import Flow, Transition, edge_of
from titan_flow.workflow.display.event_text import doubt, passed

Mark = Literal["done", "failed", "now", "parked", "ahead"]

WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition, recovery or watch. `aim` is where it goes when it fails."""

    mark: Mark
    title: str
    began: datetime | None = None
    ended: datetime | None = None
    says: str = ""
    note: str = ""
    short: str = ""
    """the text for narrow terminals: without the reasons"""
    aim: str = ""
    until: datetime | None = None
    """the latest time at which waiting ends; of a watch, when it ends"""
    sayings: tuple[str, ...] = field(default=(), repr=False)

    def seconds(self, now: datetime) -> float | None:
        return None if self.began is None else ((self.ended or now) - self.began).total_seconds()


def rows(flow: Flow, records: Sequence[e.Record]) -> list[Row]:
    """Every edge taken so far in its order, then the way that lies ahead if all goes well."""
    path = _Path(flow)
    for record in records:
        path.take(record)
    return [*path.taken, *path.ahead()]


class _Path:
    def __init__(self, flow: Flow) -> None:
        self.flow, self.state = flow, flow.initial.name
        self.taken: list[Row] = []
        self.entering: str | None = None
        self.over = False

    def take(self, record: e.Record) -> None:
        at = record.at
        match record.event:
            case e.RunStarted() as started:
                self.state, self.entering = started.state, started.enter
            case e.TransitionBegan() as began:
                self._leave(at)
                self.entering = None
                edge = self.flow.edge(began.transition)
                self.taken.append(self._row(edge, began.source, "now", at))
                if edge.checks:
                    self._until(at + timedelta(seconds=edge.patience.within))
            case e.HoldLooked() as hold:
                edge = self.flow.edge(hold.transition)
                self._now(says=_holding(edge, hold))
                if hold.samples:
                    self._until(None)
            case e.StepIntended() as intent:
                self._now(says=_acting(_use(self.flow, intent.step), intent.says))
                self._until(at + self._patience(intent.step))
            case e.AttemptFailed() as failed:
                more = f"; next in {span(failed.next_in)}" if failed.next_in is not None else ""
                tries = f"attempt {failed.attempt} of {failed.attempts}: {failed.reason}"
                self._now(says=f"{failed.step}: {failed.reason}{more}", note=f"({tries})")
                self._until(None)
            case e.StepDone() as done:
                self._done(done)
                self._until(None)
            case e.TransitionEnded() as ended:
                self._arrive(ended, at)
            case e.WatchLooked() as watch:
                self._watch(watch, at)
            case e.FailureDecided() as failure:
                self._fail(failure, at)
            case e.RunParked() as parked:
                self._now(mark="parked", says=parked.question)
            case e.RunResumed():
                self._now(mark="now", says="resumed")
            case e.RunEnded() as over:
                self._leave(at)
                self.state, self.over = over.state, True
            case _:
                pass

    def ahead(self) -> Iterator[Row]:
        """From where the run stands, if all goes well."""
        if self.over:
            return
        state, seen = self.state, set[str]()
        if self.taken and self.taken[-1].mark in ("now", "parked"):
            state = self._heading or state
        elif self.entering is not None:
            edge = self.flow.recoveries[self.entering]
            yield self._row(edge, state, "ahead")
            state = edge.target
        while state not in seen and not self.flow.states[state].rest:
            seen.add(state)
            if self.flow.states[state].goal:
                if not (self.taken and self.taken[-1].title.startswith(WATCH)):
                    yield from self._watching(state)
                return
            edge = self.flow.onward(state)
            if edge is None:
                return
            yield self._row(edge, state, "ahead", first=not self.taken and state == self.state)
            state = edge.target

    _heading: str | None = None

    def _row(self, edge: Transition, source: str, mark: Mark, at: datetime | None = None, first: bool = False) -> Row:
        self._heading = edge.target if mark == "now" else self._heading
        whole = first or (mark == "now" and not self.taken)
        title = f"{source} → {edge.target}" if whole else f"→ {edge.target}"
        return Row(mark, title, at, aim="" if edge.on_failure in (None, "park") else f"↘ {edge.on_failure}")

    def _watching(self, state: str) -> Iterator[Row]:
        watch = self.flow.states[state].watch
        if watch is not None:
            aim = "" if watch.on_failure == "park" else f"↘ {watch.on_failure}"
            yield Row("ahead", f"{WATCH} {span(watch.duration).replace('.0 ', ' ')}", aim=aim)

    def _now(self, **changes: str) -> None:
        if self.taken and self.taken[-1].mark in ("now", "parked"):
            self.taken[-1] = replace(self.taken[-1], **{"mark": "now", **changes})  # pyright: ignore[reportArgumentType]

    def _until(self, at: datetime | None) -> None:
        if self.taken:
            self.taken[-1] = replace(self.taken[-1], until=at)

    def _patience(self, step: str) -> timedelta:
        """How long one attempt of that step may take: itself, and to be confirmed."""
        edge, one = self.flow.edge(edge_of(step)), self.flow.step(step)
        settles = one.settles if one is not None else None
        return timedelta(seconds=edge.patience.timeout + (edge.patience.within if settles is None else settles))

    def _leave(self, at: datetime) -> None:
        if self.taken and self.taken[-1].mark in ("now", "parked"):
            self.taken[-1] = replace(self.taken[-1], mark="done", ended=at)

    def _done(self, done: e.StepDone) -> None:
        if not self.taken:
            return
        last = self.taken[-1]
        step = self.flow.step(done.step)
        acting = step is not None and step.acts
        sayings = (*last.sayings, done.says) if acting and done.says else last.sayings
        if done.waived is not None:
            sayings = (*sayings, f"{done.step} skipped")
        self.taken[-1] = replace(last, sayings=sayings, says=done.says or last.says)

    def _arrive(self, ended: e.TransitionEnded, at: datetime) -> None:
        self.state = ended.target
        if not self.taken:
            return
        edge, last = self.flow.edge(ended.transition), self.taken[-1]
        checks = f"{len(edge.checks)} check{'s' * (len(edge.checks) != 1)}" if edge.checks else ""
        said = [part for part in (checks, *dict.fromkeys(last.sayings)) if part]
        short = ", ".join(_short(part) for part in said)
        self.taken[-1] = replace(last, mark="done", ended=at, says=", ".join(said), short=short)
        if self.flow.states[ended.target].goal:
            self.taken += [replace(row, mark="now", began=at) for row in self._watching(ended.target)]

    def _watch(self, watch: e.WatchLooked, at: datetime) -> None:
        doubts = doubt(watch.answers, watch.seen)
        self._now(says=doubts or passed(watch.answers))
        self._until(at + timedelta(seconds=watch.left) if watch.left else None)

    def _fail(self, failure: e.FailureDecided, at: datetime) -> None:
        if self.taken and self.taken[-1].mark in ("now", "parked"):
            aim = f"↘ {failure.target}"
            self.taken[-1] = replace(self.taken[-1], mark="failed", ended=at, says=failure.reason, note="", aim=aim)
        if failure.enters == "state":
            self.state = failure.target
        else:
            self.entering = failure.target


def _short(says: str) -> str:
    """`brain disarmed: its last line says so; execution …` -> `brain disarmed; execution disarmed`"""
    return "; ".join(part.partition(": ")[0] for part in says.split("; ")) if "; " in says else says


def _holding(edge: Transition, hold: e.HoldLooked) -> str:
    if doubts := doubt(hold.answers, hold.seen):
        return f"{passed(hold.answers)} · {doubts}"
    if hold.needed < 2:
        return passed(hold.answers)
    held = edge.steady * max(0, hold.samples - 1) / (hold.needed - 1)
    return f"holding {held:.0f} of {edge.steady:.0f} s · {passed(hold.answers)}"


def _acting(use: str, why: str) -> str:
    return f"{use}: {why}" if why else use


def _use(flow: Flow, step: str) -> str:
    one = flow.step(step)
    return one.use if one is not None else step
