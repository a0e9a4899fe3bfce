"""A git origin over ssh, with a history made to measure. The droplet fetches from it with a deploy key of its own.

The repository lies on the droplet's disk, but is reached by a name and over a wire of its own (`link`), so that a
test can take the origin away and leave the droplet.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.droplet.commands import run
from tests.droplet.disk import USERS

EPOCH = 1_700_000_000
WHO = "Olga <olga@example.org>"


class Origin:
    def __init__(self, disk: Path, name: str = "app") -> None:
        self.url = f"ssh://git@origin.test/srv/git/{name}.git"
        self.directory = disk / f"srv/git/{name}.git"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", self.directory)
        self._count = 0
        self._own()

    def commit(self, files: Mapping[str, str | bytes], message: str, *, parent: str = "", branch: str = "main") -> str:
        """One commit that holds exactly `files`, on top of `parent` (else of the branch); returns its full hash.

        The same history gives the same hashes.
        """
        self._count += 1
        tip = parent or self.tip(branch)
        when = f"{WHO} {EPOCH + 60 * self._count} +0000"
        stream = [
            f"commit refs/heads/{branch}\nauthor {when}\ncommitter {when}\n".encode(),
            _data(message.encode()),
        ]
        stream += [f"from {tip}\n".encode()] if tip else []
        stream += [b"deleteall\n"]
        for path, content in sorted(files.items()):
            content = content.encode() if isinstance(content, str) else content
            stream += [f"M 100644 inline {path}\n".encode(), _data(content)]
        self.git("fast-import", "--quiet", "--force", stdin=b"".join(stream).decode())
        self._own()
        return self.tip(branch)

    def tip(self, branch: str = "main") -> str:
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip()

    def move(self, commit: str, branch: str = "main") -> None:
        """Makes this commit the branch's tip, forwards or back, as a push (forced where need be) would."""
        self.git("update-ref", f"refs/heads/{branch}", commit)
        self._own()

    def git(self, *words: str | Path, stdin: str = "") -> str:
        own = ["git", "-c", "safe.directory=*", "--git-dir", self.directory]
        return run([*own, *words], stdin=stdin, env={"GIT_CONFIG_NOSYSTEM": "1"}).stdout

    def _own(self) -> None:
        """git serves a repository only to its owner, or to nobody ("dubious ownership")."""
        for path in (self.directory, *self.directory.rglob("*")):
            os.chown(path, USERS["git"], USERS["git"])


def _data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content + b"\n"
