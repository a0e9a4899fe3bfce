"""ssh's command lines and its last words."""

from __future__ import annotations

import pytest

from titan_flow.adapters.errors import Refused
from titan_flow.adapters.transport.ssh import SshHost
from titan_flow.adapters.transport.ssh_options import CONFIG, explained, forwarding, master, session, split_port


@pytest.mark.parametrize(
    "name", ["deploy@titan.peycheff.com", "titan", "10.0.0.1", "a-b.c_d@x-1", "deploy@[::1]", "root@fe80::1%eth0"]
)
def test_names(name: str) -> None:
    assert SshHost(name).name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-oProxyCommand=id",
        "a@-oProxyCommand=id",
        "-l@x",
        "a b",
        "a;id",
        "$(id)",
        "a\n",
        "a@b@c",
        "@x",
        "x@",
        "`id`@x",
    ],
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(Refused, match="is not a host to log in to; write it like"):
        SshHost(name)


@pytest.mark.parametrize(
    ("name", "whom", "port"),
    [
        ("deploy@titan.example.com:2222", "deploy@titan.example.com", ("-p", "2222")),
        ("titan:22", "titan", ("-p", "22")),
        ("deploy@[fe80::1]:2222", "deploy@fe80::1", ("-p", "2222")),
        ("deploy@titan", "deploy@titan", ()),
        ("root@fe80::1%eth0", "root@fe80::1%eth0", ()),
        ("deploy@[::1]", "deploy@[::1]", ()),
    ],
)
def test_a_port_that_stands_in_the_name(name: str, whom: str, port: tuple[str, ...]) -> None:
    assert split_port(name) == (whom, port)
    assert SshHost(name).name == name, "people are shown what they wrote"


def test_nothing_weakens_what_we_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG, "/etc/tf/ssh_config")
    argv = master("deploy@titan", ("-o", "StrictHostKeyChecking=no", "-p", "2222"), "/tmp/s")
    assert argv[0].endswith("ssh")
    assert argv[-3:] == ["--", "deploy@titan", "sh -s"]
    assert argv.index("StrictHostKeyChecking=yes") < argv.index("StrictHostKeyChecking=no"), "the first one counts"
    assert {"BatchMode=yes", "PasswordAuthentication=no", "ServerAliveInterval=5", "ServerAliveCountMax=2"} <= {*argv}
    assert argv[argv.index("-F") + 1] == "/etc/tf/ssh_config"


def test_a_session_never_connects_by_itself() -> None:
    assert {"ProxyCommand=false", "ControlMaster=no", "ControlPath=/tmp/s"} <= {*session("h", (), "/tmp/s")}


def test_forwarding() -> None:
    assert "127.0.0.1:5000:nats:4222" in forwarding("h", (), "/tmp/s", 5000, "nats", 4222)
    assert "127.0.0.1:5000:[::1]:4222" in forwarding("h", (), "/tmp/s", 5000, "::1", 4222)


@pytest.mark.parametrize(("host", "port"), [("a b", 1), ("", 1), ("x;y", 1), ("nats", 0), ("nats", 70000)])
def test_what_cannot_be_forwarded(host: str, port: int) -> None:
    with pytest.raises(Refused):
        forwarding("h", (), "/tmp/s", 5000, host, port)


CHANGED = """\
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Offending ED25519 key in /home/olga/.ssh/known_hosts:12
Host key verification failed."""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            CHANGED,
            "host key is not the one in /home/olga/.ssh/known_hosts, line 12: someone may intercept the connection",
        ),
        (CHANGED, "`sed -i 12d /home/olga/.ssh/known_hosts`"),
        ("No ED25519 host key is known for h and you\nHost key verification failed.", "type `ssh h` once, and compare"),
        ("Permission denied (publickey).", "takes none of our keys"),
        ("ssh: connect to host h port 22: Connection refused\n", "port 22: Connection refused: try `ssh h`"),
        ("mux_client_request_session: Session open refused by peer\nConnection closed", "set `MaxSessions 10` there"),
        ("", "h: no answer: try `ssh h`"),
    ],
)
def test_last_words(words: str, said: str) -> None:
    assert said in explained("h", words.splitlines())
