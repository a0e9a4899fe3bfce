"""Follows a run from its journal, whoever drives it."""

from __future__ import annotations

import sys
import time

from titan_flow.states.events import Record
from titan_flow.states.model import Flow
from titan_flow.states.run import fold
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


def follow(journal: Journal, flow: Flow | None, records: list[Record]) -> list[Record]:
    """Shows what happens until the run ends, waits, or loses its driver; all of its records then."""

    shows = Lines() if flow is None else progress(flow, False, sys.stderr.isatty())
    shown, news = 0, time.monotonic()
    try:
        while True:
            for record in records[shown:]:
                shows.show(record)
            if len(records) > shown:
                shown, news = len(records), time.monotonic()
            run = fold(records)
            if run.outcome is not Outcome.RUNNING:
                return records
            if time.monotonic() - news > ASK_AFTER:
                if outcome_of(run, adapters(), journal.learned(run.id))[0] is not Outcome.RUNNING:
                    return records
                news = time.monotonic()
            time.sleep(EVERY)
            if journal.last(run.id) > len(records):
                records = journal.read(run.id)
    finally:
        shows.close()
