"""What an update would do to each program, from what supervisord and another commit's files say."""

from __future__ import annotations

import pytest

from tests.adapters.supervisor.test_processes import ONE, TWO, process, seen
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.preview import PendingChanges
from titan_flow.adapters.site import Site
from titan_flow.adapters.supervisor.preview import TARGETS, foresee
from titan_flow.adapters.supervisor.processes import Pending, Seen
from titan_flow.adapters.supervisor.settings import SupervisorSettings
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.release import Image
from titan_flow.states.values import Observation


class Up:
    images: dict[str, Image] | None = None

    def act(self, site: Site, seen: Observation) -> Job:
        return Job(())


def site(*services: str) -> Site:
    block = SupervisorSettings(socket="run/s", services=[*services])
    return Site(LocalHost(), "/nowhere", {"supervisor": block})


FATES: list[tuple[Seen, str, str]] = [
    (seen(process()), "kept", ""),
    (seen(process("app", "BACKOFF", pid=0)), "kept", ""),
    (seen(process(), pending=Pending(changed=["app"])), "recreated", "is configured otherwise"),
    (seen(pending=Pending(added=["app"])), "starts", "is configured otherwise"),
    (seen(process("app", "STOPPED", pid=0)), "starts", "is STOPPED"),
    (seen(), "starts", "has no process"),
    (seen(process(), app=list[str]()), "removed", "is not in the configuration"),
    (seen(app=list[str]()), "kept", "is not in the configuration"),
]


@pytest.mark.parametrize(("there", "fate", "why"), FATES)
async def test_what_becomes_of_a_service_by_the_files_as_they_lie(there: Seen, fate: str, why: str) -> None:
    found = await foresee(Up(), site("app"), PendingChanges(), there)
    assert (found.services["app"].fate, found.services["app"].why) == (fate, why)
    assert found.acts is (fate != "kept") and (found.act is not None) is found.acts


async def test_what_is_replaced_and_by_what_is_told_to_later_steps() -> None:
    there = seen(process("app"), process("front"), pending=Pending(changed=["app"]), app=[TWO], front=[ONE])
    found = await foresee(Up(), site("app", "front"), PendingChanges(), there)
    assert found.outputs["replaced"] == ["app"]
    images = found.outputs["images"]
    assert isinstance(images, dict) and [dict(image)["id"] for image in images.values() if isinstance(image, dict)] == [
        TWO,
        ONE,
    ]
    assert found.says == "app is configured otherwise"


@pytest.mark.parametrize(
    "told",
    ["", "[]", '{"app": {}}', '{"app": {"changes": "yes", "images": []}}', '{"app": {"changes": true, "images": [1]}}'],
)
def test_what_the_host_answers_is_not_taken_for_something_else(told: str) -> None:
    with pytest.raises(ValueError):
        TARGETS.validate_json(told)


async def test_a_commit_that_is_not_there_cannot_be_foreseen(tmp_path_factory: pytest.TempPathFactory) -> None:
    at = tmp_path_factory.mktemp("no-checkout")
    empty = Site(LocalHost(), str(at), site("app").blocks)
    with pytest.raises(Unreachable):
        await foresee(Up(), empty, PendingChanges(commit="9b2e771c" * 5), seen(process()))
