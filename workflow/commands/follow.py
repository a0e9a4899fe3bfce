"""Follows a run from its journal, whoever drives it."""

from __future__ import annotations

import sys
import time
from functools import reduce

from titan_flow.states.model import Flow
from titan_flow.states.outline import Account
from titan_flow.states.run import apply
from titan_flow.states.values import Outcome
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.event_log import Lines
from titan_flow.workflow.display.progress import progress
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.runs.liveness import outcome_of

EVERY = 0.3
"""seconds between two readings of the journal"""
ASK_AFTER = 5.0
"""seconds without news, after which the host is asked whether anybody drives it still"""


def follow(journal: Journal, flow: Flow | None, account: Account) -> None:
    """Shows what happens until the run ends, waits, or loses its driver."""

    shows = Lines() if flow is None else progress(flow, False, sys.stderr.isatty())
    run, records, news = account.run, account.records, time.monotonic()
    try:
        while True:
            for record in records:
                shows.show(record)
            if run.outcome is not Outcome.RUNNING:
                return
            if time.monotonic() - news > ASK_AFTER:
                if outcome_of(run, adapters(), journal.learned(run.id))[0] is not Outcome.RUNNING:
                    return
                news = time.monotonic()
            time.sleep(EVERY)
            records = [record for record, _ in journal.stream(run.id, run.seq, run.head)]
            if records:
                run, news = reduce(apply, records, run), time.monotonic()
    finally:
        shows.close()
