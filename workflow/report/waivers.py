"""The checks that were waived: by whom, why, and what they really said."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.events import Record
from titan_flow.states.run import Run
from titan_flow.workflow.display.summary import answered


def waivers(run: Run, records: Sequence[Record]) -> str:
    """A list, or that there are none."""
    if not run.waived:
        return tag("p", "No check was skipped.")
    items = list[str]()
    for waiver in run.waived:
        seen = answered(waiver.check, records)
        really = "was not checked yet" if seen is None else f"answered {(seen.waived or 'yes')}: {seen.says}"
        who = f" skipped by {waiver.operator}: {waiver.reason}"
        use = f" {waiver.use}" if waiver.use else ""
        items.append(
            tag("li", tag("b", escaped(waiver.check)), escaped(f"{use}{who}"), tag("p", escaped(really), class_="dim"))
        )
    return tag("ul", *items)
