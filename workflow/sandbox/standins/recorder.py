"""Writes down every operator's command that reaches the bus, in order: what really was sent, whoever says what."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from nats.aio.msg import Msg

from titan_flow.workflow.sandbox.standins.bus import ARM, DISARM, command, connected


async def main() -> None:
    sandbox = Path(sys.argv[1])
    run = sandbox / "run"
    ports = json.loads((sandbox / "sandbox.json").read_text(encoding="utf-8"))["ports"]
    file = os.open(run / "received.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def heard(message: Msg) -> None:
        said = command(message)
        if said is None:
            return
        line = {
            "at": datetime.now(UTC).isoformat(),
            "command": "arm" if message.subject == ARM else "disarm",
            "reason": said.get("reason", ""),
            "id": said.get("id", ""),
        }
        os.write(file, (json.dumps(line) + "\n").encode())
        os.fsync(file)

    bus = await connected(run, ports["nats"])
    for subject in (ARM, DISARM):
        await bus.subscribe(subject, cb=heard)  # pyright: ignore[reportUnknownMemberType]
    await bus.flush()
    (run / "recorder.ready").touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
