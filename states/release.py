"""A release: what exactly runs, and which of those that ever ran may be gone back to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from titan_flow.states.values import Json

Standing = Literal["verified", "bad", "withdrawn"]
"""*withdrawn*: an operator rolled back from it before it was verified. It says nothing of the release itself: one that
was verified, or bad, stays so."""
Key = tuple[str, tuple[tuple[str, str], ...]]


class Image(BaseModel):
    """One service's image. `id` is local content; `digest` is what a registry knows it by (none if built here)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    digest: str | None = None


class Release(BaseModel):
    """Commit, image of every service, hashes (sha256 hex) of the rendered service file and of the env file.

    `variables`: the names that the env file set. Their values are secrets, and kept nowhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    commit: str
    images: dict[str, Image]
    rendered: str | None = None
    env: str | None = None
    variables: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What makes it this release: commit and image ids. A digest may be learned late, an env file may change."""
        return self.commit, tuple(sorted((name, image.id) for name, image in self.images.items()))

    def same(self, other: Release | None) -> bool:
        return other is not None and self.key == other.key

    def filled(self, other: Release) -> Release:
        """With the digests that only another record of the same release has: a tag that goes takes its digest along."""
        images = {
            name: image if image.digest else Image(id=image.id, digest=other.images[name].digest)
            for name, image in self.images.items()
        }
        return self.model_copy(update={"images": images})

    def values(self) -> dict[str, Json]:
        """What `${release.x}` can name."""
        return {
            "commit": self.commit,
            "images": {name: image.model_dump() for name, image in self.images.items()},
            "rendered": self.rendered,
            "env": self.env,
            "variables": [*self.variables],
        }


class Mark(BaseModel):
    """A `release.marked` event, as a host keeps it. `snapshot`: found running, not brought there by that run."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    run: str
    seq: int
    epoch: int
    release: Release
    standing: Standing
    why: str = ""
    at: str = ""
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Releases:
    """What an environment knows of its releases: marks, oldest first. `unread`: lines that are no marks."""

    marks: tuple[Mark, ...] = ()
    unread: int = 0

    @staticmethod
    def read(lines: Iterable[str]) -> Releases:
        """From the `release.marked` lines of every run. A damaged line is counted: it must not stop a rollback."""
        marks, unread = list[Mark](), 0
        for line in lines:
            try:
                marks.append(Mark.model_validate_json(line))
            except ValidationError:
                unread += bool(line.strip())
        return Releases(tuple(sorted(marks, key=lambda mark: (mark.epoch, mark.seq))), unread)

    def with_mark(self, run: str, seq: int, epoch: int, release: Release) -> Releases:
        """With one more release that was verified, now."""
        mark = Mark(run=run, seq=seq, epoch=epoch, release=release, standing="verified")
        return Releases((*self.marks, mark), self.unread)

    @property
    def all(self) -> tuple[Release, ...]:
        """Every release that was ever marked, the one marked last first."""
        found: dict[Key, Release] = {}
        for mark in reversed(self.marks):
            known = found.setdefault(mark.release.key, mark.release)
            found[mark.release.key] = known.filled(mark.release)
        return tuple(found.values())

    @property
    def verified(self) -> tuple[Release, ...]:
        """Newest first; a release that was marked bad since is not among them."""
        standing = {mark.release.key: mark.standing for mark in self.marks if mark.standing != "withdrawn"}
        newest = [mark.release.key for mark in reversed(self.marks) if mark.standing == "verified"]
        known = {release.key: release for release in self.all}
        return tuple(known[key] for key in dict.fromkeys(newest) if standing[key] == "verified")

    @property
    def bad(self) -> tuple[Release, ...]:
        return tuple(release for release in self.all if self.is_bad(release))

    @property
    def bad_commits(self) -> tuple[str, ...]:
        """Commits of which some release is bad: which images a commit would bring is known only once it is pulled."""
        return tuple(dict.fromkeys(release.commit for release in self.bad))

    def is_bad(self, release: Release) -> bool:
        return (judged := self.judged(release)) is not None and judged.standing == "bad"

    def judged(self, release: Release) -> Mark | None:
        """The last mark that says whether it is good."""
        judged = (mark for mark in reversed(self.marks) if mark.standing != "withdrawn")
        return next((mark for mark in judged if mark.release.same(release)), None)

    def last(self, release: Release) -> Mark | None:
        return next((mark for mark in reversed(self.marks) if mark.release.same(release)), None)

    def before(self, now: Release | None) -> Release | None:
        """Where a rollback from `now` leads: the newest verified release that was there before it.

        One that came later was itself rolled back from: going back twice goes further back, never forth again.
        """
        first = self._first(now)
        return next((one for one in self.verified if not one.same(now) and self._first(one) < first), None)

    def of(self, name: str) -> Release | None:
        """The verified release that a run (by id) brought, or of a commit (7 hex digits at least)."""
        brought = {mark.release.key for mark in self.marks if mark.run == name.upper() and not mark.snapshot}
        by_commit = len(name) >= 7
        return next(
            (one for one in self.verified if one.key in brought or (by_commit and one.commit.startswith(name))), None
        )

    def run_of(self, release: Release) -> str | None:
        """The run that brought it last; None where it was only ever found running."""
        brought = (mark for mark in reversed(self.marks) if mark.release.same(release) and not mark.snapshot)
        return next((mark.run for mark in brought if mark.standing == "verified"), None)

    def _first(self, release: Release | None) -> int:
        """When it was first verified; a release that never was counts as the newest."""
        marks = (n for n, mark in enumerate(self.marks) if mark.standing == "verified" and mark.release.same(release))
        return next(marks, len(self.marks))
