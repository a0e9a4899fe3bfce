"""The runs of an environment, whoever drove them: this journal's, and those that only the host knows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.registry import Registry
from titan_flow.states.events import Record
from titan_flow.states.listing import RunSummary, summarized
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import DamagedJournal, NoSuchRun
from titan_flow.workflow.runs.host_copy import ask, authoritative_copy, records
from titan_flow.workflow.runs.locate import runs_of
from titan_flow.workflow.runs.repair import trusted
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.model import Spec

MOST, PATIENCE = 50, 10.0
"""runs of a host that are read, at most; seconds for all of them"""


def list_runs(journal: Journal, spec: str, adapters: Registry, most: int | None = None) -> tuple[list[RunSummary], str]:
    """Runs of a flow on its target, newest first, `most` of them; and words where the host could not be asked.

    Raises SpecError.
    """
    ours = {row.run: row for row in runs_of(journal, spec, adapters, most)}
    try:
        theirs, where = asyncio.run(_copies(load(spec, adapters)))
    except (Unreachable, Refused, TimeoutError) as why:
        return [*ours.values()], f"only the runs of this journal: {why or 'the host did not answer in time'}"
    damaged = list[str]()
    for run, lines in theirs.items():
        known = journal.lines(run)
        try:
            best = authoritative_copy(known, trusted(known, lines, where))
        except DamagedJournal:
            damaged.append(run)
            continue
        if best is not known and best:
            ours[run] = summarized(records(best, where))
    found = sorted(ours.values(), key=lambda one: (one.began, one.run), reverse=True)
    return found[:most], f"{where} has a damaged copy of {', '.join(damaged)}, which is ignored" if damaged else ""


def copy(journal: Journal, name: str, spec: str, adapters: Registry) -> tuple[list[Record], Sequence[str]]:
    """The one run whose id is, or begins with, `name`: as records, and as lines. Raises NoSuchRun, SpecError,
    DamagedJournal, Unreachable, Refused.
    """

    theirs, where = asyncio.run(_copies(load(spec, adapters)))
    local = {row.run for row in journal.summaries() if row.run.casefold().startswith(name.casefold())}
    found = sorted({run for run in theirs if run.casefold().startswith(name.casefold())} | local)
    if len(found) != 1:
        several = f"more than one run begins with {name}: {', '.join(found)}" if found else f"no run {name}"
        raise NoSuchRun(f"{several}, neither here nor on {where}; see: titan-flow history {spec}")
    ours = journal.lines(found[0])
    lines = authoritative_copy(ours, trusted(ours, theirs.get(found[0], []), where))
    return records(lines, where), lines


async def _copies(spec: Spec) -> tuple[dict[str, list[str]], str]:
    site = site_of(spec)
    try:
        async with asyncio.timeout(PATIENCE):
            there = await ask(site)
            newest = there.runs[:MOST]
            return dict(zip(newest, await asyncio.gather(*map(there.guard.lines, newest)), strict=True)), there.name
    finally:
        await site.close()
