"""A secret is named in a spec, and found here when it is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.credentials import NoSecret, Secret
from titan_flow.adapters.redaction import MASK, Redactor

VALUE = "correct horse battery"


def kept(tmp_path: Path, content: bytes = VALUE.encode() + b"\n", mode: int = 0o600) -> Secret:
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return Secret(file=str(path))


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", VALUE)
    redactor = Redactor()
    secret = Secret(env="A_SECRET")
    value = secret.value(redactor)
    assert value.reveal() == VALUE and VALUE not in f"{value} {value!r}"
    assert redactor(f"said {VALUE}!") == f"said {MASK}!"
    assert VALUE not in repr(secret) + str(secret) + secret.model_dump_json()


def test_from_a_file(tmp_path: Path) -> None:
    redactor = Redactor()
    secret = kept(tmp_path)
    value = secret.value(redactor)
    assert value.reveal() == VALUE and VALUE not in f"{value} {value!r}"
    assert VALUE not in redactor(VALUE) + repr(secret)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_is_open_to_others(tmp_path: Path, mode: int) -> None:
    with pytest.raises(NoSecret, match=r"open to others \(mode 0\d+\); chmod 600"):
        kept(tmp_path, mode=mode).value(Redactor())


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "is not text"), (b"x" * 70_000, "larger")],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(NoSecret, match=said):
        kept(tmp_path, content).value(Redactor())


def test_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_SECRET", raising=False)
    with pytest.raises(NoSecret, match=r"\$A_SECRET is not set here; export A_SECRET=… and try again"):
        Secret(env="A_SECRET").value(Redactor())
    with pytest.raises(NoSecret, match="cannot be read here: No such file"):
        Secret(file=str(tmp_path / "none")).value(Redactor())
    with pytest.raises(NoSecret, match="it is a folder"):
        Secret(file=str(tmp_path)).value(Redactor())
    with pytest.raises(NoSecret, match="it is a device"):
        Secret(file="/dev/null").value(Redactor())


@pytest.mark.parametrize("literal", ["hunter2", 42, 1.5])
def test_a_literal_is_refused(literal: object) -> None:
    with pytest.raises(ValidationError, match="a secret does not stand in a spec"):
        Secret.model_validate(literal)


@pytest.mark.parametrize("wrong", [{}, {"env": "A", "file": "b"}, {"env": ""}])
def test_one_place(wrong: object) -> None:
    with pytest.raises(ValidationError, match="say where the secret is"):
        Secret.model_validate(wrong)
