"""The details of each state and recovery, as sections of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import dumps

from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.draw.trip import Trip
from titan_flow.states.draw.vocabulary import asked_for, clock, labels, spent
from titan_flow.states.durations import duration
from titan_flow.states.edges import PARK, behind, entries
from titan_flow.states.model import Flow, Patience, State, Step, Transition

LONGEST = 400
"""letters of one step's arguments"""


class Panels:
    """`anchor` names the section of a state or recovery."""

    def __init__(self, flow: Flow, trip: Trip | None = None) -> None:
        self.flow, self.trip = flow, trip
        self._ids = {name: f"n{n}" for n, name in enumerate((*flow.states, *flow.recoveries))}
        self._entries = entries(flow)

    def anchor(self, name: str) -> str:
        return self._ids.get(name, "")

    def link(self, name: str) -> str:
        return f"#{self.anchor(name)}"

    def all(self) -> str:
        states = [self._section(state.name, self._state(state)) for state in self.flow.states.values()]
        back = [self._section(one.name, self._recovery(one)) for one in self.flow.recoveries.values()]
        return "".join((*states, *back))

    def _section(self, name: str, inside: Iterator[str]) -> str:
        id = self.anchor(name)
        return tag(
            "section", tag("h2", escaped(name), id=f"{id}h"), *inside,
            class_="panel", id=id, tabindex="-1", aria_labelledby=f"{id}h",
        )  # fmt: skip

    def _state(self, state: State) -> Iterator[str]:
        lock = (f"interlock: {state.interlock}",) if self.flow.interlocked else ()
        yield _words((*(word for word in labels(state) if word != "armed"), *lock, *self._been(state.name)))
        yield _about(state.about)
        if state.then is not None:
            yield tag("p", "then ", self._named(state.then), ", automatically")
        if (watch := state.watch) is not None:
            span = f"Watch: {duration(watch.duration)}, checked every {duration(watch.every)}"
            yield tag("h3", escaped(span)) + _steps(watch.checks) + self._failing(watch.on_failure, watch.on_unknown)
        for transition in self.flow.transitions.values():
            if transition.source == state.name:
                yield tag("h3", tag("code", escaped(transition.name)), " → ", self._named(transition.target))
                yield from self._edge(transition)
        asked = asked_for(self.flow) if state.name in behind(self.flow) else ()
        if asked:
            names = ", ".join(self._named(name) for name in asked)
            yield tag("p", "From here an operator can start ", names, class_="dim")

    def _recovery(self, recovery: Transition) -> Iterator[str]:
        by = ("only an operator can start it",) if recovery.by_operator else ()
        yield _words(("recovery", *by, *self._been(recovery.name)))
        yield tag("p", "→ ", self._named(recovery.target))
        yield from self._edge(recovery)
        stood = [self._named(name) for name in self._entries[recovery.name]]
        if stood:
            yield tag("p", "Can start from ", ", ".join(stood), class_="dim")

    def _edge(self, edge: Transition) -> Iterator[str]:
        yield _about(edge.about)
        yield _steps(edge.steps)
        if took := spent(edge.name, self.trip):
            yield tag("p", escaped(f"this run: {took}"))
        if why := (self.trip.failed.get(edge.name) if self.trip is not None else None):
            yield tag("p", escaped(f"failed: {why}"), class_="bad")
        yield tag("p", escaped(_bounds(edge.patience, edge)), class_="dim")
        yield self._failing(edge.on_failure, edge.on_unknown)

    def _been(self, name: str) -> tuple[str, ...]:
        at = clock(name, self.trip)
        return (f"run {self.trip.run} was here at {at} UTC",) if at and self.trip is not None else ()

    def _failing(self, on_failure: str | None, on_unknown: str) -> str:
        fails = self._named(on_failure) if on_failure not in (None, PARK) else "waits for an operator"
        unknown = self._named(on_unknown) if on_unknown != PARK else "waits for an operator"
        return tag("p", "fails ↘ ", fails, " · unknown ↘ ", unknown)

    def _named(self, name: str) -> str:
        return tag("a", escaped(name), href=self.link(name)) if name in self._ids else escaped(name)


def _words(words: Sequence[str]) -> str:
    return tag("div", *(tag("span", escaped(word), class_="word") for word in words), class_="chips") if words else ""


def _about(text: str) -> str:
    return tag("p", escaped(text)) if text else ""


def _bounds(patience: Patience, edge: Transition) -> str:
    parts = [f"within {duration(patience.within)}"] if edge.checks or edge.actions else []
    if edge.steady:
        parts.append(f"held for {duration(edge.steady)}")
    if edge.actions:
        parts.append(
            f"at most {patience.attempts} attempt{'s' * (patience.attempts != 1)} of {duration(patience.timeout)}"
        )
        parts.append(f"{duration(patience.wait_min)} to {duration(patience.wait_max)} between them")
    return ", ".join(parts)


def _steps(steps: Sequence[Step]) -> str:
    return tag("ol", *(_step(step) for step in steps), class_="steps") if steps else ""


def _step(step: Step) -> str:
    kind = "acts" if step.acts else "checks"
    more = [
        word for word, holds in (("destroys data", step.destroys), (step.touches or "", bool(step.touches))) if holds
    ]
    args = dumps(dict(step.args), ensure_ascii=False) if step.args else ""
    shown = tag("br") + tag("code", escaped(args[:LONGEST] + ("…" if len(args) > LONGEST else ""))) if args else ""
    words = " · ".join((step.id, kind, *more))
    style = "destroys" if step.destroys else kind
    return tag(
        "li",
        tag("span", escaped(step.use), class_="use"),
        " ",
        tag("span", escaped(words), class_="dim"),
        shown,
        class_=style,
    )
