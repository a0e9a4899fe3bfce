"""`titan-flow resume`: continue a run from its journal."""

from __future__ import annotations

import argparse
import asyncio
from typing import Literal

from titan_flow.states.events import Event, RunResumed, StepAnswered
from titan_flow.states.identity import Operator
from titan_flow.states.run import Run
from titan_flow.workflow.commands.driving import driver, say
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.exit_codes import exit_of
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.session.unfinished import find_run, may_take


def run(args: argparse.Namespace) -> int:
    """The exit code. Raises SpecError, UserError, Locked, Unreachable, JournalError."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    drives = driver(args)
    run, spec = await find_run(drives.options, args.run, adapters(), "Continue it here?")
    async with Session(spec, drives.options) as session:
        if run.ended is not None:
            how = run.outcome.value.replace("_", " ")
            say(f"run {run.id} already finished ({how}, {run.state}); there is nothing to resume")
            return exit_of(run)
        takeover = await may_take(session, run, "Take it over?")
        said: list[Event] = [RunResumed(operator=session.operator)] if run.parked is not None else []
        if args.step is not None:
            said.insert(0, _answer(run, args.step, session.operator))
        return await drives.resume(session, session.journal.read(run.id), takeover, *said)


def _answer(run: Run, text: str, operator: Operator) -> StepAnswered:
    step, _, word = text.partition("=")
    answers: dict[str, Literal["done", "redo"]] = {"done": "done", "redo": "redo"}
    if word not in answers:
        raise UsageError(f"--step {text}: write it as STEP=done or STEP=redo")
    if run.parked is None or run.parked.step != step:
        asked = run.parked.step if run.parked is not None and run.parked.step else "none"
        raise UsageError(f"--step {step}: the run asks about another step: {asked}")
    return StepAnswered(step=step, answer=answers[word], operator=operator)
