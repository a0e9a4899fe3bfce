"""Waits for the first release to be well, and arms it as an operator would: by a message."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from titan_flow.adapters.nats.remote_publish import Refused, publish
from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import Layout
from titan_flow.workflow.sandbox.status import armed, programs, services

PATIENCE = 30.0
SUBJECT = "titan.cmd.operator.arm.v1"


def arm(layout: Layout) -> None:
    """One message, so one arm is received. Raises SandboxError where the services do not come up."""

    _await(layout, "come up", lambda: not _unready(layout), lambda: ", ".join(_unready(layout)))
    body = {"type": "ARM_SYSTEM", "reason": "First release", "operator_id": "sandbox", "id": "sandbox-up"}
    password = layout.password.read_text(encoding="utf-8").strip()
    try:
        publish("127.0.0.1", layout.ports["nats"], SUBJECT, json.dumps(body).encode(), "titan", password)
    except (OSError, Refused) as why:
        raise SandboxError(f"NATS does not take the message that arms: {why}") from None
    _await(layout, "arm", lambda: all(armed(layout).values()), lambda: f"armed: {armed(layout)}")


def _unready(layout: Layout) -> list[str]:
    """Who is not as a run wants to find it: past its first second, healthy, listening."""
    seen = services(layout)
    found = [
        name for name, one in seen.items() if one["state"] != "RUNNING" or one["health"] not in ("healthy", "none")
    ]
    return found if layout.recorder.exists() else ["recorder", *found]


def _await(layout: Layout, what: str, true: Callable[[], bool], missing: Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        lost = [name for name, one in programs(layout).items() if one["statename"] == "FATAL"]
        if lost:
            raise SandboxError(f"{', '.join(lost)} cannot be started; {_words(layout)}")
        if time.monotonic() > end:
            raise SandboxError(f"the services do not {what} within {PATIENCE:g} s ({missing()}); {_words(layout)}")
        time.sleep(0.03)


def _words(layout: Layout) -> str:
    """The last line of each log, since the logs themselves are about to go."""
    last = {
        log.stem: log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        for log in layout.run.glob("*.log")
    }
    return "; ".join(f"{name}: {lines[0]}" for name, lines in sorted(last.items()) if lines)
