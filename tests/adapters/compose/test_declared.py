"""What a compose file declares beside services: read on the host from what compose 2.40 rendered.

The hashes are those that compose 2.40 itself put on the networks and volumes that it made of that file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from titan_flow.adapters.compose import declared as module
from titan_flow.adapters.compose.declared import Declared, Resource, read_declared

OUTPUT = (Path(__file__).parent / "outputs" / "2.40" / "declared.json").read_text()
FOLDER = Path(module.__file__).parent
ENVIRONMENT = "A=1\nTOK=hush$1\nB=\nPEM=first\nse cond==\nZ=1\n"


def answered(tmp_path: Path, awk: str, shell: str, rendered: str = OUTPUT) -> str:
    (tmp_path / "awk").symlink_to(shutil.which(awk) or pytest.skip(f"no {awk}"))
    script = (
        FOLDER / "remote_declared.sh"
    ).read_text() + "declared\nprintf '%s' \"$1\" | environment_hashes 'TOK PEM B'"
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [shell, "-c", script, "sh", ENVIRONMENT], input=rendered, env=env, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("awk", ["mawk", "gawk", "busybox"])
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_hashes_are_those_of_compose_itself(tmp_path: Path, awk: str, shell: str) -> None:
    out = answered(tmp_path, awk, shell)
    assert "limit is" not in out and "hush" not in out and "first" not in out
    found = read_declared(out.splitlines())
    assert "7a35edd8eb7d3d5ec12769235d5925ab0566737d13dbc45e122cf45a3c6cf95e" in found.networks["back"].hashes
    assert "ff7dd0ea198ce09b16e20b3f48e3d2e082977d31ae5ebcc54dfce81ecc88da63" in found.networks["plain"].hashes
    assert "7ff632c420cc97e699302a13aaa76a9e4779ed19b085424e6273951c314535ab" in found.volumes["data"].hashes
    assert found.networks["back"].facts["internal"] == ("true",)
    assert found.networks["plain"].facts["subnet"] == ('"10.77.0.0/24"',)
    motd = 'limit is 10\n<x> "q" \\ $a é \u2028\ttab\n'
    assert found.contents == {
        ("configs", "motd"): sha256(motd.encode()).hexdigest(),
        ("secrets", "tok"): sha256(b"hush$1").hexdigest(),
    }


def test_nothing_declared() -> None:
    assert read_declared([]) == Declared()


@pytest.mark.parametrize(
    ("resource", "publishes"),
    [
        (Resource("a"), True),
        (Resource("a", facts={"driver": ('"bridge"',)}), True),
        (Resource("a", facts={"internal": ("true",)}), False),
        (Resource("a", facts={"driver": ('"macvlan"',)}), False),
        (Resource("a", facts={"driver_opts": ("{",)}), False),
        (Resource("a", external=True), False),
    ],
)
def test_which_networks_publish_ports(resource: Resource, publishes: bool) -> None:
    assert resource.publishes is publishes


@pytest.mark.parametrize("name", ["declared", "observed", "contents"])
def test_the_scripts_are_checked_and_understood_by_every_shell(name: str) -> None:
    script = (FOLDER / f"remote_{name}.sh").read_text()
    shellcheck = str(Path(sys.executable).with_name("shellcheck"))
    done = subprocess.run([shellcheck, "-s", "sh", "-"], input=script, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)
    subprocess.run(["dash", "-n"], input=script, text=True, check=True)
