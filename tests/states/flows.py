"""Flows to test with: one shaped like the Titan runbook, one without an interlock, and the pieces to bend them.

flow = with_transition(titan(), transition("arm2", "Up", "Armed", act("arm2/1", touches="arm")))
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from titan_flow.states.model import Flow, Patience, SourceLocation, State, Step, Touches, Transition, Watch

QUICK = Patience(timeout=10.0, within=5.0, attempts=2, wait_min=1.0, wait_max=4.0)


def look(id: str, use: str = "reality.is") -> Step:
    return Step(id, use)


def act(
    id: str,
    use: str = "host.change",
    *changes: str,
    touches: Touches | None = None,
    destroys: bool = False,
    restores: bool = False,
    told: bool = True,
) -> Step:
    return Step(id, use, acts=True, touches=touches, destroys=destroys, changes=changes, restores=restores, told=told)


def undo(id: str, use: str, *changes: str) -> Step:
    """Changes these things back to what was recorded."""
    return act(id, use, *changes, restores=True)


def snapshot(id: str) -> Step:
    return act(id, "release.record", touches="snapshot")


def disarm(id: str, *, confirms: bool = True) -> Step:
    step = act(id, "interlock.disarm", "interlock", touches="disarm", restores=True)
    return replace(step, confirms=confirms)


def arm(id: str) -> Step:
    return act(id, "interlock.arm", "interlock", touches="arm")


def transition(
    name: str,
    source: str,
    target: str,
    *steps: Step,
    on_failure: str | None = "fast_rollback",
    on_unknown: str = "park",
    steady: float = 0.0,
    patience: Patience = QUICK,
    line: int = 1,
) -> Transition:
    """Steps that act are its actions, the others its checks."""
    return Transition(
        name,
        source,
        target,
        checks=tuple(step for step in steps if not step.acts),
        actions=tuple(step for step in steps if step.acts),
        on_failure=on_failure,
        on_unknown=on_unknown,
        steady=steady,
        patience=patience,
        place=SourceLocation(line, 5),
    )


def recovery(
    name: str,
    target: str,
    *steps: Step,
    on_failure: str | None = "Halted",
    on_unknown: str = "park",
    by_operator: bool = False,
    line: int = 1,
) -> Transition:
    made = transition(name, "", target, *steps, on_failure=on_failure, on_unknown=on_unknown, line=line)
    return replace(made, source=None, by_operator=by_operator)


def flow(
    states: Iterable[State],
    transitions: Iterable[Transition],
    recoveries: Iterable[Transition] = (),
    *,
    name: str = "test",
    prove: Iterable[str] = (),
    interlocked: bool = False,
) -> Flow:
    return Flow(
        name,
        {state.name: state for state in states},
        {edge.name: edge for edge in transitions},
        {edge.name: edge for edge in recoveries},
        prove=tuple((claim, SourceLocation(90 + n, 9)) for n, claim in enumerate(prove)),
        interlocked=interlocked,
    )


def with_state(flow: Flow, *states: State) -> Flow:
    """Adds states, or replaces those of the same name."""
    return replace(flow, states={**flow.states, **{state.name: state for state in states}})


def with_transition(flow: Flow, *edges: Transition) -> Flow:
    return replace(flow, transitions={**flow.transitions, **{edge.name: edge for edge in edges}})


def with_recovery(flow: Flow, *edges: Transition) -> Flow:
    return replace(flow, recoveries={**flow.recoveries, **{edge.name: edge for edge in edges}})


def titan(
    *, prove: Iterable[str] = ("Armed only after Verified", "Up only after Disarmed"), watch: float = 5.0
) -> Flow:
    """The runbook: Ready to Armed with a watch; fast rollback by itself, nuclear by an operator. It proves clean."""
    hold = Watch(watch, 1.0, (look("Armed/1", "compose.running"),), "fast_rollback", place=SourceLocation(18, 20))
    states = (
        State("Ready", initial=True, interlock="any", place=SourceLocation(11, 3)),
        State("Recorded", interlock="any", place=SourceLocation(12, 3)),
        State("Disarmed", place=SourceLocation(13, 3)),
        State("Fetched", place=SourceLocation(14, 3)),
        State("Pulled", place=SourceLocation(15, 3)),
        State("Up", place=SourceLocation(16, 3)),
        State("Verified", gate=True, place=SourceLocation(17, 3)),
        State("Armed", goal=True, interlock="armed", watch=hold, place=SourceLocation(18, 3)),
        State("Reverted", then="verify_rollback", place=SourceLocation(19, 3)),
        State("Rebuilt", then="verify_rebuild", place=SourceLocation(20, 3)),
        State("RolledBack", rest=True, place=SourceLocation(21, 3)),
        State("Refused", rest=True, interlock="any", place=SourceLocation(22, 3)),
        State("Halted", rest=True, notify=True, interlock="any", place=SourceLocation(23, 3)),
    )
    forward = (
        transition(
            "record",
            "Ready",
            "Recorded",
            look("record/1", "host.reachable"),
            snapshot("record/2"),
            on_failure="Refused",
            on_unknown="Refused",
            line=31,
        ),
        transition(
            "disarm", "Recorded", "Disarmed", disarm("disarm/1"), on_failure="Halted", on_unknown="Halted", line=32
        ),
        transition("fetch", "Disarmed", "Fetched", act("fetch/1", "git.reset_to", "checkout"), line=33),
        transition("pull", "Fetched", "Pulled", act("pull/1", "compose.pull", "image tags"), line=34),
        transition("up", "Pulled", "Up", act("up/1", "compose.up", "services", "image tags"), line=35),
        transition(
            "verify",
            "Up",
            "Verified",
            look("verify/1", "compose.running"),
            look("verify/2", "http.ok"),
            steady=3.0,
            line=36,
        ),
        transition("arm", "Verified", "Armed", look("arm/1", "compose.running"), arm("arm/2"), line=37),
    )
    back = (
        recovery(
            "fast_rollback",
            "Reverted",
            disarm("fast_rollback/1", confirms=False),
            undo("fast_rollback/2", "git.reset_to", "checkout"),
            undo("fast_rollback/3", "compose.up", "services", "image tags"),
            disarm("fast_rollback/4"),
            on_unknown="Halted",
            line=41,
        ),
        recovery("verify_rollback", "RolledBack", look("verify_rollback/1", "compose.runs"), line=42),
        recovery(
            "nuclear_rollback",
            "Rebuilt",
            disarm("nuclear_rollback/1", confirms=False),
            act("nuclear_rollback/2", "database.dump"),
            act("nuclear_rollback/3", "compose.down", "services"),
            act("nuclear_rollback/4", "database.restore", "data", destroys=True),
            undo("nuclear_rollback/5", "git.reset_to", "checkout"),
            undo("nuclear_rollback/6", "compose.up", "services", "image tags"),
            disarm("nuclear_rollback/7"),
            on_unknown="Halted",
            by_operator=True,
            line=43,
        ),
        recovery("verify_rebuild", "RolledBack", look("verify_rebuild/1", "compose.runs"), line=44),
    )
    return flow(states, forward, back, name="titan-prod", prove=prove, interlocked=True)


def compose() -> Flow:
    """The smallest useful flow: no interlock, its goal is Verified."""
    states = (
        State("Ready", initial=True, interlock="any"),
        State("Recorded", interlock="any"),
        State("Up", interlock="any"),
        State("Verified", goal=True, interlock="any"),
        State("Reverted", interlock="any", then="verify_rollback"),
        State("RolledBack", rest=True, interlock="any"),
        State("Refused", rest=True, interlock="any"),
        State("Halted", rest=True, notify=True, interlock="any"),
    )
    forward = (
        transition("record", "Ready", "Recorded", snapshot("record/1"), on_failure="Refused", on_unknown="Refused"),
        transition("up", "Recorded", "Up", act("up/1", "compose.up", "services")),
        transition("verify", "Up", "Verified", look("verify/1", "compose.running"), steady=1.0),
    )
    back = (
        recovery("fast_rollback", "Reverted", undo("fast_rollback/1", "compose.up", "services"), on_unknown="Halted"),
        recovery("verify_rollback", "RolledBack", look("verify_rollback/1", "compose.runs")),
    )
    return flow(states, forward, back, name="compose")
