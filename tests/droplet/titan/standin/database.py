"""A login to postgres with nothing but a socket (protocol 3, password in clear), and a ping to redis."""

from __future__ import annotations

import os
import socket
import struct

PASSWORD, READY, ERROR = b"R", b"Z", b"E"
CLEAR = 3


def answers() -> bool:
    """Whether the database takes our credentials, and redis answers."""
    try:
        return _postgres() and _redis()
    except OSError:
        return False


def _postgres() -> bool:
    host, user, password, name = (os.environ[f"DATABASE_{what}"] for what in ("HOST", "USER", "PASSWORD", "NAME"))
    with socket.create_connection((host, 5432), timeout=2) as server, server.makefile("rb") as stream:
        asked = f"user\0{user}\0database\0{name}\0\0".encode()
        server.sendall(struct.pack("!ii", len(asked) + 8, 3 << 16) + asked)
        while kind := stream.read(1):
            body = stream.read(struct.unpack("!i", stream.read(4))[0] - 4)
            if kind == PASSWORD and struct.unpack("!i", body[:4])[0] == CLEAR:
                given = f"{password}\0".encode()
                server.sendall(b"p" + struct.pack("!i", len(given) + 4) + given)
            elif kind in (READY, ERROR):
                server.sendall(b"X" + struct.pack("!i", 4))
                return kind == READY
    return False


def _redis() -> bool:
    with socket.create_connection((os.environ["REDIS_HOST"], 6379), timeout=2) as server:
        server.sendall(b"PING\r\n")
        return server.recv(64).startswith(b"+PONG")
