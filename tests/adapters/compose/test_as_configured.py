"""Whether all that a service stands on is as the file configures it; its parts are tested with the modules it joins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.compose.stack import DOCKER, Stack
from tests.adapters.compose.titan import HASH, container
from titan_flow.adapters.compose.as_configured import Deviations, deviations
from titan_flow.adapters.compose.models import Container
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import facts
from titan_flow.adapters.errors import Unreachable


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return Stack(tmp_path, {"nats": {"image": "nats:2"}})


async def found(stack: Stack, *there: Container, scope: tuple[str, ...] = ("nats",)) -> Deviations:
    stack.runs(*there)
    settings = stack.site.block(Compose)
    return await deviations(stack.site, settings, await facts(stack.site, settings), scope)


async def test_nothing_deviates(stack: Stack) -> None:
    assert await found(stack, container(hash=HASH)) == Deviations({}, {}, [])
    assert await found(stack) == Deviations({}, {}, []), "nothing runs yet"


async def test_a_container_that_has_left_its_network_is_made_anew(stack: Stack) -> None:
    body = {"name": "titan", "services": {"nats": {"image": "nats:2", "networks": {"front": None}}}}
    stack.write("rendered.json", json.dumps(body, indent=2))
    deviating = await found(stack, container(networks="other=id "))
    assert deviating.anew == {"c" * 64: "is not connected to network front"} and not deviating.restarts
    assert not (await found(stack, container(networks="other=id "), scope=())).restarts


async def test_an_engine_that_falls_silent_is_no_answer(stack: Stack) -> None:
    stack.runs(container())
    settings = stack.site.block(Compose)
    before = await facts(stack.site, settings)
    (stack.bin / "docker").write_text(DOCKER.replace('case "$*" in', "exit 1\ncase x in", 1))
    with pytest.raises(Unreachable):
        await found(stack, container())
    assert before.project.containers
