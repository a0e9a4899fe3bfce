"""`titan-flow simulate SPEC`: the flow's runs under faults, in a simulated world; connects to nothing."""

from __future__ import annotations

import argparse
import json
from contextlib import closing

from titan_flow.states.durations import span
from titan_flow.states.proofs.longest_run import bound
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.event_log import JsonLines, line_of
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.simulate.as_json import as_json
from titan_flow.workflow.simulate.as_text import as_text, outcome
from titan_flow.workflow.simulate.explore import explored, judged
from titan_flow.workflow.simulate.faults import token
from titan_flow.workflow.simulate.trip import Simulator
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """0 where no rule was broken and every failure edge was taken, else 1."""
    spec = load(args.spec, adapters())
    with closing(Simulator(spec)) as simulator:
        if args.replay is not None:
            return _replay(simulator, args.replay, args.json)
        result = explored(simulator, args.seed, args.runs, args.seconds)
    if args.json:
        print(json.dumps(as_json(args.spec, result, args.seed), indent=2))
    else:
        print(as_text(args.spec, result, args.seed))
    return 0 if result.ok else 1


def _replay(simulator: Simulator, name: str, as_records: bool) -> int:
    """One run again: its events, where it came to rest, and the rules that it broke."""
    try:
        one = simulator.run(token(name, simulator.flow))
    except ValueError as wrong:
        raise UsageError(f"--replay {name}: {wrong}") from None
    broken = judged(simulator, one, bound(simulator.flow))
    if as_records:
        lines = JsonLines()
        for record in one.records:
            lines.show(record)
        return 1 if broken else 0
    text = [line_of(record) for record in one.records]
    text += [f"at rest after {span(rest.seconds)}: {rest.state}, {outcome(rest.outcome)}" for rest in one.rests]
    text += [f"VIOLATION {violation}" for violation in broken]
    print(visible("\n".join(text)))
    return 1 if broken else 0
