"""command, with real programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.command import Ok, Run
from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.redaction import Redactor
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "plain").write_text("not a program")
    return Site(LocalHost(), str(tmp_path), redactor=Redactor(["hunter2-and-more"]))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (["true"], Answer.YES),
        (["false"], Answer.NO),
        (["sh", "-c", "exit 3"], Answer.NO),
        (["no-such-program"], Answer.UNKNOWN),
        (["./plain"], Answer.UNKNOWN),
        (["sleep", "9"], Answer.UNKNOWN),
    ],
)
async def test_only_status_0_is_yes_and_what_did_not_run_answers_nothing(
    site: Site, command: list[str], answer: Answer
) -> None:
    assert (await Ok.model_validate({"command": command, "timeout": "1s"}).look(site, None)).answer is answer


async def test_words_stay_words_and_the_environment_is_its_own(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_TAG", "of-a-shell")
    look = Ok(command=["sh", "-c", 'echo "$1 $A [$IMAGE_TAG]"; cat', "sh", "a b; $(id)"], env={"A": "x y"}, stdin="in")
    assert (await look.look(site, None)).evidence["output"] == "a b; $(id) x y []\nin"


async def test_a_secret_in_the_output_is_masked_where_it_is_kept(site: Site) -> None:
    seen = await Ok(command=["sh", "-c", "echo hunter2-and-more; exit 1"]).look(site, None)
    assert "hunter2" in f"{seen}" and "hunter2" not in f"{site.redactor.mask(seen)}"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"idempotent": True, "manual": True},
        {"done": ["true"], "idempotent": True},
        {"done": []},
        {"idempotent": True, "shell": "x"},
        {"idempotent": True, "env": {"A=B": "x"}},
    ],
)
def test_exactly_one_way_to_know(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Run.model_validate({"command": ["true"], **bad})


@pytest.mark.parametrize("command", [[], ["a\0b"], "rm -rf x", [1]])
def test_a_command_is_a_list_of_words(command: object) -> None:
    with pytest.raises(ValidationError):
        Ok.model_validate({"command": command})


async def test_a_command_with_a_done_check_is_done_when_that_says_so(site: Site, tmp_path: Path) -> None:
    action = Run(command=["touch", "made"], done=["test", "-e", "made"])
    seen = await action.look(site, None)
    assert seen.answer is Answer.NO
    deed = action.act(site, seen)
    assert isinstance(deed, Job)
    assert (await site.run(deed.commands[0])).ok
    assert action.judged(CommandResult(0, "")) is None, "its own exit status is not the evidence"
    assert (await action.look(site, seen.mark)).yes
    assert (await Run(command=["x"], done=["no-such-program"]).look(site, None)).answer is Answer.UNKNOWN


async def test_a_manual_command_that_was_begun_is_never_begun_again(site: Site) -> None:
    action = Run(command=["true"], manual=True)
    first = await action.look(site, None)
    assert (first.answer, first.mark) == (Answer.NO, {"begun": True})
    assert (await action.look(site, first.mark)).answer is Answer.UNKNOWN
    judged = action.judged(CommandResult(0, "made 3 rows"))
    assert judged is not None and judged.yes and judged.evidence["output"] == "made 3 rows"


async def test_an_idempotent_command_may_be_run_again(site: Site) -> None:
    action = Run(command=["true"], idempotent=True)
    first = await action.look(site, None)
    assert (first.answer, (await action.look(site, first.mark)).answer) == (Answer.NO, Answer.NO)
    assert action.settles == 0.0


async def test_neither_environment_nor_standard_input_is_journaled(site: Site) -> None:
    action = Run(command=["psql"], env={"PGPASSWORD": "hunter2"}, stdin="hunter2", idempotent=True)
    deed = action.act(site, await action.look(site, None))
    assert "hunter2" not in f"{deed.journaled()}"


async def test_a_host_runs_it_alone_word_by_word_unless_it_is_done_or_manual(site: Site, tmp_path: Path) -> None:
    odd = "it's; touch no $(touch no)"
    argv = {"command": ["sh", "-c", 'printf "%s\\n" "$1" >>said', "sh", odd]}
    action = Run.model_validate({**argv, "done": ["test", "-e", "done; touch no"]})
    (command,) = await action.by_host(site, None, 1)
    assert (await site.run(command)).ok and (tmp_path / "said").read_text() == f"{odd}\n"
    (tmp_path / "done; touch no").touch()
    assert (await site.run(command)).ok and (tmp_path / "said").read_text() == f"{odd}\n"
    assert not (tmp_path / "no").exists()
    manual = Run.model_validate({**argv, "manual": True})
    assert (action.alone, manual.alone) == (True, False)
    with pytest.raises(LookupError, match="manual"):
        await manual.by_host(site, None, 1)
