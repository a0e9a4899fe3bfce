"""The checks that were waived: by whom, why, and what they really said."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.states.draw.markup import said, tag
from titan_flow.states.events import Record
from titan_flow.states.run import Run
from titan_flow.workflow.display.summary import answered


def waivers(run: Run, records: Sequence[Record]) -> str:
    """A list, or that there are none."""
    if not run.waived:
        return tag("p", "None: no check was waived.")
    items = list[str]()
    for waiver in run.waived:
        seen = answered(waiver.check, records)
        really = "was not looked at yet" if seen is None else f"said {(seen.waived or 'yes')}: {seen.says}"
        who = f" waived by {waiver.operator}: {waiver.reason}"
        use = f" {waiver.use}" if waiver.use else ""
        items.append(tag("li", tag("b", said(waiver.check)), said(f"{use}{who}"), tag("p", said(really), class_="dim")))
    return tag("ul", *items)
