"""How a run begins: its parameters, a free environment, and everything that is true before it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from titan_flow import __version__
from titan_flow.adapters.errors import Locked
from titan_flow.states.events import RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.release import Releases
from titan_flow.states.values import Interlock
from titan_flow.workflow.engine.finish import interlock_now
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.errors import UnfinishedError, UsageError, UserError, near
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.runs.disarm_intent import disarmed_deliberately, last_run
from titan_flow.workflow.runs.host_copy import ask
from titan_flow.workflow.runs.sync import unfinished
from titan_flow.workflow.session.options import RunOptions
from titan_flow.workflow.specfile.bind import misfits
from titan_flow.workflow.specfile.model import Spec
from titan_flow.workflow.specfile.params import looked_up
from titan_flow.workflow.specfile.params import parameters as declared


def until(spec: Spec, state: str | None) -> None:
    """Raises UserError where the spec has no such state."""
    if state is not None and state not in spec.flow.states:
        raise UsageError(f"--until {state}: {spec.path} has no such state{near(state, spec.flow.states)}")


async def parameters(place: Environment, given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter's value: given, defaulted, or looked up on the host. Raises SpecError, UserError, Unreachable."""
    known, open_ = declared(place.spec, given)
    for name, use in open_.items():
        try:
            known[name] = await looked_up(use, place.spec.adapters).value(place.site)
        except LookupError as missing:
            raise UserError(f"parameter {name}: {missing}; set it with --set {name}=…") from None
        if wrong := place.spec.params[name].wrong(known[name]):
            raise UserError(f"parameter {name}, as looked up: {wrong}")
    if wrong := misfits(place.spec.flow, known, place.spec.adapters):
        raise UsageError("; ".join(wrong) + "; nothing was changed; correct the parameters: --set NAME=…")
    return known


async def free(place: Environment, journal: Journal, wait: float) -> None:
    """Raises Locked where a living run holds the environment for `wait` seconds, UserError where one is unfinished."""
    clock = place.site.gateway.monotonic
    end = clock() + wait
    while (holder := await place.guard.holder()) is not None:
        alive = holder.get("alive") == "yes"
        if not alive:
            raise UnfinishedError(_unfinished(holder.get("run", "?"), place.spec.path))
        if clock() >= end:
            raise Locked(_held(holder, place.spec.path), holder)
        await asyncio.sleep(min(1.0, wait))

    for row in journal.summaries(environment=place.environment, most=1):
        if await unfinished(journal, await ask(place.site), row.run):
            raise UnfinishedError(_unfinished(row.run, place.spec.path))


def _held(holder: Mapping[str, str], spec: str) -> str:
    run = holder.get("run", "?")
    who, since = holder.get("operator", "an unknown operator"), holder.get("since", "an unknown time")
    return (
        f"run {run} of {who} holds this environment since {since} (pid {holder.get('pid', '?')}, alive). "
        f"See: titan-flow status {spec}; roll it back: titan-flow rollback {spec}; or add --wait 10m"
    )


def _unfinished(run: str, spec: str) -> str:
    return (
        f"run {run} is unfinished. Continue it: titan-flow resume {spec}; roll it back: titan-flow rollback {spec}; "
        f"abandon it: titan-flow force-unlock {spec} --run {run}"
    )


async def opening(
    place: Environment, journal: Journal, params: Mapping[str, str], wanted: RunOptions, who: Operator
) -> RunStarted:
    """The first event, with everything that is true before the run begins."""

    # before anything is looked at: a disarm that is sent meanwhile is a newer one
    asked = place.site.moment.ask("marks", place.guard.marks)
    marks, disarm = await asyncio.gather(asked, place.guard.last_disarm())
    releases = Releases.read(marks)
    commit = params.get("commit", "")
    if commit in releases.bad_commits and not wanted.allow_bad:
        why = next(m.why for m in reversed(releases.marks) if m.release.commit == commit and m.standing == "bad")
        raise UserError(f"{commit[:7]} was marked bad ({why}); deploy another commit, or add --allow-bad")
    seen, wanted_so = Interlock.UNKNOWN, False
    if place.spec.flow.interlocked:
        seen = (await interlock_now(place.context())).interlock
        wanted_so = disarmed_deliberately(await last_run(place, journal), seen, disarm)
    return RunStarted(
        flow=place.spec.flow.name,
        environment=place.environment,
        target=place.target,
        spec=place.spec.text,
        spec_path=_absolute(place.spec.path),
        spec_sha256=place.spec.sha256,
        params=dict(params),
        operator=who,
        version=__version__,
        interlock=seen,
        may_arm=wanted.arm or not wanted_so,
        last_disarm=disarm.identity,
        first=wanted.initial,
        until=wanted.until,
        state=place.spec.flow.initial.name,
        previous=next(iter(releases.verified), None),
        bad=releases.bad_commits,
        bad_releases=releases.bad,
    )


def _absolute(path: str) -> str:
    """Empty where the spec came out of a journal."""

    found = Path(path)
    return str(found.resolve()) if found.is_file() else ""
