"""The seeded-fault table: a flow that proves clean with one mistake in it, what is said, and the counter-example."""

from __future__ import annotations

from dataclasses import replace

from tests.states.flows import (
    act,
    arm,
    compose,
    disarm,
    look,
    recovery,
    snapshot,
    titan,
    transition,
    undo,
    with_recovery,
    with_state,
    with_transition,
)
from titan_flow.states.model import Flow, Patience, SourceLocation, State, Unattended
from titan_flow.states.proofs.prove import prove


def edited(flow: Flow, name: str, **change: object) -> Flow:
    """One transition or recovery changed, and put at line 77."""
    edge = replace(flow.edge(name), place=SourceLocation(77, 5), **change)  # type: ignore[arg-type]
    return with_recovery(flow, edge) if edge.recovery else with_transition(flow, edge)


def restated(flow: Flow, name: str, **change: object) -> Flow:
    return with_state(flow, replace(flow.states[name], place=SourceLocation(77, 5), **change))  # type: ignore[arg-type]


SEEDED: dict[str, tuple[Flow, str, tuple[str, ...]]] = {
    "unreachable state": (
        with_state(titan(), State("Lost", place=SourceLocation(77, 5))),
        "state `Lost` cannot be reached from Ready: nothing leads there",
        (),
    ),
    "unreachable cycle": (
        with_transition(
            with_state(titan(), State("Left", place=SourceLocation(77, 5)), State("Right")),
            transition("there", "Left", "Right"),
            transition("back", "Right", "Left"),
        ),
        "state `Left` cannot be reached from Ready: only `Right` leads there, and cannot be reached either",
        (),
    ),
    "recovery that nothing names": (
        with_recovery(titan(), recovery("spare", "RolledBack", look("spare/1"), line=77)),
        "recovery `spare` can never begin: nothing leads there",
        (),
    ),
    "unknown target": (
        edited(titan(), "up", target="Upp"),
        "transition `up` goes to unknown state `Upp` (did you mean Up?)",
        (),
    ),
    "unknown failure target": (
        edited(titan(), "up", on_failure="fast_rolback"),
        "transition `up` fails into unknown state or recovery `fast_rolback` (did you mean fast_rollback?)",
        (),
    ),
    "unknown target, nothing like it": (
        edited(compose(), "up", target="Zzz"),
        "transition `up` goes to unknown state `Zzz`; there are `Halted`, `Ready`, `Recorded`, `Refused`, `Reverted`, `RolledBack`, `Up` and `Verified`",
        (),
    ),
    "recovery where a state must be": (
        edited(titan(), "up", target="fast_rollback"),
        "transition `up` goes to unknown state `fast_rollback`: that is a recovery",
        (),
    ),
    "then that is no recovery": (
        restated(titan(), "Reverted", then="verify_rolback"),
        "state `Reverted` goes on to unknown recovery `verify_rolback` (did you mean verify_rollback?)",
        (),
    ),
    "two initial states": (
        restated(titan(), "Up", initial=True),
        "`Up` and `Ready` are both marked initial",
        (),
    ),
    "a name twice": (
        with_recovery(titan(), recovery("up", "Reverted", line=77)),
        "`up` is a transition and a recovery",
        (),
    ),
    "acting without a failure edge": (
        edited(titan(), "pull", on_failure=None),
        "transition `pull` runs actions but has no `on_failure`",
        ("Ready", "Recorded", "Disarmed", "Fetched"),
    ),
    "recovery without a failure edge": (
        edited(titan(), "fast_rollback", on_failure=None),
        "recovery `fast_rollback` runs actions but has no `on_failure`",
        ("Ready", "Recorded", "Disarmed", "fast_rollback"),
    ),
    "checking without a failure edge": (
        edited(titan(), "verify", on_failure="park"),
        "transition `verify` runs checks but has no `on_failure`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up"),
    ),
    "failing forward": (
        edited(titan(), "verify", on_failure="Verified"),
        "transition `verify` fails into `Verified`, which only evidence may enter: name a recovery, or a state with `rest: true`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified"),
    ),
    "failing into the goal": (
        edited(titan(), "arm", on_unknown="Armed"),
        "transition `arm` goes on an unknown result to `Armed`, which is a goal: name a recovery, or a state with `rest: true`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified", "Armed"),
    ),
    "two ways on": (
        with_transition(titan(), transition("other", "Up", "Verified", look("other/1"), line=77)),
        "two transitions leave `Up`: `verify` and `other`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up"),
    ),
    "a then and a transition": (
        with_transition(titan(), transition("other", "Reverted", "RolledBack", look("other/1"), line=77)),
        "both `then: verify_rollback` and transition `other` leave `Reverted`",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted"),
    ),
    "on from where a run ends": (
        with_transition(titan(), transition("again", "Halted", "Up", look("again/1"), line=77)),
        "transition `again` starts at `Halted`, which is an end state",
        ("Ready", "Recorded", "Halted"),
    ),
    "a dead end": (
        restated(titan(), "Reverted", then=None),
        "`Reverted` is a dead end: no transition leaves it, and it is not an end state (`rest: true`): Ready → Recorded → Disarmed → fast_rollback → Reverted",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted"),
    ),
    "a ring of failures": (
        edited(
            with_recovery(
                titan(), recovery("second", "Reverted", disarm("second/1"), on_failure="fast_rollback", line=77)
            ),
            "fast_rollback",
            on_failure="second",
        ),
        "this loop never ends if every step keeps failing: fast_rollback → second → fast_rollback (edge `second`)",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "second", "fast_rollback"),
    ),
    "a ring through a success": (
        edited(titan(), "verify_rollback", on_failure="fast_rollback"),
        "this loop may never end: fast_rollback → Reverted → verify_rollback → fast_rollback (edge `verify_rollback`)",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted", "verify_rollback", "fast_rollback"),
    ),
    "attempts without number": (
        edited(titan(), "pull", patience=Patience(attempts=0)),
        "transition `pull`: `attempts` is 0; it must be a finite number, at least 1",
        ("Ready", "Recorded", "Disarmed", "Fetched"),
    ),
    "a wait without end": (
        edited(titan(), "pull", patience=Patience(within=float("inf"))),
        "transition `pull`: `within` is inf; it must be a finite number, at least 0",
        ("Ready", "Recorded", "Disarmed", "Fetched"),
    ),
    "around the gate": (
        with_transition(titan(), transition("arm2", "Up", "Armed", look("arm2/1"), arm("arm2/2"), line=77)),
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Armed (edge `arm2`)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Armed"),
    ),
    "around the gate, by a short cut before": (
        with_transition(
            with_state(titan(), State("Late")),
            transition("skip", "Fetched", "Late", act("skip/1"), line=77),
            transition("verify2", "Verified", "Late", look("verify2/1")),
            transition("arm", "Late", "Armed", arm("arm/1")),
        ),
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Late → Armed (edge `skip`)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Late", "Armed"),
    ),
    "around the gate, by failing": (
        edited(titan(), "pull", on_failure="Armed"),
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Armed (edge `pull`)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Armed"),
    ),
    "armed without a gate": (
        edited(restated(titan(), "Verified", gate=False), "arm"),
        "`arm` arms the system without a gate before it: add `gate: true` to the state in which everything is verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Verified",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified"),
    ),
    "armed behind a gate that looks at nothing": (
        edited(edited(titan(), "verify", checks=(), steady=0.0), "arm"),
        "`arm` arms the system after the gate Verified, but `verify` enters that gate without a check: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Verified",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified"),
    ),
    "destroying on the way there": (
        edited(titan(), "pull", actions=(act("pull/1", "database.drop", destroys=True),)),
        "`pull` may destroy data (step `pull/1`, database.drop), and runs automatically: Ready → Recorded → Disarmed → Fetched; only a recovery with `by: operator` may do that",
        ("Ready", "Recorded", "Disarmed", "Fetched"),
    ),
    "destroying by failing": (
        edited(titan(), "up", on_failure="nuclear_rollback"),
        "`nuclear_rollback` may destroy data (step `nuclear_rollback/4`, database.restore), and is entered automatically by up (failure): Ready → Recorded → Disarmed → Fetched → Pulled → nuclear_rollback; only a recovery with `by: operator` may do that",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "nuclear_rollback"),
    ),
    "destroying in a plain rollback": (
        with_recovery(compose(), recovery("fast_rollback", "Reverted", act("fast_rollback/1", destroys=True), line=77)),
        "`fast_rollback` may destroy data (step `fast_rollback/1`, host.change), which a plain rollback must not do: move the step to its own recovery with `by: operator`",
        ("fast_rollback",),
    ),
    "acting before the disarm": (
        edited(titan(), "record", actions=(snapshot("record/2"), act("record/3", "compose.up"))),
        "`record` acts (step `record/3`, compose.up) before a disarm is confirmed: Ready",
        ("Ready",),
    ),
    "a recovery that does not disarm first": (
        edited(titan(), "fast_rollback", actions=(act("fast_rollback/1", "compose.up"), disarm("fast_rollback/2"))),
        "recovery `fast_rollback` acts (step `fast_rollback/1`, compose.up) before it disarms",
        ("Ready", "Recorded", "Disarmed", "fast_rollback"),
    ),
    "a label that is not true": (
        restated(titan(), "Halted", interlock="disarmed"),
        "`Halted` is labelled disarmed, but can be reached with the interlock unknown: Ready → Recorded → Halted; if this is intended, label it `interlock: any`",
        ("Ready", "Recorded", "Halted"),
    ),
    "armed by name only": (
        restated(edited(titan(), "arm", actions=()), "Armed"),
        "`Armed` is labelled armed, but can be reached with the interlock disarmed: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Verified → Armed; if this is intended, label it `interlock: any`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified", "Armed"),
    ),
    "as if nothing had been changed": (
        edited(titan(), "pull", on_failure="Refused"),
        "`pull` fails into Refused, which reports that nothing was changed: Ready → Recorded → Disarmed → Fetched → Refused; name a recovery, or an end state with `notify: true`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Refused"),
    ),
    "as if it had succeeded": (
        edited(titan(), "verify_rollback", on_failure="RolledBack"),
        "`verify_rollback` fails into RolledBack, which reports success: Ready → Recorded → Disarmed → fast_rollback → Reverted → verify_rollback → RolledBack; name a recovery, or an end state with `notify: true`",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted", "verify_rollback", "RolledBack"),
    ),
    "a rollback that leaves the commit": (
        edited(titan(), "fast_rollback", actions=(disarm("b/1"), undo("b/2", "compose.up", "services", "image tags"))),
        "`fast_rollback` does not undo what `fetch` changed: checkout (step `fetch/1`, git.reset_to): Ready → Recorded → Disarmed → fast_rollback → Reverted → verify_rollback → RolledBack; add a step that restores it from ${release.…}",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted", "verify_rollback", "RolledBack"),
    ),
    "a rollback to something else": (
        edited(
            titan(),
            "fast_rollback",
            actions=(
                disarm("b/1"),
                undo("b/2", "git.reset_to", "checkout"),
                act("b/3", "compose.up", "services", "image tags"),
            ),
        ),
        "`fast_rollback` does not undo what `up` changed: services (step `up/1`, compose.up): Ready → Recorded → Disarmed → Fetched → Pulled → fast_rollback → Reverted → verify_rollback → RolledBack; add a step that restores it from ${release.…}",
        (
            "Ready",
            "Recorded",
            "Disarmed",
            "Fetched",
            "Pulled",
            "fast_rollback",
            "Reverted",
            "verify_rollback",
            "RolledBack",
        ),
    ),
    "a migration that nobody takes back": (
        with_recovery(
            edited(
                compose(), "up", actions=(undo("up/1", "command.run", "schema"), act("up/2", "compose.up", "services"))
            ),
            replace(compose().recoveries["fast_rollback"], place=SourceLocation(77, 5)),
        ),
        "`fast_rollback` does not undo what `up` changed: schema (step `up/1`, command.run): Ready → Recorded → fast_rollback → Reverted → verify_rollback → RolledBack; add a step that changes it back, or declare `changes: nothing`",
        ("Ready", "Recorded", "fast_rollback", "Reverted", "verify_rollback", "RolledBack"),
    ),
    "an action that nobody can tell done": (
        edited(titan(), "pull", actions=(act("pull/1", "ftp.put", "image tags", told=False),)),
        "`pull` acts (step `pull/1`, ftp.put), but nothing can tell whether that was done; add a done-check, or declare it idempotent or manual",
        ("Ready", "Recorded", "Disarmed", "Fetched"),
    ),
    "a disarm that nobody confirms": (
        edited(edited(titan(), "disarm", actions=(disarm("disarm/1", confirms=False),)), "fetch"),
        "`fetch` acts (step `fetch/1`, git.reset_to) before a disarm is confirmed: Ready → Recorded → Disarmed",
        ("Ready", "Recorded", "Disarmed"),
    ),
    "a host that is to disarm, with nothing to disarm": (
        replace(compose(), unattended=Unattended(do="disarm", place=SourceLocation(77, 5))),
        "`unattended: {do: disarm}` needs an `interlock:` block",
        (),
    ),
    "a claim: only after": (
        titan(prove=["Up only after Verified"]),
        "`Up only after Verified` does not hold: Ready → Recorded → Disarmed → Fetched → Pulled → Up (edge `up`)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up"),
    ),
    "a claim: never after": (
        titan(prove=["never Reverted after Fetched"]),
        "`never Reverted after Fetched` does not hold: Ready → Recorded → Disarmed → Fetched → fast_rollback → Reverted (edge `fast_rollback`)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "fast_rollback", "Reverted"),
    ),
    "a claim: within": (
        titan(prove=["Disarmed within 10s"]),
        "`Disarmed within 10s` does not hold: the slowest run takes 21m29s to get there: Ready → Recorded → Disarmed",
        ("Ready", "Recorded", "Disarmed"),
    ),
    "a claim: how long?": (
        titan(prove=["Disarmed within ten"]),
        "claim `Disarmed within ten`: 'ten' is not a duration; write it like 500ms, 30s, 2m or 1m30s",
        (),
    ),
    "a claim: of what?": (
        titan(prove=["Armd only after Verified"]),
        "claim about unknown state `Armd` (did you mean Armed?)",
        (),
    ),
    "a claim in another form": (
        titan(prove=["eventually Armed"]),
        "cannot read the claim 'eventually Armed'; claims are `A only after B`, `never A after B` and `A within 10m`",
        (),
    ),
}


def rules(flow: Flow) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What is said, and the counter-example, by rule; the last fault of each."""
    return {fault.rule: (fault.text, fault.path) for fault in prove(flow)}
