"""HTTP over a unix socket: how a Docker engine and our registry are spoken to."""

import socket
from http.client import HTTPConnection
from pathlib import Path


class UnixHTTP(HTTPConnection):
    def __init__(self, path: Path, timeout: float = 30) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))
