"""Whether a regular expression can only match at the beginning of a line. Pure.

An unanchored pattern also matches text that a service quotes: `order note: SYSTEM DISARMED` would read as disarmed.
"""

from __future__ import annotations

import re

_OPENING = re.compile(r"\((?:\?(?:[aimsux]+:|:|P<\w+>|>))?")
_STARTS = re.compile(r"(?:\(\?[aimsux]+\))?(?:\^|\\A)")


def anchored(pattern: str) -> bool:
    """`^a|^b` and `^(a|b)` and `(^a|^b)c` are; `^a|b` is not."""
    return all(_starts(one) for one in _alternatives(pattern))


def _starts(alternative: str) -> bool:
    if _STARTS.match(alternative):
        return True
    opening = _OPENING.match(alternative)
    if opening is None or alternative.startswith(("(?!", "(?=", "(?<", "(?#", "(?(")):
        return False
    end = _closing(alternative)
    optional = alternative[end + 1 : end + 2] in ("?", "*", "{")
    return not optional and anchored(alternative[opening.end() : end])


def _closing(text: str) -> int:
    """Where the group that the text begins with ends."""
    depth = 0
    for at, char in _outside(text):
        depth += (char == "(") - (char == ")")
        if not depth:
            return at
    return len(text)


def _alternatives(pattern: str) -> list[str]:
    found, depth, last = list[str](), 0, 0
    for at, char in _outside(pattern):
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            found.append(pattern[last:at])
            last = at + 1
    return [*found, pattern[last:]]


def _outside(pattern: str) -> list[tuple[int, str]]:
    """Each character that is neither escaped nor in a class, with its place."""
    found, at, inside = list[tuple[int, str]](), 0, False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 2
            continue
        if inside:
            inside = char != "]"
        elif char == "[":
            inside = True
            at += 1 + (pattern[at + 1 : at + 2] == "^")
            at += pattern[at : at + 1] == "]"
            continue
        else:
            found.append((at, char))
        at += 1
    return found
