"""Tables from raw rows, and a page's tables replaced by them: each stands between two comments of its part."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench import machine
from bench.parts import PARTS
from bench.rows import Row, missing, where

_BLOCK = re.compile(r"(<!-- bench: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def tables(name: str, rows: Sequence[Row]) -> str:
    """Of one part; a line that says so where nothing of it was measured."""
    if name == machine.PART:
        return machine.tables(rows)
    if not any("missing" not in row for row in rows):
        return missing(rows).strip() or "Not measured."
    return PARTS[name].tables(rows)


def section(name: str, rows: Sequence[Row]) -> str:
    return f"## {name}\n\n{tables(name, rows)}"


def markdown(rows: Sequence[Row]) -> str:
    return "\n\n".join(section(name, where(rows, part=name)) for name in (machine.PART, *PARTS))


def filled(page: str, rows: Sequence[Row]) -> str:
    """The page with this file's tables in their places."""

    def block(found: re.Match[str]) -> str:
        begin, name, end = found.groups()
        return f"{begin}\n{tables(name, where(rows, part=name))}\n\n{end}"

    return _BLOCK.sub(block, page)
