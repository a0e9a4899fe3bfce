"""GitHub's API as it fails to answer: limits, outages, silence, other servers, many pages."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.adapters.github.api import GitHub, check_run
from tests.adapters.github.asked import COMMIT, green, look, runs
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer

NO_HEADERS: dict[str, str] = {}


LIMITED = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795528800"}


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
