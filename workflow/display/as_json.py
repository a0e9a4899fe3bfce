"""How a run stands, as `status --json` says it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from titan_flow.states.events import CheckWaived, Record, ReleaseMarked
from titan_flow.states.model import Flow
from titan_flow.states.outline import Account
from titan_flow.states.release import Release
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Json, Outcome
from titan_flow.workflow.display.cost import cost
from titan_flow.workflow.display.downtime import measured
from titan_flow.workflow.display.next_steps import next_steps
from titan_flow.workflow.display.summary import answered
from titan_flow.workflow.display.timestamp import stamp


def summary(flow: Flow | None, account: Account, outcome: Outcome, bundle: Path | None = None) -> dict[str, Json]:
    """`outcome` is the run's, or *interrupted* if its driver is gone. `bundle`: what a failure left on this
    machine. Times are UTC.
    """
    run, records = account.run, account.records
    attempt, attempts = _attempt(flow, run)
    return {
        "run": run.id,
        "flow": run.started.flow,
        "environment": run.started.environment,
        "state": run.state,
        "outcome": outcome.value,
        "transition": run.edge or run.entering,
        "attempt": attempt,
        "attempts": attempts,
        "interlock": run.interlock.value,
        "operator": str(run.started.operator),
        "started": stamp(run.began),
        "updated": stamp(run.updated),
        "watched_until": stamp(run.updated + timedelta(seconds=run.left)) if run.left else None,
        "release": _release(present(run, records)),
        "previous": _release(run.release),
        "bad": [*sorted({*run.started.bad, *(release.commit for release in run.bad)})],
        "waived": [_waiver(waiver, records) for waiver in run.waived],
        "downtime": _downtime(records),
        "head": run.head,
        "bundle": str(bundle) if bundle is not None else None,
        "next": next_steps(run, outcome)[0][0],
    }


def nothing(spec: str) -> dict[str, Json]:
    """The same document for an environment that has had no run yet."""
    keys = (
        *("run", "flow", "environment", "state", "outcome", "transition", "attempt", "attempts", "interlock"),
        *(
            "operator",
            "started",
            "updated",
            "watched_until",
            "release",
            "previous",
            "bad",
            "waived",
            "downtime",
            "head",
        ),
        "bundle",
    )
    return {**dict.fromkeys(keys), "bad": [], "waived": [], "next": f"titan-flow run {spec}"}


def present(run: Run, records: Sequence[Record]) -> Release | None:
    """What runs now, as far as the journal knows: proved by this run, or rolled back to; None while that is open."""
    if run.outcome is Outcome.ROLLED_BACK:
        return run.release
    marks = (record.event for record in reversed(records) if isinstance(record.event, ReleaseMarked))
    return next((mark.release for mark in marks if mark.standing == "verified"), None)


def _attempt(flow: Flow | None, run: Run) -> tuple[Json, Json]:
    """The attempt under way, from 1, and how many there may be; of the first step that is not done."""
    if run.edge is None or flow is None:
        return None, None
    edge = flow.edge(run.edge)
    tries = next((run.step(step.id).tries for step in edge.steps if not run.step(step.id).done), 0)
    return min(tries + 1, edge.patience.attempts), edge.patience.attempts


def _waiver(waiver: CheckWaived, records: Sequence[Record]) -> Json:
    """`answer`: what was really seen; null where the run has not come past it yet."""
    said = answered(waiver.check, records)
    return {
        "check": waiver.check,
        "use": waiver.use,
        "reason": waiver.reason,
        "operator": str(waiver.operator),
        "answer": None if said is None else (said.waived or Answer.YES).value,
        "says": "" if said is None else said.says,
    }


def _downtime(records: Sequence[Record]) -> Json:
    """`measured`: who saw it, a `client` that asked the addresses of http checks, or the `containers`; null: nobody."""
    spent = cost(records)
    seconds = spent.client if spent.client is not None else spent.down
    by = "client" if spent.client is not None else "containers" if spent.down or measured(records) else None
    return {"measured": by, "seconds": {name: round(value, 3) for name, value in seconds.items()}}


def _release(release: Release | None) -> Json:
    if release is None:
        return None
    images: dict[str, Json] = {name: {"id": i.id, "digest": i.digest} for name, i in release.images.items()}
    return {"commit": release.commit, "images": images}
