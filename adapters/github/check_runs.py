"""What GitHub says of a commit's checks, judged. Pure. Green is: every run of that name ended with `success`."""

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


def jobs(items: Sequence[Mapping[str, Json]]) -> list[Job]:
    """From `check_runs` (Actions' only: any app may name a check as it likes) or a run's `jobs`."""
    return [
        Job(_text(item, "name"), _text(item, "status"), _text(item, "conclusion"), _text(item, "html_url"))
        for item in items
        if "app" not in item or _app(item) == ACTIONS
    ]


def newest_run(items: Sequence[Mapping[str, Json]], workflow: str, commit: str) -> Mapping[str, Json] | None:
    """The newest run of that workflow (its file or its name) for exactly that commit."""
    ours = [
        item
        for item in items
        if item.get("head_sha") == commit
        and (_text(item, "name") == workflow or _text(item, "path").partition("@")[0].rpartition("/")[2] == workflow)
    ]
    return max(ours, key=lambda item: (_number(item, "run_number"), _number(item, "id")), default=None)


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


def _number(item: Mapping[str, Json], key: str) -> int:
    value = item.get(key)
    return value if isinstance(value, int) else 0


def _app(item: Mapping[str, Json]) -> str:
    app = item.get("app")
    return _text(app, "slug") if isinstance(app, dict) else ""
