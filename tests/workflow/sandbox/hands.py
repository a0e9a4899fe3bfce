"""A sandbox worked by hand: deployed, asked, told; with nothing of titan-flow's engine in between."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from titan_flow.adapters.nats import remote_publish
from titan_flow.adapters.supervisor import remote_supervisor
from titan_flow.workflow.sandbox import lifecycle as sandbox
from titan_flow.workflow.sandbox.layout import SERVICES, Layout, standing
from titan_flow.workflow.sandbox.repository import git

ARM, DISARM = "titan.cmd.operator.arm.v1", "titan.cmd.operator.disarm.v1"


def until(true: Callable[[], bool], patience: float = 120.0) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def deploy(directory: Path) -> Layout:
    """The runbook by hand: the tip of main, its images, and a supervisor told to bring it up."""
    layout = standing(directory)
    git(layout.checkout, "fetch", "-q", "origin")
    git(layout.checkout, "reset", "-q", "--hard", "origin/main")
    subprocess.run([sys.executable, "bin/pull"], cwd=layout.checkout, check=True, capture_output=True)
    asked = {"services": [*SERVICES], "images": None}
    remote_supervisor.up(remote_supervisor.connect(str(layout.socket), None), asked)
    return layout


def health(layout: Layout, service: str = "traefik") -> int:
    try:
        with urlopen(f"http://127.0.0.1:{layout.ports[service]}/health", timeout=5) as answer:
            return int(answer.status)
    except HTTPError as no:
        return no.code
    except OSError:
        return 0


def said(layout: Layout, service: str) -> list[str]:
    """What the service's newest process has logged."""
    lines = (layout.run / f"{service}.log").read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if re.search(r"^--- .* starts, pid \d+", line)]
    return lines[starts[-1] :] if starts else []


def send(layout: Layout, subject: str, payload: bytes) -> None:
    password = layout.password.read_text().strip()
    remote_publish.publish("127.0.0.1", layout.ports["nats"], subject, payload, "titan", password)


def command(kind: str, reason: str = "drill") -> bytes:
    return json.dumps({"type": kind, "reason": reason, "operator_id": "me", "id": "x"}).encode()


def received(directory: Path) -> list[tuple[str, str]]:
    return [(one["command"], one["reason"]) for one in sandbox.status(directory)["received"]]


def hashes(layout: Layout) -> list[str]:
    logs = [said(layout, service) for service in ("brain", "execution")]
    return [line.split("Hash: ")[1] for lines in logs for line in lines if "Risk Policy Loaded" in line]
