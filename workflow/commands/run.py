"""`titan-flow run`: show what it will do, ask, start a run, and drive it to the goal."""

from __future__ import annotations

import argparse
import asyncio
import sys

from titan_flow.states.draw.text import text
from titan_flow.workflow.commands.driving import Driver, driver, run_options, say
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.layout import terminal
from titan_flow.workflow.plan.as_text import COLUMNS, summary
from titan_flow.workflow.plan.model import Plan
from titan_flow.workflow.prompt import confirm
from titan_flow.workflow.session.options import RunOptions
from titan_flow.workflow.session.prepare import prepare, validated
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """The exit code. Raises SpecError, UserError, Locked, Unreachable, JournalError."""
    return asyncio.run(deploy(args.spec, run_options(args), driver(args)))


async def deploy(path: str, wanted: RunOptions, drives: Driver) -> int:
    """Deploys what the spec at `path` declares. The exit code. Raises what `run` raises."""
    spec = load(path, adapters())
    validated(spec, wanted, operator())
    async with Session(spec, drives.options) as session:
        prepared = await prepare(session, wanted)
        if prepared.plan is None:
            say(prepared.says)
            return 0
        say(preview(prepared.plan, terminal(sys.stderr, 0)))
        for one in prepared.skipped:
            say(f"  skipped  {one.check} {one.use}: {one.reason}")
        confirm(question(prepared.plan), yes=drives.yes, flag="--yes")
        return await drives.start(session, prepared.started, *prepared.skipped)


def question(plan: Plan) -> str:
    """Names the services whose containers the run removes."""
    removed = plan.fated("removed")
    return f"Deploy, and remove {', '.join(removed)}?" if removed else "Deploy?"


def preview(plan: Plan, columns: int = 0) -> str:
    """From, to, what restarts and what is kept; and every state on the way with where a failure leads."""

    return f"{summary(plan, columns or COLUMNS)}\n\n{text(plan.flow, columns=columns)}"
