"""The runs of an environment, whoever drove them: this journal's, and those that only the host knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

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
from titan_flow.workflow.runs.sync import has_no_more
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.model import Spec

MOST, PATIENCE = 50, 10.0
"""runs of a host that are read, at most; seconds for all of them"""


def list_runs(
    journal: Journal, spec: str, adapters: Registry, most: int | None = None, before: str | None = None
) -> tuple[list[RunSummary], str]:
    """Runs of a flow on its target, newest first, `most` of them; and words where the host could not be asked.

    `before`: only those that began before that run of this journal. Raises SpecError.
    """
    ours = {row.run: row for row in runs_of(journal, spec, adapters, most, before)}
    try:
        theirs, where = asyncio.run(_news(load(spec, adapters), journal))
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
    found = sorted(_older(ours.values(), journal, before), key=_began, reverse=True)
    return found[:most], f"{where} has a damaged copy of {', '.join(damaged)}, which is ignored" if damaged else ""


def _older(rows: Iterable[RunSummary], journal: Journal, before: str | None) -> list[RunSummary]:
    start = journal.account(before) if before is not None else None
    return [row for row in rows if start is None or _began(row) < (start.run.began, start.run.id)]


def _began(row: RunSummary) -> tuple[datetime, str]:
    return row.began, row.run


def copy(journal: Journal, name: str, spec: str, adapters: Registry) -> tuple[list[Record], Sequence[str]]:
    """The one run whose id is, or begins with, `name`: as records, and as lines. Raises NoSuchRun, SpecError,
    DamagedJournal, Unreachable, Refused.
    """

    local = {row.run for row in journal.summaries() if row.run.casefold().startswith(name.casefold())}
    found, lines, where = asyncio.run(_copy(load(spec, adapters), name, local))
    if len(found) != 1:
        several = f"more than one run begins with {name}: {', '.join(found)}" if found else f"no run {name}"
        raise NoSuchRun(f"{several}, neither here nor on {where}; see: titan-flow history {spec}")
    ours = journal.lines(found[0])
    lines = authoritative_copy(ours, trusted(ours, lines, where))
    return records(lines, where), lines


async def _copy(spec: Spec, name: str, local: set[str]) -> tuple[list[str], Sequence[str], str]:
    """The runs of that name, here and there; the host's copy where it is one; and the host."""
    site = site_of(spec)
    try:
        async with asyncio.timeout(PATIENCE):
            there = await ask(site)
            found = sorted({run for run in there.runs if run.casefold().startswith(name.casefold())} | local)
            one = found[0] if len(found) == 1 and found[0] in there.runs else None
            return found, await there.guard.lines(one) if one is not None else [], there.name
    finally:
        await site.close()


async def _news(spec: Spec, journal: Journal) -> tuple[dict[str, list[str]], str]:
    """The host's copies of its newest runs, where they are not the beginning of this journal's; and the host."""
    site = site_of(spec)
    try:
        async with asyncio.timeout(PATIENCE):
            there = await ask(site)
            newest = there.runs[:MOST]
            known = await asyncio.gather(*(has_no_more(journal, there, run, journal.last(run)) for run in newest))
            news = [run for run, ours in zip(newest, known, strict=True) if not ours]
            return dict(zip(news, await asyncio.gather(*map(there.guard.lines, news)), strict=True)), there.name
    finally:
        await site.close()
