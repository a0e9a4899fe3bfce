"""Which files matter. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def under(files: Iterable[str], paths: Iterable[str]) -> tuple[str, ...]:
    """The files that are one of these paths, or lie under one."""
    roots = [path.removeprefix("./").rstrip("/") for path in paths]
    return tuple(file for file in files if any(file == root or file.startswith(f"{root}/") for root in roots))
