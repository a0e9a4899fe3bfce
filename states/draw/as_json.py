"""The graph as data, for other tools."""

from __future__ import annotations

from json import dumps

from titan_flow.states.draw.trip import Trip
from titan_flow.states.edges import edges
from titan_flow.states.model import Flow, SourceLocation, Transition
from titan_flow.states.values import Json


def json(flow: Flow, trip: Trip | None = None) -> str:
    """One document: `flow`, `states`, `transitions`, `recoveries`, `edges`, and, where a run is drawn, `taken` and
    `run`.
    """

    return dumps(graph(flow, trip), indent=2, ensure_ascii=False)


def graph(flow: Flow, trip: Trip | None = None) -> dict[str, Json]:
    """Every derived edge, operators' too; places are `[line, column]`, durations seconds."""
    document: dict[str, Json] = {
        "flow": flow.name,
        "about": flow.about,
        "interlocked": flow.interlocked,
        "states": [
            {
                "name": state.name,
                "initial": state.initial,
                "goal": state.goal,
                "rest": state.rest,
                "gate": state.gate,
                "notify": state.notify,
                "interlock": state.interlock,
                "then": state.then,
                "watch": state.watch.duration if state.watch is not None else None,
                "about": state.about,
                "place": _place(state.place),
            }
            for state in flow.states.values()
        ],
        "transitions": [_edge(transition) for transition in flow.transitions.values()],
        "recoveries": [_edge(recovery) for recovery in flow.recoveries.values()],
        "edges": [
            {"name": edge.name, "source": edge.source, "target": edge.target, "kind": edge.kind} for edge in edges(flow)
        ],
    }
    if trip is not None:
        document["taken"] = list[Json](trip.nodes)
        document["run"] = _trip(trip)
    return document


def _trip(trip: Trip) -> dict[str, Json]:
    """Times are UTC; `took` is in seconds, by transition, recovery or watched state, `entered` by state or recovery."""
    return {
        "id": trip.run,
        "outcome": trip.stands,
        "here": trip.here,
        "under_way": trip.under_way,
        "entered": {name: at.isoformat() for name, at in trip.entered.items()},
        "took": {**trip.took},
        "attempts": {**trip.tries},
        "failed": {**trip.failed},
        "passed": [[source, target] for source, target in sorted(trip.passed)],
    }


def _edge(edge: Transition) -> dict[str, Json]:
    return {
        "name": edge.name,
        "from": edge.source,
        "to": edge.target,
        "checks": [{"id": step.id, "use": step.use} for step in edge.checks],
        "actions": [{"id": step.id, "use": step.use, "destroys": step.destroys} for step in edge.actions],
        "on_failure": edge.on_failure,
        "on_unknown": edge.on_unknown,
        "steady": edge.steady,
        "by_operator": edge.by_operator,
        "about": edge.about,
        "place": _place(edge.place),
    }


def _place(place: SourceLocation | None) -> Json:
    return [place.line, place.column] if place is not None else None
