"""file, with real files; as root the tests drop to a user who may not see everything."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.adapters.nobody import nobody, opened
from titan_flow.adapters.file import Exists, Protected, Same
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer

ME = str(os.getuid())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "a b'c").write_text("content\n")
    (tmp_path / "a b'c").chmod(0o600)
    (tmp_path / "open").write_text("x")
    (tmp_path / "open").chmod(0o644)
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to("open")
    (tmp_path / "dangling").symlink_to("nowhere")
    return Site(LocalHost(), str(tmp_path))


@pytest.mark.parametrize(
    ("path", "kind", "answer"),
    [
        ("a b'c", "any", Answer.YES),
        ("a b'c", "file", Answer.YES),
        ("a b'c", "directory", Answer.NO),
        ("dir", "directory", Answer.YES),
        ("dir", "file", Answer.NO),
        ("/etc/passwd", "file", Answer.YES),
        ("none", "any", Answer.NO),
        ("none/of/this", "any", Answer.NO),
        ("/none/of/this", "any", Answer.NO),
        ("dangling", "any", Answer.NO),
        ("open/below-a-file", "any", Answer.NO),
    ],
)
async def test_exists(site: Site, path: str, kind: str, answer: Answer) -> None:
    assert (await Exists.model_validate({"path": path, "kind": kind}).look(site, None)).answer is answer


async def test_protected(site: Site) -> None:
    assert (await Protected(path="a b'c", owner=ME, mode="0600").look(site, None)).yes
    assert (await Protected(path="a b'c", owner=ME, mode="0640").look(site, None)).yes, "tighter is fine"
    seen = await Protected(path="link", owner=ME, mode="0600").look(site, None)
    assert (seen.answer, seen.says) == (Answer.NO, "link has mode 0644, more than 0600")
    seen = await Protected(path="a b'c", owner="nobody-else", mode="0600").look(site, None)
    assert seen.answer is Answer.NO and "not nobody-else" in seen.says
    assert (await Protected(path="none", owner=ME, mode="0600").look(site, None)).says == "none does not exist"


@pytest.mark.parametrize("mode", ["600 ", "0999", "", "u=rw", "07777777"])
def test_a_mode_is_octal(mode: str) -> None:
    with pytest.raises(ValidationError):
        Protected(path="x", owner="root", mode=mode)


@pytest.mark.parametrize("path", ["", "a\nb", "a\0b", "-rf"])
def test_bad_paths(path: str) -> None:
    with pytest.raises(ValidationError):
        Exists(path=path)


async def test_same(site: Site) -> None:
    hash = hashlib.sha256(b"content\n").hexdigest()
    assert (await Same(path="a b'c", sha256=hash).look(site, None)).evidence["sha256"] == hash
    assert (await Same(path="open", sha256=hash).look(site, None)).answer is Answer.NO
    assert (await Same(path="dir", sha256=hash).look(site, None)).answer is Answer.UNKNOWN


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_what_lies_in_a_closed_folder_is_unknown_and_not_missing(tmp_path: Path) -> None:
    opened(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "secret").write_text("x")
    (tmp_path / "unreadable").write_text("x")
    (tmp_path / "unreadable").chmod(0o600)
    site = Site(nobody(), str(tmp_path))
    for path in ("closed/secret", "closed/none"):
        seen = await Exists(path=path).look(site, None)
        assert (seen.answer, "`sudo: true`" in seen.says) == (Answer.UNKNOWN, True)
    assert (await Exists(path="unreadable").look(site, None)).yes
    assert (await Same(path="unreadable", sha256="0" * 64).look(site, None)).answer is Answer.UNKNOWN
