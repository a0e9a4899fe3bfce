"""`titan-flow check SPEC`: loads and proves a spec; connects to nothing."""

from __future__ import annotations

import argparse
import json

from titan_flow.states.durations import span
from titan_flow.states.model import Flow
from titan_flow.states.proofs.longest_run import bound
from titan_flow.states.values import Json
from titan_flow.workflow.commands.github_annotations import annotated
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """0 where the spec is proved; 2 where it has mistakes, all of which are told."""

    as_json = args.json or args.format == "json"
    try:
        flow = load(args.spec).flow
    except SpecError as wrong:
        if as_json:
            _print({"spec": args.spec, "ok": False, "mistakes": _mistakes(wrong)})
        elif args.format == "github":
            _annotate(wrong)
        else:
            raise
        return 2
    if as_json:
        _print({"spec": args.spec, "ok": True, "mistakes": [], **_facts(flow)})
    else:
        print(_words(args.spec, flow))
    return 0


def _print(document: dict[str, Json]) -> None:

    print(json.dumps(document, indent=2))


def _annotate(wrong: SpecError) -> None:

    for line in annotated(wrong.mistakes):
        print(line)


def _mistakes(wrong: SpecError) -> list[Json]:
    return [
        {
            "path": m.path,
            "line": m.line,
            "column": m.column,
            "text": m.text,
            "rule": m.rule,
            "counter_example": [*m.counter],
            "involved": [{"name": name, "line": line, "column": column} for name, line, column in m.involved],
        }
        for m in wrong.mistakes
    ]


def _facts(flow: Flow) -> dict[str, Json]:

    return {
        "flow": flow.name,
        "states": [*flow.states],
        "transitions": [*flow.transitions],
        "recoveries": [*flow.recoveries],
        "goals": [state.name for state in flow.states.values() if state.goal],
        "gates": [state.name for state in flow.states.values() if state.gate],
        "proved": [text for text, _ in flow.prove],
        "ends_within_seconds": bound(flow),
    }


def _words(path: str, flow: Flow) -> str:

    counts = f"{len(flow.states)} states, {len(flow.transitions)} transitions, {len(flow.recoveries)} recoveries"
    goals = " or ".join(state.name for state in flow.states.values() if state.goal)
    gates = " and ".join(state.name for state in flow.states.values() if state.gate)
    lines = [f"{path}: {flow.name} is proved: {counts}"]
    if gates:
        lines.append(f"  gate: every path to {goals} passes {gates}")
    lines += [f"  your claim holds: {text}" for text, _ in flow.prove]
    lines.append(
        "  every failure has a declared target, every rollback undoes what was done, no automatic step destroys data"
    )
    lines.append(f"  always finishes or asks for help within {span(bound(flow))}, even if every step fails")
    return "\n".join(lines)
