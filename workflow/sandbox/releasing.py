"""Releases: a commit, and the content-addressed bundles that its services are started from."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import SERVICES, Layout, standing

if TYPE_CHECKING:
    from plumbum.commands.base import BoundCommand

AUTHORS = ("Ada Okafor", "Jun Tanaka", "Olga Petrova", "Luis Moreno")
SUBJECTS = (
    "Tighten risk limits",
    "Add sentinel drawdown guard",
    "Batch order acknowledgements",
    "Recover open positions on start",
    "Cache instrument metadata",
)
PROGRAM = """\
[program:{service}]
command={python} -m titan_flow.workflow.sandbox.standins.{module} --image {image} --sandbox {root}
stdout_logfile={root}/run/{service}.log
stdout_logfile_backups=1
redirect_stderr=true
startsecs=1
startretries=2
autorestart=true
stopwaitsecs=3
"""
MODULES = {"traefik": "traefik", "brain": "trader", "execution": "trader"}


def publish(root: Path, kind: str, after: float | None) -> str:
    from titan_flow.workflow.sandbox import KINDS

    if kind not in KINDS:
        raise SandboxError(f"{kind!r} is no kind of release; one of: {', '.join(KINDS)}")
    layout = standing(root)
    number = int(_git(layout, "rev-list", "--count", "HEAD")) + 1
    return commit(layout, number, kind, 6.0 if after is None else after)


def commit(layout: Layout, number: int, kind: str, after: float = 0.0) -> str:
    """Commits and pushes release `number`; its hash."""
    images = {service: _bundle(layout, service, f"r{number}", kind, after) for service in SERVICES}
    policy = {"max_drawdown": 0.05, "max_notional": 100_000 + (number if kind == "policy-change" else 0)}
    work = layout.work
    (work / "bin").mkdir(exist_ok=True)
    (work / "risk_policy.json").write_text(json.dumps(policy, indent=2) + "\n")
    (work / "release.json").write_text(json.dumps({"release": f"r{number}", "images": images}, indent=2) + "\n")
    (work / "services.conf").write_text("\n".join(_program(layout, name, sha) for name, sha in images.items()))
    pull = work / "bin" / "pull"
    pull.write_text((files("titan_flow.workflow.sandbox") / "pull.py").read_text())
    pull.chmod(0o755)
    author = AUTHORS[number % len(AUTHORS)]
    subject = SUBJECTS[number % len(SUBJECTS)] if kind == "good" else f"Release r{number}: {kind}"
    _git(layout, "add", "-A")
    _git(
        layout,
        "-c",
        f"user.name={author}",
        "-c",
        f"user.email={author.split()[0].lower()}@titan.example",
        "commit",
        "-q",
        "-m",
        subject,
    )
    _git(layout, "push", "-q", "origin", "main")
    return _git(layout, "rev-parse", "HEAD").strip()


def _bundle(layout: Layout, service: str, release: str, kind: str, after: float) -> str:
    text = json.dumps({"service": service, "release": release, "kind": kind, "after": after})
    sha = hashlib.sha256(text.encode()).hexdigest()
    (layout.registry / f"{sha}.json").write_text(text)
    return sha


def _program(layout: Layout, service: str, sha: str) -> str:
    escaped = {"python": sys.executable, "image": layout.images / f"{sha}.json", "root": layout.root}
    return PROGRAM.format(
        service=service,
        module=MODULES[service],
        **{name: str(path).replace("%", "%%") for name, path in escaped.items()},
    )


def _git(layout: Layout, *argv: str) -> str:
    return str(git()["-C", str(layout.work)][argv]())


def git() -> BoundCommand:
    """git, deaf to whatever the user has configured."""
    from plumbum import CommandNotFound, local

    try:
        return local["git"]["-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"]
    except CommandNotFound:
        raise SandboxError("git is not installed; the sandbox needs it") from None
