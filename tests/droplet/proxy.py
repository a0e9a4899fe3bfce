"""A wire that can be cut: a TCP proxy in a thread of its own, to be put between any client and any server.

link = Proxy(("10.200.0.2", 22))          # listens on a free port of loopback
link.blackhole()                          # nothing comes through, nobody is told: a lost network
link.cut()                                # every live connection is reset
link.refuse()                             # new connections are refused (live ones stay)
link.delay = 0.015                        # new connections are far away: 30 ms there and back
link.heal()                               # as on the first day
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

CHUNK = 16 * 1024
_T = TypeVar("_T")


class Proxy:
    def __init__(self, upstream: tuple[str, int], listener: socket.socket | None = None) -> None:
        self.upstream = upstream
        self._listener = listener or socket.create_server(("127.0.0.1", _free_port()), backlog=128)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._sockets: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.accepted = 0
        """How many connections were ever taken."""
        self.bytes_per_second: float | None = None
        """A slow line, per connection and direction; None: as fast as it goes."""
        self.delay = 0.0
        """Seconds that everything takes each way, in connections made from now on; a connect goes both ways."""
        self._flowing = asyncio.Event()
        self._call(self._open)

    @property
    def live(self) -> int:
        """Connections open right now."""
        return len(self._tasks)

    def blackhole(self) -> None:
        """Nothing is forwarded and nothing is closed; what was sent meanwhile comes through after `heal`."""
        self._call(self._stop_flow)

    def cut(self) -> int:
        """Resets every live connection, both ends; says how many there were."""
        return self._call(self._cut)

    def refuse(self) -> None:
        """New connections are refused."""
        self._call(self._close)

    def heal(self) -> None:
        """Flows, accepts, at full speed, without delay."""
        self.bytes_per_second, self.delay = None, 0.0
        self._call(self._open)

    def close(self) -> None:
        self._call(self._close)
        self.cut()
        self._listener.close()

    async def _open(self) -> None:
        self._flowing.set()
        if self._server is None:
            with suppress(OSError):
                self._listener.listen(128)
            own = self._listener.dup()  # the server closes what it is given
            self._server = await asyncio.start_server(self._serve, sock=own)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            # The port stays ours, but a bound socket that does not listen refuses: that is the point.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)

    async def _stop_flow(self) -> None:
        self._flowing.clear()

    async def _cut(self) -> int:
        count = len(self._tasks)
        for writer in self._sockets:
            raw = writer.get_extra_info("socket")
            with suppress(OSError):  # linger 0: a reset, not a polite end
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return count

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.accepted += 1
        # asyncio leaves it off for a socket that was made without naming its protocol: each answer of several packets
        # would wait 40 ms for an acknowledgement, which no real wire makes it do
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tasks.add(task)
        opened = [writer]
        self._sockets.add(writer)
        try:
            await self._flowing.wait()
            await asyncio.sleep(2 * self.delay)
            far_reader, far_writer = await asyncio.open_connection(*self.upstream)
            opened.append(far_writer)
            self._sockets.add(far_writer)
            async with asyncio.TaskGroup() as both:
                pump = self._pump_late if self.delay else self._pump
                both.create_task(pump(reader, far_writer))
                both.create_task(pump(far_reader, writer))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # either end went away, or we cut it
        finally:
            self._tasks.discard(task)
            for side in opened:
                self._sockets.discard(side)
                side.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
            if self.bytes_per_second:
                await asyncio.sleep(len(data) / self.bytes_per_second)
        if writer.can_write_eof():
            writer.write_eof()

    async def _pump_late(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each piece, and the end, after the delay; what comes meanwhile is under way too."""
        loop, delay = asyncio.get_running_loop(), self.delay
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                due, data = await on_the_way.get()
                await asyncio.sleep(due - loop.time())
                await self._flowing.wait()
                if not data:
                    break
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()

        async with asyncio.TaskGroup() as both:
            both.create_task(arrive())
            data = b"?"
            while data:
                data = await reader.read(CHUNK)
                on_the_way.put_nowait((loop.time() + delay, data))

    def _call(self, function: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        return asyncio.run_coroutine_threadsafe(function(), _loop()).result(30)


def _free_port() -> int:
    """Asked for first and bound by number then: a port that the kernel chose is lost when listening stops."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop, in one thread, for all wires of the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="wires", daemon=True).start()
    return loop
