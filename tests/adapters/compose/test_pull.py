"""compose.pull: what comes from a registry, and whether it is here and is what the registry has now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.compose.stack import Stack
from tests.adapters.compose.titan import HASH, V1, V2
from titan_flow.adapters.compose.pull import Pull, pulled
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.preview import PendingChanges
from titan_flow.states.values import Answer

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("service", "comes"),
    [
        (Service("r/app:1", HASH), True),
        (Service("r/app:1", HASH, pull_policy="always"), True),
        (Service("r/app:1", HASH, pull_policy="never"), False),
        (Service("r/app:1", HASH, pull_policy="build"), False),
        (Service("r/app:1", HASH, built=True), False),
        (Service(None, HASH, built=True), False),
    ],
)
def test_what_comes_from_a_registry(service: Service, comes: bool) -> None:
    rendered = Rendered("titan", HASH, {"app": service, "db": Service("postgres:16", HASH)})
    assert ("app" in pulled(rendered, [])) is comes
    assert pulled(rendered, ["db"]) == {"db": "postgres:16"}


def test_an_image_that_another_service_builds_is_not_pulled() -> None:
    both = {"app": Service("r/app:1", HASH, built=True), "worker": Service("r/app:1", HASH)}
    assert pulled(Rendered("titan", HASH, both), []) == {}


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return Stack(tmp_path, {"app": {"image": "r/app:1"}, "db": {"image": "r/db:1"}})


async def test_everything_is_here_and_new(stack: Stack) -> None:
    stack.image("r/app:1", V1, f"r/app@{NEW}")
    stack.image("r/db:1", V2, f"r/db@{OLD}")
    stack.registry(app=f"r/app:1@{NEW}", db=f"r/db:1@{OLD}")
    seen = await Pull().look(stack.site, None)
    assert (seen.answer, seen.says) == (Answer.YES, "2 images, 0 new")
    assert seen.outputs["images"] == {
        "app": {"id": V1, "digest": f"r/app@{NEW}"},
        "db": {"id": V2, "digest": f"r/db@{OLD}"},
    }


async def test_what_is_missing_or_older_is_pulled_and_then_new(stack: Stack) -> None:
    stack.image("r/db:1", V2, f"r/db@{OLD}")
    stack.registry(app=f"r/app:1@{NEW}", db=f"r/db:1@{NEW}")
    before = await Pull().look(stack.site, None)
    assert (before.answer, before.says) == (Answer.NO, "app not here; db older than the registry's")
    deed = Pull().act(stack.site, before)
    assert isinstance(deed, Job) and deed.commands[0].argv[-3:] == ("pull", "--quiet", "--ignore-buildable")
    foreseen = await Pull().foresee(stack.site, PendingChanges())
    assert foreseen.acts and foreseen.outputs["images"] == {
        "app": {"id": "", "digest": NEW},
        "db": {"id": "", "digest": NEW},
    }
    stack.image("r/app:1", V1, f"r/app@{NEW}")
    stack.image("r/db:1", V1, f"r/db@{NEW}")
    after = await Pull().look(stack.site, before.mark)
    assert (after.answer, after.says) == (Answer.YES, "2 images, 2 new")


async def test_a_registry_that_refuses_decides_nothing_while_something_is_missing(stack: Stack) -> None:
    seen = await Pull(services=["app"]).look(stack.site, None)
    assert (seen.answer, seen.evidence["refused"]) == (Answer.NO, "r/app:1: denied")
    foreseen = await Pull(services=["app"]).foresee(stack.site, PendingChanges())
    assert foreseen.warnings == ("the registry does not give r/app:1: denied",)


async def test_a_registry_that_refuses_leaves_unknown_whether_what_is_here_is_old(stack: Stack) -> None:
    stack.image("r/app:1", V1, f"r/app@{OLD}")
    with pytest.raises(Unreachable, match="denied"):
        await Pull(services=["app"]).look(stack.site, None)


@pytest.mark.parametrize("printed", ["", "[]", "{}", '{"services": {"app": {"image": "r/app:1"}}}'])
async def test_an_answer_that_names_no_digest_is_no_answer(stack: Stack, printed: str) -> None:
    stack.write("newest.json", printed)
    with pytest.raises(Unreachable):
        await Pull(services=["app"]).look(stack.site, None)


async def test_a_service_that_the_file_does_not_have_is_a_final_no(stack: Stack) -> None:
    seen = await Pull(services=["gone"]).look(stack.site, None)
    assert (seen.answer, seen.final) == (Answer.NO, True) and "no service gone" in seen.says
