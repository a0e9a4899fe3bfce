"""A bare droplet: what a controller finds there, that it restarts like a machine, that nothing of it stays behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.droplet import leftovers, network
from tests.droplet.commands import run
from tests.droplet.machine import Droplet

TOP = Path(__file__).parents[2]


def traces(name: str) -> list[str]:
    """Everything on this machine that belongs to the droplet of that name."""
    found = [str(path) for path in (leftovers.HOME / name, network.NAMESPACES / name) if path.exists()]
    found += [str(path) for path in leftovers.control_groups(name)]
    found += [line for line in run(["ip", "-o", "link"]).stdout.splitlines() if name in line]
    found += [line for line in Path("/proc/self/mounts").read_text().splitlines() if name in line]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text()
            mounts = (process / "mountinfo").read_text() if process.name != str(os.getpid()) else ""
        except OSError:
            continue
        found += [f"process {process.name}: {command}"] if name in command or name in mounts else []
    return found


def test_ssh_as_deploy_with_docker_and_sudo(droplet: Droplet) -> None:
    said = droplet.ssh("id -un; docker ps -q | wc -l; sudo -n id -u; docker compose version --short; hostname").stdout
    user, containers, root, compose, host = said.split()
    assert (user, containers, root, host) == ("deploy", "0", "0", droplet.name)
    assert int(compose.lstrip("v").split(".")[0]) >= 2


@pytest.mark.soak
def test_ssh_by_address_and_strict_about_host_keys(droplet: Droplet) -> None:
    direct = ["ssh", "-F", str(droplet.ssh_config), f"deploy@{droplet.address}", "true"]
    assert run(direct, check=False).returncode == 0
    stranger = droplet.directory / "strangers"
    stranger.write_text("")
    refused = run([*direct[:3], "-o", f"UserKnownHostsFile={stranger}", *direct[3:]], check=False)
    assert refused.returncode == 255 and "Host key verification failed" in refused.stderr
    nobody = run([*direct[:3], "-o", "PubkeyAuthentication=no", *direct[3:]], check=False)
    assert nobody.returncode == 255 and "Permission denied" in nobody.stderr


@pytest.mark.soak
def test_its_disk_and_processes_are_its_own(droplet: Droplet) -> None:
    droplet.sh("touch /opt/here /etc/here /root/here /tmp/here /run/here")
    assert not [
        path for path in ("/opt/here", "/etc/here", "/root/here", "/tmp/here", "/run/here") if Path(path).exists()
    ]
    assert str(os.getpid()) not in os.listdir(f"/proc/{droplet.pid}/root/proc")
    droplet.reboot()
    assert droplet.sh("ls /opt/here /etc/here /root/here /tmp/here /run/here 2>/dev/null || true").split() == [
        "/etc/here",
        "/opt/here",
        "/root/here",
    ]


@pytest.mark.soak
def test_two_stand_side_by_side(droplet: Droplet) -> None:
    other = Droplet()
    other.up()
    try:
        assert other.address != droplet.address
        assert {one.ssh("hostname").stdout.strip() for one in (droplet, other)} == {droplet.name, other.name}
    finally:
        other.down()


@pytest.mark.soak
def test_power_loss_and_boot(droplet: Droplet) -> None:
    droplet.kill()
    assert droplet.ssh("true", check=False).returncode == 255
    droplet.boot()
    assert droplet.ssh("docker info --format '{{.ServerVersion}}'").stdout.strip()


def test_nothing_is_left_behind(can_carry_droplets: None) -> None:
    gone = Droplet()
    gone.up()
    gone.exec(["setsid", "sh", "-c", "sleep 1000 >/dev/null 2>&1 &"])
    assert traces(gone.name)
    gone.down()
    assert traces(gone.name) == []


def test_what_a_killed_session_left_is_swept_and_the_living_stay(droplet: Droplet) -> None:
    script = "from tests.droplet.machine import Droplet; d = Droplet(); d.up(); print(d.name, flush=True); input()"
    owner = subprocess.Popen(
        [sys.executable, "-c", script], cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None and owner.stdin is not None
    name = owner.stdout.readline().strip()
    assert name and traces(name)
    assert name not in leftovers.sweep()
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 5  # its power goes off with its owner, before anybody sweeps
    while network.Network(name).processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert network.Network(name).processes() == []
    assert name in leftovers.sweep()
    assert traces(name) == []
    assert droplet.ssh("true").returncode == 0
