"""`titan-flow rollback`: back to the newest release that was verified before, now."""

from __future__ import annotations

import argparse

from titan_flow.states.events import Event, OperatorAsked, RunResumed, RunStarted
from titan_flow.states.model import Flow, Transition
from titan_flow.states.release import Release
from titan_flow.states.run import Run, fold
from titan_flow.workflow.drive.ask import Refusal, confirm
from titan_flow.workflow.drive.releases import Releases
from titan_flow.workflow.drive.resume import found, may_take
from titan_flow.workflow.drive.session import Session
from titan_flow.workflow.drive.start import Wanted, opening
from titan_flow.workflow.drive.trip import new_id
from titan_flow.workflow.perform.ending import running


async def rollback(args: argparse.Namespace) -> int:
    """The exit code: 0 once rolled back and verified. Raises SpecError, Refusal, Locked, Unreachable, JournalError."""
    from titan_flow.workflow.cli.exits import Exit

    if args.nuclear:
        from titan_flow.workflow.drive.nuclear import nuclear

        return await nuclear(args)
    records, spec = found(args.store, args.run)
    run = fold(records)
    async with Session(args, spec) as session:
        recovery = _way_back(spec.flow)
        if run.ended is None:
            takeover = await may_take(session, run, args.yes, "Take it back?")
            said = _said(session, spec.flow, run, recovery)
            code = await session.carry_on(records, takeover, *said)
        else:
            started = await _anew(session, run, recovery)
            confirm(f"Roll back to {_short(started.previous)}?", yes=args.yes, flag="--yes")
            code = await session.go(new_id(), started)
    return 0 if code == Exit.ROLLED_BACK else code


def _way_back(flow: Flow) -> Transition:
    """The recovery that an operator enters: `fast_rollback`, or the first that is not for special cases."""
    if "fast_rollback" in flow.recoveries:
        return flow.recoveries["fast_rollback"]
    raise Refusal(f"flow {flow.name} has no recovery `fast_rollback`", code=2)


def _said(session: Session, flow: Flow, run: Run, recovery: Transition) -> list[Event]:
    from titan_flow.states.machine import legal

    if run.release is None or not legal(flow).allows(run.state, recovery.name):
        raise Refusal(
            f"run {run.id} is in {run.state}: nothing was changed yet; carry it on: titan-flow resume {run.id}"
        )
    asked = OperatorAsked(what="rollback", operator=session.operator, recovery=recovery.name)
    return [*([RunResumed(operator=session.operator)] if run.parked is not None else []), asked]


async def _anew(session: Session, run: Run, recovery: Transition) -> RunStarted:
    """A run of its own, back from what runs now. Its target: the newest verified release that is something else."""
    releases = Releases.read(await session.place.guard.marks())
    now = await running(session.place.stage())
    target = next((release for release in releases.verified if release != now), None)
    if target is None:
        raise Refusal("no other verified release is known here: there is nothing to go back to")
    base = await opening(session.place, session.journal, Wanted(run.started.params, allow_bad=True), session.operator)
    state = run.state
    return base.model_copy(
        update={"purpose": "rollback", "previous": target, "state": state, "enter": recovery.name, "until": None}
    )


def _short(release: Release | None) -> str:
    return release.commit[:7] if release is not None else "nothing"
