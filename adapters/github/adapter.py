"""github: whether GitHub Actions passed for exactly one commit."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.credentials import NoSecret, Secret
from titan_flow.adapters.field_types import Duration, address
from titan_flow.adapters.git.names import Hash
from titan_flow.adapters.github.check_runs import Odd, Verdict, check_runs, jobs, judged, newest_run, number
from titan_flow.adapters.github.client import Api, NoAnswer
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

Name = Annotated[str, Field(min_length=1, max_length=200)]


def _base(value: str) -> str:
    like = "an API's address; write it like https://api.github.com"
    url = address(value, ("http", "https"), like, "token: {env: NAME}")
    if re.search(r"[?#]", value):
        raise ValueError(f"{value!r} is not {like}")
    if url.scheme == "http" and not _loopback(url.hostname or ""):
        raise ValueError(f"{value!r} would send the token in the clear; use https")
    return value.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Green(Check):
    """Every one of these checks has run for exactly this commit, and every run of it ended with `success`.

    Asked from this machine, for GitHub Actions only. A failure (or cancelled, skipped, neutral): no. In progress: no,
    and checked again. Missing, no answer, an outage, a rate limit, no access: unknown.
    """

    name: ClassVar[str] = "github.green"
    remedy: ClassVar[str] = "see https://www.githubstatus.com, then try again"
    commit: Hash = Field(description="40 hex digits")
    repository: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", description="`owner/name`")
    checks: list[Name] = Field(min_length=1, description="names of jobs, exactly as GitHub shows them")
    workflow: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="use only the newest run of this workflow: its file (`ci.yml`) or its name",
    )
    token: Secret | None = Field(default=None, description="a token that may read checks and actions")
    url: Annotated[str, AfterValidator(_base)] = "https://api.github.com"
    timeout: Duration = Field(default=10.0, gt=0, le=60, description="for each page")
    ca: str | None = Field(default=None, min_length=1, description="PEM file on this machine: the only CA that counts")

    async def look(self, site: Site, since: Json) -> Observation:
        try:
            token = self.token.value(site.redactor) if self.token is not None else None
        except NoSecret as why:
            return Observation(Answer.UNKNOWN, str(why), remedy=str(why).rpartition("; ")[2])
        api = Api(self.url, token, self.timeout, self.ca)

        async def effect() -> Verdict | str:
            return await self._verdict(api)

        try:
            verdict = await site.gateway.do("http", f"{self.url} {self.repository}", effect)
        except NoAnswer as why:
            return Observation(Answer.UNKNOWN, str(why), {"url": self.url}, remedy=why.remedy)
        except Odd as why:
            return Observation(Answer.UNKNOWN, str(why), {"url": self.url, "commit": self.commit})
        if isinstance(verdict, str):
            remedy = f"has CI run for it? https://github.com/{self.repository}/commit/{self.commit}/checks"
            return Observation(Answer.UNKNOWN, verdict, {"commit": self.commit}, remedy=remedy)
        evidence: dict[str, Json] = {
            "commit": self.commit,
            "repository": self.repository,
            "checks": {name: [*states] for name, states in verdict.states.items()},
            "url": verdict.url,
        }
        says = f"{self.repository} {self.commit[:7]}: {verdict.says}"
        return Observation(verdict.answer, says, evidence, final=verdict.final, remedy=self._remedy(verdict))

    async def _verdict(self, api: Api) -> Verdict | str:
        """Words where GitHub knows of no run at all. Raises NoAnswer, Unreachable."""
        repository = f"/repos/{self.repository}"
        if self.workflow is None:
            listed = await api.listed(f"{repository}/commits/{self.commit}/check-runs?filter=latest", "check_runs")
            found = check_runs(listed, self.commit)
            return judged(found, self.checks) if found else f"GitHub Actions has not run for {self.commit[:7]}"
        runs = await api.listed(f"{repository}/actions/runs?head_sha={self.commit}", "workflow_runs")
        run = newest_run(runs, self.workflow, self.commit)
        if run is None:
            return f"the workflow {self.workflow} has not run for {self.commit[:7]}"
        id = number(run, "id")
        return judged(
            jobs(await api.listed(f"{repository}/actions/runs/{id}/jobs", "jobs"), self.commit, id), self.checks
        )

    def _remedy(self, verdict: Verdict) -> str:
        if verdict.answer is Answer.YES:
            return ""
        if verdict.answer is Answer.UNKNOWN:
            return "are the names in `checks:` those of the jobs?"
        return f"{'fix it' if verdict.final else 'wait for it'}: {verdict.url}"


adapter = Adapter(noun="github", about="whether GitHub Actions passed for exactly one commit", checks=(Green,))
