"""`titan-flow resume`: carry on a run from its journal. There is nothing to it but an answer, and driving."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Literal

from titan_flow.adapters.base import Locked
from titan_flow.states.events import Event, Operator, Record, RunResumed, StepAnswered
from titan_flow.states.run import Run, fold
from titan_flow.workflow.drive.ask import Refusal, confirm
from titan_flow.workflow.drive.session import Session

if TYPE_CHECKING:
    from titan_flow.workflow.journal import Journal
    from titan_flow.workflow.spec import Spec


async def resume(args: argparse.Namespace) -> int:
    """The exit code. Raises SpecError, Refusal, Locked, Unreachable, JournalError."""
    from titan_flow.workflow.cli.exits import exit_of

    records, spec = found(args.store, args.run)
    run = fold(records)
    async with Session(args, spec) as session:
        if run.ended is not None:
            session.say(f"run {run.id} has ended: {run.outcome} in {run.state}; nothing to resume")
            return exit_of(run)
        takeover = await may_take(session, run, args.yes, "Take it over?")
        said: list[Event] = [RunResumed(operator=session.operator)] if run.parked is not None else []
        if args.step is not None:
            said.insert(0, _answer(run, args.step, session.operator))
        return await session.carry_on(records, takeover, *said)


def found(store: str | None, name: str | None) -> tuple[list[Record], Spec]:
    """The records of the run that is meant (a run's id, a spec's path, or nothing: the newest), and its own spec."""
    from pathlib import Path

    from titan_flow.workflow.journal import open_journal
    from titan_flow.workflow.spec import load, loads

    journal = open_journal(store)
    try:
        if name is not None and Path(name).is_file():
            id = _newest(journal, load(name))
        elif name is not None:
            id = journal.find(name)
        else:
            id = _newest(journal, None)
        records = journal.read(id)
    finally:
        journal.close()
    started = fold(records).started
    return records, loads(started.spec, f"(the spec of run {id})")


def _newest(journal: Journal, spec: Spec | None) -> str:
    """The newest run of a flow on its target; an unfinished one first."""
    rows = journal.runs(flow=spec.flow.name if spec is not None else None)
    if spec is not None:
        rows = [row for row in rows if row.started.target.endswith(spec.target.directory)]
    if not rows:
        raise Refusal("no run of it is in the journal; start one: titan-flow run SPEC", code=2)
    unfinished = (row.run for row in rows if fold(journal.read(row.run)).ended is None)
    return next(unfinished, rows[0].run)


async def may_take(session: Session, run: Run, yes: bool, question: str) -> bool:
    """Whether a living driver is taken over from. Raises Locked, Refusal."""
    holder = await session.place.guard.holder()
    if holder is None or holder.get("alive") != "yes":
        return False
    by = f"{holder.get('operator', 'somebody')} (pid {holder.get('pid', '?')}, alive)"
    who = f"run {holder.get('run', '?')} is driven by {by}"
    if holder.get("run") != run.id:
        raise Locked(f"{who} and holds this environment. See: titan-flow status {holder.get('run', '')}", holder)
    try:
        confirm(f"{who}. {question}", yes=yes, flag="--yes")
    except Refusal as refusal:
        raise Locked(str(refusal), holder) from None
    return True


def _answer(run: Run, text: str, operator: Operator) -> StepAnswered:
    step, _, word = text.partition("=")
    answers: dict[str, Literal["done", "redo"]] = {"done": "done", "redo": "redo"}
    if word not in answers:
        raise Refusal(f"--step {text}: write it as STEP=done or STEP=redo", code=2)
    if run.parked is None or run.parked.step != step:
        asked = run.parked.step if run.parked is not None and run.parked.step else "none"
        raise Refusal(f"--step {step}: that is not the step in question (which is: {asked})", code=2)
    return StepAnswered(step=step, answer=answers[word], operator=operator)
