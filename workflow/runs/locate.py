"""Which run an operator means: a run's id, a spec's path, or nothing at all."""

from __future__ import annotations

from pathlib import Path

from titan_flow.adapters.registry import Registry
from titan_flow.states.adoption import shaped
from titan_flow.states.events import Record, RunStarted
from titan_flow.states.listing import RunSummary
from titan_flow.states.model import Flow
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import NoSuchRun
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.load import load, loads


def run_meant(journal: Journal, name: str | None, adapters: Registry) -> str:
    """The run of that id, or the newest one of that spec, or the newest of all; an unfinished one before an ended.

    Raises NoSuchRun; SpecError where a spec cannot be read.
    """
    if name is not None and not Path(name).is_file():
        return journal.find(name)
    rows = runs_of(journal, name, adapters)
    if not rows:
        whose = f" of {name}" if name is not None else ""
        raise NoSuchRun(f"the journal has no run{whose}; start one: titan-flow run {name or 'SPEC'}")
    unfinished = (row.run for row in rows if row.unfinished)
    return next(unfinished, rows[0].run)


def runs_of(journal: Journal, spec: str | None, adapters: Registry, most: int | None = None) -> list[RunSummary]:
    """Every run of a spec on its target, newest first; of all specs where none is named."""
    if spec is None:
        return journal.summaries(most=most)

    loaded = load(spec, adapters)
    return journal.summaries(flow=loaded.flow.name, target=str(loaded.target), most=most)


def flow_of(records: list[Record], adapters: Registry) -> Flow | None:
    """The flow that the run obeys; None where its spec cannot be read here (an adapter is missing)."""

    started = records[0].event
    if not isinstance(started, RunStarted):
        return None
    try:
        spec = loads(started.spec, f"(the spec of run {records[0].run})", adapters)
        return shaped(spec.flow, started.purpose)
    except SpecError:
        return None
