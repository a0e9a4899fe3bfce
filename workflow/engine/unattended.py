"""The fallback of a run: given to the host before the first change, dropped before the end, taken in once it ran.

While it is armed, the host disarms and rolls back by itself once there is no driver any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Fenced, Refused, Unreachable
from titan_flow.adapters.guard import fallback as host
from titan_flow.adapters.guard.fallback import Fallback, HostDeed
from titan_flow.states.edges import FAST
from titan_flow.states.events import FailureDecided, OperatorAsked, RunResumed
from titan_flow.states.identity import Operator
from titan_flow.states.model import Step, Transition
from titan_flow.states.moves import End, Move, Perform
from titan_flow.states.run import Run
from titan_flow.states.unattended import Deed, deed, disarms, guarded, proving, takes
from titan_flow.states.values import Answer
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.host_deed import acted
from titan_flow.workflow.engine.recorder import Recorder


async def before(run: Run, move: Move, context: RunContext) -> None:
    """The host holds what this move needs, or the move is not made. Raises Unreachable, Refused, Fenced.

    A recovery is not kept waiting: it goes on where the host cannot take it, as long as nobody else drives.
    """
    if context.flow.unattended is None:
        return
    if isinstance(move, End):
        await host.drop(context.guard, run.id, context.epoch)
        context.fallback = None
    if not guarded(run, move):
        return
    edge = move.edge if isinstance(move, Perform) else None
    under_way = run.edge or run.entering
    try:
        await _hold(run, edge, context)
    except Fenced:
        raise
    except (Unreachable, Refused):
        if under_way not in context.flow.recoveries:
            raise


async def _hold(run: Run, edge: Transition | None, context: RunContext) -> None:
    wanted = deed(context.flow, run, edge)
    if wanted is None or (context.fallback is not None and context.fallback.do == wanted):
        return
    fallback = await rendered(run, wanted, context)
    await host.arm(context.guard, run.id, context.epoch, fallback)
    context.fallback = fallback


async def rendered(run: Run, wanted: Deed, context: RunContext) -> Fallback:
    """The flow's own recovery as commands: their values come from the spec and the run, none from later answers.

    The disarm before anything else is sent at once, and may fail; a later one decides. Raises Refused where the host
    cannot do a step alone, Unreachable.
    """
    flow, policy = context.flow, context.flow.unattended
    after = policy.after if policy is not None else 0.0
    if wanted == "disarm":
        commands = await _commands(run, disarms(flow), context)
        return Fallback("disarm", after, takes(flow), commands, commands)
    steps = flow.recoveries[FAST].actions
    first = next((n for n, step in enumerate(steps) if step.touches != "disarm"), len(steps))
    brake = await _commands(run, steps[:first], context)
    return Fallback("rollback", after, takes(flow), await _commands(run, steps[first:], context), brake)


async def _commands(run: Run, steps: Sequence[Step], context: RunContext) -> tuple[Command, ...]:
    commit = run.release.commit if run.release is not None else None
    within = proving(context.flow) if FAST in context.flow.recoveries else 0.0
    found = list[Command]()
    for step in steps:
        action = context.check(step, context.resolved(run, step))
        if not isinstance(action, Action):
            continue
        try:
            found += await action.by_host(context.site, commit, within)
        except LookupError as why:
            raise Refused(f"unattended: the host could not roll back alone, so nothing is changed: {why}") from None
    return tuple(found)


async def parked(run: Run, context: RunContext) -> None:
    """A run that waits for a person: the host waits too, unless the spec says otherwise. Raises Fenced."""
    policy = context.flow.unattended
    if policy is None or run.parked is None or policy.parked != "wait" or not run.changed:
        return
    with suppress(Unreachable):  # then the host acts: it cannot tell a question from silence
        await host.drop(context.guard, run.id, context.epoch)
        context.fallback = None


async def record_deed(context: RunContext, record: Recorder) -> HostDeed | None:
    """What the host did by itself and no driver has recorded yet. Raises Unreachable, Refused."""
    if context.flow.unattended is None:
        return None
    did = (await host.seen(context.guard)).did
    known = record.run.host
    if did is None or did.run != record.id or (known is not None and known.epoch >= did.epoch):
        return None
    await record(acted(did))
    return did


async def take_in(context: RunContext, record: Recorder, operator: Operator) -> None:
    """Records what the host did before this driver took the run, and lets the flow's own recovery look at all of it.

    What the host said is evidence, no verdict. Raises Unreachable, Refused.
    """
    did = await record_deed(context, record)
    if did is None:
        return
    if did.do == "disarm":
        by = Operator(user="host", host=context.site.host.name)
        await record(OperatorAsked(what="disarm", operator=by, reason="the run had no driver"))
        return
    if record.run.parked is not None:
        await record(RunResumed(operator=operator))
    run = record.run
    if (run.edge or run.entering) in context.flow.recoveries or context.flow.states[run.state].then is not None:
        return
    reason = f"the run had no driver for {did.silent} s, so the host rolled back"
    await record(
        FailureDecided(
            edge=run.edge or run.state, step=None, target=FAST, enters="recovery", reason=reason, answer=Answer.UNKNOWN
        )
    )
