"""Untracked files that a commit would overwrite: `git reset --hard` does so without a word, ignored ones too."""

from __future__ import annotations

from collections.abc import Iterable

from titan_flow.adapters.effects import CommandResult
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.site import Site


class GitOutputError(Exception):
    """git did not say, in these words."""


async def overwritten(site: Site, commit: str) -> list[str]:
    """Those of them that stand where the commit has something and HEAD has nothing. Raises Untold, Unreachable."""
    added, others = await site.run_all(git.added(commit), git.others())
    wanted = set(_names(added))
    there = _names(others)
    folders = [name for name in there if name.endswith("/")]
    near = [folder for folder in folders if any(one.startswith(folder) for one in wanted)]
    whole = {folder.rstrip("/") for folder in folders} & wanted
    files = [name for name in there if not name.endswith("/")]
    if near:
        files += _names((await site.run_all(git.others_in(near)))[0])
    return sorted({*whole, *obstacles(files, wanted)})


def obstacles(files: Iterable[str], wanted: set[str]) -> list[str]:
    """The files that are wanted with other content, or stand where a folder is wanted."""
    folders = {name[:place] for name in wanted for place in range(len(name)) if name[place] == "/"}
    return [name for name in files if name in wanted or name in folders]


def _names(done: CommandResult) -> tuple[str, ...]:
    if not done.ok or done.cut:
        raise GitOutputError("there are too many to list" if done.cut else done.reason() or f"exit {done.status}")
    return git.read_names(done.out)
