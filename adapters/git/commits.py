"""Commits as the host's checkout has them: which one it is at, and who wrote it when."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.adapters.effects import Command, CommandResult
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.offers import Commit
from titan_flow.adapters.site import Site


async def head(site: Site) -> str:
    """The full hash that is checked out. Raises LookupError where there is no commit to be at; Unreachable."""
    done = await site.moment.ask("head", lambda: site.run(git.head()))
    if not done.ok:
        raise LookupError(no_checkout(site, done))
    return done.out.strip()


async def describe(site: Site, commit: str, remote: str = "origin") -> Commit:
    """Subject, author and time; fetched first where it is not here yet. Raises LookupError, Unreachable."""
    return await site.moment.ask(("describe", commit, remote), lambda: _describe(site, commit, remote))


async def _describe(site: Site, commit: str, remote: str) -> Commit:
    found = git.read_log(await site.run(git.log(commit)))
    if found is None:
        await ask(site, remote, git.fetch_all(remote))
        found = git.read_log(await site.run(git.log(commit)))
    if found is None:
        raise LookupError(f"no branch of {remote} has the commit {commit}")
    return found


async def ask(site: Site, remote: str, question: Command, fine: Sequence[int] = (0,)) -> CommandResult:
    """Asks a remote. Raises LookupError where there is none of that name, Unreachable where it does not answer."""
    here, known, asked = await site.run_all(git.inside(), git.address(remote), question)
    if not here.ok:
        raise LookupError(no_checkout(site, here))
    if not known.ok:
        raise LookupError(f"{site.host.name}:{site.directory} has no git remote {remote}")
    if asked.timed_out or asked.status not in fine:
        why = f"no answer within {question.timeout:g} s" if asked.timed_out else asked.reason()
        raise Unreachable(f"{remote}, asked from {site.host.name}: {why}")
    return asked


def no_checkout(site: Site, done: CommandResult) -> str:
    why = "git did not answer in time" if done.timed_out else done.reason() or "there is no commit yet"
    return f"{site.host.name}:{site.directory} cannot be read as a git checkout: {why}"
