"""The engine's HTTP API over one kept `docker system dial-stdio`: a whole look for the price of two round trips.

The docker CLI starts a process and a connection for every question. Here one stream serves them all, through the host's
own shell (SSH, sudo and docker context included), and questions asked together are sent together.
See docs/decisions/0010-engine-api.md.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from titan_flow.adapters.docker.socket import dial, last_words
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.process import ended, streams
from titan_flow.states.values import Json

if TYPE_CHECKING:
    import h11

LONGEST_REPLY = 4_000_000
"""bytes of one reply's body; what is longer is cut, and not read to its end"""
_CHUNK = 1 << 16
_LONGEST_LINE = 1_000_000
"""bytes of one event; a longer one ends the stream of events"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the engine answered. `date`: the host's clock, whole seconds since the epoch; 0.0 where it is not said."""

    status: int
    body: bytes
    date: float = 0.0
    cut: bool = False

    @property
    def ok(self) -> bool:
        return self.status == 200

    def json(self) -> Json:
        """Raises ValueError where it is not JSON, or was cut."""
        if self.cut:
            raise ValueError(f"the engine's answer is longer than {LONGEST_REPLY} bytes")
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("the engine's answer is nested too deep") from None

    def reason(self) -> str:
        """The engine's own message, in one line."""
        with suppress(ValueError, RecursionError):
            said: Json = json.loads(self.body)
            if isinstance(said, dict) and isinstance(message := said.get("message"), str) and message.strip():
                return message.strip().splitlines()[0][:400]
        return f"status {self.status}"


class EngineApi:
    """One engine. Connects when it is first asked, and again by itself after a lost connection.

    `sudo` and `context` are those of the spec. Only ever asked with GET: it reads, and changes nothing.
    """

    def __init__(self, host: Host, sudo: bool = False, context: str | None = None) -> None:
        self._host, self._sudo, self._context = host, sudo, context
        self._stream: asyncio.subprocess.Process | None = None
        self._busy = asyncio.Lock()

    async def get(self, paths: Sequence[str], timeout: float = 30.0) -> list[Reply]:
        """All paths in one round trip, answered in order.

        Raises Unreachable where the engine cannot be reached or has not answered all of them within `timeout` seconds.
        """
        async with self._busy:
            fresh = self._stream is None or self._stream.returncode is not None
            try:
                async with asyncio.timeout(timeout):
                    try:
                        return await self._ask(paths)
                    except (OSError, EOFError):
                        if fresh:
                            raise
                        await self._drop()
                        return await self._ask(paths)  # a kept connection may have been lost meanwhile
            except TimeoutError:
                await self._drop()
                raise Unreachable(f"docker on {self._host.name}: no answer within {timeout:g} s") from None
            except (OSError, EOFError, ValueError) as lost:
                why = await last_words(self._stream) if self._stream else ""
                await self._drop()
                raise Unreachable(f"docker on {self._host.name}: {why or lost}") from None
            except BaseException:
                await self._drop()  # half an answer is on its way: nothing may follow it
                raise

    async def lines(self, path: str) -> AsyncGenerator[Json]:
        """A reply that does not end (`/events`): its JSON objects as they come, over a stream of its own.

        Ends when the connection does. Raises Unreachable where it cannot begin.
        """
        process = await dial(self._host, self._sudo, self._context)
        try:
            stdin, stdout, _ = streams(process)
            stdin.write(_request(path))
            await stdin.drain()
            rest = b""
            async with aclosing(_body(stdout, path)) as pieces:
                async for piece in pieces:
                    *whole, rest = (rest + piece).split(b"\n")
                    for line in whole:
                        if line.strip():
                            yield Reply(200, line).json()
                    if len(rest) > _LONGEST_LINE:
                        return
        except (OSError, EOFError, ValueError) as lost:
            raise Unreachable(f"docker on {self._host.name}: {lost}") from None
        finally:
            await ended(process)

    async def close(self) -> None:
        async with self._busy:
            await self._drop()

    async def _ask(self, paths: Sequence[str]) -> list[Reply]:
        replies = list[Reply]()
        while len(replies) < len(paths):
            replies += await self._ask_until_cut(paths[len(replies) :])
        return replies

    async def _ask_until_cut(self, paths: Sequence[str]) -> list[Reply]:
        """The replies up to the first one that is too long: its rest is not worth the wire, a new stream is."""
        if self._stream is not None and await _says_more(streams(self._stream)[1]):
            await self._drop()
        if self._stream is None or self._stream.returncode is not None:
            self._stream = await dial(self._host, self._sudo, self._context)
        stdin, stdout, _ = streams(self._stream)
        sending = asyncio.create_task(_send(stdin, b"".join(map(_request, paths))))
        try:
            replies, rest = list[Reply](), b""
            for path in paths:
                reply, rest = await _reply(stdout, path, rest)
                replies.append(reply)
                if reply.cut:
                    await self._drop()
                    return replies
            await sending
            if rest:
                await self._drop()  # unasked: it must not become the beginning of the next reply
            return replies
        finally:
            sending.cancel()

    async def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await ended(stream)


async def _says_more(stdout: asyncio.StreamReader) -> bool:
    """Whether a stream that owes us nothing has said something, or ended: what it says next answers no question."""
    reading = asyncio.create_task(stdout.read(1))
    for _ in range(3):  # the task begins, the loop takes in what has come, the task sees it
        await asyncio.sleep(0)
    if reading.done():
        return True
    reading.cancel()
    await asyncio.wait({reading})
    return not reading.cancelled()


async def _send(stdin: asyncio.StreamWriter, requests: bytes) -> None:
    stdin.write(requests)
    await stdin.drain()


def _request(path: str) -> bytes:
    connection = _client()
    from h11 import EndOfMessage, Request

    sent = connection.send(Request(method="GET", target=path, headers=[("Host", "docker")]))
    return (sent or b"") + (connection.send(EndOfMessage()) or b"")


def _client(path: str | None = None) -> h11.Connection:
    """A client's half of one exchange; with a path, one that has sent its request and waits for the reply."""
    from h11 import CLIENT, Connection, EndOfMessage, Request

    connection = Connection(CLIENT)
    if path is not None:
        connection.send(Request(method="GET", target=path, headers=[("Host", "docker")]))
        connection.send(EndOfMessage())
    return connection


async def _reply(stdout: asyncio.StreamReader, path: str, begun: bytes) -> tuple[Reply, bytes]:
    """One whole reply, and what came behind it. Raises EOFError, ValueError."""
    from h11 import PAUSED, Data, EndOfMessage, Response

    connection, status, date, kept = _client(path), 0, 0.0, bytearray()
    connection.receive_data(begun) if begun else None
    while True:
        event = await _next(connection, stdout)
        if isinstance(event, Response):
            status, date = event.status_code, _seconds(dict(event.headers).get(b"date", b""))
        elif isinstance(event, Data):
            room = LONGEST_REPLY - len(kept)
            kept += event.data[:room]
            if len(event.data) > room:
                return Reply(status, bytes(kept), date, cut=True), b""
        elif isinstance(event, EndOfMessage):
            rest = connection.trailing_data[0]
            return Reply(status, bytes(kept), date), bytes(rest)
        elif event is PAUSED:
            raise ValueError("the engine answered something else than HTTP")


async def _body(stdout: asyncio.StreamReader, path: str) -> AsyncGenerator[bytes]:
    """The pieces of one reply's body as they come. Raises EOFError, ValueError, also where its status is not 200."""
    from h11 import Data, EndOfMessage, Response

    connection = _client(path)
    while True:
        event = await _next(connection, stdout)
        if isinstance(event, Response) and event.status_code != 200:
            raise ValueError(f"status {event.status_code}")
        if isinstance(event, Data):
            yield bytes(event.data)
        elif isinstance(event, EndOfMessage):
            return


async def _next(connection: h11.Connection, stdout: asyncio.StreamReader) -> object:
    """The next event of a reply. Raises EOFError at its end before its time, ValueError on what is not HTTP."""
    from h11 import NEED_DATA, RemoteProtocolError

    try:
        while (event := connection.next_event()) is NEED_DATA:
            if not (data := await stdout.read(_CHUNK)):
                raise EOFError("the engine closed the connection")
            connection.receive_data(data)
    except RemoteProtocolError as wrong:
        raise ValueError(f"the engine answered something else than HTTP: {wrong}") from None
    return event


def _seconds(date: bytes) -> float:
    with suppress(ValueError, OverflowError):
        return parsedate_to_datetime(date.decode("ascii", "replace")).timestamp()
    return 0.0
