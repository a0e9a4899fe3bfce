"""The first lines of a picture: what goes where, which run, by whom, from which release to which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states.events import Record, RunStarted
from titan_flow.workflow.progress.layout import Spans, ends


def header(records: Sequence[Record], columns: int) -> list[Spans]:
    """Nothing where the records do not begin with `run.started`."""
    if not records or not isinstance(started := records[0].event, RunStarted):
        return []
    who = f"run {records[0].run} · {started.operator}"
    first = ends(f"{started.flow} → {started.target}", who, columns)
    return [[(first, "bold")], *([(line, "")] for line in _commits(started)), []]


def _commits(started: RunStarted) -> Iterator[str]:
    back = started.previous.commit[:7] if started.previous is not None else ""
    to = started.params.get("commit", "")[:7]
    if started.purpose == "rollback":
        yield f"  back to {back}"
    elif to:
        yield f"  {back} → {to}" if back else f"  to {to}"
