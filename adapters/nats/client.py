"""This process's connection to NATS, and the one place that sends.

nats-py by itself reconnects 60 times in silence, prints tracebacks, and gives its password in the clear to a server
that was asked for TLS and offers none. Here a lost connection is an error at once (the engine's journaled retries
connect anew), errors are kept for the message, and a server without the TLS that was asked for gets nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from titan_flow.adapters.credentials import NoSecret, private_text
from titan_flow.adapters.effects import CommandResult, Message
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.site import Site

if TYPE_CHECKING:
    from nats.aio.client import Client


T = TypeVar("T")
CONNECT_TIMEOUT = 2
FLUSH_TIMEOUT = 5.0
LONGEST_REPLY = 64 * 1024
LONGEST_MESSAGE, LONGEST_LINE = 8 * 1024 * 1024, 64 * 1024
"""bytes that are read of what a server sends, at most: of a message, and of a line of the protocol"""


class Turned(Unreachable):
    """Something answered, and turned us away: the port is closed, or the credentials are not good."""


async def connect(site: Site) -> Client:
    """A new connection, as the `nats:` block says. Raises Unreachable (Turned where we were turned away)."""
    import nats.errors
    from nats.aio.client import Client
    from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

    settings = site.block(NatsSettings)

    class Bounded(Parser):
        """Gives up on a server that says more at once than a server of ours would."""

        async def parse(self, data: bytes = b"") -> None:
            await super().parse(data)
            awaits_line = self.state == AWAITING_CONTROL_LINE
            if self.needed > LONGEST_MESSAGE or (awaits_line and len(self.buf) > LONGEST_LINE):
                raise nats.errors.ProtocolError("the server says more at once than is read")

    class Strict(Client):
        def __init__(self) -> None:
            super().__init__()
            self._ps = Bounded(self)

        async def _process_info(self, info: dict[str, object], initial_connection: bool = False) -> None:
            if settings.encrypted and initial_connection and not info.get("tls_required"):
                raise nats.errors.SecureConnWantedError
            await super()._process_info(info, initial_connection)

    wrong: list[Exception] = []

    async def keep(error: Exception) -> None:
        wrong.append(error)

    host, port = settings.server
    password = settings.password.value(site.redactor) if settings.password else None
    creds = _creds(settings.creds) if settings.creds else None
    context = settings.context()
    if settings.via == "host":
        host, port = await site.host.forward(host, port)
    client = Strict()
    try:
        async with asyncio.timeout(4 * CONNECT_TIMEOUT):
            await client.connect(
                servers=[f"nats://[{host}]:{port}" if ":" in host else f"nats://{host}:{port}"],
                name="titan-flow",
                user=settings.user,
                password=password.reveal() if password else None,
                user_credentials=creds,
                tls=context,
                tls_hostname=settings.certified if context else None,
                error_cb=keep,
                connect_timeout=CONNECT_TIMEOUT,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                ping_interval=10,
            )
    except (OSError, TimeoutError, ValueError, nats.errors.Error) as why:
        await close(client)
        cause = next((error for error in wrong if not isinstance(error, nats.errors.NoServersError)), why)
        raise _turned(settings, cause, site.host.name) from None
    except BaseException:
        await close(client)
        raise
    return client


@dataclass
class _Kept:
    client: Client | None = None


async def connection(site: Site) -> Client:
    """This process's one connection, through the host if the server is not public. Raises Unreachable."""
    kept = site.kept(_Kept, _Kept)
    if kept.client is None or kept.client.is_closed:
        kept.client = client = await connect(site)
        site.on_close(lambda: close(client))
    return kept.client


async def close(client: Client) -> None:
    """Closes without a word: what went wrong was said already."""

    with contextlib.suppress(Exception):
        async with asyncio.timeout(1):
            await client.close()


def _creds(path: str) -> str:
    private_text(path)
    if find_spec("nkeys") is None:
        raise NoSecret("nats.creds needs a package that is not here; pip install 'titan-flow[nkeys]'")
    return path


def _turned(settings: NatsSettings, why: Exception, through: str) -> Unreachable:
    import nats.errors

    where = f"NATS {settings.url}" + (f" through {through}" if settings.via == "host" else "")
    match why:
        case ConnectionRefusedError():
            return Turned(f"{where}: connection refused; is the server running?")
        case ssl.SSLError():
            return Turned(f"{where}: TLS: {why.reason or why}")
        case nats.errors.SecureConnWantedError():
            return Turned(f"{where}: TLS was asked for, and the server does not offer it; nothing was sent")
        case TimeoutError():
            return Unreachable(f"{where}: no answer within {CONNECT_TIMEOUT} s")
        case nats.errors.Error() if "authorization" in str(why).lower():
            return Turned(f"{where}: user or password not accepted; see nats.user and nats.password")
        case OSError():
            return Unreachable(f"{where}: {why.strerror or why}")
        case _:
            return Unreachable(f"{where}: {why or type(why).__name__}")


async def deliver(site: Site, message: Message, flushed_within: float = FLUSH_TIMEOUT) -> CommandResult:
    """Sends one message: the only place that does. `flushed_within`: seconds for the server to have what is published.

    Status 0: the server has it (published), or the reply is in `out`. Else `err` says why not: 2 for a request that
    the server refused (no permission, too large), 1 for one that nobody answered in time. Raises Unreachable where
    the connection is lost: it may have arrived.
    """
    client = await connection(site)
    if message.reply_within is None:
        return await site.gateway.do("publish", message.subject, lambda: _publish(client, message, flushed_within))
    within = message.reply_within
    return await site.gateway.do("request", message.subject, lambda: _request(client, message, within))


async def _publish(client: Client, message: Message, within: float) -> CommandResult:
    import nats.errors

    before = client.last_error
    try:
        await client.publish(message.subject, message.payload)
        # Not flush(): that one returns without a round trip once its reader has died.
        await while_open(client, client.rtt(timeout=within))  # pyright: ignore[reportArgumentType]
    except nats.errors.MaxPayloadError:
        return CommandResult(1, "", f"{message.subject}: {len(message.payload)} bytes are more than the server takes")
    except (nats.errors.Error, OSError) as why:
        raise await _lost(client, message, why) from None
    refused = client.last_error
    if refused is not None and refused is not before:
        return CommandResult(1, "", f"{message.subject}: {refused}")
    return CommandResult(0, "")


async def _request(client: Client, message: Message, within: float) -> CommandResult:
    import nats.errors

    before = client.last_error
    try:
        reply = await while_open(client, client.request(message.subject, message.payload, timeout=within))
    except nats.errors.NoRespondersError:
        return CommandResult(1, "", f"{message.subject}: no listener")
    except nats.errors.MaxPayloadError:
        return CommandResult(2, "", f"{message.subject}: {len(message.payload)} bytes are more than the server takes")
    except nats.errors.TimeoutError:
        refused = client.last_error
        if refused is not None and refused is not before:
            return CommandResult(2, "", f"{message.subject}: {refused}")
        return CommandResult(1, "", f"{message.subject}: no reply within {within:g} s")
    except (nats.errors.Error, OSError) as why:
        raise await _lost(client, message, why) from None
    text = reply.data.decode(errors="replace")
    return CommandResult(0, text[:LONGEST_REPLY], cut=len(text) > LONGEST_REPLY)


async def while_open(client: Client, asked: Coroutine[object, None, T]) -> T:
    """The answer, or ConnectionClosedError: nats-py lets who waits for an answer wait on when the connection breaks."""
    import nats.errors

    waiting = asyncio.ensure_future(asked)
    try:
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=0.05)
            if client.is_closed and not waiting.done():
                raise nats.errors.ConnectionClosedError
        return waiting.result()
    finally:
        waiting.cancel()


async def _lost(client: Client, message: Message, why: Exception) -> Unreachable:
    """The connection is of no use any more: closed, so that the next attempt makes a new one."""
    await close(client)
    said = "no answer from the server" if isinstance(why, TimeoutError) else str(why) or type(why).__name__
    return Unreachable(f"NATS, sending to {message.subject}: {said}; whether it arrived is not known")
