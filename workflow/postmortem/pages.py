"""The pages of a bundle that the journal alone can write. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence

from titan_flow.states import events as e
from titan_flow.states.draw.formats import FORMATS
from titan_flow.states.draw.trip import trip
from titan_flow.states.model import Flow
from titan_flow.states.values import Json
from titan_flow.workflow.display.event_log import line_of


def pages(flow: Flow, records: Sequence[e.Record]) -> dict[str, str]:
    """By file name: the timeline, the commands, the graph with the way that was taken."""
    way = trip(flow, records)
    return {
        "timeline.txt": _text(line_of(record) for record in records),
        "commands.txt": _text(_commands(records)),
        "graph.txt": FORMATS["text"](flow, way) + "\n",
        "graph.svg": FORMATS["svg"](flow, way).rstrip("\n") + "\n",
    }


def _text(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _commands(records: Sequence[e.Record]) -> Iterator[str]:
    """What was done to the outside, as it was intended: argv as a shell would take it, or the message."""
    for record in records:
        if isinstance(intent := record.event, e.StepIntended):
            yield f"# {record.at:%Y-%m-%dT%H:%M:%SZ} {intent.step}, job {intent.key}"
            yield from _deed(intent.act)


def _deed(act: dict[str, Json]) -> Iterator[str]:
    argvs = act.get("argv")
    if isinstance(argvs, list):
        for argv in argvs:
            yield shlex.join(str(word) for word in argv) if isinstance(argv, list) else str(argv)
    else:
        yield json.dumps(act, ensure_ascii=False)
