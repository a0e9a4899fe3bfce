"""The seeded-fault table: one mistake in a flow that proves clean, and the counter-example that is found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.states.flows import (
    act,
    arm,
    compose,
    disarm,
    flow,
    look,
    recovery,
    snapshot,
    titan,
    transition,
    with_recovery,
    with_state,
    with_transition,
)
from titan_flow.states.model import Flow, Patience, Place, State, Watch
from titan_flow.states.proofs import prove


def edited(flow: Flow, name: str, **change: object) -> Flow:
    """One transition or recovery changed, and put at line 77."""
    edge = replace(flow.edge(name), place=Place(77, 5), **change)  # type: ignore[arg-type]
    return with_recovery(flow, edge) if edge.recovery else with_transition(flow, edge)


def restated(flow: Flow, name: str, **change: object) -> Flow:
    return with_state(flow, replace(flow.states[name], place=Place(77, 5), **change))  # type: ignore[arg-type]


SEEDED: dict[str, tuple[Flow, str, tuple[str, ...]]] = {
    "unreachable state": (
        with_state(titan(), State("Lost", place=Place(77, 5))),
        "state `Lost` cannot be reached from Ready: nothing leads there",
        (),
    ),
    "unreachable cycle": (
        with_transition(
            with_state(titan(), State("Left", place=Place(77, 5)), State("Right")),
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
        "transition `up` goes to unknown state `Zzz`; there are `Halted`, `Ready`, `Recorded`, `Refused`, "
        "`Reverted`, `RolledBack`, `Up` and `Verified`",
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
        "transition `pull` acts, and declares nowhere to go when that fails (on_failure)",
        ("Ready", "Recorded", "Disarmed", "Fetched"),
    ),
    "recovery without a failure edge": (
        edited(titan(), "fast_rollback", on_failure=None),
        "recovery `fast_rollback` acts, and declares nowhere to go when that fails (on_failure)",
        ("Ready", "Recorded", "Disarmed", "fast_rollback"),
    ),
    "checking without a failure edge": (
        edited(titan(), "verify", on_failure="park"),
        "transition `verify` checks, and declares nowhere to go when that fails (on_failure)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up"),
    ),
    "failing forward": (
        edited(titan(), "verify", on_failure="Verified"),
        "transition `verify` fails into `Verified`, which is entered only on evidence: "
        "name a recovery, or a state with `rest: true`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified"),
    ),
    "failing into the goal": (
        edited(titan(), "arm", on_unknown="Armed"),
        "transition `arm` goes, where it cannot tell, to `Armed`, which is a goal: "
        "name a recovery, or a state with `rest: true`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified", "Armed"),
    ),
    "two ways on": (
        with_transition(titan(), transition("other", "Up", "Verified", look("other/1"), line=77)),
        "two transitions lead on from `Up`: `verify` and `other`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up"),
    ),
    "a then and a transition": (
        with_transition(titan(), transition("other", "Reverted", "RolledBack", look("other/1"), line=77)),
        "two ways lead on from `Reverted`: its `then: verify_rollback` and transition `other`",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted"),
    ),
    "on from where a run ends": (
        with_transition(titan(), transition("again", "Halted", "Up", look("again/1"), line=77)),
        "transition `again` starts at `Halted`, where a run ends",
        ("Ready", "Recorded", "Halted"),
    ),
    "a dead end": (
        restated(titan(), "Reverted", then=None),
        "nothing leads on from `Reverted`, and a run may not rest there: "
        "Ready → Recorded → Disarmed → fast_rollback → Reverted",
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
        "if each of them fails for ever, a run goes round for ever: fast_rollback → second → fast_rollback "
        "(edge `second`)",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "second", "fast_rollback"),
    ),
    "a ring through a success": (
        edited(titan(), "verify_rollback", on_failure="fast_rollback"),
        "a run may go round for ever: fast_rollback → Reverted → verify_rollback → fast_rollback "
        "(edge `verify_rollback`)",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted", "verify_rollback", "fast_rollback"),
    ),
    "attempts without number": (
        edited(titan(), "pull", patience=Patience(attempts=0)),
        "transition `pull`: `attempts` is 0; it must be a number from 1 on, and not without end",
        (),
    ),
    "a wait without end": (
        edited(titan(), "pull", patience=Patience(within=float("inf"))),
        "transition `pull`: `within` is inf; it must be a number from 0 on, and not without end",
        (),
    ),
    "around the gate": (
        with_transition(titan(), transition("arm2", "Up", "Armed", look("arm2/1"), arm("arm2/2"), line=77)),
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Armed "
        "(edge `arm2`)",
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
    "destroying on the way there": (
        edited(titan(), "pull", actions=(act("pull/1", "database.drop", destroys=True),)),
        "`pull` may destroy data (step `pull/1`, database.drop), and is taken by itself: "
        "Ready → Recorded → Disarmed → Fetched; only a recovery `by: operator` may, and only because an operator asks",
        ("Ready", "Recorded", "Disarmed", "Fetched"),
    ),
    "destroying by failing": (
        edited(titan(), "up", on_failure="nuclear_rollback"),
        "`nuclear_rollback` may destroy data (step `nuclear_rollback/4`, database.restore), and is entered by "
        "up (failure) by itself: Ready → Recorded → Disarmed → Fetched → Pulled → nuclear_rollback; "
        "only a recovery `by: operator` may, and only because an operator asks",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "nuclear_rollback"),
    ),
    "destroying in a plain rollback": (
        with_recovery(compose(), recovery("fast_rollback", "Reverted", act("fast_rollback/1", destroys=True), line=77)),
        "`fast_rollback` may destroy data (step `fast_rollback/1`, host.change): a plain rollback may not; "
        "give it a recovery `by: operator` of its own",
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
        "`Halted` is labelled disarmed, but can be reached with the interlock not known: Ready → Recorded → Halted; "
        "if that is meant, label it `interlock: any`",
        ("Ready", "Recorded", "Halted"),
    ),
    "armed by name only": (
        restated(edited(titan(), "arm", actions=()), "Armed"),
        "`Armed` is labelled armed, but can be reached with the interlock disarmed: "
        "Ready → Recorded → Disarmed → Fetched → Pulled → Up → Verified → Armed; "
        "if that is meant, label it `interlock: any`",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified", "Armed"),
    ),
    "as if nothing had been changed": (
        edited(titan(), "pull", on_failure="Refused"),
        "`pull` fails into Refused, as if nothing had been changed: "
        "Ready → Recorded → Disarmed → Fetched → Refused; name a recovery, or a rest with notify",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Refused"),
    ),
    "as if it had succeeded": (
        edited(titan(), "verify_rollback", on_failure="RolledBack"),
        "`verify_rollback` fails into RolledBack, as if it had succeeded: "
        "Ready → Recorded → Disarmed → fast_rollback → Reverted → verify_rollback → RolledBack; "
        "name a recovery, or a rest with notify",
        ("Ready", "Recorded", "Disarmed", "fast_rollback", "Reverted", "verify_rollback", "RolledBack"),
    ),
    "a claim: only after": (
        titan(prove=["Up only after Verified"]),
        "`Up only after Verified` does not hold: Ready → Recorded → Disarmed → Fetched → Pulled → Up (edge `up`)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up"),
    ),
    "a claim: never after": (
        titan(prove=["never Reverted after Fetched"]),
        "`never Reverted after Fetched` does not hold: "
        "Ready → Recorded → Disarmed → Fetched → fast_rollback → Reverted (edge `fast_rollback`)",
        ("Ready", "Recorded", "Disarmed", "Fetched", "fast_rollback", "Reverted"),
    ),
    "a claim: within": (
        titan(prove=["Disarmed within 10s"]),
        "`Disarmed within 10s` does not hold: at its deadlines a run comes to Disarmed only after 1m7s",
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


@pytest.mark.parametrize("clean", [titan, compose])
def test_a_good_flow_has_no_fault(clean: Callable[[], Flow]):
    assert prove(clean()) == []


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_fault_is_found_with_its_counter_example(name: str):
    flow, text, path = SEEDED[name]
    faults = prove(flow)
    found = next((fault for fault in faults if fault.text == text), None)
    assert found is not None, "\n".join(fault.text for fault in faults)
    assert found.path == path
    assert found.place == (Place(90, 9) if "claim" in name else Place(77, 5))


def rules(flow: Flow) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {fault.rule: (fault.text, fault.path) for fault in prove(flow)}


def test_a_rollback_that_arms_goes_around_the_gate():
    flow = edited(titan(), "verify_rollback", target="Armed")
    text, path = rules(flow)["gates"]
    assert text.endswith("verify_rollback → Armed (edge `verify_rollback`)")
    assert path[-4:] == ("fast_rollback", "Reverted", "verify_rollback", "Armed")


def test_what_was_verified_before_a_recovery_no_longer_holds():
    flow = with_recovery(titan(), recovery("rearm", "Armed", disarm("rearm/1"), arm("rearm/2")))
    flow = edited(flow, "arm", on_failure="rearm")
    text, path = rules(flow)["gates"]
    assert text == (
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Verified → "
        "rearm → Armed (edge `rearm`); what was verified before a recovery no longer holds"
    )
    assert path[-2:] == ("rearm", "Armed")


def test_without_a_disarm_the_first_change_is_named():
    flow = edited(titan(), "disarm", actions=(), checks=(look("disarm/1"),))
    texts = [fault.text for fault in prove(flow)]
    fetch = "`fetch` acts (step `fetch/1`, git.reset_to) before a disarm is confirmed: Ready → Recorded → Disarmed"
    assert fetch in texts
    assert any(text.startswith("`Disarmed` is labelled disarmed") for text in texts)


def test_acting_on_an_armed_system_is_too_early_again():
    flow = restated(titan(), "Armed", goal=False, watch=None)
    flow = with_state(flow, State("Announced", goal=True, interlock="any"))
    flow = with_transition(flow, transition("announce", "Armed", "Announced", act("announce/1", "http.post")))
    assert rules(flow)["interlock"][0].startswith("`announce` acts (step `announce/1`, http.post) before a disarm")


def test_no_interlock_no_labels():
    flow = edited(compose(), "record", actions=(act("record/1"),))
    assert "interlock" not in rules(flow)


def test_an_operator_cannot_ask_for_a_way_back_that_nobody_recorded():
    flow = with_transition(compose(), transition("record", "Ready", "Recorded", look("r/1"), on_failure="Refused"))
    flow = with_recovery(flow, recovery("nuclear", "Reverted", act("nuclear/1"), by_operator=True))
    text, _ = rules(flow)["reachable"]
    assert text == (
        "recovery `nuclear` can never begin: an operator may ask for it behind a snapshot, and no transition takes one"
    )


def test_an_operator_may_destroy():
    assert "destroys nothing by itself" not in rules(titan())


def test_without_a_start_or_a_goal_only_that_is_said():
    states = (State("A"), State("B", rest=True))
    texts = [fault.text for fault in prove(flow(states, (transition("a", "A", "Nowhere"),)))]
    assert "no state is marked `initial: true`: a run starts there" in texts
    assert "no state is marked `goal: true`: a run has nowhere to go" in texts
    assert not any("reach" in text for text in texts)


def test_a_typo_hides_no_other_mistake():
    flow = edited(titan(), "up", target="Upp")
    flow = with_transition(flow, transition("arm2", "Up", "Armed", arm("arm2/1"), line=58))
    texts = [fault.text for fault in prove(flow)]
    assert "transition `up` goes to unknown state `Upp` (did you mean Up?)" in texts
    assert (
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Armed "
        "(edge `arm2`)"
    ) in texts
    assert not any("cannot be reached" in text for text in texts)


def test_faults_come_in_the_order_of_the_spec():
    flow = titan(prove=["never Up after Disarmed"])
    for name in ("arm", "fetch", "fast_rollback", "pull"):
        flow = edited(flow, name, on_failure=None)
        edge = replace(flow.edge(name), place=titan().edge(name).place)
        flow = with_recovery(flow, edge) if edge.recovery else with_transition(flow, edge)
    lines = [fault.place.line for fault in prove(flow) if fault.place]
    assert lines == sorted(lines) and len(lines) >= 5


def test_a_long_path_is_shortened_in_words_only():
    flow = long(40)
    flow = with_transition(flow, transition("skip", "S38", "Goal", act("skip/1")))
    text, path = rules(with_state(flow, State("S39", gate=True)))["gates"]
    assert len(path) == 40
    assert "S0 → S1 → S2 → S3 → S4 → S5 → … → S34 → S35 → S36 → S37 → S38 → Goal" in text


def long(count: int) -> Flow:
    """`count` states in a row, then the goal; half of them gates, each with a failure edge and an operator's."""
    names = [*(f"S{n}" for n in range(count)), "Goal"]
    states = [
        State(name, initial=n == 0, goal=name == "Goal", gate=n % 2 == 1 and n < count - 1, interlock="any")
        for n, name in enumerate(names)
    ]
    rests = (State("Back", rest=True, interlock="any"), State("Halted", rest=True, notify=True, interlock="any"))
    first = transition("t0", "S0", "S1", snapshot("t0/1"), on_failure="Halted")
    rest = (transition(f"t{n}", names[n], names[n + 1], disarm(f"t{n}/1"), act(f"t{n}/2")) for n in range(1, count))
    back = recovery("fast_rollback", "Back", disarm("fast_rollback/1"), act("fast_rollback/2"))
    claims = [f"S{n + 1} only after S{n}" for n in range(0, count - 1, 5)]
    return flow((*states, *rests), (first, *rest), (back,), prove=claims, interlocked=True)


def test_two_hundred_states_in_well_under_a_second():
    big = long(200)
    start = time.process_time()
    assert prove(big) == []
    assert time.process_time() - start < 0.5


def test_a_watch_is_checked_like_a_transition():
    watch = Watch(5.0, 0.0, (look("w/1"),), "Verified", "Refused", place=Place(77, 5))
    texts = [fault.text for fault in prove(restated(titan(), "Armed", watch=watch))]
    assert any(
        text.startswith("the watch of `Armed` fails into `Verified`, which is entered only on") for text in texts
    )
    assert any(text.startswith("the watch of `Armed`: `every` is 0") for text in texts)
    assert any(text.startswith("`Armed` fails into Refused, as if nothing had been changed") for text in texts)
