"""What GitHub says of a commit's checks, judged. Pure. It passed if every run of that name ended with `success`.

What is not as GitHub documents it is never left out: it could be the run that failed. It raises Odd.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from titan_flow.states.values import Answer, Json

ACTIONS = "github-actions"


@dataclass(frozen=True, slots=True)
class Job:
    """One job of one workflow run: a check run. `conclusion` is empty while it is not over."""

    name: str
    status: str
    conclusion: str
    url: str

    @property
    def over(self) -> bool:
        return self.status == "completed"

    @property
    def state(self) -> str:
        return self.conclusion or "no conclusion" if self.over else self.status


class Odd(ValueError):
    """GitHub answered something that it does not document, or of another commit: nothing is known."""


def check_runs(items: Sequence[Mapping[str, Json]], commit: str) -> list[Job]:
    """From `check_runs` of a commit; Actions' only: any app may name a check as it likes. Raises Odd."""
    return [_job(item, commit) for item in items if _app(item) == ACTIONS]


def jobs(items: Sequence[Mapping[str, Json]], commit: str, run: int) -> list[Job]:
    """From the `jobs` of a workflow run. Raises Odd."""
    if any(item.get("run_id") != run for item in items):
        raise Odd(f"GitHub listed jobs of another run than {run}")
    return [_job(item, commit) for item in items]


def _job(item: Mapping[str, Json], commit: str) -> Job:
    if item.get("head_sha") != commit:
        raise Odd(f"GitHub listed a job of {str(item.get('head_sha'))[:7]}, not of {commit[:7]}")
    conclusion = item.get("conclusion")
    if conclusion is not None and not isinstance(conclusion, str):
        raise Odd("GitHub gave a job a conclusion that is no text")
    return Job(_named(item, "name"), _named(item, "status"), conclusion or "", _text(item, "html_url"))


def newest_run(items: Sequence[Mapping[str, Json]], workflow: str, commit: str) -> Mapping[str, Json] | None:
    """The newest run of that workflow (its file or its name) for exactly that commit. Raises Odd."""
    ours = [
        item
        for item in items
        if _named(item, "head_sha") == commit
        and (_text(item, "name") == workflow or _named(item, "path").partition("@")[0].rpartition("/")[2] == workflow)
    ]
    return max(ours, key=lambda item: (number(item, "run_number"), number(item, "id")), default=None)


@dataclass(frozen=True, slots=True)
class Verdict:
    answer: Answer
    says: str
    final: bool
    states: Mapping[str, list[str]]
    url: str = ""


def judged(found: Sequence[Job], names: Sequence[str]) -> Verdict:
    """A failure is a final no. A run in progress is a no that may change. A missing one: unknown."""
    states = {name: [job.state for job in found if job.name == name] for name in names}
    failed = [job for job in found if job.name in states and job.over and job.state != "success"]
    waits = [job for job in found if job.name in states and not job.over]
    absent = [name for name, there in states.items() if not there]
    if failed:
        return Verdict(Answer.NO, f"not passed: {_listed(failed)}", True, states, failed[0].url)
    if waits:
        return Verdict(Answer.NO, f"not finished: {_listed(waits)}", False, states, waits[0].url)
    if absent:
        there = ", ".join(sorted({job.name for job in found}))
        return Verdict(Answer.UNKNOWN, f"no run of {', '.join(absent)} (there are: {there[:200]})", False, states)
    return Verdict(Answer.YES, f"{', '.join(names)} passed", False, states)


def _listed(some: Sequence[Job]) -> str:
    return ", ".join(dict.fromkeys(f"{job.name} {job.state}" for job in some))


def _text(item: Mapping[str, Json], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _named(item: Mapping[str, Json], key: str) -> str:
    if not (value := _text(item, key)):
        raise Odd(f"GitHub listed a run without a {key}")
    return value


def number(item: Mapping[str, Json], key: str) -> int:
    value = item.get(key)
    if type(value) is not int:
        raise Odd(f"GitHub listed a run whose {key} is no number")
    return value


def _app(item: Mapping[str, Json]) -> str:
    app = item.get("app")
    if not isinstance(app, dict):
        raise Odd("GitHub listed a check without the app that made it")
    return _named(app, "slug")
