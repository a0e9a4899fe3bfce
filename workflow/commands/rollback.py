"""`titan-flow rollback`: rolls back to the newest release that was verified before, or to one that is named."""

from __future__ import annotations

import argparse
import asyncio

from titan_flow.states.events import Event, OperatorAsked, RunResumed
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Flow, Transition
from titan_flow.states.release import Release, Releases
from titan_flow.states.run import Run
from titan_flow.workflow.commands.driving import driver, say
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.commands.restore_data import nuclear
from titan_flow.workflow.engine.finish import running
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.prompt import confirm
from titan_flow.workflow.runs.releases import candidates, label, named, read_releases
from titan_flow.workflow.session.rollback_run import current_spec, must_have_heard, new_rollback_run
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.session.unfinished import find_run, left_by, may_take


def run(args: argparse.Namespace) -> int:
    """0: rolled back and verified. Raises SpecError, UserError, Locked, Unreachable, JournalError."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    if args.restore_data:
        return await nuclear(args)
    drives = driver(args)
    run, spec = await find_run(drives.options, args.run, adapters())
    to = getattr(args, "to", None)
    spec = current_spec(args.run, spec) if run.ended is not None else spec
    async with Session(spec, drives.options) as session:
        recovery = _way_back(spec.flow)
        releases = await read_releases(session.place.guard)
        if releases.unread:
            say(f"{releases.unread} damaged records on {session.place.target} were ignored")
        now = await running(session.place.context())
        if run.ended is not None:
            target = named(releases, to) if to else _before(releases, now)
            say(_shown(releases, now, target))
            confirm(_question(target), yes=args.yes, flag="--yes")
            return await drives.start(session, await new_rollback_run(session, run, recovery, target))
        other = named(releases, to) if to else None
        target = _target(spec.flow, run, recovery, other)
        say(_shown(releases, now, target))
        takeover = await may_take(session, run, _question(target))
        if not takeover:
            confirm(f"{left_by(run)}. {_question(target)}", yes=args.yes, flag="--yes")
        code = await drives.resume(
            session, session.journal.read(run.id), takeover, *_said(session, run, recovery, other)
        )
        must_have_heard(session, run)
        return code


def _question(target: Release) -> str:
    return f"Roll back to {target.commit[:7]}?"


def _way_back(flow: Flow) -> Transition:
    """The recovery that an operator enters: `fast_rollback`, or the first that is not for special cases."""
    if "fast_rollback" in flow.recoveries:
        return flow.recoveries["fast_rollback"]
    raise UsageError(f"flow {flow.name} has no recovery `fast_rollback`")


def _target(flow: Flow, run: Run, recovery: Transition, other: Release | None) -> Release:
    """Where an unfinished run rolls back to: its own release, unless `other` was named. Raises UserError."""
    if run.release is None or not legal(flow).allows(run.state, recovery.name):
        raise UserError(
            f"run {run.id} is in {run.state}: nothing was changed yet; continue it: titan-flow resume {run.id}"
        )
    if other is not None and (run.edge or run.entering) in flow.recoveries:
        raise UserError(
            f"run {run.id} already rolls back to {run.release.commit[:7]}; type first: titan-flow resume {run.id}, "
            f"then again: titan-flow rollback {run.id} --to …"
        )
    return other or run.release


def _said(session: Session, run: Run, recovery: Transition, target: Release | None) -> list[Event]:
    """What the operator says to an unfinished run."""
    asked = OperatorAsked(what="rollback", operator=session.operator, recovery=recovery.name, release=target)
    return [*([RunResumed(operator=session.operator)] if run.parked is not None else []), asked]


def _before(releases: Releases, now: Release | None) -> Release:
    if (target := releases.before(now)) is not None:
        return target
    runs = (
        f"no verified release is older than {now.commit[:7]}, which runs now" if now else "there is no rollback target"
    )
    raise UserError(f"{runs}; {candidates(releases, now)}")


def _shown(releases: Releases, now: Release | None, target: Release) -> str:
    """From what to what, as an operator compares it."""
    lines = [f"  from  {now.commit[:7] if now else 'nothing runs'}"]
    lines.append(f"  to    {target.commit[:7]}   {label(releases, target)}, verified")
    if now is not None and now.env != target.env:
        lines.append("        its env file was different: a variable that is missing now stops the rollback")
    images = [name for name, one in target.images.items() if now is None or now.images.get(name) != one]
    lines.append(f"        replaces {', '.join(images)}" if images else "        keeps the images that run")
    return "\n".join(lines)
