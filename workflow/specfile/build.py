"""From a draft to a flow: every name resolved, every default applied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from titan_flow.states import model
from titan_flow.states.edges import PARK, edges
from titan_flow.workflow.specfile import schema
from titan_flow.workflow.specfile.draft import Draft
from titan_flow.workflow.specfile.errors import nearest, quote
from titan_flow.workflow.specfile.steps import Library, Placed, numbered
from titan_flow.workflow.specfile.yaml_reader import Loc


@dataclass
class Parts:
    """The lists of steps of every edge and watch, by name: checks, then actions."""

    checks: dict[str, list[Placed]]
    actions: dict[str, list[Placed]]
    lost: set[str]
    """edges and watches whose steps could not all be read"""

    def of(self, name: str) -> list[Placed]:
        return [*self.checks.get(name, ()), *self.actions.get(name, ())]

    @property
    def all(self) -> dict[str, list[Placed]]:
        return {name: self.of(name) for name in {**self.checks, **self.actions}}


def parts(draft: Draft, library: Library) -> Parts:
    found = Parts({}, {}, set())
    for section, edges_ in (("transitions", draft.transitions), ("recoveries", draft.recoveries)):
        for name, edge in edges_.items():
            found.checks[name] = library.steps(edge.check, (section, name, "check"))
            found.actions[name] = library.steps(edge.do, (section, name, "do"))
    for name, state in draft.states.items():
        if state.watch is not None:
            found.checks[name] = library.steps(state.watch.check, ("states", name, "watch", "check"))
    found.lost = {str(at[1]) for at in library.lost}
    return found


@dataclass
class Builder:
    """`sure` turns false where a name is unknown and resembles none: then nothing can be said about the graph."""

    draft: Draft
    parts: Parts
    sure: bool = True

    def flow(self) -> model.Flow:
        draft = self.draft
        states = {name: self._state(name, state) for name, state in draft.states.items()}
        transitions = {name: self._transition(name, edge) for name, edge in draft.transitions.items()}
        recoveries = {name: self._recovery(name, edge) for name, edge in draft.recoveries.items()}
        place = draft.found.page.place
        prove = tuple((text, place(("prove", number))) for number, text in enumerate(draft.prove))
        flow = model.Flow(
            name=draft.flow,
            states=states,
            transitions=transitions,
            recoveries=recoveries,
            about=draft.about,
            prove=prove,
            interlocked=draft.interlocked,
            unattended=self._unattended(),
        )
        return self._with_default(flow)

    def _unattended(self) -> model.Unattended | None:
        one = self.draft.unattended
        return one and model.Unattended(one.after, one.do, one.parked, self._place(("unattended",)))

    def _with_default(self, flow: model.Flow) -> model.Flow:
        """The default failure edge, for transitions and watches without their own; never where it would make a ring."""
        default = self._target(self.draft.defaults.on_failure, ("defaults", "on_failure"), "by default a transition")
        state = flow.states.get(default or "")
        if state is not None and (state.goal or not state.rest):
            text = f"by default a transition fails into {quote(state.name)}, which has no `rest: true`"
            self.draft.found.note(("defaults", "on_failure"), text)
            self.sure = False
        if default is None:
            return flow
        ring = _reached(flow, default) if default in flow.recoveries else set[str]()
        transitions = {
            name: replace(t, on_failure=default) if t.on_failure is None and t.source not in ring else t
            for name, t in flow.transitions.items()
        }
        states = dict(flow.states)
        for name, state in flow.states.items():
            written = self.draft.states[name].watch
            if state.watch is not None and written is not None and written.on_failure is None and name not in ring:
                states[name] = replace(state, watch=replace(state.watch, on_failure=default))
        return replace(flow, transitions=transitions, states=states)

    def _state(self, name: str, one: schema.State) -> model.State:
        at: Loc = ("states", name)
        then = one.then and self._name(one.then, (*at, "then"), f"state {quote(name)} goes on to", "recovery")
        if one.watch is not None and not one.goal:
            self.draft.found.note((*at, "watch"), f"state {quote(name)} is watched but is no goal", key=True)
        return model.State(
            name=name,
            initial=one.initial,
            goal=one.goal,
            rest=one.rest,
            gate=one.gate,
            notify=one.notify,
            interlock=one.interlock,
            then=then,
            watch=self._watch(name, one.watch) if one.watch is not None else None,
            about=one.about,
            place=self._place(at),
        )

    def _watch(self, name: str, one: schema.Watch) -> model.Watch:
        at: Loc = ("states", name, "watch")
        if not one.check:
            self.draft.found.note((*at, "check"), f"the watch of state {quote(name)} checks nothing", key=True)
        if one.every > one.duration:
            self.draft.found.note((*at, "every"), "`every` is longer than `for`: nothing would be checked twice")
        elif one.duration / one.every > schema.MOST_SAMPLES:
            samples = f"{one.duration / one.every:.0f} looks; at most {schema.MOST_SAMPLES}"
            self.draft.found.note((*at, "every"), f"the watch of state {quote(name)} would take {samples}")
        who = f"the watch of state {quote(name)}"
        return model.Watch(
            duration=one.duration,
            every=one.every,
            checks=numbered(name, self.parts.checks.get(name, []), self.draft),
            on_failure=self._target(one.on_failure, (*at, "on_failure"), who) or PARK,
            on_unknown=self._unknown(one.on_unknown, (*at, "on_unknown"), who),
            patience=self._patience(one),
            place=self._place(at),
        )

    def _transition(self, name: str, one: schema.Transition) -> model.Transition:
        source = self._name(
            one.source, ("transitions", name, "from"), f"transition {quote(name)} leads on from", "state"
        )
        return replace(self._edge(("transitions", name), one), source=source)

    def _recovery(self, name: str, one: schema.Recovery) -> model.Transition:
        edge = self._edge(("recoveries", name), one)
        if one.on_failure is None:
            text = f"recovery {quote(name)} lacks `on_failure`: a default is not applied to recoveries"
            self.draft.found.note(("recoveries", name), text, key=True)
        return replace(edge, by_operator=one.by == "operator")

    def _edge(self, at: Loc, one: schema.Edge) -> model.Transition:
        name = str(at[1])
        kind = "transition" if at[0] == "transitions" else "recovery"
        who = f"{kind} {quote(name)}"
        checks = self.parts.checks.get(name, [])
        if one.steady is not None and not one.check:
            self.draft.found.note((*at, "steady"), f"{who} has no `check:` that could stay yes", key=True)
        return model.Transition(
            name=name,
            source=None,
            target=self._name(one.to, (*at, "to"), f"{who} goes to", "state"),
            checks=numbered(name, checks, self.draft),
            actions=numbered(name, self.parts.actions.get(name, []), self.draft, after=len(checks)),
            on_failure=self._target(one.on_failure, (*at, "on_failure"), who),
            on_unknown=self._unknown(one.on_unknown, (*at, "on_unknown"), who, default=kind == "transition"),
            steady=one.steady or 0.0,
            patience=self._patience(one),
            about=one.about,
            place=self._place(at),
        )

    def _patience(self, one: schema.Patient) -> model.Patience:
        fallback, default = self.draft.defaults, model.Patience()
        wait = one.wait or fallback.wait or (default.wait_min, default.wait_max)
        return model.Patience(
            timeout=one.timeout or fallback.timeout or default.timeout,
            within=one.within or fallback.within or default.within,
            attempts=one.attempts or fallback.attempts or default.attempts,
            wait_min=wait[0],
            wait_max=wait[1],
        )

    def _target(self, name: str | None, at: Loc, who: str) -> str | None:
        if name is None or name == PARK:
            return name
        return self._name(name, at, f"{who} fails into", "state or recovery")

    def _unknown(self, name: str | None, at: Loc, who: str, default: bool = True) -> str:
        if name is None and default:
            name, at, who = self.draft.defaults.on_unknown, ("defaults", "on_unknown"), "by default a transition"
        if name is None or name == PARK:
            return PARK
        return self._name(name, at, f"{who} goes on an unknown result to", "state or recovery", (PARK,))

    def _name(self, name: str, at: Loc, says: str, kind: str, more: Iterable[str] = ()) -> str:
        """A declared name. An unknown one is noted, and taken for the one that it resembles."""
        states, recoveries = self.draft.names("states"), self.draft.names("recoveries")
        allowed = {"state": states, "recovery": recoveries, "state or recovery": [*states, *recoveries]}[kind]
        if name in allowed:
            return name
        near = nearest(name, [*allowed, *more])
        hint = f" (did you mean {near}?)" if near else ""
        if name in states or name in recoveries:
            hint, near = f": that is a {'state' if name in states else 'recovery'}", ""
        self.draft.found.note(at, f"{says} unknown {kind} {quote(name)}{hint}")
        self.sure = self.sure and bool(near)
        return near or name

    def _place(self, at: Loc) -> model.SourceLocation:
        return self.draft.found.page.place(at, key=True)


def _reached(flow: model.Flow, start: str) -> set[str]:
    """Every state and recovery that a run can come to from there by itself."""
    onward: dict[str, list[str]] = {}
    for edge in edges(flow):
        if edge.automatic:
            onward.setdefault(edge.source, []).append(edge.target)
    seen, todo = {start}, [start]
    while todo:
        for target in onward.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen
