"""The few lines of evidence that tell a person what happened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from titan_flow.states.values import Json
from titan_flow.workflow.display.terminal import one_line

_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")
"""its first letters tell one from another"""
MOST = 4
LONGEST = 160


def excerpts(evidence: Mapping[str, Json], most: int = MOST) -> list[str]:
    """At most `most` lines: each value by its name, the last line of what is long."""

    return [one_line(_HASH.sub(r"\1…", line), LONGEST) for line in list(_excerpt_lines("", dict(evidence)))[:most]]


def _excerpt_lines(name: str, value: Json) -> Iterator[str]:
    before = f"{name}: " if name else ""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _excerpt_lines(f"{name}.{key}" if name else str(key), inner)
        case list() if value:
            yield f'{before}"{value[-1]}"' if isinstance(value[-1], str) else f"{before}{value[-1]}"
        case str() if "\n" in value.strip():
            yield f'{before}"{value.strip().splitlines()[-1]}"'
        case None | False | "" | []:
            return
        case _:
            yield f"{before}{value}"
