"""Which mounted files git changed after a container started: a real checkout, with times that the test chooses."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.checkout import WHO
from titan_flow.adapters.compose.mounts import changed, question, read_changed
from titan_flow.adapters.compose.reflog import Reflog, read_reflog, reflog
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

NOW = 1_790_000_000
FIRST, STARTED, LATER = NOW, NOW + 100.5, NOW + 10_000


class Folder:
    """A checkout whose log of HEAD, and whose files, are of the times that `git` is given."""

    def __init__(self, here: Path) -> None:
        self.here, self.site = here, Site(LocalHost(), str(here))
        self.git(FIRST, "init", "-q", "-b", "main")
        (here / ".gitignore").write_text("data\n")
        self.commit(FIRST, "low", "one")

    def git(self, at: int, *argv: str) -> str:
        env = {**WHO, "GIT_COMMITTER_DATE": f"{at} +0000", "GIT_AUTHOR_DATE": f"{at} +0000"}
        before = {path: path.stat().st_mtime_ns for path in self.here.iterdir()}
        done = subprocess.run(["git", *argv], cwd=self.here, env=env, check=True, capture_output=True, text=True)
        for path in self.here.iterdir():
            if path.stat().st_mtime_ns != before.get(path):
                os.utime(path, (at, at))
        return done.stdout.strip()

    def write(self, at: float, name: str, text: str) -> None:
        (self.here / name).write_text(text)
        os.utime(self.here / name, (at, at))

    def commit(self, at: int, limits: str, other: str) -> str:
        self.write(at, "limits", limits)
        self.write(at, "other", other)
        self.git(at, "add", "-A")
        self.git(at, "commit", "-q", "-m", f"{limits} {other}")
        return self.git(at, "rev-parse", "HEAD")

    async def log(self) -> Reflog:
        return read_reflog((await self.site.run(reflog())).out)

    async def change(self, name: str = "limits", started: float = STARTED, commit: str | None = None) -> str:
        """The file that git changed since then, below that name; empty where there is none."""
        log = await self.log()
        asked = [question(log, str(self.here / "other"), 0.0), question(log, str(self.here / name), started)]
        answer = await self.site.run(changed(asked, commit))
        assert answer.ok, answer
        return read_changed(answer.out, asked, log).get(asked[1], "")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "checkout").mkdir()
    return Folder(tmp_path / "checkout")


def rewritten_by_the_container(folder: Folder) -> None:
    folder.write(STARTED + 0.2, "limits", "low")


def rewritten_long_before_a_commit_elsewhere(folder: Folder) -> None:
    folder.write(STARTED + 0.2, "limits", "low")
    folder.git(LATER, "commit", "-q", "--allow-empty", "-m", "empty")


def rewritten_then_replaced_by_git(folder: Folder) -> None:
    """A reset writes a new file wherever the old one is not as git left it, even of the same content."""
    folder.write(STARTED + 0.2, "limits", "low")
    folder.git(LATER, "reset", "-q", "--hard", "HEAD")


def rewritten_with_other_words(folder: Folder) -> None:
    folder.write(LATER, "limits", "its own")


def another_file_committed(folder: Folder) -> None:
    folder.commit(LATER, "low", "two")
    os.utime(folder.here / "limits", (FIRST, FIRST))


def committed(folder: Folder) -> None:
    folder.commit(LATER, "high", "one")


def edited_then_put_back_by_git(folder: Folder) -> None:
    folder.write(FIRST + 50, "limits", "by hand")
    folder.git(LATER, "reset", "-q", "--hard", "HEAD")


def there_and_back(folder: Folder) -> None:
    folder.commit(LATER, "high", "one")
    folder.git(LATER + 500, "reset", "-q", "--hard", "HEAD~1")


def its_log_is_gone(folder: Folder) -> None:
    (folder.here / ".git" / "logs" / "HEAD").unlink()
    folder.write(LATER, "limits", "low")


@pytest.mark.parametrize(
    ("what", "file"),
    [
        (rewritten_by_the_container, ""),
        (rewritten_long_before_a_commit_elsewhere, ""),
        (rewritten_with_other_words, ""),
        (another_file_committed, ""),
        (rewritten_then_replaced_by_git, "limits"),
        (committed, "limits"),
        (edited_then_put_back_by_git, "limits"),
        (there_and_back, "limits"),
        (its_log_is_gone, "limits"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_only_what_git_changed_after_the_start_counts(
    folder: Folder, what: Callable[[Folder], None], file: str
) -> None:
    what(folder)
    assert Path(await folder.change()).name == file


async def test_a_container_that_started_afterwards_runs_with_it(folder: Folder) -> None:
    folder.commit(LATER, "high", "one")
    assert await folder.change(started=LATER + 3.5) == ""
    folder.write(LATER + 4, "limits", "high")
    assert await folder.change(started=LATER + 3.5) == ""


async def test_a_commit_that_will_be_checked_out_counts(folder: Folder) -> None:
    first = folder.git(FIRST, "rev-parse", "HEAD")
    second = folder.commit(LATER, "high", "one")
    assert await folder.change(commit=first) == "limits"
    assert await folder.change(started=LATER + 1.5, commit=first) == "limits"
    assert await folder.change(started=LATER + 1.5, commit=second) == ""


async def test_what_git_does_not_track_never_counts(folder: Folder, tmp_path: Path) -> None:
    folder.write(LATER, "data", "rows")
    folder.git(LATER, "reset", "-q", "--hard", "HEAD")
    assert await folder.change("data") == ""
    (tmp_path / "outside").write_text("no checkout")
    assert await folder.change(str(tmp_path / "outside")) == ""


async def test_the_reflog_names_no_people(folder: Folder) -> None:
    answer = await folder.site.run(reflog())
    assert "Olga" not in answer.out and "example.com" not in answer.out
    assert (await folder.log()).head(FIRST - 1) is None
    assert (await folder.log()).head(FIRST) == folder.git(FIRST, "rev-parse", "HEAD")
