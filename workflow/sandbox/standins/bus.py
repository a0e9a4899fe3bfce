"""The NATS side of a stand-in: connects, and reconnects forever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from nats.aio.client import Client
from nats.aio.msg import Msg

ARM, DISARM = "titan.cmd.operator.arm.v1", "titan.cmd.operator.disarm.v1"
POLICY = "titan.req.exec.policy_hash.v1"


async def _quiet(_: Exception) -> None:
    """A lost server is no news: it is asked again."""


async def connected(run: Path, port: int) -> Client:
    """A connection as the sandbox's own user. Waits for the server as long as it takes."""

    client = Client()
    while True:
        try:
            await client.connect(
                f"nats://127.0.0.1:{port}",
                user="titan",
                password=(run / "nats.password").read_text(encoding="utf-8").strip(),
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                error_cb=_quiet,
                connect_timeout=2,
            )
            return client
        except Exception:
            await asyncio.sleep(0.1)


def command(message: Msg) -> dict[str, str] | None:
    """An operator's command; None for what is none: it is dropped silently, as the real ones do."""
    try:
        body: object = json.loads(message.data)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    said: dict[str, str] = {str(k): str(v) for k, v in body.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    wanted = {ARM: "ARM_SYSTEM", DISARM: "DISARM_SYSTEM"}.get(message.subject)
    return said if said.get("type") == wanted else None


Handler = Callable[[Msg], Awaitable[None]]
