"""The goal is reached only through its gates, and each way around one is named."""

from __future__ import annotations

from tests.states.flows import (
    arm,
    disarm,
    recovery,
    titan,
    with_recovery,
)
from tests.states.proofs.seeded import edited, rules


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
        "rearm → Armed (edge `rearm`); a recovery invalidates what was verified before it"
    )
    assert path[-2:] == ("rearm", "Armed")
