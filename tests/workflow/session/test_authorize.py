"""Who is listed drives, and proves it; who is not is refused before anything is touched; a disarm asks nobody."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.specfiles import loads
from tests.workflow.rehearsal import Rehearsal
from tests.workflow.session import keys
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.states import events as e
from titan_flow.states.identity import Operator
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.session import ssh_signature
from titan_flow.workflow.session.authorize import admitted
from titan_flow.workflow.specfile.model import Person, Spec

OLGA = Operator(user="olga", host="laptop")
SPEC = (Path(__file__).parents[3] / "specs" / "compose.yaml").read_text()


def spec(*operators: str) -> Spec:
    return loads(SPEC + "operators:\n" + "".join(f"  - {one}\n" for one in operators), "shop.yaml")


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def test_without_the_block_everyone_may_and_is_unverified() -> None:
    assert admitted(loads(SPEC, "shop.yaml"), OLGA, None).proved({}) == OLGA


@pytest.mark.parametrize("listed", ["olga", "olga@laptop", "{user: olga}"])
def test_a_listed_name_is_taken_and_proves_nothing(listed: str) -> None:
    found = admitted(spec("somebody", listed), OLGA, None).proved({"run": "7Q3F"})
    assert found == OLGA and not found.verified


@pytest.mark.parametrize("listed", ["olga@server", "Olga", "root", "{user: olga, key: 'SHA256:" + "A" * 43 + "'}"])
def test_an_unlisted_operator_sees_who_is_listed(listed: str) -> None:
    with pytest.raises(
        UserError, match=r"olga@laptop is not an operator of compose-project: shop\.yaml lists"
    ) as caught:
        admitted(spec(listed), OLGA, None)
    assert type(caught.value) is UserError


@pytest.mark.parametrize("how", ["key", "fingerprint", "named"])
def test_a_listed_key_proves_itself(how: str, tmp_path: Path) -> None:
    key = keys.make(tmp_path, "own")
    listed = {"key": keys.public(key), "fingerprint": keys.fingerprint(key), "named": ""}[how]
    entry = f'"{listed}"' if listed else f'{{user: ada@desk, key: "{keys.public(key)}"}}'
    found = admitted(spec("somebody", entry), OLGA, str(key)).proved({"run": "7Q3F", "plan": "ab12"})
    assert found.verified and found.key == keys.fingerprint(key)
    assert str(found) == ("ada@desk" if how == "named" else "olga@laptop")
    assert found.proof is not None and json.loads(found.proof.signed) == {"plan": "ab12", "run": "7Q3F"}
    assert ssh_signature.verified(keys.public(key), found.proof.signed, found.proof.signature)
    assert not ssh_signature.verified(
        keys.public(key), found.proof.signed.replace("7Q3F", "8Q3F"), found.proof.signature
    )


def test_an_agents_key_proves_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, own = keys.make(tmp_path, "other"), keys.make(tmp_path, "own")
    with keys.agent(other, own) as env:
        monkeypatch.setenv("SSH_AUTH_SOCK", env["SSH_AUTH_SOCK"])
        listed = keys.fingerprint(own)
        own.unlink()  # the agent alone has it now
        assert admitted(spec(listed), OLGA, None).proved({"run": "7Q3F"}).verified


@pytest.mark.parametrize("wrong", ["other key", "name of a key", "namespace"])
def test_a_signature_by_something_else_verifies_nothing(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = keys.make(tmp_path, "own"), keys.make(tmp_path, "other")
    with monkeypatch.context() as patched:
        if wrong == "namespace":
            patched.setattr(ssh_signature, "NAMESPACE", "file")
        signature = ssh_signature.sign("text", str(other if wrong == "other key" else own))
    listed = keys.fingerprint(other if wrong == "name of a key" else own)
    assert not ssh_signature.verified(listed, "text", signature)
    assert not ssh_signature.verified(keys.public(other if wrong == "name of a key" else own), "text", signature)


def test_a_key_that_is_not_listed_is_refused_and_a_name_does_not_help_it(tmp_path: Path) -> None:
    own, other = keys.make(tmp_path, "own"), keys.make(tmp_path, "other")
    with pytest.raises(UserError, match="is not an operator of"):
        admitted(spec("olga", keys.fingerprint(own)), OLGA, str(other))


def test_what_is_no_key_is_a_mistake_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello\n")
    for file in ("text", "nowhere"):
        with pytest.raises(UserError, match="--key") as caught:
            admitted(spec("olga"), OLGA, str(tmp_path / file))
        assert isinstance(caught.value, UsageError)


def test_operators_of_a_spec_are_read() -> None:
    assert spec("olga@laptop", "SHA256:" + "A" * 43).operators == (
        Person("olga@laptop"),
        Person(None, "SHA256:" + "A" * 43),
    )


@pytest.mark.slow
def test_the_door_of_a_whole_flow(rehearsal: Rehearsal, tmp_path: Path) -> None:
    """Refused with a strange key, nothing touched; deployed and taken back with a listed one; disarmed with none."""
    own, other = keys.make(tmp_path, "own"), keys.make(tmp_path, "other")
    with rehearsal.spec.open("a") as file:
        file.write(f'operators: [{{user: olga@desk, key: "{keys.public(own)}"}}]\n')
    before = rehearsal.status()
    assert rehearsal.run() == 3 and "not an operator" in rehearsal.said
    assert rehearsal.run("--key", str(other)) == 3 and "not an operator" in rehearsal.said
    assert rehearsal.status() == before and not local_folder(rehearsal.directory / "opt").exists()
    assert rehearsal.run("--key", str(own)) == 0, rehearsal.said
    told = rehearsal.newest()
    operator = told.run.started.operator
    assert operator.verified and str(operator) == "olga@desk" and operator.proof is not None
    assert json.loads(operator.proof.signed)["run"] == told.id
    assert ssh_signature.verified(keys.public(own), operator.proof.signed, operator.proof.signature)
    assert all(r.event.operator.verified for r in told.records if isinstance(r.event, e.DriverTook))
    assert rehearsal.titan("rollback", str(rehearsal.spec), "--yes", "--key", str(other)) == 3
    assert rehearsal.titan("rollback", str(rehearsal.spec), "--yes", "--key", str(own)) == 0, rehearsal.said
    assert rehearsal.titan("disarm", str(rehearsal.spec), "--reason", "drill") == 0, rehearsal.said

    dying = (sys.executable, "-m", "tests.crash.dying", "after-intent", "fetch/1")
    killed = rehearsal.process("run", str(rehearsal.spec), "--yes", "--key", str(own), program=dying)
    assert killed.returncode == -9, killed.stderr
    left = rehearsal.newest()
    unlock = ("force-unlock", str(rehearsal.spec), "--run", left.id)
    assert rehearsal.titan(*unlock, "--key", str(other)) == 3 and "not an operator" in rehearsal.said
    assert rehearsal.titan(*unlock) == 3, "a name is no proof where keys are listed"
    assert rehearsal.newest().records == left.records
    assert rehearsal.titan(*unlock, "--key", str(own)) == 0, rehearsal.said
    took = [r.event.operator for r in rehearsal.newest().records if isinstance(r.event, e.DriverTook)][-1]
    assert took.verified and took.proof is not None
    assert json.loads(took.proof.signed) == {"run": left.id, "purpose": "abandon", "head": left.records[-1].hash}
