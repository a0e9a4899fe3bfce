"""A second opinion on the proofs: Spin, a model checker that shares nothing with them (see promela.py)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.states.flows import compose, titan
from tests.states.proofs.promela import rules, verdicts
from tests.states.proofs.seeded import SEEDED
from tests.states.proofs.test_oracle import flows as bent
from tests.states.proofs.test_oracle_runs import flows as acting
from titan_flow.states.model import Flow
from titan_flow.states.proofs.prove import prove

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(
        which("spin") is None or which("gcc") is None, reason="needs spin and gcc: apt-get install spin gcc"
    ),
]

RANDOM = 1000
BATCH = 8
"""flows in one model: compiling takes longest"""
NOT_WALKED = ("a host that is to", "claim: within", "how long", "of what", "another form")
"""seeded faults of durations, and of what the host does by itself: no walk of a run shows them"""


def told(flow: Flow, at: set[str]) -> set[str]:
    """The rules that `check` says are broken, where a run can come to the place; claims of time left out."""
    found = set[str]()
    for fault in prove(flow):
        come_to = not fault.path or fault.path[0] in at
        if come_to and " within " not in fault.text and fault.rule != "unattended":
            found.add(fault.rule)
    return found


def compared(flows: list[Flow], folder: Path) -> list[tuple[Flow, set[str], set[str]]]:
    """Each flow on which the two do not agree, with what `check` says and what Spin says."""
    wrong = list[tuple[Flow, set[str], set[str]]]()
    for first in range(0, len(flows), BATCH):
        batch = flows[first : first + BATCH]
        for flow, found in zip(batch, verdicts(batch, folder), strict=True):
            at = {text.removeprefix("at ") for text in found if text.startswith("at ")}
            ours, theirs = told(flow, at), set(rules(flow, found))
            if "gates" in ours | theirs:  # the same mistake, which `check` reports once
                theirs.discard("armed after verification")
            if ours != theirs:
                wrong.append((flow, ours, theirs))
    return wrong


def test_spin_agrees_on_every_seeded_fault(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    seeded = {name: flow for name, (flow, _, _) in SEEDED.items() if not any(word in name for word in NOT_WALKED)}
    seeded = {name: flow for name, flow in seeded.items() if not any(f.rule == "names" for f in prove(flow))}
    flows = [titan(), compose(), *seeded.values()]
    wrong = compared(flows, tmp_path)
    assert not wrong, [(next(n for n, f in seeded.items() if f is flow), a, b) for flow, a, b in wrong]
    record_property(
        "counted", f"spin: agrees with check on {len(seeded)} of {len(SEEDED)} seeded faults; the others no walk shows"
    )


def drawn(count: int) -> list[Flow]:
    found = list[Flow]()

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(bent() | acting())
    def draw(flow: Flow) -> None:
        found.append(flow)

    while len(found) < count:
        draw()
    return found[:count]


def test_spin_agrees_on_random_flows(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    flows = [flow for flow in drawn(RANDOM * 2) if not any(fault.rule == "names" for fault in prove(flow))][:RANDOM]
    wrong = compared(flows, tmp_path)
    assert not wrong, "\n".join(f"check: {a - b}, spin: {b - a}\n{flow}" for flow, a, b in wrong[:3])
    clean = sum(not prove(flow) for flow in flows)
    record_property("counted", f"spin: agrees with check on {len(flows)} random flows, {clean} of them without a fault")
