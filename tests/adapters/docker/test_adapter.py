"""docker as data; against an engine it is in tests/droplet/test_compose_adapter.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.docker.adapter import FALLBACK, Disk, Healthy, Running, byte_count
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer

DOCKER = """#!/bin/sh
case "$*" in
'version'*) echo 28.2.2 ;;
'compose version'*) echo 2.40.3 ;;
'info'*) echo / ;;
*inspect*brain) echo '["/brain","running","healthy"]' ;;
*inspect*execution) echo '["/execution","running","starting"]' ;;
*inspect*redis) echo '["/redis","restarting","none"]' ;;
'system dial-stdio') echo 'no dial-stdio for you' >&2; exit 1 ;;
*) exit 1 ;;
esac
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path))


@pytest.mark.parametrize(("text", "count"), [("1kB", 1000), ("1.5GB", 1_500_000_000), ("2TB", 2 * 10**12)])
def test_sizes(text: str, count: int) -> None:
    assert byte_count(text) == count


@pytest.mark.parametrize("text", ["", "5", "5 GB", "GB", "-1GB", "1gb", "1GiB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValidationError, match="not a size"):
        Disk(free=text)


async def test_the_engine_answers_and_it_is_said_that_its_api_is_not_asked(site: Site) -> None:
    seen = await Running().look(site, None)
    assert seen.yes
    assert seen.says.startswith(f"engine 28.2.2, compose 2.40.3; {FALLBACK}: ")
    assert seen.evidence["api"] == "docker on this machine: no dial-stdio for you"


async def test_an_engine_that_answers_with_something_else_names_no_version(tmp_path: Path, site: Site) -> None:
    reply = r"printf 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'; cat >/dev/null"
    (tmp_path / "docker").write_text(DOCKER.replace("'version'*)", f"'system dial-stdio') {reply} ;;\n'version'*)"))
    with pytest.raises(Unreachable, match="the engine names no version"):
        await Running().look(site, None)
    await site.close()


async def test_space_and_inodes_are_measured(site: Site) -> None:
    assert (await Disk(free="1kB").look(site, None)).yes
    assert "less than 9000TB" in (await Disk(free="9000TB").look(site, None)).says
    few = await Disk(free="1kB", inodes=10**15).look(site, None)
    assert few.yes or "inodes free under /" in few.says


async def test_each_container_that_is_not_well_is_named(site: Site) -> None:
    assert (await Healthy(containers=["brain"]).look(site, None)).yes
    seen = await Healthy(containers=["brain", "execution", "redis", "nats"]).look(site, None)
    assert seen.answer is Answer.NO
    assert seen.says == "execution is starting; redis is restarting; nats does not exist"


async def test_an_engine_that_is_away_answers_nothing(site: Site, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2; exit 1\n")
    assert (await Running().look(site, None)).answer is Answer.UNKNOWN
    for check in (Healthy(containers=["brain"]), Disk(free="1kB")):
        with pytest.raises(Unreachable, match="Cannot connect"):
            await check.look(site, None)


@pytest.mark.parametrize("names", [[], ["-f"], ["a b"], [""]])
def test_names_that_are_refused(names: list[str]) -> None:
    with pytest.raises(ValidationError):
        Healthy(containers=names)
