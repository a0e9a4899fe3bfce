"""The first lines of a picture: what goes where, which run, by whom, from which release to which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states.events import Record, RunStarted, StepDone
from titan_flow.workflow.display.layout import Spans, ends


def header(records: Sequence[Record], columns: int) -> list[Spans]:
    """Nothing where the records do not begin with `run.started`."""
    if not records or not isinstance(started := records[0].event, RunStarted):
        return []
    who = f"run {records[0].run} · {started.operator}"
    first = ends(f"{started.flow} → {started.target}", who, columns)
    return [[(first, "bold")], *([(line, "")] for line in _commits(started, _recorded(records))), []]


def _commits(started: RunStarted, recorded: str) -> Iterator[str]:
    """What ran when the run began, as it was recorded, or the newest release verified before."""
    back = (recorded or (started.previous.commit if started.previous is not None else ""))[:7]
    to = started.params.get("commit", "")[:7]
    if started.purpose == "rollback":
        yield f"  back to {back}"
    elif to:
        yield f"  {back} → {to}" if back else f"  to {to}"


def _recorded(records: Sequence[Record]) -> str:
    for record in records:
        if isinstance(record.event, StepDone) and isinstance(told := record.event.outputs.get("release"), dict):
            return str(told.get("commit", ""))
    return ""
