"""What others kept of a run: a noted audit hash, or a copy. Only they can tell that its end was cut off, or
that all of it was written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from titan_flow.workflow.audit.chain import Audited, Finding, audited

SHORTEST = 12
"""letters of a hash that are enough to name it"""


@dataclass(frozen=True, slots=True)
class Anchor:
    """`by`: who kept it. `upto`: the record up to which it holds; `finding` where it does not."""

    by: str
    state: Literal["same", "older", "differs", "none"]
    says: str
    upto: int = 0
    finding: Finding | None = None


def by_head(one: Audited, noted: str) -> Anchor:
    """By a hash that was noted: the whole of it, or at least its first twelve letters."""
    noted = noted.lower()
    found = next((n for n, line in enumerate(one.said, 1) if (line.hash or "").startswith(noted)), None)
    if found is None:
        what = f"or an earlier one is not as it was when {noted[:16]} was noted: the end was cut off, or rewritten"
        return Anchor("the audit hash that you noted", "differs", "", 0, Finding(len(one.lines), what))
    if found == len(one.lines):
        return Anchor("the audit hash that you noted", "same", "is the last record's", found)
    return Anchor(
        "the audit hash that you noted", "older", f"is record {found}; {len(one.lines) - found} came after it", found
    )


def by_copy(one: Audited, copy: Sequence[str], whose: str) -> Anchor:
    """By a copy of the same run that `whose` has."""
    if not copy:
        return Anchor(whose, "none", "has no copy of this run")
    for seq, (ours, theirs) in enumerate(zip(one.lines, copy, strict=False), 1):
        if ours != theirs:
            return Anchor(whose, "differs", "", seq - 1, _differs(seq, copy, whose))
    shared = min(len(one.lines), len(copy))
    if len(copy) > shared:
        last = len(copy)
        which = f"to {last} are" if last > shared + 1 else "is"
        finding = Finding(shared + 1, f"{which} missing here: {whose} has it, the end was cut off")
        return Anchor(whose, "differs", "", shared, finding)
    if shared < len(one.lines):
        return Anchor(whose, "older", f"has the same records up to {shared}; it has not received the rest yet", shared)
    return Anchor(whose, "same", f"has the same {shared} records", shared)


def _differs(seq: int, copy: Sequence[str], whose: str) -> Finding:
    broken = audited(copy).findings
    if broken and broken[0].seq <= seq:
        return Finding(seq, f"is not the one that {whose} has, whose own copy is not intact: {broken[0]}")
    return Finding(seq, f"is not the one that {whose} has, whose copy is intact")
