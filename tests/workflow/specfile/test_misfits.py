"""Parameters that fit their patterns and still make a step impossible: told before anything is touched."""

from __future__ import annotations

import pytest

from tests.specfiles import OURS
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.workflow.specfile.bind import misfits


def flow(*steps: Step) -> Flow:
    states = {"Ready": State("Ready", initial=True), "Verified": State("Verified", goal=True)}
    return Flow("x", states, {"verify": Transition("verify", "Ready", "Verified", steps)}, {})


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"address": "https://titan.example.com/health"}, []),
        ({"address": "titan.example.com/health"}, ["verify/1: `http.ok`, `url`"]),
        ({}, []),
    ],
)
def test_what_a_parameter_makes_impossible(params: dict[str, str], wrong: list[str]) -> None:
    """What only a run will know (`${pull.images}`) is not judged; nor is a parameter that nobody has given yet."""
    made = flow(
        Step("verify/1", "http.ok", {"url": "${params.address}"}),
        Step("verify/2", "compose.runs", {"images": "${pull.images}"}),
    )
    found = misfits(made, params, OURS)
    assert [one.partition(": ")[0] for one in found] == [one.partition(": ")[0] for one in wrong]
    assert all(one.startswith(said) for one, said in zip(found, wrong, strict=True))
