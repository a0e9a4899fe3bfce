"""Free ports of loopback, out of the range that the kernel gives to outgoing connections."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Sequence
from pathlib import Path

FIRST = 10_240
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free(names: Sequence[str]) -> dict[str, int]:
    """A port each. One from the kernel's range could be taken by any connection while its service is restarted."""
    with contextlib.ExitStack() as held:
        return {name: held.enter_context(_bound()).getsockname()[1] for name in names}


def _bound() -> socket.socket:
    end = int(RANGE.read_text(encoding="utf-8").split()[0]) if RANGE.exists() else 32_768
    for _ in range(100):
        port = random.SystemRandom().randrange(FIRST, end) if end > FIRST + 1000 else 0
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", port))
    return socket.create_server(("127.0.0.1", 0))
