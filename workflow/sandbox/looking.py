"""What is really there: asked of the processes themselves, not of any journal."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
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
    programs = {one["name"]: one for one in _ask(layout).get("services", [])}
    found: dict[str, dict[str, Any]] = {}
    for name in SERVICES:
        one = programs.get(name, {})
        running = one.get("state") in ("RUNNING", "STARTING") and bool(one.get("command"))
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


def _ask(layout: Layout) -> dict[str, Any]:
    """supervisord's answer; nothing where it does not live."""
    from importlib.resources import files

    probe = str(files("titan_flow.adapters") / "supervisor_probe.py")
    question = json.dumps({"socket": str(layout.socket), "do": "look"})
    done = subprocess.run([sys.executable, probe, question], capture_output=True, text=True, timeout=30)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def _received(layout: Layout) -> list[dict[str, Any]]:
    try:
        lines = layout.received.read_text().splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]
