"""What the tests of git share: a reset as the guard does it, and what no look may touch."""

from __future__ import annotations

from tests.adapters.checkout import Checkout, git
from titan_flow.adapters.effects import Job
from titan_flow.adapters.git.adapter import ResetTo
from titan_flow.adapters.site import Site
from titan_flow.states.values import Observation


async def perform(site: Site, action: ResetTo, seen: Observation) -> list[int]:
    """What the guard does with a job: each command, until one fails."""
    deed, statuses = action.act(site, seen), list[int]()
    assert isinstance(deed, Job)
    for command in deed.commands:
        statuses.append((await site.run(command)).status)
        if statuses[-1] != 0:
            break
    return statuses


def state(repo: Checkout) -> tuple[str, ...]:
    """Everything of the checkout that a check must not touch."""
    index = (repo.here / ".git/index").read_bytes()
    refs = git(repo.here, "for-each-ref", "refs/heads", "refs/remotes", "refs/tags")
    head = (repo.here / ".git/HEAD").read_text()
    return head, refs, str(hash(index)), str((repo.here / ".git/FETCH_HEAD").exists()), git(repo.here, "status", "-s")
