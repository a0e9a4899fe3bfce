"""git's command lines and what it answers: pure. Nothing here touches HEAD, the index, the work tree or a branch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from titan_flow.adapters.effects import Command, CommandResult
from titan_flow.adapters.offers import Commit
from titan_flow.adapters.transport.shell import library

OURS = "refs/titan-flow/"
"""what we fetch lands here: no branch, no tag and no remote-tracking ref of anybody's is moved"""

QUIET: Mapping[str, str] = MappingProxyType(
    {
        "GIT_OPTIONAL_LOCKS": "0",  # `git status` writes the index otherwise
        "GIT_NO_REPLACE_OBJECTS": "1",  # a commit is what its hash says, whatever `git replace` puts in its place,
        "GIT_GRAFT_FILE": "/dev/null",  # and its parents are those that it names
        "GIT_TERMINAL_PROMPT": "0",
        "SSH_ASKPASS": "false",  # ssh would wait for a person at /dev/tty
        "SSH_ASKPASS_REQUIRE": "force",
    }
)


@dataclass(frozen=True, slots=True)
class Lock:
    """An `index.lock` that stands: seconds since it was written, and the git processes that may hold it."""

    path: str
    age: int
    holders: tuple[str, ...]

    @property
    def says(self) -> str:
        if self.holders:
            return f"{self.path} is held by {', '.join(self.holders)}, since {self.age} s"
        return f"{self.path} was left behind {self.age} s ago, no git runs here; if so: rm {self.path}"


def git(*argv: str, timeout: float = 30.0) -> Command:
    """One git command in the flow's directory, as the SSH user: with sudo it would leave root's objects behind."""
    return Command(("git", *argv), env=QUIET, timeout=timeout, typed_env=False)


def script(text: str, *words: str, timeout: float = 30.0) -> Command:
    """A script that asks git, as the SSH user, in the flow's directory; `words` are its `$1` and so on."""
    return replace(git(timeout=timeout), argv=("sh", "-c", text, *(("sh", *words) if words else ())))


def tracking(remote: str, branch: str) -> str:
    """One name without slashes for each branch: `feature` cannot stand in the way of `feature/x`, even where it is
    gone upstream. Beside what `fetch_all` fetches, which removes names that the remote does not have.
    """
    name = f"{remote}/{branch}".replace("%", "%25").replace("/", "%2F")
    return f"{OURS}tip/{name}"


def fetch(remote: str, *refspecs: str, timeout: float = 60.0) -> Command:
    """`--refmap=` keeps the remote-tracking refs, `--no-write-fetch-head` keeps FETCH_HEAD as they are."""
    still = ("--quiet", "--no-tags", "--no-prune", "--no-auto-gc", "--no-write-fetch-head", "--no-recurse-submodules")
    return git("fetch", *still, "--refmap=", remote, *refspecs, timeout=timeout)


def fetch_branch(remote: str, branch: str, timeout: float = 60.0) -> Command:
    return fetch(remote, f"+refs/heads/{branch}:{tracking(remote, branch)}", timeout=timeout)


def fetch_all(remote: str) -> Command:
    """Ours of branches that are gone are removed first: `a` would stand in the way of `a/b`. Commits that were deployed
    are kept by refs of their own.
    """
    whole = fetch(remote, f"+refs/heads/*:{OURS}{remote}/*")
    return replace(whole, argv=tuple("--prune" if word == "--no-prune" else word for word in whole.argv))


def tip(remote: str, branch: str) -> Command:
    """Exit 2: the remote has no such branch."""
    return git("ls-remote", "--exit-code", remote, f"refs/heads/{branch}")


def head() -> Command:
    return git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")


def at(ref: str) -> Command:
    """The commit that a ref of ours leads to."""
    return git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")


def exists(commit: str) -> Command:
    return git("cat-file", "-e", f"{commit}^{{commit}}")


def is_ancestor(commit: str, of: str) -> Command:
    return git("merge-base", "--is-ancestor", commit, of)


# Files that git was told not to look at: `git update-index --skip-worktree` or `--assume-unchanged`. What a sparse
# checkout leaves out is flagged too, and is not there.
_UNFLAGGED = """
cd "$(git rev-parse --show-toplevel)" || exit
flagged=$(git ls-files -v -z | tr '\\n\\0' '?\\n' | sed -n 's/^[a-zS] //p')
if [ -n "$flagged" ] && [ "$(git config --type=bool core.sparseCheckout)" = true ]; then
  flagged=$(printf '%s\\n' "$flagged" | while IFS= read -r file; do
    if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\\n' "$file"; fi
  done)
fi
unflag() {
  for flag in --no-skip-worktree --no-assume-unchanged; do
    printf '%s\\n' "$flagged" | tr '\\n' '\\0' | git update-index -z "$flag" --stdin || exit
  done
}
"""

# The flags are taken off a copy of the index: a look changes nothing.
_CHANGES = f"""{_UNFLAGGED}
if [ -n "$flagged" ]; then
  index=$(git rev-parse --git-path index) && copy=$(mktemp) || exit
  trap 'rm -f "$copy"' EXIT
  cp "$index" "$copy" && export GIT_INDEX_FILE="$copy" && unflag
fi
git status --porcelain=v1 -z --untracked-files=no --no-renames "$1"
"""


def changes(submodules: bool = True) -> Command:
    """Tracked files that differ from HEAD, in the index or in the work tree, flagged or not."""
    return script(_CHANGES, "--ignore-submodules=" + ("none" if submodules else "all"))


def added(commit: str) -> Command:
    """Files that the commit has and HEAD has not."""
    return git("diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", "--diff-filter=A", "HEAD", commit, "--")


def others() -> Command:
    """Everything untracked, ignored or not; a folder of nothing else as one name, with a slash."""
    return git("ls-files", "--others", "--directory", "--no-empty-directory", "-z")


def others_in(folders: Iterable[str]) -> Command:
    return git("--literal-pathspecs", "ls-files", "--others", "-z", "--", *folders)


def log(commit: str) -> Command:
    return git("log", "-1", "--no-show-signature", "--format=%H%x00%an%x00%aI%x00%s", commit, "--")


def differ(one: str, other: str) -> Command:
    return git("diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", one, other, "--")


_LOCK = """
lock=$(git rev-parse --git-path index.lock) || exit
[ -e "$lock" ] || exit 0
here=$(pwd -P)
case $lock in /*) ;; *) lock=$here/$lock ;; esac
written=$(stat -c %Y -- "$lock") || exit 0
printf '%s\\n%s\\n' "$lock" "$(($(date +%s) - written))"
for process in /proc/[0-9]*; do
  name=; read -r name 2>/dev/null <"$process/comm" || continue
  held=
  for open in "$process"/fd/*; do [ "$open" -ef "$lock" ] && held=yes && break; done
  if [ -n "$held" ]; then printf '%s %s\\n' "$name" "${process#/proc/}"; continue; fi
  case $name in git | git-*) ;; *) continue ;; esac
  at=$(readlink "$process/cwd") || at=
  if [ -z "$at" ]; then  # another user's may be here; one that is over, or being reaped, is not
    grep -q '^State:[[:space:]]*[^ZX[:space:]]' "$process/status" || continue
    at=$here
  fi
  case $at/ in "$here"/*) printf '%s %s\\n' "$name" "${process#/proc/}" ;; esac
done
"""


def lock() -> Command:
    """Path, age and holders of an index.lock: who has it open, and every git at work here; nothing where none stands.

    What other users' processes have open only root may see.
    """
    return script(_LOCK)


def is_shallow() -> Command:
    return git("rev-parse", "--is-shallow-repository")


def inside() -> Command:
    return git("rev-parse", "--git-dir")


def address(remote: str) -> Command:
    return git("config", "--get", f"remote.{remote}.url")


_ON = """
git merge-base --is-ancestor "$1" "$2" 2>/dev/null && exit 0
echo "$1 is not on $3" >&2
exit 1
"""


def must_be_on(commit: str, remote: str, branch: str) -> Command:
    return script(_ON, commit, tracking(remote, branch), f"{remote}/{branch}")


def our_paths(commit: str) -> Command:
    """Paths of titan-flow's own that the commit carries, one a line; exit 1 where it carries any."""
    return script(library("git/our_paths"), commit)


_KEEP = f"""{_UNFLAGGED}
[ -z "$flagged" ] || unflag
kept=$(git stash create) || exit
[ -z "$kept" ] || git update-ref {OURS}overwritten "$kept"
"""


def keep_changes() -> Command:
    """What a reset is about to overwrite stays as a commit of ours; the stash itself is not touched.

    From now on git looks at every file: a reset leaves what it was told to pass over.
    """
    return script(_KEEP)


def keep_commit(commit: str) -> Command:
    """A ref of ours: the commit survives a force-push and `git gc`."""
    return git("update-ref", f"{OURS}keep/{commit}", commit)


def is_kept(commit: str) -> Command:
    return git("rev-parse", "--verify", "--quiet", f"{OURS}keep/{commit}")


def reset(commit: str) -> Command:
    """On the branch that is checked out, or detached as it was."""
    return git("reset", "--hard", "--quiet", commit, "--", timeout=120)


def check_out(branch: str, commit: str) -> Command:
    """That branch, moved to the commit: never another one that a person had checked out."""
    return git("checkout", "--force", "--quiet", "--no-track", "-B", branch, commit, "--", timeout=120)


def read_names(out: str) -> tuple[str, ...]:
    return tuple(name for name in out.split("\0") if name)


def read_tip(out: str, branch: str) -> str | None:
    """`ls-remote` matches by the end of a name, so the right line is looked for."""
    for line in out.splitlines():
        found, _, ref = line.partition("\t")
        if ref == f"refs/heads/{branch}" and re.fullmatch(r"[0-9a-f]{40}", found):
            return found
    return None


def read_changes(out: str) -> tuple[str, ...]:
    return tuple(entry[3:] for entry in out.split("\0") if len(entry) > 3)


def read_log(done: CommandResult) -> Commit | None:
    parts = done.out.strip("\n").split("\0")
    return Commit(parts[0], parts[3], parts[1], parts[2]) if done.ok and len(parts) == 4 else None


def read_lock(done: CommandResult) -> Lock | None:
    path, *rest = done.out.splitlines() or [""]
    return Lock(path, int(rest[0]), tuple(rest[1:])) if rest and re.fullmatch("-?[0-9]{1,18}", rest[0]) else None
