"""An `index.lock` that stands in the checkout, as a symptom: a fetch works, a reset fails."""

from __future__ import annotations

from titan_flow.adapters.diagnosis import Symptom
from titan_flow.adapters.effects import run
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.site import Site


class LeftLock:
    about = "git"

    async def symptoms(self, site: Site) -> tuple[Symptom, ...]:
        lock = git.read_lock(await site.run(git.lock()))
        if lock is None:
            return ()
        look = run("ps", "-C", "git", "-f") if lock.holders else run("rm", lock.path)
        return (Symptom("git", "git is locked: a fetch works, a reset fails", (lock.says,), look),)
