"""What `ufw` prints, as rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.adapters.firewall.ufw import Rule, Status, narrowed, read_status
from titan_flow.adapters.port_ranges import ALL, Span

_PRINTED = (Path(__file__).parent / "ufw_status.txt").read_text().split("### ")[1:]


PRINTED = {name: out for name, _, out in (part.partition("\n") for part in _PRINTED)}


def test_every_line_that_ufw_printed_is_understood() -> None:
    for out in PRINTED.values():
        status = read_status(out)
        lines = [
            line
            for line in out.splitlines()
            if "ALLOW" in line or "DENY" in line or "LIMIT" in line or "REJECT" in line
        ]
        assert len(status.rules) == len([line for line in lines if not line.startswith("Default")])
    rule = read_status(PRINTED["wide"]).rules[2]
    assert (rule.v6, rule.allows, rule.spans) == (False, True, ((80, 80),)), "a comment says nothing"


HEAD = "Status: active\nDefault: deny (incoming), allow (outgoing)\n"


def one(line: str) -> Rule:
    (rule,) = read_status(HEAD + line + "\n").rules
    return rule


@pytest.mark.parametrize(
    ("line", "spans", "protocol", "narrow"),
    [
        ("22/tcp                     ALLOW IN    Anywhere", ((22, 22),), "tcp", ""),
        ("22                         LIMIT IN    Anywhere", ((22, 22),), "", ""),
        ("80,443/tcp (Nginx Full)    ALLOW IN    Anywhere", ((80, 80), (443, 443)), "tcp", ""),
        ("6000:6007/udp              ALLOW IN    10.0.0.0/8", ((6000, 6007),), "udp", "from 10.0.0.0/8"),
        ("Anywhere                   ALLOW IN    10.1.2.3", (ALL,), "", "from 10.1.2.3"),
        ("Anywhere                   ALLOW IN    10.1.2.3/32", (ALL,), "", "from 10.1.2.3"),
        ("Anywhere on eth1           ALLOW IN    Anywhere", (ALL,), "", "on eth1"),
        ("10.1.2.3 5432/tcp          ALLOW IN    Anywhere", ((5432, 5432),), "tcp", "to 10.1.2.3"),
        ("22/tcp                     ALLOW IN    Anywhere    # an ALLOW IN comment", ((22, 22),), "tcp", ""),
        ("22/tcp                     ALLOW IN    Anywhere    (log)", ((22, 22),), "tcp", ""),
        ("22/tcp                     ALLOW IN    10.0.0.1 53/tcp", ((22, 22),), "tcp", "from 10.0.0.1 by port 53"),
        ("Anywhere/esp               ALLOW IN    Anywhere/esp", (ALL,), "esp", ""),
    ],
)
def test_a_line_is_read_in_its_parts(line: str, spans: tuple[Span, ...], protocol: str, narrow: str) -> None:
    rule = one(line)
    assert (rule.spans, rule.protocol, rule.narrow) == (spans, protocol, narrow)


@pytest.mark.parametrize(
    ("action", "allows", "way"),
    [("ALLOW IN", True, "IN"), ("LIMIT", True, "IN"), ("DENY IN", False, "IN"), ("REJECT IN", False, "IN"),
     ("ALLOW OUT", True, "OUT"), ("ALLOW FWD", True, "FWD")],
)  # fmt: skip
def test_what_a_rule_does_and_to_which_way(action: str, allows: bool, way: str) -> None:
    rule = one(f"22/tcp      {action}     Anywhere")
    assert (rule.allows, rule.way) == (allows, way)


@pytest.mark.parametrize(
    ("line", "v6"),
    [
        ("22/tcp (v6)   ALLOW IN    Anywhere (v6)", True),
        ("22/tcp        ALLOW IN    2001:db8::/32", True),
        ("22/tcp        ALLOW IN    Anywhere", False),
    ],
)
def test_which_of_the_two_protocols_a_rule_is_for(line: str, v6: bool) -> None:
    assert one(line).v6 is v6


@pytest.mark.parametrize(
    "line",
    [
        "ssh           ALLOW IN    Anywhere",
        "22/tcp        ALLOW IN    everyone",
        "22/tcp        PERMIT IN   Anywhere",
        "22/tcp on eth0 eth1   ALLOW IN    Anywhere",
        "22/tcp        ALLOW IN    10.0.0.999",
        "22/tcp        ALLOW IN",
        "  ALLOW IN    Anywhere",
    ],
)
def test_a_line_that_is_not_understood_is_named_and_never_left_out(line: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        read_status(HEAD + line)


@pytest.mark.parametrize(
    ("text", "same"),
    [("10.0.0.5", "from 10.0.0.5"), ("10.0.0.5/32", "from 10.0.0.5"), ("10.9.9.9/8", "from 10.0.0.0/8"),
     ("on   docker0", "on docker0"), ("2001:DB8::1", "from 2001:db8::1")],
)  # fmt: skip
def test_a_person_may_write_an_address_in_any_form(text: str, same: str) -> None:
    assert narrowed(text) == same


def test_an_inactive_firewall_has_no_rules() -> None:
    assert read_status("Status: inactive\n") == Status(active=False)
