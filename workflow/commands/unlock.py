"""`titan-flow force-unlock`: abandons a run whose driver is gone, so that a new one may start. Needs the run's id."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from titan_flow.adapters.errors import Locked
from titan_flow.states.events import DriverTook, Event, Record, RunEnded
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Outcome
from titan_flow.workflow.commands.driving import driver, say
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.event_log import Lines
from titan_flow.workflow.engine.finish import interlock_now
from titan_flow.workflow.engine.recorder import Recorder
from titan_flow.workflow.engine.unattended import record_deed
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.journal.errors import JournalError, NoSuchRun
from titan_flow.workflow.prompt import confirm
from titan_flow.workflow.runs.host_copy import ask
from titan_flow.workflow.runs.sync import learn
from titan_flow.workflow.session.authorize import abandoning
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """0 once the environment is free. Raises SpecError, UserError, Locked, Unreachable."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    spec = load(args.spec, adapters())
    async with Session(spec, driver(args).options) as session:
        there = await ask(session.place.site)
        if there.held is None:
            say(await _end_unheld(session, args.run))
            return 0
        if there.held.casefold() != args.run.casefold():
            raise UserError(
                f"{_holder_text(there.holder)}, not run {args.run}: "
                f"titan-flow force-unlock {args.spec} --run {there.held}"
            )
        alive = there.drives(there.held)
        question = f"{_holder_text(there.holder)}. Abandon it?"
        try:
            if alive or sys.stdin.isatty():
                confirm(question, yes=args.yes, flag="--yes")
        except UserError as refusal:
            raise (Locked(str(refusal), there.holder or {}) if alive else refusal) from None
        say(await _abandon(session, there.held, alive, await _records(session, there.held)))
    return 0


async def _end_unheld(session: Session, name: str) -> str:
    """Ends a run of this journal that never had the environment, or lost it, and still stands in the way of others."""

    nothing = f"no run holds {session.place.target}: there is nothing to unlock"
    try:
        run = session.journal.find(name)
    except NoSuchRun as unknown:
        raise UserError(f"{nothing}; {unknown}") from None
    if run.casefold() != name.casefold():  # what cannot be undone takes the whole id
        raise UserError(
            f"{nothing}; run {run} of this journal: titan-flow force-unlock {session.place.spec.path} --run {run}"
        )
    records = await _records(session, run)
    was = fold(records) if records else None
    if was is None or was.ended is not None or was.started.environment != session.place.environment:
        raise UserError(nothing)
    return await _abandon(session, run, False, records)


async def _records(session: Session, run: str) -> list[Record]:
    """None if they are unknown, or cannot be trusted: the lock is freed anyway."""

    try:
        return await learn(session.journal, await ask(session.place.site), run)
    except (UserError, JournalError) as why:
        say(f"the lock is free, but the run has no record of it: {why}")
        return []


async def _abandon(session: Session, run: str, alive: bool, records: list[Record]) -> str:
    guard, context = session.place.guard, session.place.context()
    who = session.prove(abandoning(run, records))
    taken = await guard.take(run, {"operator": str(who), "pid": str(os.getpid())}, alive)
    context.epoch, context.mirror.there = taken.epoch, taken.mirrored
    if records and fold(records).ended is None:
        record = Recorder(run, session.journal, context, Lines().show, records)
        await record(DriverTook(epoch=taken.epoch, operator=who, pid=os.getpid()))
        await record_deed(context, record)
        if context.flow.interlocked:
            await record(await interlock_now(context))
        await context.tell(await record(_ended(record.run, str(who))))
    await guard.release(run, taken.epoch)
    return (
        f"run {run} is abandoned; {session.place.target} is free. Start one: titan-flow run {session.place.spec.path}"
    )


def _ended(run: Run, who: str) -> Event:
    says = f"abandoned by {who} in {run.state}" + (f", during {run.edge}" if run.edge else "")
    return RunEnded(state=run.state, outcome=Outcome.ABANDONED, interlock=run.interlock, says=says)


def _holder_text(holder: object) -> str:
    known = holder if isinstance(holder, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    held: dict[str, str] = known  # pyright: ignore[reportUnknownVariableType]
    state = "is active" if held.get("alive") == "yes" else "holds it and has no driver"
    who = held.get("operator", "an unknown operator")
    return f"run {held.get('run', '?')} of {who} {state}, since {held.get('since', '?')}"
