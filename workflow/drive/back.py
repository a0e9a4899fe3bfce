"""`titan-flow rollback`: back to the newest release that was verified before, or to one that is named, now."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from titan_flow.states.events import Event, OperatorAsked, RunResumed, RunStarted
from titan_flow.states.machine import legal
from titan_flow.states.model import Flow, Transition
from titan_flow.states.release import Release, Releases
from titan_flow.states.run import Run, fold
from titan_flow.workflow.drive.ask import Refusal, confirm
from titan_flow.workflow.drive.releases import candidates, known, label, named
from titan_flow.workflow.drive.resume import found, may_take
from titan_flow.workflow.drive.session import Session
from titan_flow.workflow.drive.start import Wanted, opening
from titan_flow.workflow.drive.trip import new_id
from titan_flow.workflow.perform.ending import running

if TYPE_CHECKING:
    from titan_flow.workflow.spec import Spec


async def rollback(args: argparse.Namespace) -> int:
    """The exit code: 0 once rolled back and verified. Raises SpecError, Refusal, Locked, Unreachable, JournalError."""
    from titan_flow.workflow.cli.exits import Exit

    if args.nuclear:
        from titan_flow.workflow.drive.nuclear import nuclear

        return await nuclear(args)
    records, spec = await found(args.store, args.run, args.yes, "Take it back?")
    run, to = fold(records), getattr(args, "to", None)
    spec = _as_it_is_now(args.run, spec) if run.ended is not None else spec
    async with Session(args, spec) as session:
        recovery = _way_back(spec.flow)
        releases = await known(session.place.guard)
        if releases.unread:
            session.say(f"{releases.unread} damaged lines in .titan-flow/runs on {session.place.target} were left out")
        if run.ended is None:
            said = _said(session, spec.flow, run, recovery, named(releases, to) if to else None)
            takeover = await may_take(session, run, args.yes, "Take it back?")
            code = await session.carry_on(records, takeover, *said)
        else:
            now = await running(session.place.stage())
            target = named(releases, to) if to else _before(releases, now)
            session.say(_shown(releases, now, target))
            confirm(f"Roll back to {target.commit[:7]}?", yes=args.yes, flag="--yes")
            code = await session.go(new_id(), await anew(session, run, recovery, target))
    return 0 if code == Exit.ROLLED_BACK else code


def _as_it_is_now(name: str, spec: Spec) -> Spec:
    """A new run obeys the spec that was named, as it is now; an unfinished one the spec that it was started with."""
    from titan_flow.workflow.spec import load

    return load(name) if Path(name).is_file() else spec


def _way_back(flow: Flow) -> Transition:
    """The recovery that an operator enters: `fast_rollback`, or the first that is not for special cases."""
    if "fast_rollback" in flow.recoveries:
        return flow.recoveries["fast_rollback"]
    raise Refusal(f"flow {flow.name} has no recovery `fast_rollback`", code=2)


def _said(session: Session, flow: Flow, run: Run, recovery: Transition, target: Release | None) -> list[Event]:
    """What the operator says to an unfinished run."""
    if run.release is None or not legal(flow).allows(run.state, recovery.name):
        raise Refusal(
            f"run {run.id} is in {run.state}: nothing was changed yet; carry it on: titan-flow resume {run.id}"
        )
    if target is not None and (run.edge or run.entering) in flow.recoveries:
        raise Refusal(
            f"run {run.id} is on its way back to {run.release.commit[:7]}; first: titan-flow resume {run.id}, "
            f"then once more: titan-flow rollback {run.id} --to …"
        )
    asked = OperatorAsked(what="rollback", operator=session.operator, recovery=recovery.name, release=target)
    return [*([RunResumed(operator=session.operator)] if run.parked is not None else []), asked]


def _before(releases: Releases, now: Release | None) -> Release:
    if (target := releases.before(now)) is not None:
        return target
    runs = f"no verified release is older than {now.commit[:7]}, which runs" if now else "nothing to go back to"
    raise Refusal(f"{runs}; {candidates(releases, now)}")


async def anew(session: Session, run: Run, recovery: Transition, target: Release, **params: str) -> RunStarted:
    """A run of its own, back from where the environment rests; `params` come with the command."""
    flow, allows = session.place.spec.flow, legal(session.place.spec.flow).allows
    state = run.state
    if state not in flow.states or not allows(state, recovery.name):  # the last run was refused, or obeyed another spec
        state = next((name for name in flow.states if allows(name, recovery.name)), flow.initial.name)
    wanted = Wanted({**params_of(session, run), **params}, allow_bad=True)
    base = await opening(session.place, session.journal, wanted, session.operator)
    update = {"purpose": "rollback", "previous": target, "state": state, "enter": recovery.name, "until": None}
    return base.model_copy(update=update)


def params_of(session: Session, run: Run) -> dict[str, str]:
    """What `${params.…}` can name on a way back: as the spec has it, as the last deployment did, as the last run did.

    The last run may be one that knew next to nothing: the emergency brake's.
    """
    spec = session.place.spec
    defaults = {name: param.default for name, param in spec.params.items() if isinstance(param.default, str)}
    runs = session.journal.runs(flow=spec.flow.name, environment=session.place.environment)
    deployed = next((row.started.params for row in runs if row.started.purpose == "deploy"), dict[str, str]())
    return {**defaults, **deployed, **run.started.params}


def _shown(releases: Releases, now: Release | None, target: Release) -> str:
    """From what to what, as an operator compares it."""
    lines = [f"  from  {now.commit[:7] if now else 'nothing that runs'}"]
    lines.append(f"  to    {target.commit[:7]}   {label(releases, target)}, verified")
    if now is not None and now.env != target.env:
        lines.append("        its env file was another one: what it set then and does not set now stops the way back")
    images = [name for name, one in target.images.items() if now is None or now.images.get(name) != one]
    lines.append(f"        replaces {', '.join(images)}" if images else "        with the images that run")
    return "\n".join(lines)
