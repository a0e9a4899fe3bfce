"""A network namespace joined to this machine by a veth pair, with addresses that nobody here uses."""

import ctypes
import fcntl
import ipaddress
import os
import re
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.droplet.commands import run

POOL = ipaddress.IPv4Network("10.200.0.0/16")
NAMESPACES = Path("/run/netns")
LOCK = Path("/run/titan-flow-droplets.lock")
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class Network:
    """The droplet's side of the world: `address` is its own, `gateway` is ours on the same wire."""

    name: str
    subnet: ipaddress.IPv4Network = POOL

    @property
    def path(self) -> Path:
        return NAMESPACES / self.name

    @property
    def gateway(self) -> str:
        return str(self.subnet[1])

    @property
    def address(self) -> str:
        return str(self.subnet[2])

    def enter(self) -> list[str]:
        """Put before a command line, this runs it in the namespace, on our own file system."""
        return ["nsenter", f"--net={self.path}", "--"]

    def listen(self, address: str, port: int) -> socket.socket:
        """A listening socket inside the namespace, served from out here; no file system or process is shared."""
        return self._inside(lambda: socket.create_server((address, port), backlog=128))

    def connect(self, address: str, port: int, timeout: float = 5) -> socket.socket:
        """A connection made from inside the namespace: to what listens on its loopback too."""
        return self._inside(lambda: socket.create_connection((address, port), timeout))

    def _inside(self, make: Callable[[], socket.socket]) -> socket.socket:
        opened: list[socket.socket] = []
        errors: list[BaseException] = []

        def inside() -> None:  # only this thread moves; it ends right after
            try:
                with self.path.open("rb") as namespace:
                    libc = ctypes.CDLL(None, use_errno=True)
                    if libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), f"cannot enter {self.path}")
                opened.append(make())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return opened[0]

    def processes(self) -> list[int]:
        """Every process in the namespace: what a dead owner left running."""
        inode = self.path.stat().st_ino
        found: list[int] = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "ns/net").stat().st_ino == inode:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def remove(self) -> None:
        """The wire goes with the namespace, both ends of it."""
        run(["ip", "link", "delete", _wire(self.name, "h")], check=False)
        run(["ip", "netns", "delete", self.name], check=False)


def create_network(name: str) -> Network:
    """Makes the namespace, the wire and the addresses; the lock keeps two sessions off one subnet."""
    with _held(LOCK):
        network = Network(name, _free_subnet())
        host, inner = _wire(name, "h"), _wire(name, "d")
        inside = ["ip", "-netns", name]
        run(["ip", "netns", "add", name])
        try:
            run(["ip", "link", "add", host, "type", "veth", "peer", "name", inner, "netns", name])
            run(["ip", "address", "add", f"{network.gateway}/{network.subnet.prefixlen}", "dev", host])
            run(["ip", "link", "set", host, "up"])
            run([*inside, "link", "set", inner, "name", "eth0"])
            run([*inside, "address", "add", f"{network.address}/{network.subnet.prefixlen}", "dev", "eth0"])
            run([*inside, "link", "set", "eth0", "up"])
            run([*inside, "link", "set", "lo", "up"])
        except BaseException:
            network.remove()
            raise
    return network


def _wire(name: str, end: str) -> str:
    """The kernel takes 15 characters."""
    return f"{name}{end}"[-15:]


def _free_subnet() -> ipaddress.IPv4Network:
    used = run(["ip", "-4", "address"]).stdout + run(["ip", "-4", "route", "show", "table", "all"]).stdout
    taken = [ipaddress.IPv4Network(found, strict=False) for found in re.findall(r"\d+\.\d+\.\d+\.\d+/\d+", used)]
    narrow = [network for network in taken if network.prefixlen >= POOL.prefixlen]
    for subnet in POOL.subnets(new_prefix=24):
        if not any(subnet.overlaps(other) for other in narrow):
            return subnet
    raise OSError(f"no free /24 in {POOL}")


@contextmanager
def _held(lock: Path) -> Generator[None, None, None]:
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
