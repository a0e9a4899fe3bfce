"""What this machine lacks to be able to carry a droplet."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.droplet.commands import PATH

COMMANDS = [
    "dockerd",
    "docker",
    "containerd",
    "runc",
    "iptables",
    "docker-registry",
    "sshd",
    "ssh",
    "ssh-keygen",
    "git",
    "sudo",
    "ufw",
    "busybox",
    "ip",
    "unshare",
    "nsenter",
    "setpriv",
    "haproxy",
    "redis-server",
    "curl",
    "/usr/bin/python3",
]
REQUIRED = "TITAN_FLOW_DROPLET"
"""Set to `required` (as CI does), a machine that cannot carry a droplet fails the tests instead of skipping them."""


@cache
def lacking() -> str:
    """Why no droplet can stand here, as one sentence; empty where one can."""
    if not sys.platform.startswith("linux"):
        return "a droplet needs Linux"
    if os.geteuid() != 0:
        return "a droplet needs root (network, mount and process namespaces of its own)"
    missing = [command for command in COMMANDS if shutil.which(command, path=PATH) is None]
    missing += [] if any(Path("/usr/lib/postgresql").glob("*/bin/postgres")) else ["postgresql"]
    if missing:
        return f"not installed: {', '.join(missing)} (`make droplet` installs them on Debian and Ubuntu)"
    if not _compose_version().removeprefix("v")[:1].isdigit():
        return "no Docker Compose v2 plugin (`make droplet` installs it on Debian and Ubuntu)"
    allowed = subprocess.run(["unshare", "-n", "-m", "-p", "-f", "true"], capture_output=True, text=True)
    if allowed.returncode != 0:
        return f"namespaces are refused here: {allowed.stderr.strip()}"
    return ""


def required() -> bool:
    return os.environ.get(REQUIRED) == "required"


def _compose_version() -> str:
    asked = subprocess.run(
        ["docker", "compose", "version", "--short"],
        capture_output=True,
        text=True,
        env={"PATH": PATH, "HOME": "/nonexistent"},
    )
    return asked.stdout.strip() if asked.returncode == 0 else ""
