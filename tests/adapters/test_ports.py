"""ports.published: what docker says that containers publish."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.ports import PublishedOnly
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer

# As `docker inspect` prints them: bound to all, to loopback, to one address, exposed only, and none at all.
ALL = (
    '{"name":"/titan-nats","ports":{"4222/tcp":[{"HostIp":"0.0.0.0","HostPort":"4222"},'
    '{"HostIp":"::","HostPort":"4222"}],"6222/tcp":null}}'
)
LOOPBACK = (
    '{"name":"/titan-brain","ports":{"3100/tcp":[{"HostIp":"127.0.0.1","HostPort":"3100"}],'
    '"9/udp":[{"HostIp":"::1","HostPort":"9"}]}}'
)
ONE = """{"name":"/dns","ports":{"53/udp":[{"HostIp":"10.0.0.5","HostPort":"53"}]}}"""
OLD = """{"name":"/old","ports":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}}"""
NONE = """{"name":"/redis","ports":null}"""

DOCKER = """#!/bin/sh
case $1 in
ps) cat '{0}/ids' ;;
inspect) [ ! -e '{0}/gone' ] || {{ rm '{0}/gone'; exit 1; }}; cat '{0}/said' ;;
esac
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    (tmp_path / "docker").write_text(DOCKER.format(tmp_path))
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "ids").write_text("a\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path))


@pytest.mark.parametrize(
    ("lines", "allow", "answer", "told"),
    [
        ((ALL, LOOPBACK, NONE), [4222], Answer.YES, "containers publish 4222 beyond loopback"),
        ((LOOPBACK, NONE), [], Answer.YES, "containers publish nothing beyond loopback"),
        ((ALL, NONE), [80, 443], Answer.NO, "titan-nats 0.0.0.0:4222/tcp, titan-nats [::]:4222/tcp"),
        ((ALL, ONE), [4222], Answer.NO, "dns 10.0.0.5:53/udp"),
        ((ALL, ONE), [4222, "53/tcp"], Answer.NO, "dns 10.0.0.5:53/udp"),
        ((ALL, ONE), ["4000:5000/tcp", "53/udp"], Answer.YES, "53, 4222"),
        ((OLD,), [], Answer.NO, "old 0.0.0.0:8080/tcp"),
    ],
)
async def test_published(site: Site, lines: tuple[str, ...], allow: list[object], answer: Answer, told: str) -> None:
    (Path(site.directory) / "said").write_text("\n".join(lines) + "\n")
    seen = await PublishedOnly.model_validate({"allow": allow}).look(site, None)
    assert (seen.answer, told in seen.says) == (answer, True), seen.says
    assert ("127.0.0.1:" in seen.remedy) is (answer is Answer.NO)


async def test_an_address_that_an_env_file_holds_too_is_read(site: Site) -> None:
    (Path(site.directory) / "said").write_text(ALL + "\n")
    site.redactor.add("0.0.0.0")
    assert (await PublishedOnly().look(site, None)).answer is Answer.NO


async def test_no_container_at_all(site: Site) -> None:
    (Path(site.directory) / "ids").write_text("")
    assert (await PublishedOnly().look(site, None)).yes


async def test_a_container_that_is_removed_during_an_observation_is_asked_for_again(site: Site) -> None:
    (Path(site.directory) / "said").write_text(LOOPBACK + "\n")
    (Path(site.directory) / "gone").touch()
    assert (await PublishedOnly().look(site, None)).yes


@pytest.mark.parametrize(
    "said", ["nonsense", '{"name":"/x"}', '{"name":"/x","ports":{"1/tcp":[{"HostIp":"where","HostPort":"1"}]}}']
)
async def test_what_is_not_understood_is_never_a_yes(site: Site, said: str) -> None:
    (Path(site.directory) / "said").write_text(said + "\n")
    with pytest.raises(Unreachable, match="something else"):
        await PublishedOnly().look(site, None)


async def test_an_engine_that_is_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2; exit 1\n")
    with pytest.raises(Unreachable, match="Cannot connect"):
        await PublishedOnly().look(site, None)
