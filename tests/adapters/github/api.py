"""A stand-in for GitHub's REST API: real HTTP, answers of the shapes that GitHub documents, pages included."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http_server import QuietHandler, served

OTHER = "0" * 40


def check_run(
    name: str, commit: str, conclusion: str | None = "success", app: str = "github-actions"
) -> dict[str, Any]:
    """One element of `check_runs`; `conclusion` None: under way."""
    return {
        "id": 30_000_000_000 + len(name),
        "name": name,
        "head_sha": commit,
        "node_id": "CR_kwDOJ",
        "external_id": "ca395085-040a-526b-2ce8-bdc85f692774",
        "url": f"https://api.github.com/repos/o/r/check-runs/{len(name)}",
        "html_url": f"https://github.com/o/r/actions/runs/1/job/{name}",
        "details_url": f"https://github.com/o/r/actions/runs/1/job/{name}",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "started_at": "2026-11-24T12:02:11Z",
        "completed_at": "2026-11-24T12:05:40Z" if conclusion else None,
        "output": {
            "title": None,
            "summary": None,
            "text": None,
            "annotations_count": 0,
            "annotations_url": "https://x",
        },
        "check_suite": {"id": 5},
        "app": {
            "id": 15368,
            "slug": app,
            "node_id": "MDM6",
            "name": "GitHub Actions",
            "permissions": {"checks": "write"},
        },
        "pull_requests": [],
    }


def workflow_run(id: int, commit: str, path: str = "ci.yml", name: str = "CI", number: int = 1) -> dict[str, Any]:
    """One element of `workflow_runs`."""
    return {
        "id": id,
        "name": name,
        "node_id": "WFR_kwLO",
        "head_branch": "main",
        "head_sha": commit,
        "path": f".github/workflows/{path}",
        "display_title": "Add sentinel drawdown guard",
        "run_number": number,
        "run_attempt": 1,
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "workflow_id": 159038,
        "html_url": f"https://github.com/o/r/actions/runs/{id}",
    }


def job(name: str, conclusion: str | None = "success", status: str = "in_progress") -> dict[str, Any]:
    """One element of a run's `jobs`."""
    return {
        "id": 21,
        "name": name,
        "status": "completed" if conclusion else status,
        "conclusion": conclusion,
        "html_url": f"https://github.com/o/r/actions/runs/1/job/{name}",
        "steps": [{"name": "Set up job", "status": "completed", "conclusion": "success", "number": 1}],
        "runner_name": "GitHub Actions 2",
    }


@dataclass
class GitHub:
    """What it holds, by path; what it was asked, with which token. `refuse`: status, headers, body for everything."""

    held: dict[str, tuple[str, list[dict[str, Any]]]] = field(default_factory=dict[str, Any])
    refuse: tuple[int, dict[str, str], Any] | None = None
    refuse_times: int = 10**6
    hold: threading.Event | None = None
    asked: list[str] = field(default_factory=list[str])
    tokens: set[str | None] = field(default_factory=set[str | None])
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def checks(self, commit: str, *runs: dict[str, Any]) -> None:
        self.held[f"/repos/o/r/commits/{commit}/check-runs"] = ("check_runs", list(runs))

    def runs(self, *runs: dict[str, Any]) -> None:
        self.held["/repos/o/r/actions/runs"] = ("workflow_runs", list(runs))

    def jobs(self, run: int, *jobs: dict[str, Any]) -> None:
        commit = next(one["head_sha"] for one in self.held["/repos/o/r/actions/runs"][1] if one["id"] == run)
        whole = [{"run_id": run, "head_sha": commit, **job} for job in jobs]
        self.held[f"/repos/o/r/actions/runs/{run}/jobs"] = ("jobs", whole)

    def answer(self, target: str, token: str | None) -> tuple[int, dict[str, str], Any]:
        self.asked.append(target)
        self.tokens.add(token)
        url = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if self.hold is not None:
            self.hold.wait(10)
        if self.refuse is not None and self.refuse_times > 0:
            self.refuse_times -= 1
            return self.refuse
        if url.path not in self.held:
            body = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
            return 404, {}, body
        key, items = self.held[url.path]
        if "head_sha" in query:
            items = [item for item in items if item["head_sha"] == query["head_sha"]]
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        return 200, {}, {"total_count": len(items), key: items[(page - 1) * size : page * size]}


@contextmanager
def github_api() -> Generator[GitHub]:
    """Until the end, when it also lets go of what it holds."""
    github = GitHub()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            status, headers, body = github.answer(self.path, self.headers.get("authorization"))
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(raw)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

    with served(Handler) as github.port:
        yield github
        if github.hold is not None:
            github.hold.set()
