"""The HTTP side of a stand-in: /health as a load balancer asks it, /state for the sandbox's own status."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = tuple[int, dict[str, object]]


def serve(port: int, paths: dict[str, Callable[[], Answer]]) -> None:
    """Answers on loopback from a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = paths.get(self.path)
            status, body = answer() if answer is not None else (404, {"error": "not here"})
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: the log is for what the service has to say."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True

    Thread(target=Server(("127.0.0.1", port), Handler).serve_forever, daemon=True).start()
