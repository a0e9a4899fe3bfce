"""A container's log that is longer than one answer: read in pieces, none of its lines lost or told twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.compose.titan import container
from titan_flow.adapters.compose import logs
from titan_flow.adapters.compose.logs import after, begins, life, parsed
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.services.protocol import Log
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Json

DOCKER = r"""#!/bin/sh
[ "$1 $2" = "logs --timestamps" ] || exit 9
shift 2
since= tail=9999999
while [ $# -gt 1 ]; do
  case $1 in --since) since=$2 ;; --tail) tail=$2 ;; esac
  shift 2
done
awk -v since="$since" '$1 >= since' {at}/log | tail -n "$tail"
"""
SETTINGS = Compose.model_validate({"file": "x.yml"})


class Scene:
    def __init__(self, at: Path) -> None:
        self.at, self.written = at, 0
        (at / "docker").write_text(DOCKER.replace("{at}", str(at)))
        (at / "docker").chmod(0o755)
        (at / "log").touch()
        self.site = Site(LocalHost(), str(at), most=1000)

    def writes(self, count: int) -> list[str]:
        """Three lines a second; what they say."""
        numbers = range(self.written, self.written + count)
        self.written += count
        lines = [f"line {number} of a log" for number in numbers]
        with (self.at / "log").open("a") as log:
            for number, line in zip(numbers, lines, strict=True):
                log.write(f"2026-11-24T{number // 10800:02}:{number // 180 % 60:02}:{number // 3 % 60:02}.5Z {line}\n")
        return lines

    async def read(self, since: Json = None, **limits: int) -> Log:
        return await logs.read(self.site, SETTINGS, container(), since, **limits)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Scene(tmp_path)


@pytest.mark.parametrize("count", [0, 1, 20, 21, 22, 23, 24, 100, 250])
async def test_whole_in_as_many_pieces_as_it_needs(scene: Scene, count: int) -> None:
    lines = scene.writes(count)
    first = await scene.read()
    assert (first.lines, first.complete) == (tuple(lines), True)
    more = scene.writes(count)
    again = await scene.read(first.mark)
    assert (again.lines, again.complete) == (tuple(more), True)
    assert (await scene.read(again.mark)).lines == ()


async def test_of_one_that_is_too_long_the_end(scene: Scene) -> None:
    lines = scene.writes(200)
    first = await scene.read(pieces=3, tail=5)
    assert (first.lines, first.complete) == (tuple(lines[-5:]), False)
    more = scene.writes(10)
    again = await scene.read(first.mark, pieces=3, tail=5)
    assert (again.lines, again.complete) == (tuple(more), True), "from there on, nothing is missing"


LINES = "2026-01-01T00:00:02Z two\n2026-01-01T00:00:01Z one\r\n2026-01-01T00:00:02Z two again\nError from docker\n"


def test_lines_in_the_order_of_time() -> None:
    assert [text for _, text in parsed(LINES)] == ["one", "two", "two again"]
    assert len(parsed(LINES + "2026-01-01T00:00:03Z cut o", whole=False)) == 3


def test_new_lines_are_those_behind_the_mark() -> None:
    lines = parsed(LINES)
    at = "2026-01-01T00:00:02Z"
    assert after(lines, at, 1) == ([(at, "two again")], True)
    assert after(lines, at, 2) == ([], True)
    assert after(lines, at, 3) == ([], False), "a marked line is gone: it was rotated away"
    assert after([], at, 1) == ([], False)


def test_a_bounded_log_may_have_lost_its_beginning() -> None:
    late = [("2026-11-24T07:00:00Z", "x")]
    assert begins(late, container())
    assert not begins(late, container(log_limit="10m"))
    assert not begins(late, container(log="local"))
    assert begins([("2026-11-24T06:40:39Z", "x")], container(log_limit="10m"))


@pytest.mark.parametrize(
    ("started", "finished", "since"),
    [
        ("2026-11-24T06:40:38Z", "0001-01-01T00:00:00Z", None),
        ("2026-11-24T06:40:38.5Z", "2026-11-24T06:40:37.5Z", "2026-11-24T06:40:38.000000Z"),
        ("2026-11-24T06:40:38Z", "2026-11-24T06:45:00Z", "2026-11-24T06:40:37.900000Z"),
    ],
)
def test_the_life_whose_lines_count(started: str, finished: str, since: str | None) -> None:
    assert life(container(started=started, finished=finished)) == since
