"""brain and execution: armed and disarmed by operators' messages, disarmed after every start."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys

from nats.aio.msg import Msg

from titan_flow.workflow.sandbox.standins.bus import ARM, DISARM, POLICY, command, connected
from titan_flow.workflow.sandbox.standins.http import Answer, serve
from titan_flow.workflow.sandbox.standins.image import Place, healthy, log, place

WORDS = {
    "brain": ("SYSTEM ARMED BY OPERATOR", "SYSTEM DISARMED BY OPERATOR"),
    "execution": ("EXECUTION ARMED", "EXECUTION DISARMED"),
}


class Trader:
    def __init__(self, here: Place) -> None:
        self.here, self.armed, self.listening = here, False, False
        self.name = here.image.service
        text = (here.checkout / "risk_policy.json").read_bytes()
        if here.image.kind == "policy-mismatch" and self.name == "execution":
            text += b" "
        self.policy = hashlib.sha256(text).hexdigest()

    def boot(self) -> None:
        """What the real ones log at start; brain says nothing of being disarmed."""
        log(f"--- {self.name} {self.here.image.release} starts, pid {os.getpid()}")
        if self.name == "execution":
            log("Execution engine initialized DISARMED")
        log(f"Risk Policy Loaded. Hash: {self.policy}")

    async def on_command(self, message: Msg) -> None:
        """A command; only a change is logged."""
        said = command(message)
        arm = message.subject == ARM
        if said is None or arm == self.armed:
            return
        self.armed = arm
        log(f"{WORDS[self.name][0 if arm else 1]}: {said.get('reason', '')}")

    async def on_request(self, message: Msg) -> None:
        await message.respond(f'{{"policy_hash": "{self.policy}"}}'.encode())

    def health(self) -> Answer:
        well = self.listening and healthy(self.here)
        return (200 if well else 503), {"status": "ok" if well else "unavailable", "release": self.here.image.release}

    def state(self) -> Answer:
        return 200, {"armed": self.armed, "release": self.here.image.release}


async def main() -> None:
    here = place()
    trader = Trader(here)
    trader.boot()
    serve(here.ports[trader.name], {"/health": trader.health, "/state": trader.state})
    if here.image.kind == "crashloop" and trader.name == "brain":
        await asyncio.sleep(0.3)
        log("Error: relation intents does not exist")
        sys.exit(1)
    bus = await connected(here.run, here.ports["nats"])
    for subject in (ARM, DISARM):
        await bus.subscribe(subject, cb=trader.on_command)  # pyright: ignore[reportUnknownMemberType]
    if trader.name == "execution":
        await bus.subscribe(POLICY, cb=trader.on_request)  # pyright: ignore[reportUnknownMemberType]
    await bus.flush()
    trader.listening = True
    if here.image.kind == "log-error" and trader.name == "execution":
        log("Panic: index out of range in order book")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
