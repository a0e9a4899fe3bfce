"""Which run is meant by a run's id, a spec's path, or nothing, on any laptop; and how it stands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.guard.fallback import seen
from titan_flow.adapters.plain_file import is_plain
from titan_flow.adapters.registry import Registry
from titan_flow.states.events import HostActed
from titan_flow.states.outline import Account
from titan_flow.states.values import Outcome
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.engine.host_deed import acted
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import NoSuchRun
from titan_flow.workflow.runs.host_copy import HostCopy, ask
from titan_flow.workflow.runs.liveness import gone
from titan_flow.workflow.runs.locate import run_meant
from titan_flow.workflow.runs.sync import best_account
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.load import load, loads
from titan_flow.workflow.specfile.model import Spec

PATIENCE = 10.0
"""seconds that a host may take to answer a reading command"""


@dataclass(frozen=True)
class Standing:
    """`outcome` is *interrupted* if the run is unfinished and has no driver. `doubt`: what is unknown, and why."""

    account: Account
    outcome: Outcome
    doubt: str = ""
    host: HostActed | None = None
    """what the host did by itself, which no driver has taken in yet"""


def standing(journal: Journal, name: str | None, adapters: Registry) -> Standing:
    """Raises NoSuchRun, SpecError, DamagedJournal; Unreachable, Refused where neither journal nor host can tell."""

    if name is not None and is_plain(name):
        return _of_spec(journal, load(name, adapters), name)

    ours = _own(journal, run_meant(journal, name, adapters))
    run = ours.run
    if run.ended is not None:
        return Standing(ours, run.outcome)
    if journal.learned(run.id):  # its spec says where to connect to, and came from a host
        return _alone(ours, UserError("name your own spec: titan-flow status SPEC"))
    try:
        spec = loads(run.started.spec, f"(the spec of run {run.id})", adapters)
        return asyncio.run(_asked(journal, spec, run.id, exactly=True))
    except _unsure() as why:
        return _alone(ours, why)


def _of_spec(journal: Journal, spec: Spec, name: str) -> Standing:
    try:
        ours = run_meant(journal, name, spec.adapters)
    except NoSuchRun as none:
        try:
            return asyncio.run(_asked(journal, spec, None))
        except Refused as why:
            raise NoSuchRun(f"{none}. Its host has none either: {why}") from None
    try:
        return asyncio.run(_asked(journal, spec, ours))
    except _unsure() as why:
        return _alone(_own(journal, ours), why)


def _own(journal: Journal, run: str) -> Account:
    found = journal.account(run)
    if found is None:
        raise NoSuchRun(f"the journal has no run {run}")
    return found


async def _asked(journal: Journal, spec: Spec, ours: str | None, exactly: bool = False) -> Standing:
    """`ours`: the run of this journal that would be meant; unless `exactly` that one is, a run that has the environment
    comes before it, and so does a newer one.
    """

    site = site_of(spec)
    try:
        async with asyncio.timeout(PATIENCE):
            there = await ask(site)
            run = ours if exactly and ours is not None else await _chosen(journal, there, ours)
            account, doubt = await best_account(journal, there, run)
            host = await host_deed(there, account) if account is not None else None
    finally:
        await site.close()
    if account is None:
        raise NoSuchRun(f"run {run} holds the lock on {there.name}, which has none of its records yet; try again soon")
    outcome = account.run.outcome
    if outcome is Outcome.RUNNING and not there.drives(run):
        outcome = Outcome.INTERRUPTED
    return Standing(account, outcome, doubt, host)


async def host_deed(there: HostCopy, account: Account) -> HostActed | None:
    """What the host did by itself since a driver last took the run. Raises Unreachable, Refused."""
    run = account.run
    if run.ended is not None or there.held != run.id:
        return None
    did = (await seen(there.guard)).did
    return acted(did) if did is not None and did.run == run.id and did.epoch > run.epoch else None


async def _chosen(journal: Journal, there: HostCopy, mine: str | None) -> str:
    if there.held is not None:
        return there.held
    if mine is None:
        if not there.runs:
            raise NoSuchRun(f"neither the journal nor {there.name} has a run; start one: titan-flow run SPEC")
        return there.runs[0]
    known, _ = await best_account(journal, there, mine)
    if not there.runs or there.runs[0] == mine or known is None or known.run.ended is None:
        return mine
    newest, _ = await best_account(journal, there, there.runs[0])
    return there.runs[0] if newest is not None and newest.run.began > known.run.began else mine


def _alone(ours: Account, why: Exception) -> Standing:
    """The journal's own word, where the host cannot be asked."""

    run = ours.run
    if run.outcome is not Outcome.RUNNING:
        return Standing(
            ours, run.outcome, f"the host could not be asked for newer records: {why or 'it did not answer in time'}"
        )
    if gone(run):
        return Standing(ours, Outcome.INTERRUPTED)
    return Standing(
        ours, run.outcome, f"whether it has a driver is unknown: {why or 'the host did not answer in time'}"
    )


def _unsure() -> tuple[type[Exception], ...]:
    return (Unreachable, Refused, SpecError, TimeoutError)
