"""Where a flow has an interlock: nothing but the snapshot acts before a confirmed disarm, a recovery disarms first,
and a state's label is true whichever way the run came there.

The search goes over positions: where the run is, and what is then known of the interlock. At the start: nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from titan_flow.states.edges import Edge
from titan_flow.states.model import State, Step, Transition
from titan_flow.states.proofs.graph import Graph, path, search
from titan_flow.states.proofs.violation import Fault, names, shown
from titan_flow.states.values import Interlock

RULE = "interlock"
Position = tuple[str, Interlock]


def interlock_is_kept(graph: Graph) -> Iterator[Fault]:
    if not graph.flow.interlocked:
        return
    flow = graph.flow

    def onward(here: Position) -> Iterable[tuple[Edge, Position]]:
        return ((edge, (edge.target, _after(graph, edge, here[1]))) for edge in graph.out.get(here[0], ()))

    tree = search([(flow.initial.name, Interlock.UNKNOWN)], onward)
    told: set[str] = set()
    for here in tree:
        node, lock = here
        state = flow.states.get(node)
        if state is not None and node not in told and not _fits(state, lock):
            told.add(node)
            yield _label(state, lock, names(path(tree, here), node))
        forward = (graph.owner(edge) for edge in graph.out.get(node, ()) if edge.kind == "forward")
        for owner in forward:
            if owner is not None and owner.name not in told and (step := _too_early(owner, lock)) is not None:
                told.add(owner.name)
                way = names(path(tree, here), node)
                what = f"`{owner.name}` acts (step `{step.id}`, {step.use}) before a disarm is confirmed"
                yield Fault(f"{what}: {shown(way)}", step.place or owner.place, way, RULE)
    for recovery in flow.recoveries.values():
        if recovery.acts and recovery.actions[0].touches != "disarm":
            first = recovery.actions[0]
            text = f"recovery `{recovery.name}` acts (step `{first.id}`, {first.use}) before it disarms"
            yield Fault(text, first.place or recovery.place, graph.stops(recovery.name), RULE)


def _fits(state: State, lock: Interlock) -> bool:
    return state.interlock in ("any", lock.value)


def _label(state: State, lock: Interlock, way: tuple[str, ...]) -> Fault:
    seen = lock.value
    text = f"`{state.name}` is labelled {state.interlock}, but can be reached with the interlock {seen}: {shown(way)}"
    return Fault(f"{text}; if this is intended, label it `interlock: any`", state.place, way, RULE, (state.name,))


def _too_early(transition: Transition, lock: Interlock) -> Step | None:
    """The first action that does not find the system disarmed."""
    for step in transition.actions:
        if step.touches == "disarm":
            lock = Interlock.DISARMED if step.confirms else Interlock.UNKNOWN
        elif step.touches != "snapshot" and lock is not Interlock.DISARMED:
            return step
        if step.touches == "arm":
            lock = Interlock.ARMED
    return None


def _after(graph: Graph, edge: Edge, lock: Interlock) -> Interlock:
    """What is known once that edge is taken. Failing half-way, a step that moves the interlock leaves it unknown."""
    owner = graph.owner(edge)
    if edge.kind == "operator":
        return Interlock.UNKNOWN  # it may be the start of another run, much later
    if owner is None:
        return lock
    moves = [step for step in owner.actions if step.touches in ("arm", "disarm")]
    if not moves:
        return lock
    if edge.kind in ("forward", "recovery"):
        if not moves[-1].confirms:
            return Interlock.UNKNOWN
        return Interlock.ARMED if moves[-1].touches == "arm" else Interlock.DISARMED
    harmless = all(step.touches == "disarm" and not _sent_and_left(owner, step) for step in moves)
    return lock if lock is Interlock.DISARMED and harmless else Interlock.UNKNOWN


def _sent_and_left(owner: Transition, step: Step) -> bool:
    """A disarm that nothing confirms makes the interlock unknown, and something after it can still fail."""
    return not step.confirms and (bool(owner.checks) or step is not owner.actions[-1])
