"""What is really there: asked of the processes themselves, not of any journal."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from titan_flow.adapters.supervisor.remote_supervisor import connect
from titan_flow.workflow.sandbox.layout import SERVICES, Layout, standing
from titan_flow.workflow.sandbox.repository import git

TRADERS = ("brain", "execution")
"""who may be armed"""


def look(root: Path) -> dict[str, Any]:
    """As cli.md says. What was received is read last: what a service acted on by now is in it. Raises SandboxError."""
    layout = standing(root)
    commit = git(layout.checkout, "rev-parse", "HEAD")
    seen = services(layout)
    for one in seen.values():
        del one["state"]
    return {"commit": commit, "services": seen, "armed": armed(layout), "received": _received(layout)}


def services(layout: Layout) -> dict[str, dict[str, Any]]:
    """By supervisord's word, and each process's own."""
    known = programs(layout)
    return {name: _service(layout, name, known.get(name, {})) for name in SERVICES}


def programs(layout: Layout) -> dict[str, dict[str, Any]]:
    """supervisord's answer, by name; nothing where it does not live."""

    try:
        return {one["name"]: one for one in connect(str(layout.socket))("getAllProcessInfo")}
    except OSError:
        return {}


def _service(layout: Layout, name: str, program: dict[str, Any]) -> dict[str, Any]:
    """`release`: the one that its process was started from, read off its command line."""
    state = str(program.get("statename", "UNKNOWN"))
    running = state in ("RUNNING", "STARTING")
    status, _ = _get(layout, name, "/health") if running else (0, {})
    return {
        "running": running,
        "health": ("healthy" if status == 200 else "unhealthy") if running else "none",
        "release": _release(layout, program["pid"]) if running else None,
        "started": datetime.fromtimestamp(program["start"], UTC).isoformat() if running else None,
        "state": state,
    }


def armed(layout: Layout) -> dict[str, bool]:
    """A process that does not answer is not armed."""
    return {name: _get(layout, name, "/state")[1].get("armed") is True for name in TRADERS}


def _release(layout: Layout, pid: int) -> str | None:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        image = next(word.decode() for word in words if word.startswith(bytes(layout.images)))
        return str(json.loads(Path(image).read_text(encoding="utf-8"))["release"])
    except (OSError, StopIteration, ValueError, KeyError):
        return None  # it has ended meanwhile, or has not begun


def _get(layout: Layout, service: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and body; 0 where nobody answers."""

    asked = http.client.HTTPConnection("127.0.0.1", layout.ports[service], timeout=3)
    try:
        asked.request("GET", path)
        answer = asked.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException):
        return 0, {}
    finally:
        asked.close()


def _received(layout: Layout) -> list[dict[str, Any]]:
    try:
        lines = layout.received.read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.endswith("\n")]
