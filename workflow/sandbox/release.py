"""Releases: a commit, and the content-addressed images that its services are started from."""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from importlib.resources import files
from pathlib import Path

from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.kinds import KINDS
from titan_flow.workflow.sandbox.layout import SERVICES, Layout, standing
from titan_flow.workflow.sandbox.repository import git

AUTHORS = ("Ada Okafor", "Jun Tanaka", "Olga Petrova", "Luis Moreno")
SUBJECTS = (
    "Tighten risk limits",
    "Add sentinel drawdown guard",
    "Batch order acknowledgements",
    "Recover open positions on start",
    "Cache instrument metadata",
)
AGES = {1: 3 * 86_400, 2: 12 * 60}
"""seconds ago that the first releases were committed"""
LATE, LONGEST = 6.0, 86_400.0
PROGRAM = """\
[program:{service}]
command="{python}" -m titan_flow.workflow.sandbox.standins.{module} --image "{image}" --sandbox "{root}"
stdout_logfile={root}/run/{service}.log
redirect_stderr=true
priority=10
startsecs=1
startretries=2
autorestart=true
stopwaitsecs=3
"""
HEAD = (
    "; What runs here. Each command names its image by content: /proc/PID/cmdline tells which release a process is.\n"
)
MODULES = {"traefik": "traefik", "brain": "trader", "execution": "trader"}


def publish(root: Path, kind: str, after: float | None) -> str:
    """A release at the tip of main; its commit. Raises SandboxError."""

    if kind not in KINDS:
        raise SandboxError(f"{kind!r} is no kind of release; one of: {', '.join(KINDS)}")
    if after is not None and kind != "late-failure":
        raise SandboxError(f"--after is for late-failure; {kind} does not wait")
    late = LATE if after is None else after
    if not math.isfinite(late) or not 0 < late <= LONGEST:
        raise SandboxError(f"--after takes seconds, more than 0 and at most {LONGEST:g}; not {after}")
    layout = standing(root)
    number = int(git(layout.work, "rev-list", "--count", "HEAD")) + 1
    try:
        return commit(layout, number, kind, late)
    except OSError as why:
        raise SandboxError(f"{why.filename or layout.root}: {why.strerror or why}") from None


def commit(layout: Layout, number: int, kind: str, after: float = 0.0) -> str:
    """Commits and pushes release `number`; its hash."""
    images = {service: _image(layout, service, number, kind, after) for service in SERVICES}
    policy = {"max_drawdown": 0.05, "max_notional": 100_000 + (number if kind == "policy-change" else 0)}
    work = layout.work
    (work / "bin").mkdir(exist_ok=True)
    (work / "risk_policy.json").write_text(json.dumps(policy, indent=2) + "\n", encoding="utf-8")
    (work / "release.json").write_text(
        json.dumps({"release": f"r{number}", "images": images}, indent=2) + "\n", encoding="utf-8"
    )
    programs = [_program(layout, name, sha) for name, sha in images.items()]
    (work / "services.conf").write_text("\n".join([HEAD, *programs]), encoding="utf-8")
    pull = work / "bin" / "pull"
    # This very Python, at once: a `python3` found by way of a version manager's shim takes longer than all the rest.
    _, program = (
        (files("titan_flow.workflow.sandbox") / "templates" / "pull.py").read_text(encoding="utf-8").split("\n", 1)
    )
    first = (
        f"#!{sys.executable} -S"
        if " " not in sys.executable and len(sys.executable) < 100
        else "#!/usr/bin/env python3"
    )
    pull.write_text(f"{first}\n{program}", encoding="utf-8")
    pull.chmod(0o755)
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", _subject(number, kind), env=_signed(number))
    git(work, "push", "-q", "origin", "main")
    return git(work, "rev-parse", "HEAD")


def _subject(number: int, kind: str) -> str:
    return SUBJECTS[(number - 1) % len(SUBJECTS)] if kind == "good" else f"Release r{number}: {kind}"


def _signed(number: int) -> dict[str, str]:
    author = AUTHORS[(number - 1) % len(AUTHORS)]
    date = f"{int(time.time()) - AGES.get(number, 0)} +0000"
    told = {"NAME": author, "EMAIL": f"{author.split()[0].lower()}@titan.example", "DATE": date}
    return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in told.items()}


def _image(layout: Layout, service: str, number: int, kind: str, after: float) -> str:
    """traefik stays as the first release has it: a deployment does not restart what has not changed."""
    changes = service != "traefik"
    told = {"release": f"r{number}", "kind": kind, "after": after}
    first = {"release": "r1", "kind": "good", "after": 0.0}
    text = json.dumps({"service": service, **(told if changes else first)})
    sha = hashlib.sha256(text.encode()).hexdigest()
    (layout.registry / f"{sha}.json").write_text(text, encoding="utf-8")
    return sha


def _program(layout: Layout, service: str, sha: str) -> str:
    paths = {"python": sys.executable, "image": layout.images / f"{sha}.json", "root": layout.root}
    escaped = {name: str(path).replace("%", "%%") for name, path in paths.items()}
    return PROGRAM.format(service=service, module=MODULES[service], **escaped)
