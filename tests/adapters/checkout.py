"""A real bare origin and a real checkout of it, for tests."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.adapters.fake_services import site_with
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

WHO = {
    "GIT_AUTHOR_NAME": "Olga",
    "GIT_AUTHOR_EMAIL": "olga@example.com",
    "GIT_COMMITTER_NAME": "Olga",
    "GIT_COMMITTER_EMAIL": "olga@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


def git(at: Path, *argv: str) -> str:
    done = subprocess.run(["git", *argv], cwd=at, env=WHO, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Checkout:
    """`origin` has main; `author` is where commits are made; `here` is what is deployed."""

    origin: Path
    author: Path
    here: Path
    services: Services | None = None

    @classmethod
    def make(cls, at: Path, services: Services | None = None) -> Checkout:
        origin, author, here = at / "origin.git", at / "author", at / "here"
        git(at, "init", "-q", "--bare", "-b", "main", str(origin))
        git(at, "clone", "-q", str(origin), str(author))
        git(author, "symbolic-ref", "HEAD", "refs/heads/main")
        made = cls(origin, author, here, services)
        made.commit("First", compose="one\n")
        git(at, "clone", "-q", str(origin), str(here))
        return made

    def commit(self, subject: str, branch: str = "main", **files: str) -> str:
        """A commit pushed to a branch of the origin; its hash."""
        if git(self.author, "symbolic-ref", "--short", "HEAD") != branch:
            new = branch not in git(self.author, "branch", "--format=%(refname:short)").split()
            git(self.author, "checkout", "-q", *(["-b"] if new else []), branch)
        for name, content in files.items():
            (self.author / name).write_text(content)
        git(self.author, "add", "-A")
        git(self.author, "commit", "-q", "--allow-empty", "-m", subject)
        git(self.author, "push", "-q", "origin", branch)
        return git(self.author, "rev-parse", "HEAD")

    @property
    def head(self) -> str:
        return git(self.here, "rev-parse", "HEAD")

    @property
    def site(self) -> Site:
        return Site(LocalHost(), str(self.here)) if self.services is None else site_with(self.here, self.services)
