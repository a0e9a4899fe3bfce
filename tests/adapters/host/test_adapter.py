"""The checks about a host, against this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.host.adapter import DiskFree, Reachable, Tools, adapter
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(LocalHost(), str(tmp_path))


def test_it_is_registered() -> None:
    assert Registry().adapter("host") is adapter


async def test_a_host_that_answers(site: Site) -> None:
    look = await Reachable().look(site, None)
    assert look.yes
    assert look.evidence["directory"] == site.directory


async def test_the_directory_is_missing(tmp_path: Path) -> None:
    look = await Reachable().look(Site(LocalHost(), str(tmp_path / "nowhere")), None)
    assert (look.answer, look.final) == (Answer.NO, True)
    assert "does not exist" in look.says


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as somebody else")
async def test_the_directory_has_another_owner(tmp_path: Path) -> None:
    nobody = LocalHost(("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-s"))
    look = await Reachable().look(Site(nobody, "/root"), None)
    assert look.answer is Answer.NO


async def test_a_host_that_does_not_answer_is_never_a_no(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no whole answer"):
        await Reachable().look(Site(LocalHost(("false",)), str(tmp_path)), None)


async def test_room(site: Site) -> None:
    assert (await DiskFree.model_validate({"min": "1B", "inodes": 0}).look(site, None)).yes
    look = await DiskFree.model_validate({"min": "900000TB"}).look(site, None)
    assert (look.answer, look.final) == (Answer.NO, True)
    assert "900000.0 TB needed" in look.says


async def test_inodes(site: Site) -> None:
    look = await DiskFree.model_validate({"min": "0B", "inodes": 10**15}).look(site, None)
    if os.statvfs(site.directory).f_files == 0:
        assert look.yes
    else:
        assert look.answer is Answer.NO
        assert "inodes" in look.says


@pytest.mark.parametrize("path", ["missing", "-f"])
async def test_room_at_a_path_that_is_not_there_is_unknown(site: Site, path: str) -> None:
    assert (await DiskFree.model_validate({"path": path}).look(site, None)).answer is Answer.UNKNOWN


async def test_tools(site: Site) -> None:
    look = await Tools(needed=("sh", "/bin/sh")).look(site, None)
    assert look.yes
    assert str(look.evidence["sh"]).endswith("/sh")
    look = await Tools(needed=("sh", "no-such-program", "/no/such")).look(site, None)
    assert (look.answer, look.final) == (Answer.NO, True)
    assert look.says.endswith("no-such-program, /no/such")


@pytest.mark.parametrize("needed", [[], ["-v"], ["a b"], ["$(x)"], [""]])
def test_what_is_no_tool(needed: list[str]) -> None:
    with pytest.raises(ValidationError):
        Tools.model_validate({"needed": needed})
