"""`titan-flow rollback`: back to the newest release that was verified before, or to one that is named, now."""

from __future__ import annotations

import argparse
import asyncio

from titan_flow.states.events import Event, OperatorAsked, RunResumed
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Flow, Transition
from titan_flow.states.release import Release, Releases
from titan_flow.states.run import Run, fold
from titan_flow.workflow.commands.driving import driver, say
from titan_flow.workflow.commands.restore_data import nuclear
from titan_flow.workflow.engine.finish import running
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.exit_codes import Exit
from titan_flow.workflow.prompt import confirm
from titan_flow.workflow.runs.releases import candidates, known, label, named
from titan_flow.workflow.session.rollback_run import anew, current_spec
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.session.unfinished import found, may_take


def run(args: argparse.Namespace) -> int:
    """0: rolled back and verified. Raises SpecError, UserError, Locked, Unreachable, JournalError."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    if args.restore_data:
        return await nuclear(args)
    drives = driver(args)
    records, spec = await found(drives.options, args.run, "Roll it back?")
    run, to = fold(records), getattr(args, "to", None)
    spec = current_spec(args.run, spec) if run.ended is not None else spec
    async with Session(spec, drives.options) as session:
        recovery = _way_back(spec.flow)
        releases = await known(session.place.guard)
        if releases.unread:
            say(f"{releases.unread} damaged lines in .titan-flow/runs on {session.place.target} were left out")
        if run.ended is None:
            said = _said(session, spec.flow, run, recovery, named(releases, to) if to else None)
            takeover = await may_take(session, run, "Roll it back?")
            code = await drives.resume(session, records, takeover, *said)
        else:
            now = await running(session.place.context())
            target = named(releases, to) if to else _before(releases, now)
            say(_shown(releases, now, target))
            confirm(f"Roll back to {target.commit[:7]}?", yes=args.yes, flag="--yes")
            code = await drives.start(session, await anew(session, run, recovery, target))
    return 0 if code == Exit.ROLLED_BACK else code


def _way_back(flow: Flow) -> Transition:
    """The recovery that an operator enters: `fast_rollback`, or the first that is not for special cases."""
    if "fast_rollback" in flow.recoveries:
        return flow.recoveries["fast_rollback"]
    raise UsageError(f"flow {flow.name} has no recovery `fast_rollback`")


def _said(session: Session, flow: Flow, run: Run, recovery: Transition, target: Release | None) -> list[Event]:
    """What the operator says to an unfinished run."""
    if run.release is None or not legal(flow).allows(run.state, recovery.name):
        raise UserError(
            f"run {run.id} is in {run.state}: nothing was changed yet; carry it on: titan-flow resume {run.id}"
        )
    if target is not None and (run.edge or run.entering) in flow.recoveries:
        raise UserError(
            f"run {run.id} is on its way back to {run.release.commit[:7]}; first: titan-flow resume {run.id}, "
            f"then once more: titan-flow rollback {run.id} --to …"
        )
    asked = OperatorAsked(what="rollback", operator=session.operator, recovery=recovery.name, release=target)
    return [*([RunResumed(operator=session.operator)] if run.parked is not None else []), asked]


def _before(releases: Releases, now: Release | None) -> Release:
    if (target := releases.before(now)) is not None:
        return target
    runs = f"no verified release is older than {now.commit[:7]}, which runs" if now else "nothing to go back to"
    raise UserError(f"{runs}; {candidates(releases, now)}")


def _shown(releases: Releases, now: Release | None, target: Release) -> str:
    """From what to what, as an operator compares it."""
    lines = [f"  from  {now.commit[:7] if now else 'nothing that runs'}"]
    lines.append(f"  to    {target.commit[:7]}   {label(releases, target)}, verified")
    if now is not None and now.env != target.env:
        lines.append("        its env file was another one: what it set then and does not set now stops the way back")
    images = [name for name, one in target.images.items() if now is None or now.images.get(name) != one]
    lines.append(f"        replaces {', '.join(images)}" if images else "        with the images that run")
    return "\n".join(lines)
