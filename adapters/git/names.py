"""What git may be given as a branch, a remote, a commit: names, never options, addresses or expressions. Pure."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def _branch(name: str) -> str:
    """The rules of git-check-ref-format(1), and no leading dash."""
    bad = _FORBIDDEN.search(name) or name.startswith(("-", "/")) or name.endswith(("/", ".")) or name in ("", "@")
    if bad or any(part.startswith(".") or part.endswith(".lock") for part in name.split("/")):
        raise ValueError(f"{name!r} is not a branch name")
    return name


def _remote(name: str) -> str:
    """A configured remote's name; never an address or a path, which git would take as well."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name) or ".." in name or name.endswith((".", ".lock")):
        raise ValueError(f"{name!r} is not a remote's name")
    return name


Branch: TypeAlias = Annotated[str, AfterValidator(_branch)]
Remote: TypeAlias = Annotated[str, AfterValidator(_remote)]
Hash: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
