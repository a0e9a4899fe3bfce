"""One run in a list: what `history` shows of it, kept up record by record, so that a list never reads whole runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from titan_flow.states import events as e
from titan_flow.states.copies import replace
from titan_flow.states.release import Release
from titan_flow.states.values import Interlock, Outcome

UNFINISHED = (Outcome.RUNNING, Outcome.WAITING, Outcome.INTERRUPTED)


@dataclass(frozen=True)
class RunSummary:
    """The same facts as the fold of the whole run has them. `updated` and `seq` are its last record's."""

    run: str
    flow: str
    environment: str
    target: str
    purpose: str
    operator: str
    commit: str
    """the commit that it deploys; after a rollback, the commit that it returned to"""
    back: str
    """the commit of the release that a rollback goes to"""
    state: str
    outcome: Outcome
    interlock: Interlock
    began: datetime
    updated: datetime
    seq: int

    @property
    def unfinished(self) -> bool:
        return self.outcome in UNFINISHED


def summary_of(first: e.Record) -> RunSummary:
    """Of a run's first record. Raises ValueError where that is not `run.started`."""
    started = first.event
    if not isinstance(started, e.RunStarted):
        raise ValueError(f"run {first.run} does not begin with run.started")
    return RunSummary(
        run=first.run,
        flow=started.flow,
        environment=started.environment,
        target=started.target,
        purpose=started.purpose,
        operator=str(started.operator),
        commit=started.params.get("commit", ""),
        back=started.previous.commit if started.previous is not None else "",
        state=started.state,
        outcome=Outcome.RUNNING,
        interlock=started.interlock,
        began=first.at,
        updated=first.at,
        seq=1,
    )


def summarized(records: Sequence[e.Record]) -> RunSummary:
    """Of all the records of a run, or of its first ones. Raises ValueError, IndexError where there is none."""
    return reduce(advance, records[1:], summary_of(records[0]))


def advance(summary: RunSummary, record: e.Record) -> RunSummary:
    """One record later."""
    summary = replace(summary, updated=record.at, seq=record.seq)
    match record.event:
        case e.TransitionEnded(target=state) | e.FailureDecided(target=state, enters="state"):
            return replace(summary, state=state)
        case e.StepIntended(moves=Interlock()) | e.HostActed():
            return replace(summary, interlock=Interlock.UNKNOWN)
        case e.StepDone() as done:
            interlock = summary.interlock if done.interlock is None else done.interlock
            return replace(summary, interlock=interlock, back=_found(done) or summary.back)
        case e.InterlockSeen(interlock=interlock):
            return replace(summary, interlock=interlock)
        case e.OperatorAsked(release=Release() as release):
            return replace(summary, back=release.commit)
        case e.RunParked(why=why):
            return replace(summary, outcome=Outcome.INTERRUPTED if why == "stop" else Outcome.WAITING)
        case e.RunResumed():
            return replace(summary, outcome=Outcome.RUNNING)
        case e.RunEnded() as over:
            commit = summary.back if over.outcome is Outcome.ROLLED_BACK and summary.back else summary.commit
            return replace(summary, outcome=over.outcome, interlock=over.interlock, state=over.state, commit=commit)
        case _:
            return summary


def _found(done: e.StepDone) -> str:
    """The commit of the release that was found running and healthy, where this step is the snapshot."""
    release = done.outputs.get("release")
    commit = release.get("commit") if isinstance(release, dict) and done.outputs.get("green") is True else None
    return commit if isinstance(commit, str) else ""
