"""What a change means: each kind of difference by name, in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import HealthCheck, given, settings

from tests.states.draw.odd import flows, longer
from tests.states.flows import act, look, titan, with_recovery, with_state, with_transition
from titan_flow.states.draw.diff import changes
from titan_flow.states.draw.formats import DIFFS
from titan_flow.states.model import Flow


def patient(flow: Flow) -> Flow:
    pull = flow.transitions["pull"]
    return with_transition(flow, replace(pull, patience=replace(pull.patience, attempts=5, timeout=900.0)))


def ungated(flow: Flow) -> Flow:
    return with_state(flow, replace(flow.states["Verified"], gate=False))


def stepped(flow: Flow) -> Flow:
    up = flow.transitions["up"]
    return with_transition(flow, replace(up, checks=(look("up/1", "disk.free"),), actions=(act("up/2", "compose.up"),)))


def watched_less(flow: Flow) -> Flow:
    armed = flow.states["Armed"]
    assert armed.watch is not None
    return with_state(flow, replace(armed, watch=replace(armed.watch, duration=1.0)))


def halting(flow: Flow) -> Flow:
    return with_recovery(flow, replace(flow.recoveries["fast_rollback"], on_unknown="park"))


LATER = ("changed", "bound", "longest run")
TABLE: list[tuple[Callable[[Flow], Flow], set[tuple[str, str, str]], list[str]]] = [
    (patient, {("changed", "transition", "pull"), LATER}, ["attempts: 2 → 5", "timeout: 10s → 15m"]),
    (ungated, {("changed", "state", "Verified")}, ["no longer gate"]),
    (stepped, {("changed", "transition", "up"), LATER}, ["+ check disk.free"]),
    (watched_less, {("changed", "state", "Armed")}, ["watch: 5s → 1s"]),
    (
        halting,
        {("changed", "recovery", "fast_rollback")},
        ["unknown into: Halted → park"],
    ),
    (
        longer,
        {
            ("added", "state", "Checked"), ("added", "transition", "confirm"), ("changed", "transition", "verify"),
            ("added", "edge", "Up → Checked"), ("added", "edge", "Checked → Verified"),
            ("removed", "edge", "Up → Verified"), ("added", "edge", "Checked ↘ fast_rollback"), LATER,
        },
        ["to: Verified → Checked"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("alter", "wanted", "said"), TABLE, ids=[row[0].__name__ for row in TABLE])
def test_each_change_is_named(
    alter: Callable[[Flow], Flow], wanted: set[tuple[str, str, str]], said: list[str]
) -> None:
    old, new = titan(), alter(titan())
    assert {(one.sign, one.kind, one.name) for one in changes(old, new)} == wanted
    back = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(back[one.sign], one.kind, one.name) for one in changes(new, old)} == wanted
    text = DIFFS["text"](old, new)
    page = DIFFS["html"](old, new)
    for words in said:
        assert words in text
        assert words in page
    document = json.loads(DIFFS["json"](old, new))
    assert {(one["sign"], one["kind"], one["name"]) for one in document["changes"]} == wanted


def test_nothing_changed_is_said() -> None:
    assert changes(titan(), titan()) == ()
    assert DIFFS["text"](titan(), titan()).endswith("no change that affects a run")
    assert json.loads(DIFFS["json"](titan(), titan()))["changes"] == []


def test_a_claim_that_goes_is_a_change() -> None:
    old, new = titan(), titan(prove=("Up only after Disarmed",))
    assert [(one.sign, one.kind, one.name) for one in changes(old, new)] == [
        ("removed", "claim", "Armed only after Verified")
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows(), flows())
def test_any_two_flows_can_be_compared(old: Flow, new: Flow) -> None:
    found = changes(old, new)
    assert changes(new, new) == ()
    assert {one.name for one in found if (one.kind, one.sign) == ("state", "added")} == set(new.states) - set(
        old.states
    )
    fromstring(DIFFS["svg"](old, new))
