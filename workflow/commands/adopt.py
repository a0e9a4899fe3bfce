"""`titan-flow adopt`: verifies what runs now, fixed by hand, and records it as the release."""

from __future__ import annotations

import argparse
import asyncio
import sys

from titan_flow.adapters.offers import checkout_of
from titan_flow.states.adoption import Unfit, shaped
from titan_flow.states.release import Release
from titan_flow.workflow.commands.driving import driver, say
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.engine.finish import running
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.plan.drift import drift
from titan_flow.workflow.prompt import confirm
from titan_flow.workflow.session.opening import free, opening
from titan_flow.workflow.session.options import RunOptions
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.params import reason_of


def run(args: argparse.Namespace) -> int:
    """The exit code: 0 recorded, 3 a check failed. Raises SpecError, UserError, Locked, Unreachable, JournalError."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    spec, drives = load(args.spec, adapters()), driver(args)
    try:
        shaped(spec.flow, "adopt")
    except Unfit as why:
        raise UsageError(str(why)) from None
    async with Session(spec, drives.options) as session:
        place = session.place
        await free(place, session.journal, 0.0)
        runs = await running(place.context())
        if runs is None or not runs.images:
            raise UserError("no running service was found; nothing was recorded")
        await _committed(place)
        params, wanted = _params(place, runs, args.reason), RunOptions(initial=True, allow_bad=True)
        started = await opening(place, session.journal, params, wanted, session.operator)
        for line in drift(started.previous, runs):
            say(f"  by hand: {line}")
        if sys.stdin.isatty() and sys.stderr.isatty():
            confirm(f"Verify what runs ({runs.commit[:7]}), and record it as the release?", yes=args.yes, flag="--yes")
        return await drives.start(
            session, started.model_copy(update={"purpose": "adopt", "reason": args.reason, "until": None})
        )


async def _committed(place: Environment) -> None:
    """A release has a commit: what no commit has could not be gone back to. Raises UserError, Unreachable."""

    seen = await checkout_of(place.site).clean(place.site)
    if not seen.yes:
        raise UserError(f"{seen.says}: a rollback could not restore that; commit it, push it, then adopt")


def _params(place: Environment, runs: Release, reason: str) -> dict[str, str]:
    """As far as they have a plain default; `commit` is what runs."""
    params = place.spec.params
    known = {name: param.default for name, param in params.items() if isinstance(param.default, str)}
    if "commit" in params:
        known["commit"] = runs.commit
    return {**known, "reason": reason_of(place.spec, reason)} if "reason" in params else known
