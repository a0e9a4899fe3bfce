"""Which run an operator means: a run's id, a spec's path, or nothing at all."""

from __future__ import annotations

from titan_flow.adapters.plain_file import is_plain
from titan_flow.adapters.registry import Registry
from titan_flow.states.adoption import shaped
from titan_flow.states.listing import RunSummary
from titan_flow.states.model import Flow
from titan_flow.states.run import Run
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import NoSuchRun
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.load import load, loads


def run_meant(journal: Journal, name: str | None, adapters: Registry) -> str:
    """The run of that id, or the newest one of that spec, or the newest of all; an unfinished one before an ended.

    Raises NoSuchRun; SpecError where a spec cannot be read.
    """
    if name is not None and not is_plain(name):
        return journal.find(name)
    flow, target = _whose(name, adapters)
    for unfinished in (True, False):
        for row in journal.summaries(flow=flow, target=target, unfinished=unfinished, most=1):
            return row.run
    whose = f" of {name}" if name is not None else ""
    raise NoSuchRun(f"the journal has no run{whose}; start one: titan-flow run {name or 'SPEC'}")


def runs_of(
    journal: Journal, spec: str | None, adapters: Registry, most: int | None = None, before: str | None = None
) -> list[RunSummary]:
    """Every run of a spec on its target, newest first; of all specs where none is named. `before`: begun before it."""
    flow, target = _whose(spec, adapters)
    return journal.summaries(flow=flow, target=target, most=most, before=before)


def _whose(spec: str | None, adapters: Registry) -> tuple[str | None, str | None]:
    """The flow and the target of a spec's runs."""
    if spec is None:
        return None, None
    loaded = load(spec, adapters)
    return loaded.flow.name, str(loaded.target)


def flow_of(run: Run, adapters: Registry) -> Flow | None:
    """The flow that a run obeys; None where its spec cannot be read here (an adapter is missing)."""

    try:
        spec = loads(run.started.spec, f"(the spec of run {run.id})", adapters, proved=False)
        return shaped(spec.flow, run.started.purpose)
    except SpecError:
        return None
