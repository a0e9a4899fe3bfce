"""What is wrong with a part in words, and what is never shown of it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from titan_flow.adapters.diagnosis import Part, Server, StartedWith

UP = Part("app", "app-1", running=True)
DOWN = Part("app", "app-1", running=False, status="exited", exit_code=137)


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        (UP, ""),
        (replace(UP, health="healthy"), ""),
        (replace(UP, health="unhealthy"), "is unhealthy"),
        (replace(UP, health="starting"), "is starting"),
        (replace(UP, status="restarting", restarts=9, exit_code=1), "restarts again and again (9 times, exit 1)"),
        (replace(DOWN, status="restarting"), "restarts again and again (0 times, exit 137)"),
        (DOWN, "does not run (exited, exit 137)"),
        (replace(DOWN, health="healthy"), "does not run (exited, exit 137)"),
        # what has to run once and is over: only its exit status counts
        (replace(DOWN, once=True), "ended with exit 137"),
        (replace(DOWN, once=True, exit_code=0), ""),
        (replace(DOWN, once=True, exit_code=None), ""),
        (replace(UP, once=True, health="unhealthy"), "is unhealthy"),
    ],
)
def test_what_is_wrong_with_a_part(part: Part, fault: str) -> None:
    assert part.fault == fault


def test_what_a_service_was_started_with_is_never_shown() -> None:
    started = StartedWith("app", {"PASSWORD": "hunter2hunter2"}, ("--token", "s3cret"))
    assert "hunter2" not in repr(started) and "s3cret" not in repr(started)


@pytest.mark.parametrize(
    ("service", "image", "served"),
    [("db", "postgres:16", True), ("postgres", "registry/x", True), ("app", "registry/app", False), ("app", "", False)],
)
def test_a_server_is_known_by_its_name_or_its_image(service: str, image: str, served: bool) -> None:
    pattern = re.compile("postgres")
    server = Server("postgres", "PostgreSQL", pattern, re.compile("x"), ("postgresql",), ("PG",))
    assert server.is_served_by(Part(service, service, True, image=image)) is served
