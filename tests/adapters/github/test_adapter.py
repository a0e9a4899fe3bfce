"""github.green against a stand-in that speaks real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.adapters.github.api import OTHER, GitHub, check_run, job, workflow_run
from tests.adapters.github.asked import COMMIT, NAMES, look, runs
from titan_flow.adapters.github.adapter import Green
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer

NO_HEADERS: dict[str, str] = {}


async def test_green(github: GitHub, site: Site) -> None:
    github.checks(COMMIT, *runs(), check_run("deploy-preview", COMMIT, "failure"))
    seen = await look(github, site)
    assert (seen.yes, seen.says) == (True, "o/r 9b2e771: build, lint, format passed")
    assert seen.evidence["checks"] == {"build": ["success"], "lint": ["success"], "format": ["success"]}
    assert github.tokens == {None}


@pytest.mark.parametrize(
    "conclusion", ["failure", "cancelled", "timed_out", "action_required", "skipped", "neutral", "stale"]
)
async def test_anything_but_success_is_a_final_no(github: GitHub, site: Site, conclusion: str) -> None:
    github.checks(COMMIT, *runs(lint=conclusion))
    seen = await look(github, site)
    assert (seen.answer, seen.final, seen.says) == (Answer.NO, True, f"o/r 9b2e771: not passed: lint {conclusion}")
    assert seen.remedy == "fix it: https://github.com/o/r/actions/runs/1/job/lint"


async def test_a_run_in_progress_is_a_no_that_may_change(github: GitHub, site: Site) -> None:
    github.checks(COMMIT, *runs(format=None))
    seen = await look(github, site)
    assert (seen.answer, seen.final) == (Answer.NO, False)
    assert seen.says == "o/r 9b2e771: not finished: format in_progress" and seen.remedy.startswith("wait for it: ")


async def test_a_failure_counts_more_than_what_is_under_way(github: GitHub, site: Site) -> None:
    github.checks(COMMIT, *runs(format=None, build="failure"))
    assert (await look(github, site)).says.endswith("not passed: build failure")


async def test_every_run_of_a_name_has_to_pass(github: GitHub, site: Site) -> None:
    github.checks(COMMIT, *runs(), check_run("build", COMMIT, "failure"))
    assert (await look(github, site)).answer is Answer.NO


async def test_a_check_that_is_not_there_is_unknown(github: GitHub, site: Site) -> None:
    github.checks(COMMIT, *runs()[:2])
    seen = await look(github, site)
    assert seen.answer is Answer.UNKNOWN
    assert seen.says.endswith("no run of format (there are: build, lint)") and "names in `checks:`" in seen.remedy


async def test_no_run_at_all_is_unknown(github: GitHub, site: Site) -> None:
    github.checks(COMMIT)
    github.checks(OTHER, *runs())
    seen = await look(github, site)
    assert (seen.answer, seen.says) == (Answer.UNKNOWN, "GitHub Actions has not run for 9b2e771")
    assert COMMIT in seen.remedy


async def test_another_app_may_not_pose_as_a_check(github: GitHub, site: Site) -> None:
    github.checks(COMMIT, *runs()[:2], check_run("format", COMMIT, app="somebody"))
    assert (await look(github, site)).answer is Answer.UNKNOWN


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in check_run("format", COMMIT).items() if name != key}


@pytest.mark.parametrize(
    "odd",
    [
        check_run("format", OTHER),
        without("head_sha"),
        without("app"),
        without("name"),
        without("status"),
        {**check_run("format", COMMIT), "app": None},
        {**check_run("format", COMMIT), "app": {"slug": 5}},
        {**check_run("format", COMMIT), "name": 5},
        {**check_run("format", COMMIT), "status": ["completed"]},
        {**check_run("format", COMMIT), "conclusion": {"success": True}},
    ],
)
async def test_what_github_does_not_document_is_unknown_beside_any_number_of_passed_checks(
    odd: dict[str, Any], github: GitHub, site: Site
) -> None:
    github.checks(COMMIT, *runs(), odd)
    assert (await look(github, site)).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("total", "more"), [(4, []), (True, []), (-1, []), ("3", []), (4, ["format"]), (3.0, []), (None, [])]
)
async def test_a_list_that_is_not_whole_is_unknown(
    total: object, more: list[object], github: GitHub, site: Site
) -> None:
    github.refuse = (200, NO_HEADERS, {"total_count": total, "check_runs": [*runs(), *more]})
    github.refuse_times = 1
    github.checks(COMMIT)  # every further page is empty
    assert (await look(github, site)).answer is Answer.UNKNOWN


@pytest.mark.parametrize("odd", [{"run_id": 1}, {"run_id": None}, {"head_sha": OTHER}, {"head_sha": None}])
async def test_jobs_of_another_run_or_commit_are_unknown(odd: dict[str, Any], github: GitHub, site: Site) -> None:
    github.runs(workflow_run(2, COMMIT))
    github.jobs(2, *(job(name) for name in NAMES))
    assert (await look(github, site, workflow="CI")).yes
    github.jobs(2, *(job(name) for name in NAMES), {**job("deploy"), **odd})
    assert (await look(github, site, workflow="CI")).answer is Answer.UNKNOWN


@pytest.mark.parametrize("odd", [{"id": "2"}, {"run_number": None}, {"path": None, "name": None}])
async def test_a_workflow_run_that_cannot_be_told_is_unknown(odd: dict[str, Any], github: GitHub, site: Site) -> None:
    github.held["/repos/o/r/actions/runs"] = (
        "workflow_runs",
        [workflow_run(2, COMMIT), {**workflow_run(3, COMMIT), **odd}],
    )
    github.jobs(2, *(job(name) for name in NAMES))
    github.held["/repos/o/r/actions/runs/3/jobs"] = github.held["/repos/o/r/actions/runs/2/jobs"]
    assert (await look(github, site, workflow="CI")).answer is Answer.UNKNOWN


@pytest.mark.parametrize("workflow", ["ci.yml", "CI"])
async def test_the_newest_run_of_one_workflow(github: GitHub, site: Site, workflow: str) -> None:
    github.runs(
        workflow_run(1, COMMIT, number=1),
        workflow_run(3, OTHER, number=9),
        workflow_run(2, COMMIT, number=2),
        workflow_run(4, COMMIT, "nightly.yml", "Nightly", number=5),
    )
    github.jobs(1, *(job(name, "failure") for name in NAMES))
    github.jobs(2, *(job(name) for name in NAMES))
    assert (await look(github, site, workflow=workflow)).yes
    github.jobs(2, job("build"), job("lint", None, "queued"), job("format", None, "waiting"))
    assert (await look(github, site, workflow=workflow)).says.endswith("not finished: lint queued, format waiting")
    github.runs(workflow_run(4, COMMIT, "nightly.yml", "Nightly"))
    seen = await look(github, site, workflow=workflow)
    assert (seen.answer, seen.says) == (Answer.UNKNOWN, f"the workflow {workflow} has not run for 9b2e771")


async def test_a_token_that_is_not_there(github: GitHub, site: Site) -> None:
    seen = await look(github, site, token={"env": "NO_SUCH_TOKEN_HERE"})
    assert seen.answer is Answer.UNKNOWN and "export NO_SUCH_TOKEN_HERE=" in seen.remedy
    assert github.asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"commit": "main"},
        {"repository": "titan"},
        {"repository": "../x"},
        {"checks": []},
        {"checks": [""]},
        {"url": "ftp://api.github.com"},
        {"url": "http://api.github.com"},
        {"url": "https://olga:secret@api.github.com"},
        {"url": "https://api.github.com?x=1"},
        {"token": "ghp_secret"},
        {"timeout": "5"},
    ],
)
def test_bad_input(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Green.model_validate({"commit": COMMIT, "repository": "o/r", "checks": NAMES, **wrong})
