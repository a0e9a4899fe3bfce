"""The registry as the droplet sees it: an HTTP front that counts, slows down, fails and is cut on request."""

import socket
import struct
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from tests.droplet.registry import Registry
from tests.droplet.unixhttp import UnixHTTP

CHUNK = 16 * 1024
_NOT_FORWARDED = {"Transfer-Encoding", "Connection"}


class Front:
    """Serves `registry` on a listening socket, which may lie in another network namespace."""

    def __init__(self, registry: Registry, listener: socket.socket) -> None:
        self.registry = registry
        self.requests: list[tuple[str, str, int]] = []
        """Every request: method, path, status."""
        self.bytes_per_second: float | None = None
        """How fast a blob comes down; None: as fast as it goes."""
        self.fail_next = 0
        """That many pulls of an image fail: everything but the hello (`/v2/`) is answered with 503, and each manifest
        that is asked for (GET: the engine looks with HEAD first) counts one down."""
        self.blob_bytes = 0
        """Bytes of blobs sent so far: lets a test wait for the middle of a pull."""
        self._live: set[socket.socket] = set()
        self._lock = Lock()
        self._server = _Server(listener, self)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def heal(self) -> None:
        """Full speed, no failures, nothing counted."""
        with self._lock:
            self.bytes_per_second, self.fail_next, self.blob_bytes = None, 0, 0
            self.requests.clear()

    def pulled(self, digest: str = "") -> Counter[str]:
        """How often each blob or manifest came down whole (GET, 200); only `digest` where one is named."""
        names = (path.rsplit("/", 1)[1] for method, path, status in self.requests if (method, status) == ("GET", 200))
        return Counter(name for name in names if name and (not digest or name == digest))

    def cut(self) -> int:
        """Resets every live connection; says how many there were."""
        with self._lock:
            live = list(self._live)
        for connection in live:
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
        return len(live)

    def close(self) -> None:
        self._server.shutdown()
        self.cut()
        self._server.server_close()

    def serve(self, connection: socket.socket, live: bool) -> None:
        with self._lock:
            self._live.add(connection) if live else self._live.discard(connection)

    def fails(self, method: str, path: str) -> bool:
        with self._lock:
            failing = self.fail_next > 0 and path != "/v2/"
            self.fail_next -= failing and method == "GET" and "/manifests/" in path
            return failing

    def note(self, method: str, path: str, status: int) -> None:
        with self._lock:
            self.requests.append((method, path, status))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, front: Front) -> None:
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.front = listener, front

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that went away is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        self.server.front.serve(self.connection, live=True)

    def handle(self) -> None:
        # The engine tries TLS first; a ClientHello need not hold a line end, and would be waited on for long.
        if self.connection.recv(1, socket.MSG_PEEK) != b"\x16":
            super().handle()

    def finish(self) -> None:
        self.server.front.serve(self.connection, live=False)
        super().finish()

    def do_GET(self) -> None:
        front = self.server.front
        if front.fails(self.command, self.path):
            body = b'{"errors":[{"code":"UNAVAILABLE","message":"service unavailable"}]}'
            self._answer(503, {"Content-Type": "application/json", "Content-Length": str(len(body))})
            self.wfile.write(body if self.command == "GET" else b"")
            return
        upstream = UnixHTTP(front.registry.socket)
        # The engine repeats Accept: all of them count, or the registry falls back to manifests of the first schema.
        headers = {name: ", ".join(self.headers.get_all(name, [])) for name in set(self.headers) - _NOT_FORWARDED}
        upstream.request(self.command, self.path, headers=headers)
        answer = upstream.getresponse()
        kept = {name: value for name, value in answer.headers.items() if name not in _NOT_FORWARDED}
        self._answer(answer.status, kept, noted=False)
        while chunk := answer.read(CHUNK):
            self.wfile.write(chunk)
            if "/blobs/" in self.path:
                front.blob_bytes += len(chunk)
                if front.bytes_per_second:
                    time.sleep(len(chunk) / front.bytes_per_second)
        front.note(self.command, self.path, answer.status)  # only what came down whole

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: `requests` is the log."""

    def _answer(self, status: int, headers: dict[str, str], noted: bool = True) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if noted:
            self.server.front.note(self.command, self.path, status)
