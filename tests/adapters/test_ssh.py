"""ssh.keys_only, asked of a real sshd that offers this or that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.transport.sshd import SSHD, Sshd, Wire
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.ssh import KeysOnly
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost
from titan_flow.adapters.transport.ssh_options import refused_by
from titan_flow.states.values import Answer


@pytest.fixture
def offering(tmp_path: Path) -> Iterator[Callable[[str], Site]]:
    """Starts an sshd with one more line of configuration in front; the site behind it."""
    if SSHD is None:
        pytest.skip("there is no sshd here: apt-get install openssh-server")
    started = list[Sshd]()

    def start(line: str) -> Site:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        server = Sshd(folder)
        started.append(server)
        config = folder / "sshd_config"
        config.write_text(f"{line}\n{config.read_text()}")
        server.start()
        return Site(SshHost(server.name, server.options()), str(tmp_path))

    yield start
    for server in started:
        server.stop()


async def test_keys_only(sshd: Sshd) -> None:
    site = Site(SshHost(sshd.name, sshd.options()), "/")
    seen = await KeysOnly().look(site, None)
    assert (seen.yes, seen.says) == (True, f"{sshd.name} offers publickey only"), seen
    assert seen.evidence["offered"] == {"who logs in": ["publickey"]}


async def test_a_password_is_offered(offering: Callable[[str], Site]) -> None:
    seen = await KeysOnly().look(offering("PasswordAuthentication yes"), None)
    assert (seen.answer, seen.final) == (Answer.NO, True)
    assert seen.says.endswith("also offers password for who logs in")


async def test_a_match_user_that_says_otherwise(offering: Callable[[str], Site]) -> None:
    site = offering("Match User backup\nPasswordAuthentication yes\nMatch all")
    assert (await KeysOnly().look(site, None)).yes
    seen = await KeysOnly(users=["backup"]).look(site, None)
    assert seen.answer is Answer.NO and seen.says.endswith("password for backup")


async def test_silence_and_an_unknown_host_key_are_unknown_and_say_why(sshd: Sshd, tmp_path: Path) -> None:
    wire = Wire(sshd.port)
    await wire.open()
    try:
        strange = Site(SshHost(sshd.name, sshd.options(wire.port)), str(tmp_path))
        with pytest.raises(Unreachable, match="host key is not known here"):
            await KeysOnly().look(strange, None)
    finally:
        await wire.close()
    with pytest.raises(Unreachable, match="Connection refused"):
        await KeysOnly().look(Site(SshHost(sshd.name, sshd.options(wire.port)), str(tmp_path)), None)


async def test_this_machine_is_not_asked(tmp_path: Path) -> None:
    seen = await KeysOnly().look(Site(LocalHost(), str(tmp_path)), None)
    assert seen.answer is Answer.UNKNOWN and "not reached over SSH" in seen.says


@pytest.mark.parametrize(
    ("line", "methods"),
    [
        ("olga@h: Permission denied (publickey).", ("publickey",)),
        ("olga@h: Permission denied (publickey,password,hostbased).", ("publickey", "password", "hostbased")),
        ("Permission denied (gssapi-with-mic,publickey)\r", ("gssapi-with-mic", "publickey")),
        ("olga@h: Permission denied ().", ()),
        ("Connection refused", None),
    ],
)  # fmt: skip
def test_ssh_s_words(line: str, methods: tuple[str, ...] | None) -> None:
    assert refused_by(["Banner", line]) == methods
