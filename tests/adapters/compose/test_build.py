"""Images that are built on the host for the commit that is checked out."""

from __future__ import annotations

from tests.adapters.compose.titan import TITAN
from titan_flow.adapters.compose.build import Build
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Json, Observation


def test_a_build_is_tagged_with_its_commit_once_it_has_ended_well() -> None:
    site = Site(LocalHost(), "/opt/titan", {"compose": TITAN})
    mine = TITAN.built("/opt/titan", "Brain.x", "4f1c2aa9" * 5)
    assert mine == "titan-flow/keep/titan-48a3570d/brain-x:commit-4f1c2aa94f1c"
    plan: Json = {"build": {"Brain.x": ["titan-brain", mine]}, "tag": {}}
    built = Build().act(site, Observation(Answer.NO, evidence={"plan": plan})).commands
    assert built[0].argv[-2:] == ("build", "Brain.x") and built[1].argv == ("docker", "tag", "titan-brain", mine)
    again: Json = {"build": {}, "tag": {mine: "titan-brain"}}
    (moved,) = Build().act(site, Observation(Answer.NO, evidence={"plan": again})).commands
    assert moved.argv == ("docker", "tag", mine, "titan-brain"), "built once, not built twice"
