"""`titan-flow arm`: a separate run. It verifies what runs now; if that passes, it arms and watches it."""

from __future__ import annotations

import argparse
import asyncio
import sys

from titan_flow.states.events import RunStarted
from titan_flow.states.model import Flow, Transition
from titan_flow.states.release import Release, Releases
from titan_flow.workflow.commands.driving import driver
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.engine.finish import running
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.prompt import confirm
from titan_flow.workflow.session.opening import free, opening
from titan_flow.workflow.session.options import RunOptions
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.params import reason_of


def run(args: argparse.Namespace) -> int:
    """0: armed and watched; 3: a check fails. Raises SpecError, UserError, Locked, Unreachable, JournalError."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    spec, drives = load(args.spec, adapters()), driver(args)
    start = verification(spec.flow, spec.path)
    async with Session(spec, drives.options) as session:
        place = session.place
        await free(place, session.journal, 0.0)
        runs = await running(place.context())
        if runs is None:
            raise UserError("what runs there is unknown, so it cannot be verified; nothing was armed")
        await _not_bad(place, runs)
        params = await _params(place, args.reason, runs)
        started = await opening(place, session.journal, params, RunOptions(arm=True, allow_bad=True), session.operator)
        if sys.stdin.isatty() and sys.stderr.isatty():
            confirm(f"{runs.commit[:7]} runs, {started.interlock}. Verify it, then arm it?", yes=args.yes, flag="--yes")
        return await drives.start(session, _own(started, start))


def verification(flow: Flow, path: str) -> str:
    """The state from which nothing but checks leads to the transition that arms. Raises UserError where none arms."""
    arms = next((t for t in flow.transitions.values() if t.arms), None)
    if arms is None or arms.source is None:
        raise UsageError(f"{path} has no interlock.arm step: there is nothing to arm")
    state = arms.source
    while (before := _into(flow, state)) is not None and before.source is not None and not before.actions:
        state = before.source
    return state


def _into(flow: Flow, state: str) -> Transition | None:
    return next((t for t in flow.transitions.values() if t.target == state), None)


def _own(started: RunStarted, state: str) -> RunStarted:
    return started.model_copy(update={"purpose": "arm", "state": state, "until": None})


async def _not_bad(place: Environment, runs: Release) -> None:
    last = Releases.read(await place.guard.marks()).judged(runs)
    if last is not None and last.standing == "bad":
        raise UserError(
            f"the release that runs ({runs.commit[:7]}) was marked bad ({last.why}): not armed; deploy another release"
        )


async def _params(place: Environment, reason: str, runs: Release) -> dict[str, str]:
    """As the run that deployed it had them, as far as they have a plain default; `commit` is what runs."""
    known = {name: param.default for name, param in place.spec.params.items() if isinstance(param.default, str)}
    if "commit" in place.spec.params:
        known["commit"] = runs.commit
    return {**known, "reason": reason_of(place.spec, reason)}
