"""github.green against a stand-in that speaks real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.adapters.github.api import OTHER, GitHub, check_run, github_api, job, workflow_run
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.github.adapter import Green
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Observation

COMMIT = "9b2e771c" * 5
NAMES = ["build", "lint", "format"]
NO_HEADERS: dict[str, str] = {}
LIMITED = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795528800"}


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_api() as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(LocalHost(), str(tmp_path))


def green(github: GitHub, **more: object) -> Green:
    asked = {"commit": COMMIT, "repository": "o/r", "checks": NAMES, "url": github.url, "timeout": "5s"}
    return Green.model_validate({**asked, **more})


async def look(github: GitHub, site: Site, **more: object) -> Observation:
    return await green(github, **more).look(site, None)


def runs(**conclusions: str | None) -> list[dict[str, Any]]:
    """Green, but for those."""
    return [check_run(name, COMMIT, conclusions.get(name, "success")) for name in NAMES]


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


async def test_every_page_is_read(github: GitHub, site: Site) -> None:
    many = [check_run(f"matrix {n}", COMMIT) for n in range(230)]
    github.checks(COMMIT, *many[:150], *runs()[:2], *many[150:], check_run("format", COMMIT, "failure"))
    seen = await look(github, site)
    assert seen.says.endswith("not passed: format failure")
    assert [asked.partition("&page=")[2] for asked in github.asked] == ["1", "2", "3"]


async def test_more_than_can_be_read_is_unknown(github: GitHub, site: Site) -> None:
    github.checks(COMMIT, *[check_run(f"matrix {n}", COMMIT) for n in range(2100)])
    seen = await look(github, site)
    assert seen.answer is Answer.UNKNOWN and "workflow:" in seen.remedy


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


@pytest.mark.parametrize(
    ("refuse", "says", "remedy"),
    [
        ((403, LIMITED, {"message": "API rate limit exceeded for 203.0.113.7."}), "until 14:00:00 UTC", "GITHUB_TOKEN"),
        ((429, {"retry-after": "60"}, {"message": "slow down"}), "for 60 s", "GITHUB_TOKEN"),
        ((403, NO_HEADERS, {"message": "Over a secondary rate limit."}), "403 Over a", "GITHUB_TOKEN"),
        ((403, NO_HEADERS, {"message": "Resource not accessible by integration"}), "403 Resource", "set a token"),
        ((404, NO_HEADERS, {"message": "Not Found"}), "404 Not Found", "is `repository:` right"),
        ((401, NO_HEADERS, {"message": "Bad credentials"}), "401 Bad credentials", "make a new one"),
        ((422, NO_HEADERS, {"message": "No commit found for SHA"}), "422 No commit found", "is it pushed?"),
        ((301, {"location": "https://elsewhere.example"}, {"message": "Moved Permanently"}), "has moved", "as it is"),
        ((200, NO_HEADERS, b"<html>It works</html>"), "JSON object", "is `url:` GitHub's API?"),
        ((200, NO_HEADERS, {"hello": "world"}), "did not answer as GitHub does", "is `url:` GitHub's API?"),
        ((200, NO_HEADERS, {"total_count": 1, "check_runs": "x"}), "did not answer as GitHub does", "is `url:`"),
        ((200, NO_HEADERS, b"[" * 100_000), "JSON object", "is `url:`"),
    ],
)  # fmt: skip
async def test_an_answer_that_says_nothing_is_unknown_at_once(
    github: GitHub, site: Site, refuse: tuple[int, dict[str, str], Any], says: str, remedy: str
) -> None:
    github.refuse = refuse
    seen = await look(github, site)
    assert (seen.answer, says in seen.says, remedy in seen.remedy) == (Answer.UNKNOWN, True, True), (
        seen.says,
        seen.remedy,
    )
    assert len(github.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_outage_is_asked_again(github: GitHub, site: Site, status: int) -> None:
    github.refuse = status, {}, b"<html>Unicorn!</html>"
    with pytest.raises(Unreachable, match=f"{status}.*githubstatus"):
        await look(github, site)


async def test_silence_and_a_closed_port_are_unreachable(github: GitHub, site: Site) -> None:
    github.hold = threading.Event()
    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
        await look(github, site, timeout="200ms")
    with pytest.raises(Unreachable):
        await look(github, site, url="http://127.0.0.1:9")


async def test_the_token_is_used_and_never_seen(github: GitHub, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_A_TEST", "ghp_secretsecret")
    check = green(github, token={"env": "TOKEN_OF_A_TEST"})
    assert "ghp_" not in repr(check) and "ghp_" not in check.model_dump_json()
    github.refuse = 404, NO_HEADERS, {"message": "no access for ghp_secretsecret"}
    seen = await check.look(site, None)
    assert github.tokens == {"Bearer ghp_secretsecret"}
    seen = site.redactor.mask(seen)
    assert "ghp_" not in str(seen) and "••••••" in seen.says and "does the token have it?" in seen.remedy


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
