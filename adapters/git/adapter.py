"""git: the checkout on the host. Fetches into `refs/titan-flow/` only; never with sudo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field, model_validator

from titan_flow.adapters.base import Action, Adapter, Check, Value
from titan_flow.adapters.diagnosis import Symptoms
from titan_flow.adapters.effects import Command, CommandResult, Job
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.git.commits import ask, no_checkout
from titan_flow.adapters.git.fetch import here, turn
from titan_flow.adapters.git.history import GitCheckout
from titan_flow.adapters.git.left_lock import LeftLock
from titan_flow.adapters.git.names import Branch, Hash, Remote
from titan_flow.adapters.git.untracked import GitOutputError, overwritten
from titan_flow.adapters.git.work_tree import changed_files, complete, incomplete, left_out
from titan_flow.adapters.offers import Checkout
from titan_flow.adapters.preview import PendingChanges, Preview
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

SHOWN = 20
"""files named in evidence, at most"""


class Tip(Value):
    """The full hash of a remote branch's newest commit, as the host sees it."""

    name = "git.tip"
    remote: Remote = Field(default="origin", description="a remote that the checkout has")
    branch: Branch = Field(default="main", description="a branch of that remote")

    async def value(self, site: Site) -> str:
        asked = await ask(site, self.remote, git.tip(self.remote, self.branch), fine=(0, 2))
        found = git.read_tip(asked.out, self.branch)
        if found is None:
            raise LookupError(f"{self.remote} has no branch {self.branch}")
        return found


class Clean(Check):
    """No tracked file differs from HEAD, and there is no `index.lock`.

    Untracked files count only if `commit` would overwrite them.
    """

    name = "git.clean"
    remedy = "in the checkout on the host: git status, git diff; keep what is worth it (git stash), or git reset --hard"
    commit: Hash | None = Field(default=None, description="40 hex digits: the commit that will be checked out")
    remote: Remote = Field(default="origin", description="the remote to fetch that commit from, if it is missing")

    async def look(self, site: Site, since: Json) -> Observation:
        status, locked = await site.run_all(git.changes(), git.lock())
        if not status.ok:
            return _cannot(site, status)
        if lock := git.read_lock(locked):
            evidence: dict[str, Json] = {"lock": lock.path, "age": lock.age, "holders": list(lock.holders)}
            remedy = "wait for it" if lock.holders else f"on the host, once sure that no git runs there: rm {lock.path}"
            return Observation(Answer.NO, lock.says, evidence, final=not lock.holders, remedy=remedy)
        if changed := await changed_files(site, status.out):
            return Observation(Answer.NO, _differ(changed), {"changed": [*changed[:SHOWN]]}, final=True)
        if self.commit is not None:
            return await self._untracked(site, self.commit)
        return Observation(Answer.YES, "no tracked file differs from HEAD")

    async def _untracked(self, site: Site, commit: str) -> Observation:
        if not await here(site, commit, self.remote):
            return Observation(Answer.UNKNOWN, f"{commit[:7]} is not here, and {self.remote} does not give it")
        (ours,) = await site.run_all(git.our_paths(commit))
        if ours.out:
            return _carries(commit, ours.out)
        try:
            lost = await overwritten(site, commit)
        except GitOutputError as why:
            return Observation(Answer.UNKNOWN, f"untracked files that {commit[:7]} would overwrite: {why}")
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            says = f"{lost[0]}{more}: untracked, and {commit[:7]} would overwrite it"
            remedy = f"on the host, in {site.directory}: move them away, or remove them"
            return Observation(Answer.NO, says, {"untracked": [*lost[:SHOWN]]}, final=True, remedy=remedy)
        return Observation(Answer.YES, f"no tracked file differs from HEAD, {commit[:7]} overwrites no other")


class At(Check):
    """HEAD is this commit."""

    name = "git.at"
    commit: Hash = Field(description="40 hex digits")

    async def look(self, site: Site, since: Json) -> Observation:
        done = await site.run(git.head())
        if not done.ok:
            return _cannot(site, done)
        there = done.out.strip()
        return Observation(Answer.YES if there == self.commit else Answer.NO, f"HEAD is {there[:7]}", {"head": there})


class OnBranch(Check):
    """The commit is the newest of the remote branch, or one of its ancestors. Asks the remote."""

    name = "git.on_branch"
    remedy = "push it, or merge it, then name a commit that is on the branch: --set commit=…"
    remote: Remote = Field(default="origin", description="a remote that the checkout has")
    branch: Branch = Field(default="main", description="a branch of that remote")
    commit: Hash = Field(description="40 hex digits")

    async def look(self, site: Site, since: Json) -> Observation:
        ref, where = git.tracking(self.remote, self.branch), f"{self.remote}/{self.branch}"
        async with turn(site):
            fetched, newest, known, inside, shallow = await site.run_all(
                git.fetch_branch(self.remote, self.branch),
                git.at(ref),
                git.exists(self.commit),
                git.is_ancestor(self.commit, ref),
                git.is_shallow(),
            )
        if not fetched.ok:
            return await self._unfetched(site)
        tip = newest.out.strip()
        evidence: dict[str, Json] = {"commit": self.commit, "branch": where, "tip": tip}
        if inside.ok:
            at = "is the newest of" if tip == self.commit else "is on"
            return Observation(Answer.YES, f"{self.commit[:7]} {at} {where}", evidence)
        if shallow.out.strip() == "true":
            return Observation(
                Answer.UNKNOWN, "the checkout is shallow, its history ends too early: git fetch --unshallow"
            )
        if known.ok and inside.status != 1:
            return _cannot(site, inside)
        return Observation(Answer.NO, f"{self.commit[:7]} is not on {where} (newest: {tip[:7]})", evidence, final=True)

    async def _unfetched(self, site: Site) -> Observation:
        """Why the branch cannot be fetched, by what the remote answers. Raises Unreachable."""
        try:
            await Tip(remote=self.remote, branch=self.branch).value(site)
            async with turn(site):
                await ask(site, self.remote, git.fetch_branch(self.remote, self.branch))
        except LookupError as missing:
            return Observation(Answer.NO, str(missing), final=True)
        return Observation(Answer.UNKNOWN, f"{self.remote}/{self.branch} could only be fetched at the second attempt")


class ResetTo(Action):
    """HEAD is the commit, and every tracked file matches it.

    Local changes that the reset overwrites are kept in `refs/titan-flow/overwritten`. With `branch`, that local branch
    is checked out at the commit, and the remote's branch must contain the commit. An existing `index.lock` is never
    removed. Submodules and Git LFS files are updated to the commit's own; if that fails, the reason is named. The ref
    `refs/titan-flow/keep/COMMIT` keeps the commit, even if its branch is deleted. A commit with `.titan-flow` in it is
    refused.
    """

    name = "git.reset_to"
    affects = ("checkout",)
    outputs: ClassVar[Mapping[str, Json]] = {
        "commit": "0" * 40,
        "previous": "0" * 40,
        "subject": "Tighten risk limits",
        "author": "Olga",
        "changed": 3,
    }
    commit: Hash = Field(description="40 hex digits")
    remote: Remote | None = Field(default=None, description="fetch this remote first")
    branch: Branch | None = Field(default=None, description="the branch that must contain the commit")

    @model_validator(mode="after")
    def _both_or_neither(self) -> ResetTo:
        if self.branch is not None and self.remote is None:
            raise ValueError("`branch` needs `remote`")
        return self

    async def look(self, site: Site, since: Json) -> Observation:
        earlier = _previous(since)
        before, status, named, locked, ours, left, *moved = await site.run_all(
            git.head(),
            git.changes(submodules=False),
            git.log(self.commit),
            git.lock(),
            git.our_paths(self.commit),
            left_out(),
            *([git.differ(earlier, self.commit)] if earlier else []),
        )
        if not before.ok or not status.ok:
            return _cannot(site, before if not before.ok else status)
        if ours.out:
            return _carries(self.commit, ours.out)
        there, changed = before.out.strip(), await changed_files(site, status.out)
        mark: Json = since if since is not None else {"head": there}
        evidence: dict[str, Json] = {"head": there, "changed": [*changed[:SHOWN]]}
        if there != self.commit and self.remote is None and not named.ok:
            says = f"{self.commit[:7]} is gone from this checkout, and no remote is named to fetch it from"
            return Observation(Answer.NO, says, evidence, mark, final=True)
        if there != self.commit:
            lock = git.read_lock(locked)
            return Observation(Answer.NO, f"HEAD is {there[:7]}" + (f"; {lock.says}" if lock else ""), evidence, mark)
        if changed:
            return Observation(Answer.PARTLY, _differ(changed), evidence, mark)
        missing, obtainable = incomplete(left.out, site.host.name)
        if missing:
            answer = Answer.PARTLY if obtainable else Answer.NO
            return Observation(answer, missing, evidence, mark, final=not obtainable)
        previous = earlier or there
        files = git.read_names("".join(answer.out for answer in moved))
        commit = git.read_log(named)
        subject, author = (commit.subject, commit.author) if commit else ("", "")
        outputs: dict[str, Json] = {
            "commit": there,
            "previous": previous,
            "subject": subject,
            "author": author,
            "changed": len(files),
        }
        says = f"{there[:7]} {subject}".strip()
        return Observation(Answer.YES, says, {**evidence, **outputs, "files": [*files[:SHOWN]]}, mark, outputs)

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        seen = await self.look(site, None)
        outputs: dict[str, Json] = {"commit": self.commit, "previous": seen.evidence.get("head")}
        if "carries" in seen.evidence:
            return Preview(None, seen.says, refused=True, remedy=seen.remedy)
        act = None if seen.yes else self.act(site, seen)
        return Preview(not seen.yes, seen.says, act, seen.outputs or outputs, commit=self.commit)

    def act(self, site: Site, seen: Observation) -> Job:
        commands: list[Command] = []
        if self.remote is not None and self.branch is not None:
            commands.append(git.fetch_branch(self.remote, self.branch))
            commands.append(git.must_be_on(self.commit, self.remote, self.branch))
        elif self.remote is not None:
            commands.append(git.fetch_all(self.remote))
        commands.append(git.our_paths(self.commit))
        if seen.evidence.get("changed"):
            commands.append(git.keep_changes())
        commands.append(git.check_out(self.branch, self.commit) if self.branch else git.reset(self.commit))
        commands += [git.keep_commit(self.commit), complete()]
        return Job(tuple(commands))

    async def by_host(self, site: Site, commit: str | None, within: float) -> tuple[Command, ...]:
        """Without the remote: a recorded commit is kept in the checkout. What was changed by then is kept too."""
        alone = self.model_copy(update={"remote": None})
        return alone.act(site, Observation(Answer.PARTLY, evidence={"changed": ["whatever it is"]})).commands


def _carries(commit: str, paths: str) -> Observation:
    """Nothing of ours may come out of git: it would say who drives, what is verified, and who disarmed."""
    path = paths.splitlines()[0]
    says = f"{commit[:7]} carries {path}, which is titan-flow's own"
    remedy = f"remove it from git (git rm -r --cached {path}), and deploy a commit without it"
    return Observation(Answer.NO, says, {"carries": [*paths.splitlines()]}, final=True, remedy=remedy)


def _previous(mark: Json) -> str | None:
    found = mark.get("head") if isinstance(mark, dict) else None
    return found if isinstance(found, str) else None


def _cannot(site: Site, done: CommandResult) -> Observation:
    return Observation(Answer.UNKNOWN, no_checkout(site, done), {"status": done.status})


def _differ(changed: Sequence[str]) -> str:
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{changed[0]}{more} differs from HEAD" if not more else f"{changed[0]}{more} differ from HEAD"


class GitWorkTree(GitCheckout):
    async def clean(self, site: Site) -> Observation:
        return await Clean().look(site, None)


adapter = Adapter(
    noun="git",
    about="the checkout on the host: its commit, whether it is clean, and moving it to a commit",
    checks=(Clean, At, OnBranch, ResetTo),
    values=(Tip,),
    offers={Checkout: lambda site: GitWorkTree(), Symptoms: lambda site: LeftLock()},
)
