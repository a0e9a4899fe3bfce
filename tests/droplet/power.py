"""The power of a droplet: its PID 1 behind three namespaces, switched on, shut down in order, or cut."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.droplet.commands import PATH, CommandFailed
from tests.droplet.network import Network
from tests.droplet.unixhttp import UnixHTTP

INIT = Path(__file__).parent / "init.sh"


class Power:
    def __init__(self, network: Network, disk: Path, console: Path) -> None:
        self._network, self._disk, self._console = network, disk, console
        self._process: subprocess.Popen[bytes] | None = None
        self.pid = 0
        """The droplet's PID 1, as this machine sees it; 0 while it is off."""

    @property
    def on(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def boot(self, timeout: float = 30) -> None:
        """Switches on, and waits until sshd and the engine answer."""
        assert not self.on, "it runs already"
        self.off()
        isolated = ["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child"]
        with self._console.open("ab") as console:
            self._process = subprocess.Popen(
                [*self._network.enter(), *isolated, INIT, self._disk, self._network.name],
                stdin=subprocess.PIPE,  # held open by us alone: init.sh switches off when we die
                stdout=console,
                stderr=console,
                env={"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"},
                start_new_session=True,  # a Ctrl-C in the terminal is for the tests
                umask=0o022,
            )
        deadline = time.monotonic() + timeout
        while not self._answers():
            if not self.on or time.monotonic() > deadline:
                raise CommandFailed(f"{self._network.name} did not boot:\n{self.logs()}")
            time.sleep(0.02)

    def shutdown(self, timeout: float = 30) -> None:
        """In order: the engine stops its containers first."""
        assert self._process is not None
        os.kill(self.pid, signal.SIGTERM)
        self._process.wait(timeout)
        self.off()

    def off(self) -> None:
        """At once; returns when no process of it is left."""
        if self._process is None:
            return
        if self._process.poll() is None:
            os.kill(self.pid or self._process.pid, signal.SIGKILL)
        self._process.wait(30)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process, self.pid = None, 0

    def logs(self) -> str:
        """What its parts said, for a test that has to explain itself."""
        files = [self._console, *sorted((self._disk / "var/log").glob("*.log"))]
        said = {file.name: file.read_text(errors="replace")[-4000:] for file in files if file.exists()}
        return "\n".join(f"--- {name}\n{text}" for name, text in said.items())

    def _answers(self) -> bool:
        assert self._process is not None
        self.pid = self.pid or _child(self._process.pid)
        if not self.pid:
            return False
        try:
            engine = UnixHTTP(Path(f"/proc/{self.pid}/root/run/docker.sock"), timeout=1)
            engine.request("GET", "/_ping")
            if engine.getresponse().status != 200:
                return False
            with socket.create_connection((self._network.address, 22), timeout=1):
                return True
        except OSError:
            return False


def _child(parent: int) -> int:
    try:
        return int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])
    except (OSError, IndexError):
        return 0
