"""An operator whom a journal calls verified has signed for that very run, or the audit says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.workflow.journal.sample import started
from tests.workflow.session import keys
from titan_flow.states import events as e
from titan_flow.states.chain import GENESIS, sealed_line
from titan_flow.states.identity import Operator, Proof
from titan_flow.workflow.session import ssh_signature
from titan_flow.workflow.session.authorize import Admitted, abandoning, beginning, going_on
from titan_flow.workflow.session.signed_records import unproved

AT = datetime(2026, 11, 24, 14, 2, 3, tzinfo=UTC)
OLGA = Operator(user="olga", host="laptop")


class Scene:
    def __init__(self, folder: Path) -> None:
        key = keys.make(folder, "own")
        self.admitted = Admitted(OLGA.model_copy(update={"key": keys.fingerprint(key)}), keys.public(key), str(key))
        self.spec = f"flow: titan-prod\noperators: [{{user: olga, key: {keys.public(key)!r}}}]\n"
        self.events: list[e.Event] = []

    def begin(self, run: str = "7Q3F") -> Operator:
        first = started().model_copy(update={"spec": self.spec})
        who = self.admitted.proved(beginning(run, first))
        self.events = [first.model_copy(update={"operator": who}), e.DriverTook(epoch=1, operator=who, pid=1)]
        return who

    def records(self) -> list[tuple[e.Record, str]]:
        found: list[tuple[e.Record, str]] = []
        for event in self.events:
            head = found[-1][0].hash if found else GENESIS
            found.append(sealed_line("7Q3F", len(found) + 1, AT, event, head))
        return found

    def unproved(self) -> list[tuple[int, str]]:
        return unproved([line for _, line in self.records()])


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_who_signed_for_this_run_is_proved(scene: Scene) -> None:
    scene.begin()
    who = scene.admitted.proved(going_on([record for record, _ in scene.records()]))
    scene.events.append(e.RunResumed(operator=who))
    assert scene.unproved() == []


def test_a_signature_for_another_run_proves_nothing(scene: Scene) -> None:
    scene.begin("OTHER1")
    assert [seq for seq, _ in scene.unproved()] == [1, 2]
    assert "is for something else than this run" in scene.unproved()[0][1]


def test_a_signature_for_a_head_that_this_run_never_had_proves_nothing(scene: Scene) -> None:
    scene.begin()
    scene.events.append(
        e.RunResumed(operator=scene.admitted.proved({"run": "7Q3F", "purpose": "resume", "head": "f" * 64}))
    )
    assert [seq for seq, _ in scene.unproved()] == [3]


def test_a_name_that_is_only_called_verified_is_not(scene: Scene) -> None:
    scene.begin()
    scene.events.append(e.RunResumed(operator=OLGA.model_copy(update={"verified": True, "key": "SHA256:" + "A" * 43})))
    assert scene.unproved() == [(3, "calls olga@laptop verified, but there is no signature")]


def test_another_key_than_the_one_that_signed(scene: Scene) -> None:
    who = scene.begin()
    scene.events.append(e.RunResumed(operator=who.model_copy(update={"key": "SHA256:" + "A" * 43})))
    assert [what.partition("but ")[2] for _, what in scene.unproved()] == ["the signature is not by SHA256:" + "A" * 43]


@pytest.mark.parametrize(
    "operators",
    ["", "operators: [olga]\n", "operators: [{user: olga, key: @OTHER@}]\n", "operators: [{user: ada, key: @OWN@}]\n"],
)
def test_a_key_that_the_spec_does_not_list_under_that_name(scene: Scene, tmp_path: Path, operators: str) -> None:
    """Whoever makes a key can sign with it, and write any name beside it."""
    other = keys.fingerprint(keys.make(tmp_path, "other"))
    own = keys.fingerprint(tmp_path / "own")
    scene.spec = "flow: titan-prod\n" + operators.replace("@OTHER@", other).replace("@OWN@", own)
    scene.begin()
    assert [seq for seq, _ in scene.unproved()] == [1, 2]
    assert "the spec of the run does not list SHA256:" in scene.unproved()[0][1]


def test_a_fingerprint_without_a_name_is_enough(scene: Scene, tmp_path: Path) -> None:
    scene.spec = f"flow: titan-prod\noperators: [{keys.fingerprint(tmp_path / 'own')}]\n"
    scene.begin()
    assert scene.unproved() == []


def test_who_abandons_a_run_is_listed_in_the_spec_of_that_day(scene: Scene, tmp_path: Path) -> None:
    scene.begin()
    key = keys.make(tmp_path, "later")
    ada = Admitted(Operator(user="ada", host="desk", key=keys.fingerprint(key)), keys.public(key), str(key))
    who = ada.proved(abandoning("7Q3F", [record for record, _ in scene.records()]))
    scene.events.append(e.DriverTook(epoch=2, operator=who, pid=2))
    assert scene.unproved() == []


@pytest.mark.parametrize(
    "signed",
    ['{"run":"7Q3F","head":[]}', '{"run":"7Q3F","head":{}}', "[" * 100_000, "[]", "x"],
    ids=["a list", "a mapping", "nested too deep", "no mapping", "no JSON"],
)
def test_what_was_signed_may_be_anything(scene: Scene, signed: str) -> None:
    who = scene.begin()
    key = scene.admitted.key
    assert key is not None and who.key is not None
    proof = Proof(signed=signed, signature=ssh_signature.sign(signed, key))
    scene.events.append(e.RunResumed(operator=who.model_copy(update={"proof": proof})))
    assert [seq for seq, _ in scene.unproved()] == [3]
