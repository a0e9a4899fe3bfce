"""What `ufw status verbose` prints, as rules. Pure. A line that is not understood is an error, never left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from titan_flow.adapters.port_ranges import ALL, Span

_RULE = re.compile(r"(?P<to>\S.*?) +(?P<action>ALLOW|LIMIT|DENY|REJECT)(?: (?P<way>IN|OUT|FWD))? +(?P<source>\S.*)")
_TAIL = re.compile(r"\s+(?:#.*|\((?:log|log-all|out)\))$")
_PARENTHESES = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)")
_PORTS = re.compile(r"(\d+(?::\d+)?(?:,\d+(?::\d+)?)*)(?:/([a-z]+))?")
_HEADS = ("Logging:", "New profiles:", "To ", "-- ")


@dataclass(frozen=True, slots=True)
class Rule:
    """`protocol` empty: any. `narrow`: to what it is restricted (`from 10.0.0.0/8`, `on eth1`, `to 10.1.2.3`)."""

    text: str
    allows: bool
    way: Literal["IN", "OUT", "FWD"]
    v6: bool
    spans: tuple[Span, ...] = (ALL,)
    protocol: str = ""
    narrow: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """`incoming`: what happens to what no rule names (`deny`, `reject`, `allow`)."""

    active: bool
    incoming: str = ""
    rules: tuple[Rule, ...] = ()


def read_status(out: str) -> Status:
    """Raises ValueError, naming the line, on what is not understood."""
    lines = [line.rstrip() for line in out.splitlines() if line.strip()]
    if "Status: inactive" in lines:
        return Status(active=False)
    if "Status: active" not in lines:
        raise ValueError(f"no status in it: {lines[0] if lines else 'nothing'}")
    incoming, rules = "", list[Rule]()
    for line in lines:
        if line.startswith("Default:"):
            found = re.search(r"(\w+) \(incoming\)", line)
            incoming = found[1] if found else ""
        elif line != "Status: active" and not line.startswith(_HEADS):
            rules.append(_rule(line))
    if not incoming:
        raise ValueError("it does not say what happens to incoming connections by default")
    return Status(True, incoming, tuple(rules))


def narrowed(text: str) -> str:
    """As `Rule.narrow` has it: an address alone means *from* there; other words (`on docker0`) stay as they are."""
    try:
        return f"from {_network(text)}"
    except ValueError:
        return " ".join(text.split())


def _rule(line: str) -> Rule:
    found = _RULE.fullmatch(line)
    if found is None:
        raise ValueError(f"not understood: {line.strip()}")
    said = _TAIL.sub("", _TAIL.sub("", found["source"]))
    way = found["way"]
    try:
        ours, theirs = _side(found["to"]), _side(said)
    except ValueError:
        raise ValueError(f"not understood: {line.strip()}") from None
    narrow = [f"from {theirs.address}"] if theirs.address else []
    narrow += [f"by port {theirs.ports}"] if theirs.ports else []
    narrow += [f"by {theirs.interface}"] if theirs.interface else []
    narrow += [f"on {ours.interface}"] if ours.interface else []
    narrow += [f"to {ours.address}"] if ours.address else []
    return Rule(
        text=" ".join(line.split()),
        allows=found["action"] in ("ALLOW", "LIMIT"),
        way=way if way == "OUT" or way == "FWD" else "IN",
        v6="(v6)" in found["to"] or "(v6)" in said or ":" in theirs.address or ":" in ours.address,
        spans=tuple(_span(part) for part in ours.ports.split(",")) if ours.ports else (ALL,),
        protocol=ours.protocol or theirs.protocol,
        narrow=" ".join(narrow),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """One of a rule's two sides; what is empty is *any*."""

    address: str = ""
    ports: str = ""
    protocol: str = ""
    interface: str = ""


def _side(text: str) -> _Side:
    """`22/tcp (OpenSSH (v6)) on eth0`, `10.1.2.3 5432/tcp`, `Anywhere/esp`, `10.0.0.0/8 1000/tcp`."""
    bare, on, interface = _PARENTHESES.sub("", text).partition(" on ")
    address, ports, protocol = "", "", ""
    if on and not re.fullmatch(r"\S+", interface.strip()):
        raise ValueError(text)
    for word in bare.split():
        if (found := _PORTS.fullmatch(word)) is not None:
            ports, protocol = found[1], found[2] or ""
            continue
        where, slash, after = word.rpartition("/")
        if slash and re.fullmatch(r"[a-z][a-z0-9-]*", after):
            word, protocol = where, after
        if word != "Anywhere":
            address = _network(word)
    return _Side(address, ports, protocol, interface.strip())


def _network(text: str) -> str:
    """One form for each; a single host without its `/32`. Raises ValueError."""
    network = ip_network(text, strict=False)
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _span(text: str) -> Span:
    low, _, high = text.partition(":")
    return int(low), int(high or low)
