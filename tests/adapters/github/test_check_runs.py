"""What GitHub says of a commit's checks, judged: only success passes, and what is odd is never left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from titan_flow.adapters.github.check_runs import Job, Odd, check_runs, jobs, judged, newest_run, number
from titan_flow.states.values import Answer, Json

COMMIT = "9b2e771c" * 5


def item(**change: Json) -> dict[str, Json]:
    whole: dict[str, Json] = {
        "name": "build", "status": "completed", "conclusion": "success", "head_sha": COMMIT,
        "html_url": "https://github.com/x", "app": {"slug": "github-actions"}, "run_id": 7,
    }  # fmt: skip
    return {**whole, **change}


def job(name: str, conclusion: str = "success", status: str = "completed") -> Job:
    return Job(name, status, conclusion, f"https://github.com/{name}")


@pytest.mark.parametrize(
    ("found", "answer", "says", "final"),
    [
        ([job("a"), job("b")], Answer.YES, "a, b passed", False),
        ([job("a"), job("b"), job("other", "failure")], Answer.YES, "a, b passed", False),
        ([job("a"), job("b", "failure")], Answer.NO, "not passed: b failure", True),
        ([job("a"), job("b", "skipped")], Answer.NO, "not passed: b skipped", True),
        ([job("a"), job("b", "cancelled"), job("b")], Answer.NO, "not passed: b cancelled", True),
        ([job("a"), job("b", "", "in_progress")], Answer.NO, "not finished: b in_progress", False),
        ([job("a", "failure"), job("b", "", "queued")], Answer.NO, "not passed: a failure", True),
        # over without a conclusion is no success
        ([job("a"), job("b", "")], Answer.NO, "not passed: b no conclusion", True),
        # a conclusion of something that goes on says nothing yet
        ([job("a"), job("b", "success", "in_progress")], Answer.NO, "not finished: b in_progress", False),
        ([job("a")], Answer.UNKNOWN, "no run of b (there are: a)", False),
        ([], Answer.UNKNOWN, "no run of a, b (there are: )", False),
        ([job("A"), job("b")], Answer.UNKNOWN, "no run of a (there are: A, b)", False),
        ([job("a", "failure")], Answer.NO, "not passed: a failure", True),
    ],
)
def test_a_verdict_on_two_checks(found: list[Job], answer: Answer, says: str, final: bool) -> None:
    verdict = judged(found, ["a", "b"])
    assert (verdict.answer, verdict.says, verdict.final) == (answer, says, final)
    assert judged([*reversed(found)], ["a", "b"]).answer is answer


def test_the_verdict_names_the_page_of_the_first_fault_and_each_state() -> None:
    verdict = judged([job("a"), job("b", "failure"), job("b", "", "queued")], ["a", "b"])
    assert verdict.url == "https://github.com/b"
    assert verdict.states == {"a": ["success"], "b": ["failure", "queued"]}


def test_what_is_there_instead_is_bounded() -> None:
    assert len(judged([job("x" * 5000)], ["a"]).says) < 300


def test_only_the_checks_of_actions_count() -> None:
    """Any app may name a check as it likes."""
    found = check_runs([item(), item(app={"slug": "impostor"}, name="lint", head_sha="0" * 40)], COMMIT)
    assert [one.name for one in found] == ["build"]


ODD: list[tuple[str, Callable[[], Any]]] = [
    ("another commit", lambda: check_runs([item(head_sha="0" * 40)], COMMIT)),
    ("no commit", lambda: check_runs([item(head_sha=None)], COMMIT)),
    ("no app", lambda: check_runs([item(app=None)], COMMIT)),
    ("an app without a name", lambda: check_runs([item(app={})], COMMIT)),
    ("no name", lambda: check_runs([item(name="")], COMMIT)),
    ("a name that is no text", lambda: check_runs([item(name=7)], COMMIT)),
    ("no status", lambda: check_runs([item(status=None)], COMMIT)),
    ("a conclusion that is no text", lambda: check_runs([item(conclusion=True)], COMMIT)),
    ("a job of another run", lambda: jobs([item(), item(run_id=8)], COMMIT, 7)),
    ("a job of no run", lambda: jobs([item(run_id=None)], COMMIT, 7)),
    ("a job of another commit", lambda: jobs([item(head_sha="0" * 40)], COMMIT, 7)),
    ("a number that is a text", lambda: number({"n": "1"}, "n")),
    ("a number that is true", lambda: number({"n": True}, "n")),
    ("a run without a commit", lambda: newest_run([{"path": "ci.yml"}], "ci.yml", COMMIT)),
    ("a run without a number", lambda: newest_run([run(run_number=None), run()], "ci.yml", COMMIT)),
]


@pytest.mark.parametrize("ask", [row[1] for row in ODD], ids=[row[0] for row in ODD])
def test_what_github_does_not_document_is_odd(ask: Callable[[], Any]) -> None:
    with pytest.raises(Odd):
        ask()


def test_a_check_without_a_page_is_no_fault() -> None:
    (found,) = check_runs([item(html_url=None, conclusion=None, status="queued")], COMMIT)
    assert (found.url, found.state, found.over) == ("", "queued", False)


def run(**change: Json) -> dict[str, Json]:
    whole: dict[str, Json] = {
        "head_sha": COMMIT, "name": "CI", "path": ".github/workflows/ci.yml@main", "run_number": 1, "id": 10,
    }  # fmt: skip
    return {**whole, **change}


@pytest.mark.parametrize(
    ("workflow", "runs", "found"),
    [
        ("ci.yml", [run(), run(run_number=3, id=30), run(run_number=2, id=20)], 30),
        ("CI", [run()], 10),
        ("ci.yml", [run(head_sha="0" * 40, run_number=9)], None),
        ("ci.yml", [run(path=".github/workflows/other.yml", name="Other")], None),
        ("ci.yml", [run(path="ci.yml")], 10),
        # the same number twice: a run that was made again has a newer id
        ("ci.yml", [run(id=11), run(id=12)], 12),
        ("ci.yml", [], None),
        ("y.yml", [run(path=".github/workflows/x@y.yml")], None),
    ],
)
def test_the_newest_run_of_a_workflow(workflow: str, runs: list[dict[str, Json]], found: int | None) -> None:
    newest = newest_run(runs, workflow, COMMIT)
    assert (newest["id"] if newest is not None else None) == found
