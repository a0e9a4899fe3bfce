"""A team's own claims: each form holds or is refused by a path, in any spacing, and a typing error is named."""

from __future__ import annotations

import pytest

from tests.states.flows import titan
from tests.states.proofs.seeded import edited
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.user_claims import claims_hold


def broken(claim: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(fault.text, fault.path) for fault in claims_hold(Graph.of(titan(prove=[claim])))]


@pytest.mark.parametrize(
    "claim",
    [
        "Armed only after Verified",
        "  Armed   only\tafter Verified ",
        "Ready only after Ready",
        "Reverted only after fast_rollback",
        "never Armed after fast_rollback",
        "never Ready after Ready",
        "never Ready after Halted",
        "never Fetched after Pulled",
        "Ready within 1s",
        "Armed within 10h",
    ],
)
def test_a_true_claim_is_no_fault(claim: str) -> None:
    assert broken(claim) == []


@pytest.mark.parametrize(
    ("claim", "end"),
    [
        ("Armed only after Halted", ("Up", "Verified", "Armed")),
        ("Ready only after Armed", ("Ready",)),
        ("Reverted only after Verified", ("fast_rollback", "Reverted")),
        ("never RolledBack after Armed", ("Armed", "fast_rollback", "Reverted", "verify_rollback", "RolledBack")),
        # an operator may start a rollback from a run that has ended
        ("never Rebuilt after Halted", ("Halted", "nuclear_rollback", "Rebuilt")),
        ("Armed within 1s", ("Up", "Verified", "Armed")),
    ],
)
def test_a_false_claim_is_shown_by_a_path(claim: str, end: tuple[str, ...]) -> None:
    [(text, path)] = broken(claim)
    assert text.startswith(f"`{claim}` does not hold") and path[-len(end) :] == end and path[0] == "Ready"


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (
            "Armd only after Verfied",
            ["unknown state `Armd` (did you mean Armed?)", "`Verfied` (did you mean Verified?)"],
        ),
        ("never Zzz after Armed", ["claim about unknown state `Zzz`"]),
        ("Armed within soon", ["'soon' is not a duration"]),
        ("Armed within -1s", ["'-1s' is not a duration"]),
        ("", ["cannot read the claim ''"]),
        ("Armed only after Verified or Up", ["cannot read the claim"]),
        ("only after Verified", ["cannot read the claim"]),
        ("Armed\x1b[2J eventually", ["cannot read the claim 'Armed\\x1b[2J eventually'"]),
    ],
)
def test_a_claim_that_says_nothing_is_named(claim: str, said: list[str]) -> None:
    found = broken(claim)
    assert len(found) == len(said)
    for (text, _), words in zip(found, said, strict=True):
        assert words in text


def test_time_is_not_told_where_a_ring_is() -> None:
    ring = edited(titan(prove=["RolledBack within 1s"]), "verify_rollback", on_failure="fast_rollback")
    assert [*claims_hold(Graph.of(ring))] == []
