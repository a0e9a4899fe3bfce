"""Publishes one message to NATS with nothing but the standard library (Python 3.8 on), as a command on a host.

Its source is fed to `python3 -` there, followed by one call of `main`: whatever it needs to know, credentials
included, comes through standard input and is seen by no `ps`. Exit 0: the server has the message. 1: it refused.
2: it could not be reached, or the connection broke; the message may have arrived.
The protocol: https://docs.nats.io/reference/reference-protocols/nats-protocol
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import sys

TIMEOUT = 5.0
LONGEST_LINE = 1 << 20


class Refused(Exception):
    """The server answered, and not with what was asked for."""


class Lines:
    """The server's side of a connection, line by line."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.rest = b""

    def next(self) -> str:
        while b"\r\n" not in self.rest:
            more = self.connection.recv(65536)
            if not more or len(self.rest) > LONGEST_LINE:
                raise OSError("the server closed the connection")
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\r\n")
        return line.decode("utf-8", "replace")


def publish(
    host: str,
    port: int,
    subject: str,
    payload: bytes,
    user: str | None = None,
    password: str | None = None,
    tls: bool = False,
    ca: str | None = None,
    hostname: str | None = None,
) -> None:
    """Returns once the server has the message. `ca` is PEM text. Raises Refused, OSError."""
    connection = socket.create_connection((host, port), timeout=TIMEOUT)
    try:
        first = Lines(connection).next()
        if not first.startswith("INFO "):
            raise Refused("that is no NATS server")
        required = bool(json.loads(first[5:]).get("tls_required"))
        if tls and not required:
            raise Refused("TLS was asked for, and the server does not offer it; nothing was sent")
        if required:
            context = ssl.create_default_context(cadata=ca)
            connection = context.wrap_socket(connection, server_hostname=hostname or host)
        options = {"verbose": False, "pedantic": False, "name": "titan-flow", "lang": "python", "version": "1"}
        if user is not None and password is not None:
            options.update({"user": user, "pass": password})
        head = f"CONNECT {json.dumps(options)}\r\nPING\r\n"
        connection.sendall(head.encode())
        lines = Lines(connection)
        _until_pong(connection, lines)
        connection.sendall(f"PUB {subject} {len(payload)}\r\n".encode() + payload + b"\r\nPING\r\n")
        _until_pong(connection, lines)
    finally:
        connection.close()


def _until_pong(connection: socket.socket, lines: Lines) -> None:
    while True:
        line = lines.next()
        if line == "PONG":
            return
        if line == "PING":
            connection.sendall(b"PONG\r\n")
        elif line.startswith("-ERR"):
            raise Refused(line[4:].strip(" '"))


def main(asked: str) -> int:
    """`asked`: the arguments of `publish` as a JSON object, the payload in base64."""
    told = json.loads(asked)
    told["payload"] = base64.b64decode(told["payload"])
    where = "NATS {}:{}".format(told["host"], told["port"])
    try:
        publish(**told)
    except Refused as why:
        sys.stderr.write(f"{where}: {why}\n")
        return 1
    except (OSError, ValueError) as why:
        sys.stderr.write(f"{where}: {why}\n")
        return 2
    sys.stdout.write("published to {}\n".format(told["subject"]))
    return 0
