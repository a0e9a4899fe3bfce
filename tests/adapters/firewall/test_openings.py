"""From rules to what they leave open: the first that fits decides, and nothing open is left out."""

from __future__ import annotations

import pytest

from titan_flow.adapters.firewall.openings import faults, openings
from titan_flow.adapters.firewall.ufw import Rule, Status, read_status
from titan_flow.adapters.port_ranges import Ports, ports

HEAD = "Status: active\nDefault: deny (incoming), allow (outgoing)\n"


def status(*lines: str) -> Status:
    return read_status(HEAD + "\n".join(lines) + "\n")


def wanted(*written: object) -> list[Ports]:
    return [ports(one) for one in written]


@pytest.mark.parametrize(
    ("lines", "tcp", "udp"),
    [
        (["22 ALLOW IN Anywhere"], [(22, 22)], [(22, 22)]),
        (["22/tcp ALLOW IN Anywhere"], [(22, 22)], []),
        (["22/tcp DENY IN Anywhere", "22/tcp ALLOW IN Anywhere"], [], []),
        (["22/tcp ALLOW IN Anywhere", "22/tcp DENY IN Anywhere"], [(22, 22)], []),
        (["30/tcp DENY IN Anywhere", "20:40/tcp ALLOW IN Anywhere"], [(20, 29), (31, 40)], []),
        # a rule for some denies nothing to the others
        (["22/tcp DENY IN 10.0.0.1", "22/tcp ALLOW IN Anywhere"], [(22, 22)], []),
        # nor does one for IPv6, nor one for what is passed on
        (["22/tcp (v6) DENY IN Anywhere (v6)", "22/tcp ALLOW IN Anywhere"], [(22, 22)], []),
        (["22/tcp DENY FWD Anywhere", "22/tcp ALLOW IN Anywhere"], [(22, 22)], []),
        (["22/udp DENY IN Anywhere", "22 ALLOW IN Anywhere"], [(22, 22)], []),
        (["22/tcp ALLOW OUT Anywhere"], [], []),
        (["Anywhere on lo ALLOW IN Anywhere"], [], []),
        ([], [], []),
    ],
)
def test_the_first_rule_that_fits_decides(
    lines: list[str], tcp: list[tuple[int, int]], udp: list[tuple[int, int]]
) -> None:
    found = openings(status(*lines))
    assert (found.v4["tcp"], found.v4["udp"]) == (tcp, udp)


def test_what_is_open_to_some_is_kept_apart() -> None:
    found = openings(status("5432/tcp ALLOW IN 10.0.0.0/8", "80/tcp on eth1 ALLOW IN Anywhere"))
    assert found.anyone == {"tcp": [], "udp": []}
    assert {who: open["tcp"] for who, open in found.some.items()} == {
        "from 10.0.0.0/8": [(5432, 5432)],
        "on eth1": [(80, 80)],
    }


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["Anywhere/esp ALLOW IN Anywhere/esp"], ["lets in: Anywhere/esp ALLOW IN Anywhere/esp"]),
        (["Anywhere/esp DENY IN Anywhere/esp"], []),
        (["Anywhere ALLOW IN Anywhere"], ["every TCP port is open", "every UDP port is open"]),
        (["22/tcp (v6) ALLOW IN Anywhere (v6)"], ["22/tcp is open"]),
        (["53/udp ALLOW FWD Anywhere"], ["53/udp is open"]),
    ],
)
def test_nothing_that_is_open_is_left_out(lines: list[str], said: list[str]) -> None:
    assert faults(status(*lines), [], {}) == said


@pytest.mark.parametrize(
    ("lines", "asked", "said"),
    [
        (["443/tcp ALLOW IN Anywhere"], [443], []),
        (["443 ALLOW IN Anywhere"], [443], []),
        (["443/udp ALLOW IN Anywhere"], [443], ["443 is not open"]),
        (["443 ALLOW IN Anywhere"], ["443/tcp"], ["443/udp is open"]),
        (["443/tcp (v6) ALLOW IN Anywhere (v6)"], [443], ["443 is not open"]),
        (["443/tcp ALLOW IN 10.0.0.0/8"], [443], ["443/tcp is open only from 10.0.0.0/8"]),
        (["20:24/tcp ALLOW IN Anywhere"], ["20:30/tcp"], ["25:30 is not open"]),
        (["20:30/tcp ALLOW IN Anywhere"], ["20:24/tcp"], ["25:30/tcp is open"]),
    ],
)
def test_exactly_what_is_asked_for_is_open(lines: list[str], asked: list[object], said: list[str]) -> None:
    assert faults(status(*lines), wanted(*asked), {}) == said


def test_what_is_declared_for_some_has_to_be_open_to_them_and_to_nobody_else() -> None:
    limited = {ports("5432/tcp"): ["10.0.0.0/8"]}
    assert faults(status("5432/tcp ALLOW IN 10.0.0.0/8"), [], limited) == []
    assert faults(status(), [], limited) == ["5432/tcp is not open from 10.0.0.0/8"]
    assert faults(status("5432/tcp ALLOW IN 10.0.0.0/8", "5432/tcp ALLOW IN 10.9.9.9"), [], limited) == [
        "5432/tcp is open from 10.9.9.9"
    ]


@pytest.mark.parametrize("incoming", ["allow", "", "accept"])
def test_what_no_rule_names_has_to_be_kept_out(incoming: str) -> None:
    rule = Rule("", True, "IN", False, ((22, 22),), "tcp")
    assert faults(Status(True, incoming, (rule,)), wanted(22), {}) == ["what no rule names is let in"]
