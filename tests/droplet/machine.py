"""A droplet: a small Linux host of our own, with its own network, disk, processes, sshd and Docker engine.

droplet = Droplet()
droplet.up()                              # half a second
droplet.ssh("docker ps")                  # as `deploy`, with its key, over a wire that can be cut
droplet.exec(["docker", "ps"])            # as root, from inside
droplet.reboot()                          # in order; `kill` and `boot` are a power loss and its end
droplet.down()                            # nothing is left
"""

import os
import subprocess
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from tests.droplet import disk, leftovers
from tests.droplet.commands import run
from tests.droplet.network import Network, create_network
from tests.droplet.power import Power
from tests.droplet.proxy import Proxy
from tests.droplet.ssh import SshClient

_numbers = count(1)


class Droplet:
    network: Network
    link: Proxy
    """The wire between a controller and the droplet's sshd."""

    def __init__(self) -> None:
        self.name = f"tf{os.getpid()}-{next(_numbers)}"
        self.directory = leftovers.HOME / self.name
        self.disk = self.directory / "disk"
        self._power: Power | None = None

    @property
    def address(self) -> str:
        return self.network.address

    @property
    def ssh_config(self) -> Path:
        """For `ssh -F`: the host `droplet` goes through `link`, the host `ADDRESS` goes straight."""
        return self._client.config

    @property
    def pid(self) -> int:
        """Its PID 1, as this machine sees it; 0 while it is off."""
        return self._power.pid if self._power else 0

    @property
    def running(self) -> bool:
        return self._power is not None and self._power.on

    def up(self) -> None:
        """Builds the host and boots it; what does not come up is taken down again."""
        self.directory.mkdir(parents=True)
        self.directory.parent.chmod(0o755)
        self.directory.chmod(0o755)
        leftovers.claim(self.directory)
        try:
            self.network = create_network(self.name)
            disk.prepare(self.disk, name=self.name, address=self.address)
            self.link = Proxy((self.address, 22))
            self._client = SshClient(self.directory, self.address, self.link.address[1])
            self._power = Power(self.network, self.disk, self.directory / "console")
            self.boot()
        except BaseException:
            self.down()
            raise

    def boot(self) -> None:
        """Switches on, and waits until sshd and the engine answer."""
        assert self._power is not None
        self._power.boot()

    def shutdown(self) -> None:
        """In order: the engine stops its containers first."""
        assert self._power is not None
        self._power.shutdown()

    def reboot(self) -> None:
        self.shutdown()
        self.boot()

    def kill(self) -> None:
        """Power loss. Clients hear of it (the kernel closes the sockets) unless `link.blackhole()` came first."""
        if self._power is not None:
            self._power.off()

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
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--uts", "--wd=/", "--"]
        return run([*enter, *argv], stdin=stdin, check=check, timeout=timeout)

    def sh(self, script: str, *arguments: str, check: bool = True, timeout: float = 60) -> str:
        """Runs a shell script inside, as root, stopping at the first failure."""
        return self.exec(["sh", "-eu", "-s", "--", *arguments], stdin=script, check=check, timeout=timeout).stdout

    def docker(self, *arguments: str, check: bool = True) -> str:
        return self.exec(["docker", *arguments], check=check).stdout.strip()

    def ssh(self, command: str, *, check: bool = True, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command as `deploy` over ssh, through `link`."""
        return self._client.run(command, check=check, timeout=timeout)

    def logs(self) -> str:
        """What its parts said, for a test that has to explain itself."""
        return self._power.logs() if self._power else ""
