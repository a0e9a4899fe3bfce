"""The path of a run as rows: what is done, what is in progress, what comes next, and where each failure would lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from titan_flow.states import events as e
from titan_flow.states.durations import span
from titan_flow.states.model import Flow, Transition
from titan_flow.workflow.display.row import Mark, Row, arrived, later

WATCH = "watch"


def rows(flow: Flow, records: Sequence[e.Record]) -> list[Row]:
    """Every edge taken so far in its order, then the way that lies ahead if all goes well."""
    path = _Path(flow)
    for record in records:
        path.take(record)
    return [*path.taken, *path.ahead()]


class _Path:
    """Where a run stands, and the rows of what it took. `entering`: the recovery that comes next."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.state = flow, flow.initial.name
        self.taken: list[Row] = []
        self.entering: str | None = None
        self.over = False

    @property
    def under_way(self) -> Row | None:
        return self.taken[-1] if self.taken and self.taken[-1].open else None

    def take(self, record: e.Record) -> None:
        """One more record: some begin a row or end one, the others change what is under way."""
        match record.event:
            case e.RunStarted() as started:
                self.state, self.entering = started.state, started.enter
            case e.TransitionBegan() as began:
                self._begin(began, record.at)
            case e.TransitionEnded() as ended:
                self._arrive(ended, record.at)
            case e.FailureDecided() as failure:
                self._fail(failure, record.at)
            case e.RunEnded() as over:
                self._leave(record.at)
                self.state, self.over = over.state, True
            case event:
                if (row := self.under_way) is not None:
                    self.taken[-1] = later(self.flow, row, event, record.at)

    def _begin(self, began: e.TransitionBegan, at: datetime) -> None:
        self._leave(at)
        self.entering = None
        row = self._row(self.flow.edge(began.transition), began.source, "now", first=not self.taken)
        self.taken.append(later(self.flow, replace(row, began=at), began, at))

    def _arrive(self, ended: e.TransitionEnded, at: datetime) -> None:
        self.state = ended.target
        if not self.taken:
            return
        self.taken[-1] = arrived(self.flow, self.flow.edge(ended.transition), self.taken[-1], at)
        if self.flow.states[ended.target].goal:
            self.taken += [replace(row, mark="now", began=at) for row in self._watch(ended.target)]

    def _fail(self, failure: e.FailureDecided, at: datetime) -> None:
        if (row := self.under_way) is not None:
            aim = f"↘ {failure.target}"
            self.taken[-1] = replace(row, mark="failed", ended=at, says=failure.reason, note="", aim=aim)
        if failure.enters == "state":
            self.state = failure.target
        else:
            self.entering = failure.target

    def _leave(self, at: datetime) -> None:
        if (row := self.under_way) is not None:
            self.taken[-1] = replace(row, mark="done", ended=at)

    def ahead(self) -> Iterator[Row]:
        """From where the run stands, if all goes well."""
        if self.over:
            return
        state, seen, row = self.state, set[str](), self.under_way
        if row is not None:
            state = row.target
        elif self.entering is not None:
            edge = self.flow.recoveries[self.entering]
            yield self._row(edge, state, "ahead")
            state = edge.target
        while state not in seen and not self.flow.states[state].rest:
            seen.add(state)
            if self.flow.states[state].goal:
                if not (self.taken and self.taken[-1].watches):
                    yield from self._watch(state)
                return
            edge = self.flow.onward(state)
            if edge is None:
                return
            yield self._row(edge, state, "ahead", first=not self.taken and state == self.state)
            state = edge.target

    def _row(self, edge: Transition, source: str, mark: Mark, first: bool = False) -> Row:
        title = f"{source} → {edge.target}" if first else f"→ {edge.target}"
        aim = "" if edge.on_failure in (None, "park") else f"↘ {edge.on_failure}"
        return Row(mark, title, edge.target, edge.target, aim=aim)

    def _watch(self, state: str) -> Iterator[Row]:
        watch = self.flow.states[state].watch
        if watch is not None:
            title = f"{WATCH} {span(watch.duration).replace('.0 ', ' ')}"
            aim = "" if watch.on_failure == "park" else f"↘ {watch.on_failure}"
            yield Row("ahead", title, WATCH, state, aim=aim, watches=True)
