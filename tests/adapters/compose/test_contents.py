"""Inline configs and secrets in containers: a real checkout and real hashes; `docker cp` is a tar of a folder."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.adapters.checkout import git
from tests.adapters.compose.titan import HASH, container
from titan_flow.adapters.compose.contents import outdated_contents
from titan_flow.adapters.compose.declared import Declared
from titan_flow.adapters.compose.models import Project
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

MADE = "2026-11-24T06:40:38.334900949Z"
BEFORE, AFTER = 1_700_000_000, 1_999_999_999
DOCKER = '#!/bin/sh\nfile=${4#*:/}\n[ -e "inside/$file" ] && exec tar -cf - -C inside "$file"\nexit 1\n'


class Scene:
    def __init__(self, at: Path) -> None:
        self.at, self.site = at, Site(LocalHost(), str(at))
        self.settings = Compose.model_validate({"file": "compose.yaml"})
        (at / "inside").mkdir()
        (at / "compose.yaml").write_text("services: {}")
        (at / ".gitignore").write_text("inside\nbin\n")
        git(at, "init", "-q", "-b", "main")
        git(at, "add", "-A")
        git(at, "commit", "-q", "-m", "first")
        self.changed(BEFORE)

    def changed(self, at: int) -> None:
        """The compose file, and the only move of HEAD, are of that time."""
        os.utime(self.at / "compose.yaml", (at, at))
        log = self.at / ".git" / "logs" / "HEAD"
        words = log.read_text().partition("> ")
        log.write_text(f"{words[0]}> {at} +0000\tcommit")

    async def found(self, content: str = "wanted", commit: str = "") -> dict[str, str]:
        hash = sha256(content.encode()).hexdigest()
        nats = Service("nats:2", HASH, files=[("configs", "motd", "/motd"), ("configs", "other", "/other")])
        declared = Declared(contents={("configs", "motd"): hash})
        rendered = Rendered("app", HASH, {"nats": nats}, declared)
        there = Project(0.0, (container(created=MADE),))
        head = commit or git(self.at, "rev-parse", "HEAD")
        facts = Facts(rendered, there, None, (), head)
        return dict(await outdated_contents(self.site, self.settings, facts, ["nats"]))


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").write_text(DOCKER)
    (tmp_path / "bin" / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/local/bin:/usr/bin:/bin")
    return Scene(tmp_path)


WHY = {"c" * 64: "has another content of config motd"}


async def test_content_that_changed_with_the_file_counts(scene: Scene) -> None:
    (scene.at / "inside" / "motd").write_text("older")
    scene.changed(AFTER)
    assert await scene.found() == WHY
    assert await scene.found("older") == {}
    (scene.at / "inside" / "motd").unlink()
    assert await scene.found() == WHY


async def test_what_the_container_wrote_itself_does_not_count(scene: Scene) -> None:
    (scene.at / "inside" / "motd").write_text("its own")
    assert await scene.found() == {}


async def test_a_commit_that_will_be_checked_out_counts(scene: Scene) -> None:
    (scene.at / "inside" / "motd").write_text("older")
    assert await scene.found(commit="f" * 40) == WHY
