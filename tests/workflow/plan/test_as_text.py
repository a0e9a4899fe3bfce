"""A plan as text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflow.journal.sample import started
from tests.workflow.plan.plans import EVIL, between, commit, plan, step
from titan_flow.adapters.effects import ShellLine
from titan_flow.adapters.offers import Between
from titan_flow.states.values import Answer
from titan_flow.workflow.plan.as_text import as_text, summary
from titan_flow.workflow.plan.digest import short
from titan_flow.workflow.plan.model import PlannedStep, Red, Seen


def test_the_summary_says_what_restarts() -> None:
    said = summary(plan())
    assert "will restart app, web · removes old · keeps db" in said
    assert "migrations: db/1.sql" in said and "a rollback will ask" in said


RED = Red("record/3", "git.clean", Answer.NO, "x\ndiffers", refuses=True, remedy="commit it")


@pytest.mark.parametrize(
    ("looked", "red", "last"),
    [
        (False, (), ["titan-flow run f.yaml --plan HASH"]),
        (False, (RED,), ["titan-flow run f.yaml --plan HASH"]),
        (True, (), ["No check fails.", "To run exactly this plan: titan-flow run f.yaml --plan HASH"]),
        (
            True,
            (RED,),
            [
                "This run would be refused: 1 check fails",
                "  record/3 git.clean: no: x differs",
                "    → commit it",
                "Fix this first.",
            ],
        ),
        (
            True,
            (replace(RED, remedy=""),) * 2,
            [
                "This run would be refused: 2 checks fail",
                *["  record/3 git.clean: no: x differs"] * 2,
                "Fix this first.",
            ],
        ),
    ],
)
def test_the_last_lines_say_what_to_do(looked: bool, red: tuple[Red, ...], last: list[str]) -> None:
    one = replace(plan(), looked=looked, red=red)
    lines = as_text(one, "f.yaml").replace(short(one), "HASH").splitlines()
    assert lines[-len(last) - 1 :] == ["", *last]


@pytest.mark.parametrize(
    ("planned", "shown"),
    [
        (step(check=True), "checks, within 1m30s"),
        (step(acts=True, says="2 missing"), "would run: 2 missing; within 1m30s, 3 attempts"),
        (step(acts=False, says="as it is"), "already done: as it is"),
        (step(acts=None), "known only when it starts; within 1m30s, 3 attempts"),
        (replace(step(), attempts=1), "would run; within 1m30s, 1 attempt"),
    ],
)
def test_each_step_says_what_it_would_do(planned: PlannedStep, shown: str) -> None:
    lines = as_text(replace(plan(), steps=(planned,)), "f.yaml").splitlines()
    assert f"  up/1         command.run            {shown}" in lines and "up: Ready → Up" in lines


@pytest.mark.parametrize(
    ("many", "shown"),
    [
        (between(1), "1 commit ahead"),
        (between(2), "2 commits ahead"),
        (between(2, back=True), "2 commits back"),
        (between(500), "and 488 more"),
        (between(1, files=("a", "b", "db/1.sql")), "  2 other files"),
    ],
)
def test_commits_and_files_are_counted(many: Between, shown: str) -> None:
    assert shown in as_text(replace(plan(), to=commit(1), between=many), "f.yaml")


@pytest.mark.parametrize(("first", "said"), [(True, "a failure halts"), (False, "add --initial")])
def test_without_a_rollback_target_it_says_what_follows(first: bool, said: str) -> None:
    bare = started().model_copy(update={"previous": None, "first": first})
    assert said in summary(replace(plan(), started=bare, seen=Seen("a" * 40)))
    assert said not in summary(plan())


def test_no_text_of_others_adds_a_line_or_steers_the_terminal() -> None:
    evil = replace(
        plan(),
        was=commit(1, EVIL),
        drift=(EVIL,),
        unknown=(EVIL,),
        warnings=(EVIL,),
        looked=True,
        steps=(step(says=EVIL, lines=(ShellLine(EVIL),)),),
        red=(replace(RED, says=EVIL),),
    )
    said = as_text(evil, "f.yaml")
    assert "\x1b" not in said and "\r" not in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith("# rm")]
