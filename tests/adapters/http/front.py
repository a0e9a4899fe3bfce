"""A web server that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from tests.http_server import QuietHandler
from titan_flow.adapters.http.adapter import Ok


@dataclass
class Front:
    """What it answers with; what it was asked."""

    port: int = 0
    status: int = 200
    body: bytes = b"all well"
    location: str | None = None
    asked: list[str] = field(default_factory=list[str])
    hosts: list[str | None] = field(default_factory=list[str | None])
    hold: threading.Event | None = None


def handler(front: Front) -> type[QuietHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            front.asked.append(self.path)
            front.hosts.append(self.headers["host"])
            if front.hold is not None:
                front.hold.wait(10)
            self.send_response(front.status)
            if front.location is not None:
                self.send_header("location", front.location)
            self.end_headers()
            self.wfile.write(front.body)

    return Handler


def ok(front: Front, **more: object) -> Ok:
    return Ok.model_validate({"url": f"http://127.0.0.1:{front.port}/health", **more})


@dataclass
class Secured:
    front: Front
    ca: str
