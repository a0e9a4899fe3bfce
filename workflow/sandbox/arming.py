"""Waits for the first release to be well, and arms it as an operator would."""

from __future__ import annotations

import asyncio
import json
import time

from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import Layout
from titan_flow.workflow.sandbox.looking import armed, health

PATIENCE = 20.0


def arm(layout: Layout) -> None:
    """Raises SandboxError where the services do not come up."""
    end = time.monotonic() + PATIENCE
    ready = layout.run / "recorder.ready"
    while not (ready.exists() and all(health(layout, name) == "healthy" for name in layout.ports if name != "nats")):
        if time.monotonic() > end:
            raise SandboxError(f"the services did not come up within {PATIENCE:g} s; their logs: {layout.run}")
        time.sleep(0.05)
    while not all(armed(layout).values()):
        if time.monotonic() > end:
            raise SandboxError(f"the services could not be armed; their logs: {layout.run}")
        asyncio.run(_send(layout))
        for _ in range(10):
            if all(armed(layout).values()):
                break
            time.sleep(0.05)


async def _send(layout: Layout) -> None:
    from titan_flow.workflow.sandbox.standins.bus import ARM, connected

    bus = await connected(layout.run, layout.ports["nats"])
    body = {"type": "ARM_SYSTEM", "reason": "Opening of the sandbox", "operator_id": "sandbox", "id": "sandbox"}
    await bus.publish(ARM, json.dumps(body).encode())
    await bus.flush()
    await bus.close()
