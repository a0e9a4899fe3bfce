"""Publishing as a command on the host: what it is made of, what no `ps` sees, and what hinders it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.nats.publish import hindrance, in_container, in_service, on_host
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.redaction import Redactor

COMPOSE = Compose.model_validate({"file": "c.yml", "project": "titan"})
PASSWORD = "s3cret-of-the-operator"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> NatsSettings:
    monkeypatch.setenv("NATS_OF_A_TEST", PASSWORD)
    return NatsSettings.model_validate({"url": "nats://n:1", "user": "u", "password": {"env": "NATS_OF_A_TEST"}})


def told(command: Command) -> dict[str, object]:
    """What the publisher is called with."""
    call = command.stdin.splitlines()[-1]
    text = call.removeprefix("sys.exit(main(").removesuffix("))")
    return json.loads(eval(text, {}))


def test_everything_but_the_program_comes_through_standard_input(settings: NatsSettings) -> None:
    redactor = Redactor()
    built = on_host(settings, redactor, "cmd.arm", 'it\'s "Å"\n'.encode())
    assert built.argv == ("python3", "-I", "-")
    asked = told(built)
    assert asked["password"] == PASSWORD and redactor(PASSWORD) != PASSWORD, "and whatever quotes it is masked"
    assert base64.b64decode(str(asked["payload"])).decode() == 'it\'s "Å"\n'
    assert (asked["host"], asked["port"], asked["subject"], asked["tls"]) == ("n", 1, "cmd.arm", False)


def test_the_authority_is_read_here_and_sent_along(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("PEM")
    tls = {"url": "tls://n", "tls": {"ca": str(tmp_path / "ca.pem"), "hostname": "n.example.com"}}
    asked = told(on_host(NatsSettings.model_validate(tls), Redactor(), "a", b""))
    assert (asked["ca"], asked["tls"], asked["hostname"]) == ("PEM", True, "n.example.com")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    tls = NatsSettings.model_validate({"url": "tls://n", "tls": {"ca": str(tmp_path / "ca.pem")}})
    with pytest.raises(Unreachable, match=r"nats\.tls\.ca: cannot read"):
        hindrance(tls, Redactor())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"creds": "f"}, "a .creds file works only from here"),
        ({"tls": {"cert": "c", "key": "k"}}, "a client certificate works only from here"),
    ],
)
def test_what_works_only_from_here_is_said_before_anything_is_sent(more: dict[str, object], said: str) -> None:
    found = hindrance(NatsSettings.model_validate({"url": "nats://n", **more}), Redactor())
    assert found is not None and found.startswith(said)


def test_what_is_complete_is_no_hindrance(settings: NatsSettings) -> None:
    assert hindrance(settings, Redactor()) is None


def test_words_of_a_command_in_a_container_are_filled_in_and_stay_words() -> None:
    words = ("nats", "pub", "{subject}", "{payload}", "--header=x:{subject}")
    built = in_container(COMPOSE, "c0", words, "cmd.arm", b'{"reason": "$(id) {subject}"}')
    payload = '{"reason": "$(id) {subject}"}'
    assert built.argv == ("docker", "exec", "-i", "c0", "nats", "pub", "cmd.arm", payload, "--header=x:cmd.arm")
    assert built.stdin == payload


def test_in_a_service_it_is_whichever_container_runs() -> None:
    built = in_service(COMPOSE, "nats", ("pub", "{subject}"), "cmd.disarm", b"{}")
    assert built.argv == (
        "docker", "compose", "-f", "c.yml", "-p", "titan", "exec", "-T", "nats", "pub", "cmd.disarm",
    )  # fmt: skip
