"""`plan --json`: what scripts read of a plan."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.workflow.plan.plans import between, commit, plan, step
from titan_flow.adapters.preview import Change
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json
from titan_flow.workflow.plan.as_json import document
from titan_flow.workflow.plan.digest import short
from titan_flow.workflow.plan.model import PlannedStep, Red, Seen


def first(value: Json) -> Json:
    assert isinstance(value, list)
    return value[0]


@pytest.mark.parametrize(
    ("planned", "does"),
    [
        (step(check=True, acts=None), "looks"),
        (step(acts=True), "acts"),
        (step(acts=False), "done"),
        (step(acts=None), "asked then"),
    ],
)
def test_each_step_has_a_word_for_what_it_does(planned: PlannedStep, does: str) -> None:
    told = first(document(replace(plan(), steps=(planned,)))["steps"])
    assert isinstance(told, dict)
    assert (told["does"], told["act"], told["deadline"], told["from"]) == (does, {"argv": [["true"]]}, 90.0, "Ready")


def test_the_document_is_json_and_its_hash_is_the_one_to_run() -> None:
    whole = replace(plan(), was=commit(1), to=commit(2), between=between(1, True, ("a",)), steps=(step(),))
    told = document(whole)
    assert json.loads(json.dumps(told)) == told
    assert told["plan"] == short(whole)
    assert (told["back"], told["to"]) == (True, {**vars_of(2)})


def vars_of(number: int) -> dict[str, Json]:
    return {"hash": f"{number:040x}", "subject": "Fix it", "author": "Jun", "at": "2026-11-24T14:02:03+01:00"}


def test_what_is_not_known_is_null_and_never_left_out() -> None:
    told = document(replace(plan(), seen=Seen()))
    assert [told[key] for key in ("from", "to", "release")] == [None, None, None]
    assert told["files"] == {"policies": [], "migrations": ["db/1.sql"], "configuration": [], "all": []}
    assert set(told) == set(document(replace(plan(), between=between(3), was=commit(1))))


def test_an_image_that_is_not_pulled_yet_has_no_id() -> None:
    change = Change("recreated", "newer", Image(id="sha256:1"), Image(id="", digest="sha256:d"))
    told = document(replace(plan(), services={"app": change}))["services"]
    assert told == {
        "app": {
            "fate": "recreated",
            "why": "newer",
            "from": {"id": "sha256:1", "digest": None},
            "to": {"id": None, "digest": "sha256:d"},
        }
    }


def test_what_fails_names_its_remedy() -> None:
    red = Red("record/1", "git.clean", Answer.UNKNOWN, "no answer", refuses=True, remedy="ask")
    assert document(replace(plan(), red=(red,)))["failing"] == [
        {"step": "record/1", "use": "git.clean", "answer": "unknown", "says": "no answer", "remedy": "ask"}
    ]
