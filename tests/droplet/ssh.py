"""How a controller reaches a droplet: a private ssh configuration, strict about host keys, keys only."""

import subprocess
from pathlib import Path

from tests.droplet.commands import run

CONFIG = """\
# `droplet` goes through a proxy on loopback that can be cut; `{address}` goes straight.
Host droplet
    HostName 127.0.0.1
    Port {port}
    HostKeyAlias droplet
Host droplet {address}
    User deploy
    IdentityFile {directory}/key
    IdentitiesOnly yes
    UserKnownHostsFile {directory}/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    PasswordAuthentication no
    BatchMode yes
    ConnectTimeout 10
"""


class SshClient:
    """Plain calls for the tests themselves, a new connection each: a kept one would hide a cut wire."""

    def __init__(self, directory: Path, address: str, port: int) -> None:
        self.config = directory / "ssh_config"
        self.config.write_text(CONFIG.format(directory=directory, address=address, port=port))

    def run(self, command: str, *, check: bool = True, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return run(["ssh", "-F", self.config, "droplet", command], check=check, timeout=timeout)
