"""What the tests of nats share: a site with a server, and who listens there."""

from __future__ import annotations

from typing import Any

import nats.aio.client

from tests.adapters.nats_server import PASSWORD, USER, NatsServer
from titan_flow.adapters.nats.adapter import (
    NatsSettings,
)
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost


def at(settings: dict[str, Any]) -> Site:
    return Site(host=LocalHost(), directory="/", blocks={"nats": NatsSettings.model_validate(settings)})


class Listener:
    """What arrives on a subject, and answers it."""

    def __init__(self, client: nats.aio.client.Client) -> None:
        self.client = client
        self.heard = list[bytes]()

    @classmethod
    async def on(cls, server: NatsServer, subject: str, reply: bytes | None = None) -> Listener:
        client = nats.aio.client.Client()
        await client.connect(server.url, user=USER, password=PASSWORD)
        listener = cls(client)

        async def hear(message: Any) -> None:
            listener.heard.append(message.data)
            if reply is not None:
                await message.respond(reply)

        await client.subscribe(subject, cb=hear)  # pyright: ignore[reportUnknownMemberType]
        await client.flush()
        return listener

    async def close(self) -> list[bytes]:
        await self.client.flush()
        await self.client.close()
        return self.heard
