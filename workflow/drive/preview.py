"""What a run is about to do, before it is asked for: from, to, and the path."""

from __future__ import annotations

from titan_flow.adapters.base import Unreachable
from titan_flow.states.events import RunStarted
from titan_flow.workflow.drive.place import Place


async def preview(place: Place, started: RunStarted) -> str:
    """A few lines: which commit runs, which would, and every state on the way with where a failure leads."""
    from titan_flow.states.draw import text

    lines = [f"{started.flow} → {started.target}    by {started.operator}"]
    commit = started.params.get("commit")
    if started.previous is not None:
        lines.append(f"  back to  {await _words(place, started.previous.commit)}    the newest verified release")
    if commit is not None:
        lines.append(f"  to       {await _words(place, commit)}")
    if place.spec.flow.interlocked:
        lines.append(f"  interlock: {started.interlock} now" + ("" if started.may_arm else "; stays disarmed (--arm)"))
    return "\n".join([*lines, "", text(place.spec.flow)])


async def _words(place: Place, commit: str) -> str:
    from titan_flow.adapters.git import describe

    try:
        known = await describe(place.site, commit)
    except (Unreachable, LookupError):
        return commit[:7]
    return f"{commit[:7]}  {known.subject}    {known.author}"
