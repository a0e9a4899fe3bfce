"""The pure parts of a plan: its hash, drift, files, and the Markdown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.specfiles import loads
from tests.workflow.journal.sample import started
from titan_flow.adapters.preview import Change
from titan_flow.states.release import Image, Release
from titan_flow.workflow.plan.as_markdown import runbook
from titan_flow.workflow.plan.as_text import summary
from titan_flow.workflow.plan.digest import agrees, short
from titan_flow.workflow.plan.drift import drift
from titan_flow.workflow.plan.model import Plan, Seen
from titan_flow.workflow.plan.paths import under

V1 = Release(commit="a" * 40, images={"app": Image(id="sha256:1"), "db": Image(id="sha256:2")}, rendered="r1", env="e1")


def plan() -> Plan:
    from tests.workflow.session.test_authorize import SPEC

    return Plan(
        started=started(),
        flow=loads(SPEC, "x.yaml").flow,
        directory="/opt/app",
        host="deploy@app",
        seen=Seen("a" * 40, V1, {"app": ("c1",)}),
        was=None,
        to=None,
        between=None,
        policies=(),
        migrations=("db/1.sql",),
        configuration=(),
        steps=(),
        services={
            "app": Change("recreated"),
            "db": Change("kept"),
            "web": Change("restarted"),
            "old": Change("removed"),
        },
        red=(),
        looked=False,
        drift=(),
        unknown=(),
    )


def test_what_moved_is_named() -> None:
    old, new = plan(), plan()
    assert agrees(short(old), new) == ""
    assert "the spec" in agrees(short(old), replace(new, started=started().model_copy(update={"spec_sha256": "x"})))
    assert "the host" in agrees(short(old), replace(new, seen=replace(new.seen, instances={"app": ("c2",)})))
    moved = replace(new, services={**new.services, "db": Change("recreated", to=Image(id="sha256:3"))})
    assert agrees(short(old), moved) == "the commit, or the images that it would run"
    # Words that only tell why change nothing.
    assert agrees(short(old), replace(new, drift=("by hand",), red=())) == ""


@pytest.mark.parametrize("wrong", ["", "12345678", "zzzzzzzz-12345678-12345678", "1234-1234-1234"])
def test_what_is_no_hash(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a plan's hash"):
        agrees(wrong, plan())


def test_the_summary_says_what_restarts() -> None:
    said = summary(plan())
    assert "will restart app, web · removes old · keeps db" in said
    assert "migrations: db/1.sql" in said and "a rollback will ask" in said


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


def test_files_under_paths() -> None:
    files = ("db/migrations/1.sql", "db/migrations2/x", "risk_policy.json", "x/risk_policy.json")
    assert under(files, ["db/migrations/", "./risk_policy.json"]) == ("db/migrations/1.sql", "risk_policy.json")


def test_the_runbook_escapes_what_others_wrote() -> None:
    evil = replace(plan(), drift=("<script> `x` [a](b) \x1b[2J",))
    said = runbook(evil)
    assert "\\<script\\>" in said and "\x1b" not in said and "cd /opt/app" in said and "ssh deploy@app" in said
