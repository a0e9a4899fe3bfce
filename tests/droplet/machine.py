"""A droplet: a small Linux host of our own, with its own network, disk, processes, sshd and Docker engine.

droplet = Droplet(); droplet.up()         # 1 to 2 s
droplet.ssh("docker ps")                  # as `deploy`, with its key, over a wire that can be cut
droplet.exec(["docker", "ps"])            # as root, from inside
droplet.reboot(); droplet.kill(); droplet.boot(); droplet.down()
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from tests.droplet import disk, leftovers, network
from tests.droplet.commands import CommandFailed, run
from tests.droplet.proxy import Proxy
from tests.droplet.ssh import SshClient
from tests.droplet.unixhttp import UnixHTTP

INIT = Path(__file__).parent / "init.sh"
_numbers = count(1)


class Droplet:
    def __init__(self) -> None:
        self.name = f"tf{os.getpid()}-{next(_numbers)}"
        self.directory = leftovers.HOME / self.name
        self.disk = self.directory / "disk"
        self.network: network.Network
        self.link: Proxy
        """The wire between a controller and the droplet's sshd."""
        self.client: SshClient
        self._power: subprocess.Popen[bytes] | None = None
        self._init = 0

    @property
    def address(self) -> str:
        return self.network.address

    @property
    def ssh_config(self) -> Path:
        """For `ssh -F`: the host `droplet` goes through `link`, the host `ADDRESS` goes straight."""
        return self.client.config

    @property
    def pid(self) -> int:
        """Its PID 1, as this machine sees it."""
        return self._init

    @property
    def running(self) -> bool:
        return self._power is not None and self._power.poll() is None

    def up(self) -> None:
        """Builds the host and boots it; what does not come up is taken down again."""
        self.directory.mkdir(parents=True)
        leftovers.claim(self.directory)
        try:
            self.network = network.create(self.name)
            disk.prepare(self.disk, name=self.name, address=self.address)
            self.link = Proxy((self.address, 22))
            self.client = SshClient(self.directory, self.address, self.link.address[1])
            self.boot()
        except BaseException:
            self.down()
            raise

    def boot(self, timeout: float = 30) -> None:
        """Power on, and wait until sshd and the engine answer."""
        assert not self.running, "it runs already"
        isolated = ["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child"]
        with (self.directory / "console").open("ab") as console:
            self._power = subprocess.Popen(
                [*self.network.enter(), *isolated, INIT, self.disk, self.name],
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=console,
                env={"PATH": os.defpath + ":/usr/sbin:/sbin", "HOME": "/root", "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        while not self._answers():
            if not self.running or time.monotonic() > deadline:
                raise CommandFailed(f"{self.name} did not boot:\n{self.logs()}")
            time.sleep(0.02)

    def shutdown(self, timeout: float = 30) -> None:
        """Orderly: the engine stops its containers first."""
        assert self._power is not None
        os.kill(self._init, signal.SIGTERM)
        self._power.wait(timeout)
        self.kill()

    def kill(self) -> None:
        """Power loss. Clients hear of it (the kernel closes the sockets) unless `link.blackhole()` came first."""
        if self._power is not None:
            if self._power.poll() is None:
                os.kill(self._init or self._power.pid, signal.SIGKILL)
            self._power.wait(30)
            assert self._power.stdin is not None
            self._power.stdin.close()
        self._power, self._init = None, 0

    def reboot(self) -> None:
        self.shutdown()
        self.boot()

    def down(self) -> None:
        """Nothing of it is left: no process, namespace, wire, mount, control group or file."""
        self.kill()
        if hasattr(self, "link"):
            self.link.close()
        leftovers.remove(self.name)

    def exec(
        self, argv: Sequence[str], *, stdin: str = "", check: bool = True, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside, as root; this takes some milliseconds."""
        assert self.running, f"{self.name} is not running"
        enter = ["nsenter", f"--target={self._init}", "--mount", "--net", "--pid", "--uts", "--wd=/", "--"]
        return run([*enter, *argv], stdin=stdin, check=check, timeout=timeout)

    def sh(self, script: str, *arguments: str, check: bool = True, timeout: float = 60) -> str:
        """Runs a shell script inside, as root, stopping at the first failure."""
        return self.exec(
            ["sh", "-eu", "-s", "--", *arguments], stdin=script, check=check, timeout=timeout
        ).stdout

    def docker(self, *arguments: str, check: bool = True) -> str:
        return self.exec(["docker", *arguments], check=check).stdout.strip()

    def ssh(
        self, command: str, *, check: bool = True, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command as `deploy` over ssh, through `link`."""
        return self.client.run(command, check=check, timeout=timeout)

    def logs(self) -> str:
        """What its parts said, for a test that has to explain itself."""
        files = [self.directory / "console", *sorted((self.disk / "var/log").glob("*.log"))]
        return "\n".join(
            f"--- {file.name}\n{file.read_text(errors='replace')[-4000:]}" for file in files if file.exists()
        )

    def _answers(self) -> bool:
        assert self._power is not None
        self._init = self._init or _child(self._power.pid)
        if not self._init:
            return False
        try:
            engine = UnixHTTP(Path(f"/proc/{self._init}/root/run/docker.sock"), timeout=1)
            engine.request("GET", "/_ping")
            if engine.getresponse().status != 200:
                return False
            with socket.create_connection((self.address, 22), timeout=1):
                return True
        except OSError:
            return False


def _child(parent: int) -> int:
    try:
        return int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])
    except (OSError, IndexError):
        return 0
