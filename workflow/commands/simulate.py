"""`titan-flow simulate SPEC`: the flow's runs under faults, in a simulated world; connects to nothing."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path

from titan_flow.states.durations import span
from titan_flow.states.model import Flow
from titan_flow.states.proofs.longest_run import bound
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.event_log import JsonLines, line_of
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.output import write
from titan_flow.workflow.simulate.as_json import as_json
from titan_flow.workflow.simulate.as_text import as_text, outcome
from titan_flow.workflow.simulate.explore import explored, judged
from titan_flow.workflow.simulate.faults import token
from titan_flow.workflow.simulate.junit import junit
from titan_flow.workflow.simulate.scenarios import Scenario, read, verdict
from titan_flow.workflow.simulate.trip import Simulator
from titan_flow.workflow.specfile.beside import scenarios_of
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """0 where no rule was broken, every failure edge was taken and every scenario went as expected, else 1."""
    spec = load(args.spec, adapters())
    scenarios = _scenarios(args.spec, args.scenarios, spec.flow)
    with closing(Simulator(spec)) as simulator:
        if args.replay is not None:
            return _replay(simulator, args.replay, args.json)
        verdicts = [verdict(simulator, one, bound(spec.flow)) for one in scenarios]
        result = explored(simulator, args.seed, args.runs, args.seconds)
    if args.junit is not None:
        write(args.junit, junit(args.spec, result, verdicts), force=True)
    if args.json:
        print(json.dumps(as_json(args.spec, result, args.seed, verdicts), indent=2))
    else:
        print(as_text(args.spec, result, args.seed, verdicts))
    return 0 if result.ok and not any(one.wrong for one in verdicts) else 1


def _scenarios(spec: str, named: str | None, flow: Flow) -> list[Scenario]:
    """Those of the file that was named; else of the one beside the spec, where there is one."""
    path = named or scenarios_of(spec)
    return read(path, flow) if named is not None or Path(path).exists() else []


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
