"""What a host may do where there is no driver: decided from the fold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.started import started
from titan_flow.states.chain import sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.states.model import Flow, State, Step, Transition, Unattended
from titan_flow.states.proofs.prove import prove
from titan_flow.states.release import Release
from titan_flow.states.run import Progress, Run, fold
from titan_flow.states.unattended import Deed, deed, longest

OLD = Release(commit="0" * 40, images={})
BACK = Transition(
    "fast_rollback", None, "Back", actions=(Step("fast_rollback/1", "x.back", acts=True, alone=True),), on_failure="Off"
)
DATA = Transition("restore", None, "Back", by_operator=True, on_failure="Off")


def flow(interlocked: bool = True, policy: Unattended | None = Unattended()) -> Flow:  # noqa: B008
    up = Transition("up", "Ready", "Up", actions=(Step("up/1", "x.up", acts=True),), on_failure="fast_rollback")
    states = {"Ready": State("Ready", initial=True), "Up": State("Up", goal=True), "Back": State("Back", rest=True)}
    states["Off"] = State("Off", rest=True, notify=True)
    recoveries = {"fast_rollback": BACK, "restore": DATA}
    return Flow("x", states, {"up": up}, recoveries, interlocked=interlocked, unattended=policy)


def run(**more: object) -> Run:
    first = started("x").model_copy(update={"previous": OLD, **more})
    return fold([sealed("R", 1, datetime.now(UTC), first, GENESIS)])


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({}, "rollback"),
        ({"purpose": "rollback"}, "rollback"),
        ({"previous": None}, "disarm"),
        ({"migrations": ("db/1.sql",)}, "disarm"),
        ({"purpose": "arm"}, "disarm"),
        ({"purpose": "disarm"}, None),
        ({"purpose": "adopt"}, None),
    ],
)
def test_it_rolls_back_only_to_a_release_and_over_no_data(more: dict[str, object], wanted: Deed | None) -> None:
    assert deed(flow(), run(**more), None) == wanted
    expected = None if wanted == "disarm" else wanted
    assert deed(flow(interlocked=False), run(**more), None) == expected


def test_once_an_operator_restores_data_it_only_disarms() -> None:
    assert deed(flow(), run(), DATA) == "disarm"
    assert deed(flow(), replace(run(), entering="restore"), None) == "disarm"
    assert deed(flow(), replace(run(), steps={"restore/1": Progress()}), None) == "disarm"


def test_the_spec_may_say_less() -> None:
    assert deed(flow(policy=Unattended(do="disarm")), run(), None) == "disarm"
    assert deed(flow(policy=None), run(), None) is None


def test_the_bound_has_the_job_under_way_and_every_try() -> None:
    policy = Unattended(after=60)
    assert longest(flow(), policy) == 20 + 60 + 120 + 20 + 6 * (120 + 60 + 10)


def test_what_a_host_cannot_do_alone_is_a_mistake_of_the_spec() -> None:
    told = [fault.text for fault in prove(flow(interlocked=False)) if fault.rule == "unattended"]
    assert told == []
    alone = replace(BACK, actions=(Step("fast_rollback/1", "command.run", acts=True),))
    wrong = replace(flow(interlocked=False, policy=Unattended(after=2)), recoveries={"fast_rollback": alone})
    told = [fault.text for fault in prove(wrong) if fault.rule == "unattended"]
    assert [("at least 5s" in text, "fast_rollback/1 (command.run)" in text) for text in told] == [
        (True, False),
        (False, True),
    ]
    up = replace(flow().transitions["up"], on_failure="Off")
    none = replace(flow(interlocked=False), transitions={"up": up}, recoveries={})
    assert any("no such recovery" in fault.text for fault in prove(none))
    nothing = flow(interlocked=False, policy=Unattended(do="disarm"))
    assert any("needs an `interlock:` block" in fault.text for fault in prove(nothing))
