"""`titan-flow run`: show what it will do, ask, start a run, and drive it to the goal."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from titan_flow.adapters.base import Locked
from titan_flow.states.events import Operator, RunStarted
from titan_flow.states.release import Releases
from titan_flow.states.words import Interlock
from titan_flow.workflow.colleague.purpose import last_run, on_purpose
from titan_flow.workflow.drive.ask import Refusal, confirm
from titan_flow.workflow.drive.operator import operator
from titan_flow.workflow.drive.place import Place
from titan_flow.workflow.drive.preview import preview
from titan_flow.workflow.drive.session import Session
from titan_flow.workflow.drive.trip import new_id
from titan_flow.workflow.drive.waiving import waivers
from titan_flow.workflow.perform.ending import interlock_now, running

if TYPE_CHECKING:
    from titan_flow.workflow.journal import Journal
    from titan_flow.workflow.spec import Spec


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    params: dict[str, str]
    until: str | None = None
    arm: bool = False
    first: bool = False
    allow_bad: bool = False


async def run(args: argparse.Namespace) -> int:
    """The exit code. Raises SpecError, Refusal, Locked, Unreachable, JournalError."""
    from titan_flow.workflow.drive.planning import planned
    from titan_flow.workflow.spec import load

    spec = load(args.spec)
    until(spec, args.until)
    waived = waivers(spec.flow, args.waive, args.reason, operator())
    async with Session(args, spec) as session:
        place, journal = session.place, session.journal
        await free(place, journal, args.wait)
        wanted = Wanted(
            await parameters(place, args.set), args.until, bool(args.arm), bool(args.first), bool(args.allow_bad)
        )
        started = await opening(place, journal, wanted, session.operator)
        if (says := await _nothing_to_do(place, started)) is not None:
            session.say(says)
            return 0
        started, plan = await planned(place, started, args.plan)
        session.say(preview(plan))
        for one in waived:
            session.say(f"  waived   {one.check} {one.use}: {one.reason}")
        confirm("Deploy?", yes=args.yes, flag="--yes")
        return await session.go(new_id(), started, *waived)


def until(spec: Spec, state: str | None) -> None:
    """Raises Refusal where the spec has no such state."""
    if state is not None and state not in spec.flow.states:
        from difflib import get_close_matches

        near = get_close_matches(state, spec.flow.states, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise Refusal(f"--until {state}: {spec.path} has no such state{hint}", code=2)


async def parameters(place: Place, given: list[str]) -> dict[str, str]:
    """Every parameter's value: given, defaulted, or looked up on the host. Raises SpecError, Refusal, Unreachable."""
    from titan_flow.workflow.spec import looked_up, misfits, parameters

    pairs = (pair.partition("=") for pair in given)
    known, open_ = parameters(place.spec, {name: text for name, _, text in pairs})
    for name, use in open_.items():
        try:
            known[name] = await looked_up(use).value(place.site)
        except LookupError as missing:
            raise Refusal(f"parameter {name}: {missing}; name it with --set {name}=…") from None
        if wrong := place.spec.params[name].wrong(known[name]):
            raise Refusal(f"parameter {name}, as looked up: {wrong}")
    if wrong := misfits(place.spec.flow, known):
        raise Refusal("; ".join(wrong) + "; nothing was touched; change the parameters: --set NAME=…", code=2)
    return known


async def free(place: Place, journal: Journal, wait: float) -> None:
    """Raises Locked where a living run holds the environment for `wait` seconds, Refusal where one is unfinished."""
    clock = place.site.port.monotonic
    end = clock() + wait
    while (holder := await place.guard.holder()) is not None:
        alive = holder.get("alive") == "yes"
        if not alive:
            raise Refusal(_unfinished(holder.get("run", "?"), place.spec.path), code=7)
        if clock() >= end:
            raise Locked(_held(holder, place.spec.path), holder)
        await asyncio.sleep(min(1.0, wait))
    from titan_flow.workflow.colleague.learning import unfinished
    from titan_flow.workflow.colleague.there import ask

    for row in journal.runs(environment=place.environment)[:1]:
        if await unfinished(journal, await ask(place.site), row.run):
            raise Refusal(_unfinished(row.run, place.spec.path), code=7)


def _held(holder: Mapping[str, str], spec: str) -> str:
    run = holder.get("run", "?")
    who, since = holder.get("operator", "somebody"), holder.get("since", "an unknown time")
    return (
        f"run {run} of {who} holds this environment since {since} (pid {holder.get('pid', '?')}, alive). "
        f"See: titan-flow status {spec}; take it back: titan-flow rollback {spec}; or add --wait 10m"
    )


def _unfinished(run: str, spec: str) -> str:
    return (
        f"run {run} is unfinished. Carry it on: titan-flow resume {spec}; take it back: titan-flow rollback {spec}; "
        f"abandon it: titan-flow unlock {spec} --run {run}"
    )


async def opening(place: Place, journal: Journal, wanted: Wanted, who: Operator) -> RunStarted:
    """The first event, with everything that is true before the run begins."""
    from titan_flow.workflow.drive.version import version

    releases = Releases.read(await place.guard.marks())
    commit = wanted.params.get("commit", "")
    if commit in releases.bad_commits and not wanted.allow_bad:
        why = next(m.why for m in reversed(releases.marks) if m.release.commit == commit and m.standing == "bad")
        raise Refusal(f"{commit[:7]} was marked bad ({why}); deploy another commit, or add --allow-bad")
    brakes = await place.guard.brakes()  # before anything is looked at: one that is pulled meanwhile counts as new
    seen, wanted_so = Interlock.UNKNOWN, False
    if place.spec.flow.interlocked:
        seen = (await interlock_now(place.stage())).interlock
        wanted_so = on_purpose(await last_run(place, journal), seen, brakes)
    return RunStarted(
        flow=place.spec.flow.name,
        environment=place.environment,
        target=place.target,
        spec=place.spec.text,
        spec_path=_absolute(place.spec.path),
        spec_sha256=place.spec.sha256,
        params=wanted.params,
        operator=who,
        version=version(),
        interlock=seen,
        may_arm=wanted.arm or not wanted_so,
        brakes=brakes,
        first=wanted.first,
        until=wanted.until,
        state=place.spec.flow.initial.name,
        previous=next(iter(releases.verified), None),
        bad=releases.bad_commits,
        bad_releases=releases.bad,
    )


async def _nothing_to_do(place: Place, started: RunStarted) -> str | None:
    """Words, where the newest verified release is the one asked for, and it runs, and it is armed."""
    release = started.previous
    if release is None or started.until is not None or release.commit != started.params.get("commit"):
        return None
    if place.spec.flow.interlocked and started.interlock is not Interlock.ARMED:
        return None
    now = await running(place.stage())
    if now is None or not now.same(release) or (now.rendered, now.env) != (release.rendered, release.env):
        return None
    if not await _images_are_current(place):
        return None
    return f"nothing to do: {release.commit[:7]} runs, verified" + (", armed" if place.spec.flow.interlocked else "")


async def _images_are_current(place: Place) -> bool:
    """The registry has nothing newer under the names that the flow pulls."""
    stage = place.stage()
    pulls = [step for edge in place.spec.flow.edges for step in edge.actions if step.use == "compose.pull"]
    for step in pulls[:1]:
        if not (await stage.check(step, dict(step.args)).look(place.site, None)).yes:
            return False
    return True


def _absolute(path: str) -> str:
    """Empty where the spec came out of a journal."""
    from pathlib import Path

    found = Path(path)
    return str(found.resolve()) if found.is_file() else ""
