from __future__ import annotations

import pytest

from tests.workflow.simulate.flows import small
from titan_flow.workflow.simulate.faults import ACTIONS, CHECKS, Fault, Token, of_steps, steps, token


def test_every_token_reads_back_as_it_was_written() -> None:
    flow = small().flow
    faults = [*of_steps(steps(flow)), Fault("die", at=3), Fault("stop", at=9), Fault("ask", at=4, recovery="restore")]
    for seed, fault in enumerate(faults):
        one = Token((fault, Fault("die", at=40)), seed)
        assert token(str(one), flow) == one
    assert token("0~none", flow) == Token()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a token is SEED~FAULT"),
        ("verify/1=fails", "a token is SEED~FAULT"),
        ("0~verify/9=fails", "no step verify/9"),
        ("0~verify/1=half", "knows fails, unknown"),
        ("0~ask:nowhere@3", "no recovery nowhere"),
        ("0~die@0", "'die@0' is no fault"),
    ],
)
def test_a_wrong_token_is_answered_in_words(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        token(text, small().flow)


def test_each_step_has_the_faults_of_its_kind() -> None:
    found = of_steps(steps(small().flow))
    assert {fault.kind for fault in found if fault.step == "verify/1"} == set(CHECKS)
    assert {fault.kind for fault in found if fault.step == "up/1"} == set(ACTIONS)
