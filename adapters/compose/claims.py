"""What a compose file takes for itself on a host (names, ports) and expects there (networks, volumes). Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.effects import Command
from titan_flow.adapters.numerals import is_count

# Names and ports alone leave the host; the rendered file holds secrets. Compose prints JSON one key a line.
_CLAIMS = r"""
out=$("$@" config --format json) || exit
printf '%s\n' "$out" | awk '
  /^  "/ { inside = /^  "(services|networks|volumes)": [{]/; services = /"services"/ }
  !inside { next }
  /^  "/ || /^    "/ { print; next }
  /^      "/ { ports = services && /^      "ports": [[]/ }
  !services && /^      "(name|external)": / { print }
  services && /^      "(container_name|network_mode|ports)": / { print }
  ports && /^        [{]/ { print }
  ports && /^          "(host_ip|published|protocol)": / { print }
'
"""
_OPEN = {"tcp": "0A", "udp": "07"}
"""the states of /proc/net in which a port is taken: listening, and bound without a peer"""


@dataclass(frozen=True, order=True)
class Port:
    """`address`: of the host's, empty for all of them."""

    address: str
    number: int
    protocol: str

    def meets(self, other: Port) -> bool:
        """Both cannot be bound at once."""
        both = (self.number, self.protocol) == (other.number, other.protocol)
        return both and (self.address == other.address or not self.address or not other.address)

    def __str__(self) -> str:
        where = f"[{self.address}]:" if ":" in self.address else f"{self.address}:" if self.address else ""
        return f"{where}{self.number}/{self.protocol}"


@dataclass
class Claims:
    """What the services of a compose file take for themselves, and what they expect to be there."""

    names: dict[str, str] = field(default_factory=dict[str, str])
    """service -> `container_name`"""
    ports: dict[str, list[Port]] = field(default_factory=dict[str, list[Port]])
    external: list[str] = field(default_factory=list[str])
    """`network/NAME`, `volume/NAME`"""


def claims(settings: Compose) -> Command:
    return settings.does("sh", "-c", _CLAIMS, "sh", *settings.argv())


def address(text: str) -> str:
    """Empty for every address of the host."""
    return "" if text in ("", "0.0.0.0", "::") else text  # noqa: S104 (compared, not bound)


def read_claims(out: str) -> Claims:
    """From `claims`. Raises ValueError on anything else."""
    found, section, name, known = Claims(), "", "", ""
    bindings, on_host = dict[str, list[dict[str, str]]](), set[str]()
    for line in out.splitlines():
        depth = len(line) - len(line.lstrip(" "))
        if depth == 8:
            bindings.setdefault(name, []).append({})
            continue
        key, end = json.JSONDecoder().raw_decode(line, depth)
        value = line[end + 1 :].strip().rstrip(",")
        if depth == 2:
            section = str(key)
        elif depth == 4:
            name = known = str(key)
        elif depth == 6 and key == "name":
            known = str(json.loads(value))
        elif depth == 6 and key == "external" and value == "true":
            found.external.append(f"{section.removesuffix('s')}/{known}")
        elif depth == 6 and key == "container_name":
            found.names[name] = str(json.loads(value))
        elif depth == 6 and key == "network_mode" and value == '"host"':
            on_host.add(name)
        elif depth == 10:
            bindings[name][-1][str(key)] = str(json.loads(value))
    found.ports = {
        service: [port for one in mine if (port := _port(one)) is not None]
        for service, mine in bindings.items()
        if service not in on_host
    }
    return found


def _port(binding: Mapping[str, str]) -> Port | None:
    """None where the engine chooses the port, alone or out of a range."""
    published = binding.get("published", "")
    if not is_count(published) or published == "0":
        return None
    return Port(address(binding.get("host_ip", "")), int(published), binding.get("protocol", "tcp"))


def read_listening(out: str) -> list[Port]:
    """From the tables of /proc/net, each line with its table's name before it."""
    found = list[Port]()
    for line in out.splitlines():
        table, _, row = line.partition(" ")
        cells = row.split()
        protocol = table.removesuffix("6")
        if len(cells) < 4 or cells[3] != _OPEN.get(protocol) or not re.fullmatch(r"[0-9A-F]+:[0-9A-F]{4}", cells[1]):
            continue
        where, _, port = cells[1].partition(":")
        found.append(Port(_ip(where), int(port, 16), protocol))
    return found


def _ip(text: str) -> str:
    """`0100007F` -> `127.0.0.1`; empty for every address."""
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    raw = b"".join(words)
    made = IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw)
    mapped = made.ipv4_mapped if isinstance(made, IPv6Address) else None
    return address(str(mapped or made))
