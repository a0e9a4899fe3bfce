"""Many alternatives as one regular expression that branches where they differ, so that matching stays fast. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_DEEPEST = 30
"""nested groups: the compiler of `re` is recursive"""


@dataclass(slots=True)
class _Node:
    ends: bool = False
    next: dict[str, _Node] = field(default_factory=dict[str, "_Node"])


def alternation(forms: Iterable[Sequence[str]]) -> str:
    """A pattern that matches the longest form at a place; a form is a sequence of fragments of a pattern."""
    root = _Node()
    for form in forms:
        node = root
        for fragment in form:
            node = node.next.setdefault(fragment, _Node())
        node.ends = True
    return _pattern(root, 0)


def _pattern(node: _Node, depth: int) -> str:
    chain = list[str]()
    while len(node.next) == 1 and not node.ends:
        ((fragment, node),) = node.next.items()
        chain.append(fragment)
    if not node.next:
        return "".join(chain)
    if depth >= _DEEPEST:
        ways = sorted(_flat(node), key=len, reverse=True)
    else:
        ways = [fragment + _pattern(child, depth + 1) for fragment, child in node.next.items()]
    optional = "?" if node.ends else ""
    return f"{''.join(chain)}(?:{'|'.join(ways)}){optional}"


def _flat(node: _Node) -> Iterable[str]:
    """What may follow, each way whole; iterative, since it is the fallback for what nests too deeply."""
    waiting = [("", child, fragment) for fragment, child in node.next.items()]
    while waiting:
        before, here, fragment = waiting.pop()
        text = before + fragment
        if here.ends:
            yield text
        waiting += [(text, child, more) for more, child in here.next.items()]
