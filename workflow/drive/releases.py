"""The releases that an environment has known, read from what its host keeps: a colleague's runs count as ours do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from titan_flow.states.chain import opened
from titan_flow.states.events import ReleaseMarked
from titan_flow.states.release import Release


@dataclass(frozen=True, slots=True)
class Releases:
    """Marks, oldest first."""

    marks: tuple[ReleaseMarked, ...]

    @staticmethod
    def read(lines: Iterable[str]) -> Releases:
        """From the `release.marked` lines of every run on the host. Raises ValueError where one is not a record."""
        records = [opened(line) for line in lines if line.strip()]
        marked = [(r.event.epoch, r.seq, r.event) for r in records if isinstance(r.event, ReleaseMarked)]
        return Releases(tuple(event for _, _, event in sorted(marked, key=lambda mark: mark[:2])))

    @property
    def verified(self) -> tuple[Release, ...]:
        """Newest first; a release whose last mark is *bad* is not among them."""
        newest = [
            mark for mark in reversed(self.marks) if mark.standing == "verified" and not self.is_bad(mark.release)
        ]
        return tuple(_unique(mark.release for mark in newest))

    @property
    def bad_commits(self) -> tuple[str, ...]:
        """Commits whose last mark is *bad*."""
        last = {mark.release.commit: mark.standing for mark in self.marks}
        return tuple(commit for commit, standing in last.items() if standing == "bad")

    def is_bad(self, release: Release) -> bool:
        standings = [mark.standing for mark in self.marks if mark.release == release]
        return bool(standings) and standings[-1] == "bad"


def _unique(releases: Iterable[Release]) -> list[Release]:
    found = list[Release]()
    for release in releases:
        if release not in found:
            found.append(release)
    return found
