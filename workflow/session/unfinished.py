"""Which run an operator means to go on with, and whether a living driver is taken over from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from titan_flow.adapters.errors import Locked
from titan_flow.adapters.plain_file import is_plain
from titan_flow.adapters.registry import Registry
from titan_flow.states.listing import RunSummary
from titan_flow.states.run import Run, fold
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import NoSuchRun
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.host_copy import HostCopy, ask, records
from titan_flow.workflow.runs.sync import take_in, unfinished
from titan_flow.workflow.session.learned import addressed, agreed, genuine
from titan_flow.workflow.session.options import Options
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load, loads
from titan_flow.workflow.specfile.model import Spec

PAGE = 50
"""runs that are read at once from a long list"""


async def find_run(
    options: Options, name: str | None, adapters: Registry, question: str | None = None
) -> tuple[Run, Spec]:
    """The run that is meant (a run's id, a spec's path, or nothing: the newest), and its own spec.

    What the host knows more of it is taken into the journal first; before a run that this journal does not know,
    `question` is asked. A run that was learned from its host needs the operator's own spec to be named. Raises
    UserError, NoSuchRun, SpecError, DamagedJournal, Unreachable, Refused.
    """

    given = load(name, adapters) if name is not None and is_plain(name) else None
    journal = options.journal or open_journal(options.store)
    try:
        spec = given or _own(journal, journal.find(name) if name is not None else newest(journal)[0], adapters)
        site = site_of(spec)
        try:
            there = await ask(site)
            here = await there.guard.environment()
            rows = newest(journal, spec, here) if name is None or given is not None else [journal.find(name)]
            run, ours = await _meant(journal, there, rows, given, options, question)
            learned = journal.learned(run.id)
            theirs = journal.read(run.id) if run.seq > ours else []
        finally:
            await site.close()
    finally:
        if options.journal is None:
            journal.close()
    own = loads(run.started.spec, given.path if given is not None else f"(the spec of run {run.id})", adapters)
    if theirs:
        genuine(own, theirs, ours + 1)
    if theirs and not learned:  # its beginning is this journal's own, what came after it is not
        addressed(own, fold(theirs), options, fold(theirs[:ours]).values())
    if given is None:
        return run, own
    # the run obeys its own spec; what is used of this machine, and how its host is reached, the one named says
    if not learned:
        return run, replace(own, target=given.target)
    found = agreed(own, given, run.id, options)
    if run.ended is None:  # what a run after it takes over from it is asked about with that run
        addressed(replace(found, params=given.params), run, options)
    return run, found


async def _meant(
    journal: Journal, there: HostCopy, rows: list[str], given: Spec | None, options: Options, question: str | None
) -> tuple[Run, int]:
    """The run that has the environment, else the unfinished one of ours, else the newest of the host's or ours; and how
    many of its records were this journal's own before.
    """

    meant = there.held if given is not None else None
    for run in rows if meant is None else []:
        if await unfinished(journal, there, run):
            meant = run
            break
    meant = meant or next(iter([*there.runs[:1], *rows] if given is not None else rows), None)
    if meant is None:
        raise UsageError("neither the journal nor the host has a run of it; start one: titan-flow run SPEC")
    before = journal.last(meant)
    if question is not None and not before:
        await _ask(there, meant, options, question)
    account = await take_in(journal, there, meant)
    if account is None:
        raise UserError(
            f"run {meant} holds the lock, but the host has none of its records; abandon it: "
            f"titan-flow force-unlock SPEC --run {meant}"
        )
    return account.run, 0 if journal.learned(meant) else before


async def _ask(there: HostCopy, run: str, options: Options, question: str) -> None:
    told = records(await there.lines(run), there.name)
    if not told or fold(told).ended is not None or there.drives(run):
        return  # nothing to continue, or the takeover asks
    options.confirm(f"{left_by(fold(told))}. {question}", options.yes, "--yes")


def left_by(run: Run) -> str:
    """Describes a run whose driver is gone."""
    who = run.driver.operator if run.driver is not None else run.started.operator
    return f"run {run.id} of {who} is in {run.state} and has no driver"


def _own(journal: Journal, run: str, adapters: Registry) -> Spec:
    if journal.learned(run):
        raise UsageError(
            f"run {run} was learned from its host, which must not choose what is used of this machine; "
            "name your own spec instead of the run"
        )
    account = journal.account(run)
    if account is None:
        raise NoSuchRun(f"the journal has no run {run}")
    return loads(account.run.started.spec, f"(the spec of run {run})", adapters)


def newest(journal: Journal, spec: Spec | None = None, environment: str | None = None) -> list[str]:
    """The unfinished runs of a flow on its target, the newest first, then the newest of all. Raises UserError.

    Two hosts may have the same flow in the same directory: `environment` tells them apart, where the host has one.
    """

    def meant(row: RunSummary) -> bool:
        return spec is None or (row.target.endswith(spec.target.directory) and environment in (None, row.environment))

    flow = spec.flow.name if spec is not None else None
    rows = [row.run for row in journal.summaries(flow=flow, unfinished=True) if meant(row)]
    rows += [row.run for row in islice(filter(meant, _each(journal, flow)), 1) if row.run not in rows]
    if spec is None and not rows:
        raise UsageError("the journal has no run; name its spec: titan-flow resume SPEC")
    return rows


def _each(journal: Journal, flow: str | None) -> Iterator[RunSummary]:
    """The runs of a flow, newest first, as many as are asked for."""
    page = journal.summaries(flow=flow, most=PAGE)
    while page:
        yield from page
        page = journal.summaries(flow=flow, most=PAGE, before=page[-1].run)


async def may_take(session: Session, run: Run, question: str) -> bool:
    """Whether a living driver is taken over from. Raises Locked, UserError."""
    holder = await session.place.guard.holder()
    if holder is None or holder.get("alive") != "yes":
        return False
    by = f"{holder.get('operator', 'an unknown operator')} (pid {holder.get('pid', '?')}, alive)"
    who = f"run {holder.get('run', '?')} is driven by {by}"
    if holder.get("run") != run.id:
        raise Locked(f"{who} and holds this environment. See: titan-flow status {holder.get('run', '')}", holder)
    try:
        session.options.confirm(f"{who}. {question}", session.options.yes, "--yes")
    except UserError as refusal:
        raise Locked(str(refusal), holder) from None
    return True
