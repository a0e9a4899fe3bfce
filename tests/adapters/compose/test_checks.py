"""The checks of compose, and down: by what the file says and what runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.compose.stack import Stack
from tests.adapters.compose.titan import HASH, V1, V2, container
from titan_flow.adapters.compose.checks import Configured, Down, ExecOk, Leftovers, Running, Runs
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.effects import Job
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json, Observation

NATS, DB = container(), container(id="d" * 64, name="/titan-db", service="db")


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    made = Stack(tmp_path, {"nats": {"image": "nats:2"}, "db": {"image": "postgres:16"}})
    made.runs(NATS, DB)
    return made


async def test_the_file_renders_and_has_what_the_spec_names(stack: Stack) -> None:
    seen = await Configured().look(stack.site, None)
    assert (seen.says, seen.evidence["services"]) == ("project titan, 2 services", ["nats", "db"])
    named = Compose.model_validate({"file": "x.yml", "services": ["nats", "gone"], "once": ["lost"]})
    stack.site.blocks = {"compose": named}
    seen = await Configured().look(stack.site, None)
    assert (seen.answer, seen.final, seen.says) == (Answer.NO, True, "the compose file has no service gone, lost")


async def test_a_file_that_does_not_render_is_a_final_no(stack: Stack) -> None:
    (stack.bin / "rendered.json").unlink()
    seen = await Configured().look(stack.site, None)
    assert (seen.answer, seen.final) == (Answer.NO, True)


@pytest.mark.parametrize(
    ("db", "only", "answer"),
    [
        ({}, [], Answer.YES),
        ({"status": "exited", "exit_code": 1}, [], Answer.NO),
        ({"health": "unhealthy"}, [], Answer.NO),
        ({"status": "exited", "exit_code": 1}, ["nats"], Answer.YES),
        ({"status": "exited", "exit_code": 1}, ["db"], Answer.NO),
        ({}, ["gone"], Answer.NO),
    ],
)
async def test_every_service_runs(stack: Stack, db: dict[str, Json], only: list[str], answer: Answer) -> None:
    stack.runs(NATS, DB.model_copy(update=db))
    assert (await Running(services=only).look(stack.site, None)).answer is answer


async def test_a_service_without_a_container_does_not_run(stack: Stack) -> None:
    stack.runs(NATS)
    seen = await Running().look(stack.site, None)
    assert seen.answer is Answer.NO and "db" in seen.says


@pytest.mark.parametrize(
    ("images", "answer"),
    [
        ({"nats": V1, "db": V1}, Answer.YES),
        ({"nats": V1, "db": V2}, Answer.NO),
    ],
)
async def test_a_release_runs_by_exactly_its_images(stack: Stack, images: dict[str, str], answer: Answer) -> None:
    check = Runs(images={name: Image(id=id) for name, id in images.items()})
    assert (await check.look(stack.site, None)).answer is answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [(["true"], Answer.YES), (["false"], Answer.NO)],
)
async def test_a_program_inside(stack: Stack, command: list[str], answer: Answer) -> None:
    check = ExecOk(service="nats", command=command)
    assert check.max_seconds > check.timeout
    assert (await check.look(stack.site, None)).answer is answer
    stack.runs(NATS.model_copy(update={"status": "exited"}))
    seen = await check.look(stack.site, None)
    assert (seen.answer, seen.says) == (Answer.NO, "nats does not run")


async def test_what_a_killed_up_left_is_named(stack: Stack) -> None:
    assert (await Leftovers().look(stack.site, None)).yes
    stack.runs(NATS, container(id="e" * 64, name="/0123456789ab_titan-nats"))
    seen = await Leftovers().look(stack.site, None)
    assert seen.answer is Answer.NO and seen.evidence["names"] == ["0123456789ab_titan-nats"]


async def test_down_leaves_orphans_that_nobody_asked_to_remove(stack: Stack) -> None:
    orphan = container(id="f" * 64, name="/titan-old", service="old", hash=HASH)
    stack.runs(NATS, orphan)
    seen = await Down().look(stack.site, None)
    assert (seen.answer, seen.evidence["containers"]) == (Answer.NO, ["titan-nats"])
    stack.runs(orphan)
    assert (await Down().look(stack.site, None)).yes


@pytest.mark.parametrize(("orphans", "count"), [([], 1), (["e" * 64], 2), (None, 1), ("text", 1), ([7], 1)])
def test_only_the_orphans_that_were_seen_are_removed(stack: Stack, orphans: Json, count: int) -> None:
    deed = Down().act(stack.site, Observation(Answer.NO, evidence={"orphans": orphans}))
    assert isinstance(deed, Job) and len(deed.commands) == count
    assert deed.commands[-1].argv[-1] == "down"
