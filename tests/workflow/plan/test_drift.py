"""What was changed by hand."""

from __future__ import annotations

from tests.workflow.plan.plans import V1
from titan_flow.states.release import Image, Release
from titan_flow.workflow.plan.drift import drift


def test_drift_names_each_difference() -> None:
    assert drift(V1, V1) == drift(None, V1) == drift(V1, None) == ()
    other = Release(commit="b" * 40, images={"app": Image(id="sha256:9"), "web": Image(id="sha256:3")}, env="e2")
    assert drift(V1, other) == (
        "HEAD is bbbbbbb, the recorded release is aaaaaaa",
        "app runs 9, recorded 1",
        "db (2) is in the recorded release, but does not run",
        "web runs, but is not in the recorded release",
        "the env file has changed: e2, recorded e1",
        "the rendered file has changed: none, recorded r1",
    )


def test_what_was_not_recorded_cannot_have_changed() -> None:
    bare = V1.model_copy(update={"rendered": None, "env": None})
    assert drift(bare, V1) == ()
