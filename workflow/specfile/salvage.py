"""Reads what can be read of a spec with mistakes: a piece that cannot be read is left out, its neighbours stay."""

from __future__ import annotations

import re

from titan_flow.adapters.plain_file import plain_bytes
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.yaml_reader import value_of

LARGEST = 1024 * 1024
"""bytes that are read of a file"""
DEEPEST = 12
"""levels that are taken apart"""

_HEAD = re.compile(r"\s*(?P<item>- +)?(?P<key>[A-Za-z_][A-Za-z0-9_.-]*):\s*(#.*)?")


def text_of(path: str) -> str:
    """The text of a file; bytes that are not UTF-8 are replaced. Raises Unreadable."""
    raw = plain_bytes(path, LARGEST)
    return raw.decode(errors="replace").replace("\0", " ").removeprefix("\ufeff")


def salvage(text: str, depth: int = 0) -> Json:
    """The data that can be read; None where nothing can."""
    try:
        return value_of(text)
    except Exception:
        if depth >= DEEPEST:
            return None
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    pieces = _pieces(lines)
    if len(pieces) > 1:
        return _joined([salvage("\n".join(piece), depth + 1) for piece in pieces])
    return _under(pieces[0], depth) if pieces else None


def _pieces(lines: list[str]) -> list[list[str]]:
    """Each line of the smallest indentation begins a piece."""
    least = min((_indent(line) for line in lines), default=0)
    found = list[list[str]]()
    for line in lines:
        if _indent(line) == least or not found:
            found.append([])
        found[-1].append(line)
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _under(piece: list[str], depth: int) -> Json:
    """A key alone on its line, and what can be read of what stands under it."""
    head = _HEAD.fullmatch(piece[0])
    if head is None or len(piece) == 1:
        return None
    inner: Json = {head["key"]: salvage("\n".join(piece[1:]), depth + 1)}
    return [inner] if head["item"] else inner


def _joined(parts: list[Json]) -> Json:
    """One mapping of all mappings, or one list of all lists; a key that stands there twice is judged by its first."""
    mapping, items = dict[str, Json](), list[Json]()
    for part in parts:
        if isinstance(part, dict):
            mapping = {**part, **mapping}
        elif isinstance(part, list):
            items += part
    return mapping or items or None
