"""What a person asks first: containers with their last words, networks and probes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.compose.stack import DOCKER, Stack
from tests.adapters.compose.titan import container
from titan_flow.adapters.compose.details import LONGEST, ComposeDetails
from titan_flow.states.values import Json

INSPECTED: dict[str, Json] = {
    "Args": ["--token", "x"],
    "NetworkSettings": {"Networks": {"b": {}, "a": {}}},
    "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8080"}, {"HostPort": ""}], "81/tcp": None}},
    "State": {"Health": {"Log": [{"Output": "old"}, {"Output": "connection\n refused"}]}},
}


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    made = Stack(tmp_path, {"nats": {"image": "nats:2"}})
    made.runs(container())
    made.write("env", '["TOKEN=hunter2hunter2", "A=1"]')
    made.write("logs", "2026-01-01T00:00:00Z one\nbare line\n\n")
    made.write("inspected", json.dumps(INSPECTED))
    return made


async def test_a_part_and_what_it_was_started_with(stack: Stack) -> None:
    found = await ComposeDetails(stack.site).details(stack.site)
    (part,) = found.parts
    assert (part.service, part.name, part.running, part.health) == ("nats", "titan-nats", True, "none")
    assert (part.networks, part.ports, part.probe) == (("a", "b"), (8080,), "connection refused")
    assert part.last == ("one", "bare line") and found.expected == ("nats",)
    (started,) = found.started_with
    assert (started.env["A"], started.args) == ("1", ("--token", "x"))
    assert "hunter2" not in stack.site.redactor("a hunter2hunter2 b"), "what is secret there is masked from now on"


@pytest.mark.parametrize(
    "inspected",
    ["", "[]", "no JSON", '{"State": 7, "HostConfig": [], "NetworkSettings": null, "Args": "x"}',
     '{"HostConfig": {"PortBindings": {"80/tcp": [7, {"HostPort": 8}, {"HostPort": "²"}]}}}',
     '{"State": {"Health": {"Log": [7]}}}'],
)  # fmt: skip
async def test_what_docker_does_not_print_leaves_out_what_it_would_say(stack: Stack, inspected: str) -> None:
    stack.write("inspected", inspected)
    (part,) = (await ComposeDetails(stack.site).details(stack.site)).parts
    assert (part.networks, part.ports, part.probe) == ((), (), "")


async def test_lines_are_bounded(stack: Stack) -> None:
    stack.write("logs", "x" * 10_000)
    (part,) = (await ComposeDetails(stack.site).details(stack.site)).parts
    assert len(part.last[0]) == LONGEST


async def test_what_a_killed_up_left_is_a_symptom(stack: Stack) -> None:
    stack.runs(container(name="/0123456789ab_titan-nats"))
    found = await ComposeDetails(stack.site).details(stack.site)
    assert [one.name for one in found.symptoms] == ["leftovers"]


async def test_an_engine_that_does_not_answer_is_the_first_symptom(stack: Stack) -> None:
    (stack.bin / "docker").write_text(
        DOCKER.replace('cat "$at/ids"', "echo 'Cannot connect to the daemon' >&2; exit 1")
    )
    found = await ComposeDetails(stack.site).details(stack.site)
    assert [(one.name, one.first) for one in found.symptoms] == [("docker", True)] and not found.parts
