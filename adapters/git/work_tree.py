"""Whether the work tree is as git would write it: changed files, submodules, Git LFS. Reads only."""

from __future__ import annotations

from titan_flow.adapters.effects import Command
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.site import Site

MOST = 100
"""changed files that are compared with what a checkout would write"""

_AS_WRITTEN = """
cd "$(git rev-parse --show-toplevel)" || exit
for file; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  case $(git ls-tree HEAD -- "$file") in
    '100644 blob '*) [ ! -x "$file" ] || continue ;;
    '100755 blob '*) [ -x "$file" ] || continue ;;
    *) continue ;;
  esac
  git cat-file --filters "HEAD:$file" 2>/dev/null | cmp -s - "$file" && printf '%s\\0' "$file"
done
exit 0
"""

# One line for each submodule that is not at the commit's own; then one for each Git LFS pointer in a file's place.
_INCOMPLETE = """
cd "$(git rev-parse --show-toplevel)" || exit
if [ -f .gitmodules ]; then
  git submodule status --recursive | sed -n 's/^[-+U][0-9a-f]* \\([^ ]*\\).*/submodule \\1/p'
fi
git ls-files -z ':(attr:filter=lfs)' | tr '\\0' '\\n' | while IFS= read -r file; do
  [ "$(head -c 42 -- "$file" 2>/dev/null)" = 'version https://git-lfs.github.com/spec/v1' ] || continue
  if git lfs version >/dev/null 2>&1; then echo "pointer $file"; else echo "no-lfs $file"; fi
done | head -n 20
exit 0
"""

_COMPLETE = """
cd "$(git rev-parse --show-toplevel)" || exit
if [ -f .gitmodules ]; then
  git submodule sync --recursive --quiet && git submodule update --init --recursive --force --quiet || exit
fi
if [ -n "$(git ls-files ':(attr:filter=lfs)' | head -n 1)" ] && git lfs version >/dev/null 2>&1; then
  git lfs pull || exit
fi
"""


async def changed_files(site: Site, status: str) -> tuple[str, ...]:
    """The tracked files with local changes, from `git status --porcelain=v1 -z`. Raises Unreachable.

    A file that is exactly what a checkout writes is not among them, though git may call it changed: with CRLF in the
    commit and `eol=lf` in .gitattributes, no checkout can make `git status` clean.
    """
    suspects = [entry[3:] for entry in status.split("\0") if entry.startswith(" M ")][:MOST]
    if not suspects:
        return git.read_changes(status)
    (answer,) = await site.run_all(git.script(_AS_WRITTEN, *suspects))
    as_written = set(git.read_names(answer.out)) if answer.ok else set[str]()
    return tuple(name for name in git.read_changes(status) if name not in as_written)


def left_out() -> Command:
    """What a checkout leaves out, for `incomplete` to read."""
    return git.script(_INCOMPLETE)


def incomplete(out: str, host: str) -> tuple[str, bool]:
    """What a checkout leaves out, in words (empty: nothing), and whether `complete` can get it. Pure."""
    lines = [line.partition(" ") for line in out.splitlines()]
    if absent := [name for kind, _, name in lines if kind == "no-lfs"]:
        return f"{absent[0]} is a Git LFS pointer, and git-lfs is not installed on {host}", False
    words = {"submodule": "the submodule {} is not at its commit", "pointer": "{} is a Git LFS pointer"}
    return "; ".join(words[kind].format(name) for kind, _, name in lines if kind in words), True


def complete() -> Command:
    """Submodules at their commits, Git LFS files in the place of their pointers."""
    return git.script(_COMPLETE, timeout=600)
