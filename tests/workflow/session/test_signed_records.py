"""An operator whom a journal calls verified has signed for that very run, or the audit says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.workflow.journal.sample import started
from tests.workflow.session import keys
from titan_flow.states import events as e
from titan_flow.states.chain import GENESIS, sealed_line
from titan_flow.states.identity import Operator
from titan_flow.workflow.session.authorize import Admitted, beginning, going_on
from titan_flow.workflow.session.signed_records import unproved

AT = datetime(2026, 11, 24, 14, 2, 3, tzinfo=UTC)
OLGA = Operator(user="olga", host="laptop")


class Scene:
    def __init__(self, folder: Path) -> None:
        key = keys.make(folder, "own")
        self.admitted = Admitted(OLGA.model_copy(update={"key": keys.fingerprint(key)}), keys.public(key), str(key))
        self.events: list[e.Event] = []

    def begin(self, run: str = "7Q3F") -> Operator:
        first = started()
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
