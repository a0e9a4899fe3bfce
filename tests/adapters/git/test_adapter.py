"""git, against real repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.adapters.checkout import Checkout, git
from tests.adapters.git.performed import perform, state
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.gateway import Gateway, Kind
from titan_flow.adapters.git.adapter import At, Clean, OnBranch, ResetTo, Tip
from titan_flow.adapters.git.commits import head
from titan_flow.adapters.git.names import Branch, Hash, Remote
from titan_flow.adapters.preview import PendingChanges
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Observation

T = TypeVar("T")


@pytest.mark.parametrize(
    "name",
    ["", "-x", "--upload-pack=touch /tmp/x", "a..b", "a b", "/a", "a/", "a.lock", "x/.y", "a@{1}", "@", "a~1", "a:b",
     "a\nb", "a\\b", "a*", "a//b", "a."],
)  # fmt: skip
def test_what_is_not_a_branch(name: str) -> None:
    with pytest.raises(ValidationError, match="branch name"):
        TypeAdapter(Branch).validate_python(name)
    if not name.startswith("-"):  # git allows what only a command line could misread
        assert subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"]).returncode != 0 or name == "@"


@pytest.mark.parametrize("name", ["main", "release/2026-11", "olga/fix#3", "ünï"])
def test_what_is_a_branch(name: str) -> None:
    assert TypeAdapter[str](Branch).validate_python(name) == name


@pytest.mark.parametrize("name", ["-x", "ext::sh -c x", "../up", "/etc", "git@host:x", "https://x", "", "a/b"])
def test_a_remote_is_a_name_and_never_an_address(name: str) -> None:
    with pytest.raises(ValidationError, match="remote's name"):
        TypeAdapter(Remote).validate_python(name)


@pytest.mark.parametrize("commit", ["HEAD", "9b2e771", "-" * 40, "G" * 40, "a" * 41, "a" * 40 + "\n"])
def test_a_commit_is_a_full_hash(commit: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Hash).validate_python(commit)


async def test_the_tip_of_a_branch_is_asked_from_the_remote(repo: Checkout) -> None:
    newest = repo.commit("Second", compose="two\n")
    assert await Tip().value(repo.site) == newest != repo.head
    with pytest.raises(LookupError, match="origin has no branch nowhere"):
        await Tip(branch="nowhere").value(repo.site)
    with pytest.raises(LookupError, match="no git remote upstream"):
        await Tip(remote="upstream").value(repo.site)


async def test_a_remote_that_does_not_answer_is_unreachable_and_not_a_missing_branch(repo: Checkout) -> None:
    repo.origin.rename(repo.origin.with_name("gone"))
    with pytest.raises(Unreachable, match="origin, asked from this machine"):
        await Tip().value(repo.site)
    with pytest.raises(Unreachable):
        await OnBranch(commit=repo.head).look(repo.site, None)


async def test_a_folder_that_is_no_checkout_says_so(tmp_path: Path) -> None:
    site = Site(LocalHost(), str(tmp_path))
    with pytest.raises(LookupError, match="git checkout"):
        await head(site)
    with pytest.raises(LookupError, match="git checkout"):
        await Tip().value(site)
    for check in (Clean(), At(commit="a" * 40), ResetTo(commit="a" * 40)):
        seen = await check.look(site, None)
        assert (seen.answer, "git checkout" in seen.says) == (Answer.UNKNOWN, True)


async def test_clean_means_tracked_files_only(repo: Checkout) -> None:
    (repo.here / "untracked").write_text("x")
    assert (await Clean().look(repo.site, None)).yes
    (repo.here / "compose").write_text("by hand\n")
    seen = await Clean().look(repo.site, None)
    assert (seen.answer, seen.final, seen.evidence["changed"]) == (Answer.NO, True, ["compose"])
    assert seen.says == "compose differs from HEAD"


async def test_a_stale_index_lock_is_named_with_its_age_and_what_to_type(repo: Checkout) -> None:
    lock = repo.here / ".git/index.lock"
    lock.touch()
    os.utime(lock, (1_000_000_000, 1_000_000_000))
    seen = await Clean().look(repo.site, None)
    assert (seen.answer, seen.final) == (Answer.NO, True)
    assert f"rm {lock}" in seen.says and "s ago" in seen.says
    assert isinstance(seen.evidence["age"], int) and seen.evidence["age"] > 1e8


async def test_the_holder_of_an_index_lock_is_named(repo: Checkout) -> None:
    (repo.here / ".git/index.lock").touch()
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=repo.here, stdin=subprocess.PIPE) as holder:
        seen = await Clean().look(repo.site, None)
        assert holder.stdin is not None
        holder.stdin.close()
    assert (seen.answer, seen.final, seen.evidence["holders"]) == (Answer.NO, False, [f"git {holder.pid}"])


async def test_at(repo: Checkout) -> None:
    assert (await At(commit=repo.head).look(repo.site, None)).yes
    assert (await At(commit="a" * 40).look(repo.site, None)).answer is Answer.NO


async def test_on_branch_and_a_done_reset_take_one_trip_each(repo: Checkout) -> None:
    class Counted(Gateway):
        trips = 0

        async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
            self.trips += kind == "look"
            return await effect()

    counted = Counted()
    site = Site(repo.site.host, repo.site.directory, gateway=counted)
    assert (await OnBranch(commit=repo.head).look(site, None)).yes
    assert counted.trips == 1
    assert (await ResetTo(commit=repo.head).look(site, {"head": repo.head})).yes
    assert counted.trips == 2


async def test_on_branch_touches_nothing_but_refs_of_ours(repo: Checkout) -> None:
    older, newest = repo.head, repo.commit("Second", compose="two\n")
    stray = repo.commit("Stray", branch="feature", compose="three\n")
    git(repo.here, "config", "fetch.prune", "true")
    before = state(repo)
    assert (await OnBranch(commit=newest).look(repo.site, None)).says.endswith("is the newest of origin/main")
    assert (await OnBranch(commit=older).look(repo.site, None)).yes
    for commit in (stray, "a" * 40):
        seen = await OnBranch(commit=commit).look(repo.site, None)
        assert (seen.answer, seen.final) == (Answer.NO, True)
        assert "is not on origin/main" in seen.says
    assert (await OnBranch(commit=stray, branch="feature").look(repo.site, None)).yes
    missing = await OnBranch(commit=newest, branch="nowhere").look(repo.site, None)
    assert (missing.answer, missing.says) == (Answer.NO, "origin has no branch nowhere")
    assert state(repo) == before


async def test_reset_moves_the_branch_and_says_what_changed(repo: Checkout) -> None:
    older = repo.head
    newest = repo.commit("Tighten risk limits", compose="two\n", policy="p\n")
    action = ResetTo(commit=newest, remote="origin", branch="main")
    first = await action.look(repo.site, None)
    assert (first.answer, first.mark) == (Answer.NO, {"head": older})
    assert await perform(repo.site, action, first) == [0] * 6
    seen = await action.look(repo.site, first.mark)
    assert seen.yes
    assert seen.outputs == {
        "commit": newest,
        "previous": older,
        "subject": "Tighten risk limits",
        "author": "Olga",
        "changed": 2,
    }
    assert set(seen.outputs) == set(ResetTo.outputs)
    assert git(repo.here, "symbolic-ref", "--short", "HEAD") == "main"
    assert (await action.look(repo.site, None)).outputs["changed"] == 0

    back = ResetTo(commit=older)
    assert await perform(repo.site, back, await back.look(repo.site, None)) == [0] * 4
    assert (repo.here / "compose").read_text() == "one\n"


async def test_a_commit_that_is_not_on_the_branch_is_not_checked_out(repo: Checkout) -> None:
    stray = repo.commit("Stray", branch="feature", compose="three\n")
    action, before = ResetTo(commit=stray, remote="origin", branch="main"), repo.head
    deed = action.act(repo.site, await action.look(repo.site, None))
    done = [await repo.site.run(command) for command in deed.commands[:2]]
    assert (done[1].status, done[1].reason()) == (1, f"{stray} is not on origin/main")
    assert repo.head == before


async def test_a_persons_own_branch_is_not_moved(repo: Checkout) -> None:
    git(repo.here, "checkout", "-q", "-b", "hotfix")
    hotfix, newest = repo.head, repo.commit("Second", compose="two\n")
    action = ResetTo(commit=newest, remote="origin", branch="main")
    assert await perform(repo.site, action, await action.look(repo.site, None)) == [0] * 6
    assert git(repo.here, "rev-parse", "hotfix") == hotfix
    assert git(repo.here, "symbolic-ref", "--short", "HEAD") == "main"


async def test_what_a_reset_overwrites_is_kept(repo: Checkout) -> None:
    (repo.here / "compose").write_text("by hand, at night\n")
    action = ResetTo(commit=repo.head)
    seen = await action.look(repo.site, None)
    assert seen.answer is Answer.PARTLY
    assert await perform(repo.site, action, seen) == [0] * 5
    assert (await action.look(repo.site, seen.mark)).yes
    assert git(repo.here, "show", "refs/titan-flow/overwritten:compose") == "by hand, at night"
    assert git(repo.here, "stash", "list") == ""


async def test_a_standing_lock_is_left_to_a_person(repo: Checkout) -> None:
    lock = repo.here / ".git/index.lock"
    newest = repo.commit("Second", compose="two\n")
    lock.touch()
    action = ResetTo(commit=newest, remote="origin", branch="main")
    seen = await action.look(repo.site, None)
    assert f"rm {lock}" in seen.says
    assert (await perform(repo.site, action, seen))[-1] == 128
    assert lock.exists()


def test_an_act_can_be_built_from_the_mark_alone(repo: Checkout) -> None:
    action = ResetTo(commit="a" * 40, remote="origin", branch="main")
    assert isinstance(action.act(repo.site, Observation(Answer.NO)), Job)
    assert all(not command.sudo for command in action.act(repo.site, Observation(Answer.NO)).commands)


def test_a_branch_needs_its_remote() -> None:
    with pytest.raises(ValidationError, match="`branch` needs `remote`"):
        ResetTo(commit="a" * 40, branch="main")


async def test_a_deployed_commit_survives_a_forced_push_and_gc(repo: Checkout) -> None:
    first, second = repo.head, repo.commit("Second", compose="two\n")
    forth, back = ResetTo(commit=second, remote="origin", branch="main"), ResetTo(commit=first)
    assert await perform(repo.site, forth, await forth.look(repo.site, None)) == [0] * 6
    git(repo.origin, "update-ref", "refs/heads/main", first)
    assert await perform(repo.site, back, await back.look(repo.site, None)) == [0] * 4
    for ref in ("refs/remotes/origin/main", "refs/titan-flow/origin/main"):
        git(repo.here, "update-ref", "-d", ref)
    git(repo.here, "reflog", "expire", "--expire=now", "--all")
    git(repo.here, "gc", "-q", "--prune=now")
    again = ResetTo(commit=second)
    assert await perform(repo.site, again, await again.look(repo.site, None)) == [0] * 4
    assert (repo.here / "compose").read_text() == "two\n"


async def test_a_commit_that_is_gone_is_said_at_once(repo: Checkout) -> None:
    seen = await ResetTo(commit="1" * 40).look(repo.site, None)
    assert (seen.answer, seen.final) == (Answer.NO, True) and "gone from this checkout" in seen.says


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
async def test_a_change_that_git_was_told_to_pass_over_is_seen_and_overwritten(repo: Checkout, flag: str) -> None:
    git(repo.here, "update-index", flag, "compose")
    assert (await Clean().look(repo.site, None)).yes
    (repo.here / "compose").write_text("by hand\n")
    before = state(repo)
    assert (await Clean().look(repo.site, None)).evidence["changed"] == ["compose"]
    action = ResetTo(commit=repo.head)
    seen = await action.look(repo.site, None)
    assert (seen.answer, state(repo)) == (Answer.PARTLY, before)
    assert await perform(repo.site, action, seen) == [0] * 5
    assert (await action.look(repo.site, seen.mark)).yes
    assert (repo.here / "compose").read_text() != "by hand\n"
    assert git(repo.here, "show", "refs/titan-flow/overwritten:compose") == "by hand"


async def test_what_a_sparse_checkout_leaves_out_is_no_change(repo: Checkout) -> None:
    repo.commit("Docs", docs="text\n")
    commit = repo.commit("More docs", docs="more\n")
    git(repo.here, "sparse-checkout", "set", "--no-cone", "/compose")
    action = ResetTo(commit=commit, remote="origin", branch="main")
    seen = await action.look(repo.site, None)
    assert await perform(repo.site, action, seen) == [0] * 6
    assert (await action.look(repo.site, seen.mark)).yes and not (repo.here / "docs").exists()
    assert (await Clean().look(repo.site, None)).yes


async def test_a_commit_is_what_its_hash_says(repo: Checkout) -> None:
    """`git replace` shows another commit's files under a commit's own name."""
    commit = repo.commit("Right", compose="right\n")
    other = repo.commit("Wrong", compose="wrong\n")
    git(repo.here, "fetch", "origin")
    git(repo.here, "replace", commit, other)
    action = ResetTo(commit=commit)
    await perform(repo.site, action, await action.look(repo.site, None))
    assert (repo.here / "compose").read_text() == "right\n"


async def test_one_branch_is_fetched_where_another_was(repo: Checkout) -> None:
    early = repo.commit("Early", branch="feature")
    assert (await OnBranch(commit=early, branch="feature").look(repo.site, None)).yes
    git(repo.author, "push", "-q", "origin", "--delete", "feature")
    git(repo.author, "branch", "-m", "feature", "old")
    late = repo.commit("Late", branch="feature/x")
    assert (await OnBranch(commit=late, branch="feature/x").look(repo.site, None)).yes
    action = ResetTo(commit=late, remote="origin", branch="feature/x")
    await perform(repo.site, action, await action.look(repo.site, None))
    assert (await action.look(repo.site, None)).yes


CARRIED = {
    "a file in it": {".titan-flow/epoch": "99\n"},
    "the folder as a file": {".titan-flow": "x\n"},
    "a link": {".titan-flow": "/etc"},
}


@pytest.mark.parametrize("how", CARRIED)
async def test_a_commit_that_carries_our_own_folder_is_refused(repo: Checkout, how: str) -> None:
    before = repo.head
    for name, content in CARRIED[how].items():
        path = repo.author / name
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(content) if how == "a link" else path.write_text(content)
    evil = repo.commit("Evil")
    action = ResetTo(commit=evil, remote="origin", branch="main")
    seen = await action.look(repo.site, None)
    assert seen.answer is Answer.NO and not seen.final, "nobody knows it here yet"
    assert (await perform(repo.site, action, seen))[-1] == 1
    assert repo.head == before and not (repo.here / ".titan-flow").exists()
    seen = await action.look(repo.site, None)
    assert (seen.answer, seen.final) == (Answer.NO, True)
    assert f"{evil[:7]} carries .titan-flow" in seen.says and "git rm -r --cached .titan-flow" in seen.remedy
    assert (await action.foresee(repo.site, PendingChanges())).refused
    clean = await Clean(commit=evil).look(repo.site, None)
    assert clean.answer is Answer.NO and clean.says == seen.says
    git(repo.here, "reset", "-q", "--hard", evil)
    assert (await action.look(repo.site, None)).answer is Answer.NO, "checked out by hand, it is refused too"


async def test_the_folder_is_looked_for_where_the_flow_lies(repo: Checkout) -> None:
    (repo.author / "app/.titan-flow").mkdir(parents=True)
    (repo.author / "app/.titan-flow/epoch").write_text("99\n")
    evil = repo.commit("Evil")
    git(repo.here, "pull", "-q")
    assert (await ResetTo(commit=evil).look(repo.site, None)).yes, "another folder of that name is not ours"
    seen = await ResetTo(commit=evil).look(Site(LocalHost(), str(repo.here / "app")), None)
    assert "carries app/.titan-flow" in seen.says


async def test_a_host_resets_it_alone_without_the_remote(repo: Checkout) -> None:
    old, site = repo.head, repo.site
    new = repo.commit("Newer", compose="newer\n")
    commands = await ResetTo(commit=old, remote="origin", branch="main").by_host(site, old, 1)
    assert (await perform(site, to := ResetTo(commit=new, remote="origin"), await to.look(site, None)))[-1] == 0
    (repo.here / "compose").write_text("changed by hand")
    git(repo.here, "remote", "set-url", "origin", "/nowhere")
    for command in commands:
        assert (await site.run(command)).ok, command
    assert (await ResetTo(commit=old).look(site, None)).yes
    assert "changed by hand" in git(repo.here, "show", "refs/titan-flow/overwritten:compose")
