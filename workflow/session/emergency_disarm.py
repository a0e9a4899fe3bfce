"""The emergency disarm: sends before anything is looked at, whatever stands in the way; then observes and records."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Message, UnfencedCommands
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import survey_interlock
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.states.events import RunStarted
from titan_flow.states.model import Patience
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.engine.disarm import UNSEEN, Send, attempt, baseline
from titan_flow.workflow.engine.faults import describe
from titan_flow.workflow.engine.observe import Alone, settle
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.readable import readable
from titan_flow.workflow.session.disarm_record import DisarmRecord
from titan_flow.workflow.session.nowhere import Nowhere
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.disarm_parts import DisarmParts, disarm_parts
from titan_flow.workflow.specfile.salvage import text_of

ONE_LOOK = Patience(timeout=8.0, attempts=1)
JOURNAL_PATIENCE = 1.0
"""seconds that a locked journal is waited for, where the spec of an earlier run is needed"""
MOST_RUNS = 50
"""newest runs of the journal among which that spec is looked for"""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds, but for `tries`."""

    tries: int = 3
    send: float = 20.0
    """for one try"""
    pause: float = 0.5
    """between two tries"""
    head_start: float = 1.0
    """before the host is told too, where the sending takes longer"""
    look: float = 10.0
    """for the baseline, and for one look in between"""
    confirm: float = 20.0
    """in which it is to be confirmed"""
    record: float = 5.0
    """for each of the two times that the host is told"""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Result:
    """`sent`: something took it. `confirmed`: every service that holds the interlock said so."""

    sent: bool
    confirmed: bool
    says: str


@dataclass
class _Try:
    """One spec whose disarm is sent: the file's, or that of an earlier run."""

    parts: DisarmParts
    site: Site
    record: DisarmRecord
    told: asyncio.Task[bool] = field(init=False)
    action: Action | None = None
    send: Send | None = None


async def emergency_disarm(
    path: str,
    adapters: Registry,
    reason: str,
    store: str | None,
    report: Callable[[Result], None],
    limits: Limits = LIMITS,
) -> str | None:
    """`report` takes the result as soon as it is known; then it is recorded. None once it is, else why it is not.

    Raises UsageError where neither the file nor an earlier run says how to disarm.
    """
    tries, reasons = list[_Try](), list[str]()
    reason = readable(reason)
    try:
        for parts in _known_parts(path, store, adapters):
            one = _begun(parts, store, reason, limits)
            tries.append(one)
            sending = asyncio.create_task(_send(one, reason, limits))
            await asyncio.wait({sending}, timeout=limits.head_start)
            one.told = asyncio.create_task(one.record.on_host())
            if (lost := await sending) is None:
                break
            reasons.append(lost)
        if not tries:
            raise UsageError(f"{path} has no interlock.disarm step that can be read: nothing was sent")
        sent = next((one for one in tries if one.send is not None), None)
        result = await (_confirmed(sent, limits) if sent is not None else _unsent(tries[0], reasons, limits))
        report(result)
        of = sent or tries[0]
        return await of.record.finish(of.told, result.confirmed, result.says)
    finally:
        for one in tries:
            one.told.cancel()
            await _closed(one.site)


def _known_parts(path: str, store: str | None, adapters: Registry) -> Iterator[DisarmParts]:
    """What the file says; then, where that could not be sent and differs, what the last run of that file says."""
    of_file = None
    with suppress(OSError, ValueError):
        of_file = disarm_parts(text_of(path), path, adapters)
        if of_file.steps:
            yield of_file
    journaled = _last_journaled(path, store, adapters)
    if journaled is None or not journaled.steps:
        return
    if of_file is None or _way(journaled) != _way(of_file):
        yield journaled


def _way(parts: DisarmParts) -> tuple[object, ...]:
    return parts.spec.target, dict(parts.spec.blocks), parts.steps


def _last_journaled(path: str, store: str | None, adapters: Registry) -> DisarmParts | None:
    """Of the newest run that was started with that file here. Raises nothing.

    A run that was learned from its host is passed over: its spec would choose where our password goes.
    """
    try:
        journal = open_journal(store, write=False, patience=JOURNAL_PATIENCE)
        try:
            wanted = _absolute(path)
            for row in journal.summaries(most=MOST_RUNS):
                for record in journal.of_run(row.run, "run.started"):
                    started = record.event
                    if not isinstance(started, RunStarted) or started.spec_path not in wanted:
                        continue
                    if not journal.learned(row.run):
                        return disarm_parts(started.spec, path, adapters)
        finally:
            journal.close()
    except Exception:
        return None
    return None


def _absolute(path: str) -> set[str]:
    """Its names: as it is written, and with every link followed."""
    found = {str(Path(path).absolute())}
    with suppress(OSError, RuntimeError):  # a link to itself
        found.add(str(Path(path).resolve()))
    return found


def _begun(parts: DisarmParts, store: str | None, reason: str, limits: Limits) -> _Try:
    try:
        site = site_of(parts.spec)
        if not parts.located:
            site.host = Nowhere()
    except Exception:
        site = Site(Nowhere(), parts.spec.target.directory, parts.spec.blocks)
    return _Try(parts, site, DisarmRecord(parts.spec, site, store, reason, limits.record))


async def _send(one: _Try, reason: str, limits: Limits) -> str | None:
    """None once one of its disarm steps is sent, else why the last of them was not. Raises nothing."""
    lost = "its interlock.disarm step cannot be read"
    for action in one.parts.actions(_values(one.parts, reason)):
        try:
            deed = action.act(one.site, UNSEEN)
        except Exception as fault:
            lost = one.site.redactor(describe(fault))
            continue
        if not isinstance(deed, Message | UnfencedCommands):
            lost = f"{action.name} cannot be sent alone"
            continue
        send = partial(action.send, one.site, deed)
        for number in range(limits.tries):
            if number:
                await asyncio.sleep(limits.pause)
            failed = await _within(limits.send, send, one.site)
            if failed is None:
                one.action, one.send = action, send
                return None
            lost = failed
    return lost


async def _within(seconds: float, send: Send, site: Site) -> str | None:
    try:
        async with asyncio.timeout(seconds):
            return await attempt(send, Alone(site))
    except TimeoutError:
        return f"not sent within {seconds:g} s"
    except Exception as fault:
        return site.redactor(describe(fault))


def _values(parts: DisarmParts, reason: str) -> dict[str, Json]:
    now = datetime.now(UTC).isoformat()
    params: dict[str, Json] = {f"params.{name}": param.default or "" for name, param in parts.spec.params.items()}  # type: ignore[misc]
    return {
        **params,
        "params.reason": reason,
        "run.id": "disarm",
        "run.operator": str(operator(agent=False)),
        "run.at": now,
        "run.environment": "",
        "step.id": f"disarm/{now}",
    }


async def _confirmed(one: _Try, limits: Limits) -> Result:
    """What the services' logs say of it. Raises nothing."""
    action, send = one.action, one.send
    if action is None or send is None:
        raise ValueError("nothing was sent")
    at = Alone(one.site)
    seen, driven = await asyncio.gather(_looked(baseline(action, ONE_LOOK, at), limits.look), _driven(one, limits))
    # A living run may have armed between our sending and the host's knowing of it; and only what is sent after the
    # baseline is confirmed by what follows it. Twice is safe.
    if driven or (seen.mark is not None and not seen.yes):
        await _within(limits.send, send, one.site)
        within = limits.confirm if seen.mark is not None else 0.0
        waited = settle(action, seen.mark, within, ONE_LOOK, at)
        seen = await _looked(waited, within + limits.look)
    if seen.yes:
        return Result(True, True, f"disarmed: {seen.says}")
    path = one.parts.spec.path
    says = f"disarm was sent, not confirmed: {seen.says}. See: titan-flow status {path}; or stop the services by hand"
    return Result(True, False, says)


async def _looked(looking: Awaitable[Observation], seconds: float) -> Observation:
    try:
        async with asyncio.timeout(seconds):
            return await looking
    except TimeoutError:
        return Observation(Answer.UNKNOWN, says=f"the host gave no answer within {seconds:g} s")
    except Exception as fault:
        return Observation(Answer.UNKNOWN, says=describe(fault))


async def _driven(one: _Try, limits: Limits) -> bool:
    """Whether a living run was there to be held back; the answer is waited for no longer than a record may take."""
    done, _ = await asyncio.wait({one.told}, timeout=limits.record)
    return bool(done) and one.told.result()


async def _unsent(one: _Try, reasons: list[str], limits: Limits) -> Result:
    """Why, and what is known all the same: the services' own logs."""
    try:
        async with asyncio.timeout(limits.look):
            interlock = (await survey_interlock(one.site)).interlock
        seen = f"the logs say that the system is {interlock}"
    except (Unreachable, TimeoutError, LookupError):
        seen = "the interlock is unknown too"
    except Exception as fault:
        seen = one.site.redactor(describe(fault))
    why = "; ".join(dict.fromkeys(reasons))
    return Result(False, False, f"NOT disarmed: {why}; {seen}. Stop the services by hand")


async def _closed(site: Site) -> None:
    with suppress(Exception):
        async with asyncio.timeout(3):
            await site.close()
