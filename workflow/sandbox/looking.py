"""What is really there: asked of the processes themselves, not of any journal."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from titan_flow.workflow.sandbox.layout import SERVICES, Layout, standing
from titan_flow.workflow.sandbox.releasing import git


def look(root: Path) -> dict[str, Any]:
    layout = standing(root)
    return {
        "commit": str(git()["-C", str(layout.checkout), "rev-parse", "HEAD"]()).strip(),
        "services": services(layout),
        "armed": armed(layout),
        "received": _received(layout),
    }


def services(layout: Layout) -> dict[str, dict[str, Any]]:
    """By supervisord's word, and each process's own."""
    programs = {one["name"]: one for one in _processes(layout)}
    found: dict[str, dict[str, Any]] = {}
    for name in SERVICES:
        one = programs.get(name, {})
        running = one.get("statename") in ("RUNNING", "STARTING")
        started = datetime.fromtimestamp(one["start"], UTC).isoformat() if running else None
        state = _get(layout, name, "/state")
        found[name] = {
            "running": running,
            "health": health(layout, name) if running else "none",
            "release": state.get("release") if state else None,
            "started": started,
        }
    return found


def armed(layout: Layout) -> dict[str, bool]:
    """A process that does not answer is not armed."""
    states = {name: _get(layout, name, "/state") for name in ("brain", "execution")}
    return {name: bool(state and state.get("armed")) for name, state in states.items()}


def health(layout: Layout, service: str) -> str:
    return "healthy" if _get(layout, service, "/health") is not None else "unhealthy"


def _get(layout: Layout, service: str, path: str) -> dict[str, Any] | None:
    asked = http.client.HTTPConnection("127.0.0.1", layout.ports[service], timeout=3)
    try:
        asked.request("GET", path)
        answer = asked.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        asked.close()


def _processes(layout: Layout) -> list[dict[str, Any]]:
    """supervisord's answer; nothing where it does not live."""
    from titan_flow.adapters.supervisor_host import connect

    try:
        return connect(str(layout.socket))("getAllProcessInfo")
    except OSError:
        return []


def _received(layout: Layout) -> list[dict[str, Any]]:
    try:
        lines = layout.received.read_text().splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]
