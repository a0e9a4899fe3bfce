"""`titan-flow rollback --restore-data --backup NAME`: also restores the database, from a backup an operator named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import amount
from titan_flow.adapters.offers import Backup, Backups, Loss
from titan_flow.adapters.site import Site
from titan_flow.states.events import Event, OperatorAsked, RunResumed
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Transition
from titan_flow.states.release import Release
from titan_flow.states.run import Run
from titan_flow.workflow.commands.driving import driver, say
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.event_text import span
from titan_flow.workflow.engine.finish import running
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.runs.releases import named, read_releases
from titan_flow.workflow.session.rollback_run import current_spec, must_have_heard, new_rollback_run
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.session.unfinished import find_run, may_take
from titan_flow.workflow.specfile.model import Spec

NUCLEAR, PARAM = "nuclear_rollback", "backup"
SHOWN = 8
"""backups, and tables, that are listed"""


async def nuclear(args: argparse.Namespace) -> int:
    """The exit code: 0 once restored, rolled back and verified. Raises SpecError, UserError, Locked, Unreachable,
    JournalError.
    """

    drives = driver(args)
    run, spec = await find_run(drives.options, args.run, adapters())
    if run.ended is not None:
        spec = current_spec(args.run, spec)
    recovery = _recovery(spec, run)
    async with Session(spec, drives.options) as session:
        site = session.place.site
        backups = _backups(site)
        backup = _chosen(args, spec, backups.folder(site), await backups.newest(site))
        target = await _target(session, run, args.to)
        say(_question(spec, backup, await _loss(site, backups, backup), target))
        _typed(backup.name, args.yes)
        if run.ended is None:
            takeover = await may_take(session, run, "Roll it back, and restore the database too?")
            code = await drives.resume(
                session, session.journal.read(run.id), takeover, *_said(session, run, recovery, target, backup)
            )
            must_have_heard(session, run)
        else:
            code = await drives.start(
                session, await new_rollback_run(session, run, recovery, target, **{PARAM: backup.name})
            )
    return code


def _recovery(spec: Spec, run: Run) -> Transition:
    recovery = spec.flow.recoveries.get(NUCLEAR)
    if recovery is not None and PARAM in spec.params and spec.adapters.offer(Backups, spec.blocks):
        return recovery
    obeyed = f", which run {run.id} obeys; first: titan-flow rollback {run.id}" if run.ended is None else ""
    what = f"declares no `{NUCLEAR}` with a parameter `{PARAM}`"
    raise UsageError(f"{spec.path}{obeyed} {what}: see docs/restore-data.md")


def _backups(site: Site) -> Backups:
    if (found := site.offered(Backups)) is None:
        raise LookupError("no adapter of this flow has backups")
    return found


def _chosen(args: argparse.Namespace, spec: Spec, folder: str, there: Sequence[Backup]) -> Backup:
    name: str | None = args.backup
    if name is not None and (wrong := spec.params[PARAM].wrong(name)):
        raise UsageError(f"--backup {name}: {wrong}")
    backup = next((one for one in there if one.name == name), None)
    if backup is not None:
        return backup
    known = "\n".join(f"  {one.name}   {span(one.age)} old, {amount(one.size)}" for one in there[:SHOWN])
    what = f"no backup is named {name}" if name is not None else "name the backup: --backup NAME"
    raise UserError(f"{what}; in {folder}, newest first:\n{known}" if there else f"{what}; {folder} holds none")


async def _target(session: Session, run: Run, to: str | None) -> Release:
    """The named release; else the run's own rollback target; else what was verified before the release that runs, and
    where nothing was, that release itself: what is wrong may be the data alone.
    """
    releases = await read_releases(session.place.guard)
    if to is not None:
        return named(releases, to)
    if run.ended is None and run.release is not None:
        return run.release
    target = releases.before(await running(session.place.context())) or next(iter(releases.verified), None)
    if target is None:
        raise UserError("no verified release is known: there is no rollback target")
    return target


async def _loss(site: Site, backups: Backups, backup: Backup) -> Loss:
    """Best effort: an emergency does not wait for a count."""
    try:
        return await backups.loss(site, backup.name)
    except Unreachable:
        return Loss(None, None)


def _question(spec: Spec, backup: Backup, lost: Loss, target: Release) -> str:
    lines = [
        f"Rollback of {spec.flow.name} with its data: everything stops, and the database is restored from a backup.",
        f"  backup   {backup.name}, {span(backup.age)} old, {amount(backup.size)}",
        f"  release  {target.commit[:7]}",
        f"  lost     everything written in the last {span(backup.age)}",
    ]
    if lost.now is None or lost.then is None:
        lines.append("           rows could not be counted")
    elif not lost.changed:
        lines.append(f"           {sum(lost.now.values())} rows in {len(lost.now)} tables, as many as in the backup")
    for table, now, then in lost.changed[:SHOWN] if lost.now is not None and lost.then is not None else []:
        counts = [f"{count} rows" if count is not None else "no such table" for count in (now, then)]
        lines.append(f"           {table}: {counts[0]} now, {counts[1]} in the backup")
    lines.append(
        "  kept     a dump of the database as it is now, made first; and the old database, beside the restored one"
    )
    return "\n".join(lines)


def _typed(name: str, yes: bool) -> None:
    """Raises UserError where the name was not typed. `--yes` will do, since the backup is named beside it."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError("There is no terminal to ask on; add --yes")
    print("Type the backup's name to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != name:
        raise UserError("not confirmed; nothing was changed")


def _said(session: Session, run: Run, recovery: Transition, target: Release, backup: Backup) -> list[Event]:
    if not legal(session.place.spec.flow).allows(run.state, recovery.name):
        raise UserError(
            f"run {run.id} is in {run.state}: nothing was changed yet; type first: titan-flow resume {run.id}"
        )
    asked = OperatorAsked(
        what="rollback",
        operator=session.operator,
        recovery=recovery.name,
        release=target if target != run.release else None,
        params={PARAM: backup.name},
    )
    return [*([RunResumed(operator=session.operator)] if run.parked is not None else []), asked]
