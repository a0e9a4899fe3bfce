"""The second column's order: each recovery is a group, from above to below as a run goes through it."""

from __future__ import annotations

from titan_flow.states.draw.diagram import Diagram


def stacked(diagram: Diagram) -> list[list[str]]:
    """Groups of boxes that are not on the way: those first that the first boxes of the way fail into; last what other
    recoveries fail into.
    """
    row = {name: n for n, name in enumerate(diagram.spine)}
    rest = [name for name in diagram.boxes if name not in row]
    onward: dict[str, list[str]] = {}
    for line in diagram.lines:
        if line.kind != "failure":
            onward.setdefault(line.source, []).append(line.target)
    entered = {line.target for line in diagram.lines if line.kind != "failure" and line.source not in row}
    groups, seen = list[list[str]](), set[str]()
    for name in sorted(rest, key=lambda name: (name in entered, rest.index(name))):
        group, at = list[str](), name
        while at not in seen and at not in row:
            seen.add(at)
            group.append(at)
            at = next((to for to in onward.get(at, ()) if to not in seen and to not in row), at)
        groups += [group] if group else []
    return sorted(groups, key=lambda group: _rank(diagram, row, group))


def _rank(diagram: Diagram, row: dict[str, int], group: list[str]) -> tuple[bool, float]:
    """By where the path leads into it; what recoveries fail into comes last, what only operators enter before that."""
    into = [line for line in diagram.lines if line.target in group and line.source not in group]
    shared = any(line.kind == "failure" and line.source not in row for line in into) and len(group) == 1
    rows = [row[line.source] for line in into if line.source in row]
    return shared, min(rows) if rows else len(row)
