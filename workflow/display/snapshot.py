"""A run as one picture: its path and its ending, as plain text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from titan_flow.states.model import Flow
from titan_flow.states.outline import Account
from titan_flow.states.values import Outcome
from titan_flow.workflow.display.header import header
from titan_flow.workflow.display.layout import path_lines, plain
from titan_flow.workflow.display.summary import COLUMNS, ending
from titan_flow.workflow.display.timeline import rows


def picture(
    flow: Flow | None,
    account: Account,
    outcome: Outcome | None = None,
    columns: int = COLUMNS,
    now: datetime | None = None,
    bundle: Path | None = None,
) -> str:
    """`outcome` as for `ending`; `now` where the run moves still. Without a flow there is no path to draw: its spec
    cannot be read here.
    """
    records = account.records
    lines = header(records, columns)
    if flow is not None:
        lines += [*path_lines(rows(flow, records), columns, now or records[-1].at), []]
    return "\n".join([*(plain(line) for line in lines), ending(flow, account, outcome, columns, bundle)])
