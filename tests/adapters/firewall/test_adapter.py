"""firewall.allows_only: a table of what real ufw printed, and what is to be said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.firewall.adapter import AllowsOnly
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer

_PRINTED = (Path(__file__).parent / "ufw_status.txt").read_text().split("### ")[1:]
PRINTED = {name: out for name, _, out in (part.partition("\n") for part in _PRINTED)}

UFW = """#!/bin/sh
[ "$*" = "status verbose" ] || exit 64
. "$0.says"
"""

TITAN: dict[str, object] = {"ports": [22, 80, 443]}
WIDE: dict[str, object] = {
    "ports": ["443/udp", "20:30/tcp", 80, "400:450/tcp"],
    "limited": {"8080": ["from 10.0.0.0/8 on eth0 to 10.1.2.3"]},
}
FORWARDED = "by eth0 on docker0 to 172.17.0.2"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A host whose `ufw` prints what a test says."""
    (tmp_path / "ufw").write_text(UFW)
    (tmp_path / "ufw").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path))


def says(site: Site, out: str, status: int = 0, err: str = "") -> None:
    (Path(site.directory) / "printed").write_text(out)
    told = f"cat '{site.directory}/printed'; echo '{err}' >&2; exit {status}\n"
    (Path(site.directory) / "ufw.says").write_text(told)


@pytest.mark.parametrize(
    ("printed", "asked", "answer", "told"),
    [
        ("titan", TITAN, Answer.YES, "open: 22, 80, 443; deny the rest"),
        ("titan", {"ports": ["22/tcp", "80/tcp", "443/tcp"]}, Answer.YES, "open: 22/tcp"),
        ("titan", {"ports": [22, 80]}, Answer.NO, "443/tcp is open"),
        ("titan", {"ports": [22, 80, 443, 8080]}, Answer.NO, "8080 is not open"),
        ("titan", {"ports": [22, 80, 443, "443/udp"]}, Answer.NO, "443 is not open"),
        ("no-v6", TITAN, Answer.YES, "open: 22"),
        ("profiles", TITAN, Answer.YES, "open: 22"),
        ("profiles", {"ports": [22]}, Answer.NO, "80/tcp is open; 443/tcp is open"),
        ("bare", {"ports": [22, 80]}, Answer.YES, "open: 22"),
        ("bare", {"ports": ["22/tcp", 80]}, Answer.NO, "22/udp is open"),
        ("ranges", {"ports": [22, 80, 443, "6000:6007/tcp", "53/udp"]}, Answer.YES, "6000:6007/tcp, 53/udp"),
        ("ranges", {"ports": [22, 80, 443, "53/udp"]}, Answer.NO, "6000:6007/tcp is open"),
        ("ranges", {"ports": [22, 80, 443, "6000:6005/tcp", "53/udp"]}, Answer.NO, "6006:6007/tcp is open"),
        ("ranges", {"ports": [22, 80, 443, "6000:6008/tcp", "53/udp"]}, Answer.NO, "6008 is not open"),
        ("inactive", TITAN, Answer.NO, "ufw is not active"),
        ("nothing", TITAN, Answer.NO, "22 is not open; 80 is not open; 443 is not open"),
        ("open-by-default", {"ports": [22]}, Answer.NO, "what no rule names is let in"),
        ("deny-all", {"ports": [22]}, Answer.YES, "open: 22"),
        ("deny-all", TITAN, Answer.NO, "80 is not open; 443 is not open"),
        ("shadow", {"ports": [80], "limited": {"9100": ["on docker0"]}}, Answer.YES, "open: 80"),
        ("shadow", {"ports": [22, 80]}, Answer.NO, "22 is not open"),
        ("shadow", {"ports": [80]}, Answer.NO, "9100/tcp is open on docker0"),
        ("holes", {"ports": ["20:24/tcp", "31:40/tcp", 50]}, Answer.YES, "20:24/tcp"),
        ("holes", {"ports": ["20:40/tcp", 50]}, Answer.NO, "25:30 is not open"),
        ("routed", {"ports": [22]}, Answer.NO, f"8080/tcp is open; 9000/tcp is open; 80/tcp is open {FORWARDED}"),
        ("routed", {"ports": [22, 80]}, Answer.NO, f"80/tcp is open only {FORWARDED}; 8080/tcp is open; 9000/tcp"),
        ("odd", {"ports": [22, 443]}, Answer.NO, "1000/udp is open"),
        ("wide", WIDE, Answer.YES, "open: 443/udp"),
        ("wide", {**WIDE, "limited": {}}, Answer.NO, "8080/tcp is open from 10.0.0.0/8 on eth0 to 10.1.2.3"),
    ],
)  # fmt: skip
async def test_what_ufw_printed(site: Site, printed: str, asked: dict[str, object], answer: Answer, told: str) -> None:
    says(site, PRINTED[printed])
    seen = await AllowsOnly.model_validate({**asked, "sudo": False}).look(site, None)
    assert (seen.answer, told in seen.says) == (answer, True), seen.says
    assert bool(seen.remedy) is (answer is Answer.NO) and seen.final is (answer is Answer.NO)


async def test_a_limited_port_is_reported_and_can_be_declared(site: Site) -> None:
    says(site, PRINTED["from"])
    asked: dict[str, object] = {"ports": [22], "sudo": False}
    seen = await AllowsOnly.model_validate(asked).look(site, None)
    assert seen.evidence["faults"] == [
        "every port is open from 10.0.0.5",
        "every port is open on eth1",
        "9100/tcp is open on eth0",
        "5432/tcp is open to 10.1.2.3",
    ]
    limited = {"1:65535": ["10.0.0.5", "on eth1"], "9100": ["on eth0"], "5432": ["to 10.1.2.3"]}
    declared = await AllowsOnly.model_validate({**asked, "limited": limited}).look(site, None)
    assert declared.yes, declared.says
    more = {**limited, "5432/tcp": ["10.9.9.9"]}
    seen = await AllowsOnly.model_validate({**asked, "limited": more}).look(site, None)
    assert seen.says == "5432/tcp is not open from 10.9.9.9"


async def test_a_port_that_is_wanted_by_all_but_open_to_some(site: Site) -> None:
    text = PRINTED["titan"].replace(
        "443/tcp                    ALLOW IN    Anywhere  ", "443/tcp                    ALLOW IN    10.0.0.0/8"
    )
    says(site, text)
    seen = await AllowsOnly.model_validate({**TITAN, "sudo": False}).look(site, None)
    assert seen.says.startswith("443/tcp is open only from 10.0.0.0/8")


@pytest.mark.parametrize(
    ("out", "status", "err", "told"),
    [
        ("", 1, "ERROR: You need to be root to run this script", "You need to be root"),
        ("Firewall is on\n", 0, "", "no status in it: Firewall is on"),
        ("", 0, "", "no status in it: nothing"),
        (PRINTED["titan"] + "everything  PERMIT  everyone\n", 0, "", "not understood: everything PERMIT everyone"),
        (PRINTED["titan"].replace("443/tcp  ", "https    "), 0, "", "not understood: https"),
        (PRINTED["titan"].replace("Default: deny (incoming), ", "Default: "), 0, "", "by default"),
        ("", 127, "", "has no ufw"),
    ],
)
async def test_what_cannot_be_read_is_unknown(site: Site, out: str, status: int, err: str, told: str) -> None:
    says(site, out, status, err)
    seen = await AllowsOnly.model_validate({**TITAN, "sudo": False}).look(site, None)
    assert seen.answer is Answer.UNKNOWN
    assert told in " ".join(seen.says.split()), seen.says


@pytest.mark.parametrize("port", [0, 65536, "22/icmp", "30:20", "ssh", "", True, "22,80", -1])
def test_what_is_no_port(port: object) -> None:
    with pytest.raises(ValidationError, match="is no port"):
        AllowsOnly.model_validate({"ports": [port]})
