"""`titan-flow status`: where a run stands, and whether anybody drives it."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from titan_flow.adapters.plain_file import is_plain
from titan_flow.states.model import Flow
from titan_flow.states.run import Run
from titan_flow.states.values import Outcome
from titan_flow.workflow.commands.follow import follow
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.as_json import nothing, summary
from titan_flow.workflow.display.event_text import event_text
from titan_flow.workflow.display.layout import terminal
from titan_flow.workflow.display.progress import drawn
from titan_flow.workflow.display.snapshot import picture
from titan_flow.workflow.display.summary import COLUMNS, ending
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.exit_codes import Exit, exit_of
from titan_flow.workflow.journal.errors import NoSuchRun
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.postmortem.location import existing_bundle
from titan_flow.workflow.runs.locate import flow_of
from titan_flow.workflow.runs.status import Standing, standing


def run(args: argparse.Namespace) -> int:
    """The exit code of the run; 0 while it is running, and where the environment has had no run yet."""
    journal = open_journal(args.store, write=False)
    try:
        at = standing(journal, args.run, adapters())
    except NoSuchRun as none:
        if args.run is not None and not is_plain(args.run):
            raise
        print(json.dumps(nothing(args.run or "SPEC"), indent=2) if args.json else none)
        return 0
    run = at.account.run
    flow = flow_of(run, adapters())
    args.follow = args.follow and journal.last(run.id) == run.seq
    if args.follow:
        follow(journal, flow, at.account)
        at = standing(journal, run.id, adapters())
    _show(flow, at, args, existing_bundle(args.store, run.id))
    return _code(at.account.run, at.outcome)


def _code(run: Run, outcome: Outcome) -> int:
    return Exit.RESUMABLE if outcome is Outcome.INTERRUPTED else exit_of(run)


def _show(flow: Flow | None, at: Standing, args: argparse.Namespace, bundle: Path | None) -> None:
    account, outcome = at.account, at.outcome
    if args.json:
        host = {"host": at.host.model_dump(mode="json", exclude={"kind"})} if at.host is not None else {}
        print(json.dumps({**summary(flow, account, outcome, bundle), **host}, indent=2))
    else:
        columns = terminal(sys.stdout, COLUMNS)
        now = datetime.now(UTC) if outcome is Outcome.RUNNING else None
        if args.follow and flow is not None and drawn(sys.stderr) and sys.stdout.isatty():
            print(ending(flow, account, outcome, columns, bundle))  # the last frame stands above it
        else:
            print(picture(flow, account, outcome, columns, now, bundle))
        if at.host is not None:
            print(f"\n{event_text(at.host)}\nrecord and verify it: titan-flow resume {account.run.id}")
    if at.doubt:
        print(visible(at.doubt), file=sys.stderr)
