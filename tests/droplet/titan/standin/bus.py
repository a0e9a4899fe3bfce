"""NATS with nothing but sockets: subscribes, hands messages on, and reconnects forever."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

Told = Callable[[str, bytes], "bytes | None"]
"""Subject and payload; what it returns is the reply."""


def hello(user: str, password: str, subjects: Sequence[str]) -> bytes:
    """What a client says first; the server's PONG is its answer to all of it."""
    who = json.dumps({"user": user, "pass": password, "verbose": False})
    asked = [f"SUB {subject} {number}" for number, subject in enumerate(subjects)]
    return "\r\n".join([f"CONNECT {who}", *asked, "PING", ""]).encode()


class Bus:
    def __init__(self, subjects: Sequence[str], told: Told) -> None:
        self.connected = False
        self._subjects, self._told = subjects, told
        threading.Thread(target=self._forever, daemon=True).start()

    def _forever(self) -> None:
        while True:
            with suppress(OSError):  # a lost server is no news: it is asked again
                self._session()
            self.connected = False
            time.sleep(0.1)

    def _session(self) -> None:
        host, user, password = (os.environ[f"NATS_{name}"] for name in ("HOST", "USER", "PASSWORD"))
        with socket.create_connection((host, 4222), timeout=300) as server, server.makefile("rb") as lines:
            lines.readline()  # INFO
            server.sendall(hello(user, password, self._subjects))
            while words := lines.readline().decode().split():
                match words[0]:
                    case "PING":
                        server.sendall(b"PONG\r\n")
                    case "PONG":
                        self.connected = True
                    case "-ERR":
                        raise OSError(" ".join(words))
                    case "MSG":
                        reply = self._told(words[1], lines.read(int(words[-1]) + 2)[:-2])
                        if reply is not None and len(words) == 5:
                            server.sendall(f"PUB {words[3]} {len(reply)}\r\n".encode() + reply + b"\r\n")
                    case _:
                        pass
