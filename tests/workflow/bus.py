"""A subscriber on a real nats-server, over a plain socket: what the bus received, in order."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from typing import Any

from tests.adapters.nats_server import PASSWORD, USER


class Bus:
    """Hears every message of every subject; connects again where the server was restarted."""

    def __init__(self, port: int) -> None:
        self._port, self._closed = port, False
        self._heard = list[bytes]()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._ready.wait(10), "no subscription"

    def since(self, count: int, wanted: int = 1, patience: float = 10.0) -> list[dict[str, Any]]:
        """The messages after the first `count`, waited for until there are as many as `wanted`."""
        end = time.monotonic() + patience
        while len(self._heard) < count + wanted and time.monotonic() < end:
            time.sleep(0.01)
        return [json.loads(payload) for payload in self._heard[count:]]

    @property
    def count(self) -> int:
        return len(self._heard)

    def close(self) -> None:
        self._closed = True
        self._thread.join(5)

    def _listen(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1) as server:
                self._hear(server)
            time.sleep(0.02)

    def _hear(self, server: socket.socket) -> None:
        options = {"verbose": False, "user": USER, "pass": PASSWORD}
        server.sendall(f"CONNECT {json.dumps(options)}\r\nSUB > 1\r\nPING\r\n".encode())
        server.settimeout(0.1)
        rest = b""
        while not self._closed:
            with contextlib.suppress(TimeoutError):
                if not (more := server.recv(65536)):
                    return
                rest = self._taken(server, rest + more)

    def _taken(self, server: socket.socket, data: bytes) -> bytes:
        while b"\r\n" in data:
            line, _, rest = data.partition(b"\r\n")
            if line.startswith(b"MSG "):
                size = int(line.split()[-1])
                if len(rest) < size + 2:
                    return data
                self._heard.append(rest[:size])
                rest = rest[size + 2 :]
            elif line == b"PING":
                server.sendall(b"PONG\r\n")
            elif line == b"PONG":
                self._ready.set()
            data = rest
        return data
