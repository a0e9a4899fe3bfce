"""Hears every message on the scene's NATS server: what operators' commands really were sent, whoever says what."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress

from tests.droplet.network import Network
from tests.droplet.titan.standin.bus import hello
from tests.droplet.titan.standin.trader import ARM, DISARM

NAMES = {ARM: "arm", DISARM: "disarm"}


class Witness:
    def __init__(self, network: Network) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []
        """`arm` or `disarm`, and what the message said; `{}` where it is no JSON."""
        self.listening, self._network, self._over = threading.Event(), network, False
        threading.Thread(target=self._forever, daemon=True).start()

    def count(self, command: str) -> int:
        return sum(name == command for name, _ in self.heard)

    def close(self) -> None:
        self._over = True

    def _forever(self) -> None:
        while not self._over:
            with suppress(OSError):
                self._session()
            self.listening.clear()
            time.sleep(0.1)

    def _session(self) -> None:
        with self._network.connect("127.0.0.1", 4222) as server, server.makefile("rb") as lines:
            server.settimeout(None)
            lines.readline()
            server.sendall(hello("witness", "witness", [ARM, DISARM]))
            while words := lines.readline().decode().split():
                if words[0] == "PING":
                    server.sendall(b"PONG\r\n")
                elif words[0] == "PONG":
                    self.listening.set()
                elif words[0] == "MSG":
                    self.heard.append((NAMES[words[1]], _read(lines.read(int(words[-1]) + 2)[:-2])))


def _read(payload: bytes) -> dict[str, str]:
    try:
        said = json.loads(payload)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}  # pyright: ignore[reportUnknownVariableType]
