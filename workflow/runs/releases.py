"""The releases that an environment has known: listed for people, and named by them."""

from __future__ import annotations

from dataclasses import dataclass

from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.services.lookup import release_now
from titan_flow.states.deadlines import LOOK
from titan_flow.states.release import Mark, Release, Releases
from titan_flow.states.values import Json
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.specfile.model import Spec

SHOWN = 8
"""candidates named in a refusal, at most"""


@dataclass(frozen=True, slots=True)
class Row:
    """One release, as it is listed. `run` brought it; None where it was only ever found running."""

    mark: Mark
    run: str | None
    current: bool

    @property
    def standing(self) -> str:
        words = [self.mark.standing if self.mark.standing == "verified" else f"({self.mark.standing})"]
        return " ".join([*words, "(current)"] if self.current else words)

    def as_json(self) -> dict[str, Json]:
        release = self.mark.release
        return {
            "commit": release.commit,
            "images": {name: image.model_dump() for name, image in release.images.items()},
            "run": self.run,
            "marked": self.mark.at,
            "standing": self.mark.standing,
            "current": self.current,
            "why": self.mark.why,
        }


async def listed(spec: Spec) -> list[Row]:
    """Every release of an environment, the one marked last first. Reads only. Raises Unreachable."""

    site = site_of(spec)
    guard = site.guard()
    try:
        releases = await read_releases(guard)
        now = await release_now(site, LOOK)
    finally:
        await site.close()
    marks = [(one, mark) for one in releases.all if (mark := releases.last(one)) is not None]
    return [Row(mark, releases.run_of(one), one.same(now)) for one, mark in marks]


async def read_releases(guard: Guard) -> Releases:
    """From the host's records: other operators' runs count too. Raises Unreachable."""
    return Releases.read(await guard.marks())


def named(releases: Releases, name: str) -> Release:
    """The verified release of a run or a commit. Raises UserError, which names the candidates."""
    if (found := releases.of(name)) is not None:
        return found
    of_it = [
        m
        for m in reversed(releases.marks)
        if m.run == name.upper() or (len(name) > 6 and m.release.commit.startswith(name))
    ]
    bad = next((mark for mark in of_it if mark.standing == "bad"), None)
    what = (
        f"its release {bad.release.commit[:7]} was marked bad ({bad.why})"
        if bad is not None
        else "its release was never verified here"
    )
    raise UserError(f"--to {name}: {what}; {candidates(releases)}")


def candidates(releases: Releases, now: Release | None = None) -> str:
    """What may be gone back to, in one line."""
    there = [one for one in releases.verified if not one.same(now)]
    if not there:
        return "no other verified release is known here"
    shown = ", ".join(f"{label(releases, one)} ({one.commit[:7]})" for one in there[:SHOWN])
    more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
    return f"--to takes: {shown}{more}"


def label(releases: Releases, release: Release) -> str:
    """What names it: the run that brought it, or its commit where no run did."""
    return releases.run_of(release) or release.commit[:12]
