"""What lies on a droplet's disk before its first boot: a copy of this machine's /etc with users, keys and settings."""

import json
import os
import shutil
from pathlib import Path

from tests.droplet.commands import run

USERS = {"deploy": 2201, "git": 2202}
"""`deploy` is who deployments log in as; `git` owns the origin that the droplet fetches from."""

OUTSIDE = {"registry.test": "127.0.0.2", "origin.test": "127.0.0.3"}
"""Loopback addresses inside the droplet's network where the outside world (registry, origin) is let in."""

SSHD = """\
Port 22
ListenAddress {address}
ListenAddress 127.0.0.1
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AuthorizedKeysFile .ssh/authorized_keys
UseDNS no
PermitUserEnvironment yes
MaxStartups 200
Subsystem sftp internal-sftp
"""


def prepare(disk: Path, *, name: str, address: str) -> None:
    """Fills an empty directory; the client's key pair is left beside it, as `key` and `key.pub`."""
    for directory in ("root", "home", "opt", "srv/git", "var/lib/docker", "var/log"):
        (disk / directory).mkdir(parents=True, exist_ok=True)
    for folder in (disk, *disk.rglob("*")):
        folder.chmod(0o755)
    (disk / "root").chmod(0o700)
    run(["cp", "-a", "/etc", disk])
    etc = disk / "etc"
    (etc / "hostname").write_text(f"{name}\n")
    (etc / "hosts").write_text(
        f"127.0.0.1 localhost\n{address} {name}\n" + "".join(f"{ip} {host}\n" for host, ip in OUTSIDE.items())
    )
    _users(etc)
    _keys(disk, address)
    (etc / "ssh/sshd_config").write_text(SSHD.format(address=address))
    (etc / "sudoers.d").mkdir(exist_ok=True)
    sudoers = etc / "sudoers.d/deploy"
    sudoers.write_text("deploy ALL=(ALL) NOPASSWD: ALL\n")
    sudoers.chmod(0o440)
    (etc / "docker").mkdir(exist_ok=True)
    for public in ("hostname", "hosts", "passwd", "group"):
        (etc / public).chmod(0o644)
    (etc / "docker/daemon.json").write_text(
        json.dumps({"cgroup-parent": f"/{name}", "exec-opts": ["native.cgroupdriver=cgroupfs"]})
    )


def _users(etc: Path) -> None:
    """Written by hand: no tool of the machine, and nothing on the machine itself, is touched."""
    names, ids = set(USERS), {str(number) for number in USERS.values()}

    def without_ours(file: str) -> list[str]:
        lines = [line.split(":") for line in (etc / file).read_text().splitlines() if ":" in line]
        return [":".join(words) for words in lines if words[0] not in names and words[2] not in ids]

    def write(file: str, lines: list[str]) -> None:
        (etc / file).write_text("\n".join(lines) + "\n")

    write("passwd", without_ours("passwd") + [f"{u}:x:{n}:{n}::/home/{u}:/bin/sh" for u, n in USERS.items()])
    write("shadow", without_ours("shadow") + [f"{u}:*:19000:0:99999:7:::" for u in USERS])
    groups = [line for line in without_ours("group") if not line.startswith("docker:")]
    write("group", [*groups, "docker:x:2200:deploy", *(f"{u}:x:{n}:" for u, n in USERS.items())])


def _keys(disk: Path, address: str) -> None:
    ssh = disk / "etc/ssh"
    for old in ssh.glob("ssh_host_*"):
        old.unlink()
    shutil.rmtree(ssh / "sshd_config.d", ignore_errors=True)
    host_key, deploy, client = ssh / "ssh_host_ed25519_key", disk / "home/deploy/.ssh", disk.parent / "key"
    deploy.mkdir(parents=True)
    for key in (host_key, client, deploy / "id_ed25519"):
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key.name, "-f", key])
    known = host_key.with_suffix(".pub").read_text()
    (disk.parent / "known_hosts").write_text(f"{address},droplet {known}")
    (deploy / "known_hosts").write_text(f"origin.test {known}")
    git = disk / "home/git/.ssh"
    git.mkdir(parents=True)
    (deploy / "authorized_keys").write_text(client.with_suffix(".pub").read_text())
    (git / "authorized_keys").write_text((deploy / "id_ed25519.pub").read_text())
    for user, number in USERS.items():
        home = disk / "home" / user
        for path in (home, *home.rglob("*")):
            os.chown(path, number, number)
            path.chmod(0o700 if path.is_dir() else 0o600)
    os.chown(disk / "srv/git", USERS["git"], USERS["git"])
