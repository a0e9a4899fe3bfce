"""What lies between two commits: whose, and which files. Reads only; what is missing is fetched into our own refs."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.effects import Command
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.git.commits import describe, head
from titan_flow.adapters.offers import Between, Commit
from titan_flow.adapters.site import Site

MOST = 200
"""commits named"""


class GitCheckout:
    """What git offers as `Checkout`; a commit that is not here is looked for at `origin`."""

    async def head(self, site: Site) -> str:
        return await head(site)

    async def describe(self, site: Site, commit: str) -> Commit:
        return await describe(site, commit)

    async def between(self, site: Site, one: str, other: str) -> Between:
        return await between(site, one, other)


def log(one: str, other: str) -> Command:
    span = f"{one}..{other}"
    return git.git("log", "-z", f"-{MOST}", "--no-show-signature", "--format=%H%x09%aI%x09%an%x09%s", span, "--")


def counted(one: str, other: str) -> Command:
    return git.git("rev-list", "--count", f"{one}..{other}", "--")


def relative(one: str, other: str) -> Command:
    """Paths as the flow's directory has them; `../…` does not happen: what lies outside is left out."""
    return git.git("diff", "--name-only", "-z", "--relative", "--no-ext-diff", "--no-renames", one, other, "--")


async def between(site: Site, one: str, other: str, remote: str = "origin") -> Between:
    """Raises LookupError where one of them is not to be had; Unreachable."""
    questions = (log(one, other), counted(one, other), log(other, one), counted(other, one), relative(one, other))
    _, _, answers = await asyncio.gather(
        describe(site, one, remote), describe(site, other, remote), site.run_all(*questions)
    )
    if not all(answer.ok for answer in answers):
        answers = await site.run_all(*questions)  # one of them had to be fetched first
    forth, number, back, lost, files = answers
    if not (forth.ok and back.ok and files.ok):
        raise LookupError(f"git on {site.host.name} cannot compare {one[:7]} with {other[:7]}: {forth.reason()}")
    added = number.out.strip() != "0"
    chosen, count = (forth, number) if added else (back, lost)
    commits = tuple(_commit(entry) for entry in chosen.out.split("\0") if entry)
    return Between(commits, int(count.out.strip() or 0), not added and bool(commits), git.read_names(files.out))


def _commit(entry: str) -> Commit:
    # Hash and time come first: an author's name may hold a tab, and could pass for the fields behind it.
    hash, at, author, subject = entry.strip("\n").split("\t", 3)
    return Commit(hash, subject, author, at)
