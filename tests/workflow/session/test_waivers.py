"""`run --skip-check CHECK --reason …`: recorded, and always shown."""

from __future__ import annotations

import pytest

from tests.specfiles import load
from tests.workflow.conftest import Small
from tests.workflow.journal.sample import OLGA
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.states import events as e
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.session.waivers import waivers

WAIVE = ("--skip-check", "file.exists", "--skip-check", "see/5", "--reason", "the disk  is replaced\ntonight")


def newest(small: Small) -> list[e.Event]:
    journal = open_journal(small.store)
    try:
        return [record.event for record in journal.read(journal.summaries()[0].run)]
    finally:
        journal.close()


def test_red_and_unknown_refuse_whatever_yes_says(small: Small) -> None:
    assert small.titan("run", str(small.spec), "--yes") == 3
    assert "titan-flow preflight " in small.err
    assert not (small.here / "made").exists()


def test_waived_it_goes_on_and_says_so_for_ever(small: Small) -> None:
    assert small.titan("run", str(small.spec), "--yes", *WAIVE) == 0, small.err
    assert (small.here / "made").exists()
    assert "skipped  see/4 file.exists: the disk is replaced tonight" in small.err, "said before it is confirmed"

    told = newest(small)
    waived = [event for event in told if isinstance(event, e.CheckWaived)]
    assert [(one.check, one.use, one.reason) for one in waived] == [
        ("see/4", "file.exists", "the disk is replaced tonight"),
        ("see/5", "command.ok", "the disk is replaced tonight"),
    ]
    assert told.index(waived[1]) < next(n for n, event in enumerate(told) if isinstance(event, e.TransitionBegan))
    done = {event.step: event for event in told if isinstance(event, e.StepDone)}
    assert {step: event.waived for step, event in done.items() if event.waived} == {"see/4": "no", "see/5": "unknown"}
    assert done["see/4"].says == "allowed does not exist", "what was really seen"

    seen = small.json("status", str(small.spec))["waived"]
    assert [(one["check"], one["answer"]) for one in seen] == [("see/4", "no"), ("see/5", "unknown")]
    assert seen[0]["reason"] == "the disk is replaced tonight" and "@" in seen[0]["operator"]
    assert small.titan("status", str(small.spec)) == 0
    assert "see/4 file.exists: the disk is replaced tonight" in small.out
    assert "no: allowed does not exist" in small.out
    run = small.json("status", str(small.spec))["run"]
    assert small.titan("show", run) == 0
    assert "see/4 failed, and is skipped: allowed does not exist" in small.out


def test_a_skipped_check_that_passes_is_shown_as_passed(small: Small) -> None:
    small.allow()
    assert small.titan("run", str(small.spec), "--yes", *WAIVE) == 0
    assert [one["answer"] for one in small.json("status", str(small.spec))["waived"]] == ["yes", "yes"]


def test_one_red_check_is_not_covered_by_anothers_waiver(small: Small) -> None:
    assert small.titan("run", str(small.spec), "--yes", "--skip-check", "see/4", "--reason", "known") == 3
    assert not (small.here / "made").exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["--skip-check", "see/4"], "--skip-check needs --reason"),
        (["--skip-check", "see/4", "--reason", "  "], "--skip-check needs --reason"),
        (["--reason", "because"], "no check is skipped"),
        (
            ["--skip-check", "see/4", "--skip-check", "see/5", "--reason", "a", "--reason", "b", "--reason", "c"],
            "3 reasons",
        ),
        (["--skip-check", "file.exist", "--reason", "a"], "did you mean file.exists?"),
        (["--skip-check", "act/2", "--reason", "a"], "no such pre-flight check"),
    ],
)
def test_usage(small: Small, line: list[str], says: str) -> None:
    assert small.titan("run", str(small.spec), "--yes", *line) == 2
    assert says in small.err
    assert not local_folder(small.here).exists(), "nothing was touched"


def test_each_waiver_may_have_its_own_reason(small: Small) -> None:
    found = waivers(load(str(small.spec)).flow, ["see/4", "see/5"], ["one", "two"], OLGA)
    assert [(waiver.check, waiver.reason) for waiver in found] == [("see/4", "one"), ("see/5", "two")]


def test_a_use_means_every_check_of_it(small: Small) -> None:
    found = waivers(load(str(small.spec)).flow, ["command.ok"], ["one"], OLGA)
    assert [waiver.check for waiver in found] == ["see/5", "act/1"]


def test_what_is_verified_later_cannot_be_waived() -> None:
    from tests.states.flows import titan

    verified = titan().transitions["verify"].checks[0]
    with pytest.raises(UserError, match="no such pre-flight check"):
        waivers(titan(), [verified.id], ["why not"], OLGA)
