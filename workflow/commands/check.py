"""`titan-flow check SPEC`: loads and proves a spec, and warns of what is unfinished; connects to nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from titan_flow.states.durations import span
from titan_flow.states.model import Flow
from titan_flow.states.proofs.longest_run import bound
from titan_flow.states.unattended import longest
from titan_flow.states.values import Json
from titan_flow.workflow.commands.github_annotations import annotated
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.specfile.cautions import warnings
from titan_flow.workflow.specfile.errors import Mistake, SpecError
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.model import Spec

SHOWN = 20
"""warnings that are printed one by one"""


def run(args: argparse.Namespace) -> int:
    """0 where the spec is proved, with warnings or without; 2 where it has mistakes, all of which are reported."""
    as_json, cautions, spec = args.json or args.format == "json", list[Mistake](), None
    try:
        spec = load(args.spec, adapters())
        cautions = warnings(spec)
    except SpecError as wrong:
        if as_json:
            mistakes, found = _mistakes(wrong.mistakes), _mistakes(cautions)
            _print({"spec": args.spec, "ok": False, "mistakes": mistakes, "warnings": found})
        elif args.format == "github":
            _annotate(wrong.mistakes, cautions)
        else:
            _warn(cautions)
            raise
        return 2
    if as_json:
        found = _mistakes(cautions)
        _print({"spec": args.spec, "ok": True, "mistakes": [], "warnings": found, **_facts(spec.flow)})
        return 0
    if args.format == "github":
        _annotate((), cautions)
    else:
        _warn(cautions)
    print(_words(args.spec, spec))
    return 0


def _print(document: dict[str, Json]) -> None:
    print(json.dumps(document, indent=2))


def _annotate(mistakes: Sequence[Mistake], cautions: Sequence[Mistake]) -> None:
    for line in (*annotated(mistakes), *annotated(cautions, "warning")):
        print(line)


def _warn(cautions: Sequence[Mistake]) -> None:
    for one in cautions[:SHOWN]:
        print(f"{one.where}: warning: {one.plain}", file=sys.stderr)
    if len(cautions) > SHOWN:
        print(f"and {len(cautions) - SHOWN} more warnings; all of them: --json", file=sys.stderr)


def _mistakes(mistakes: Sequence[Mistake]) -> list[Json]:
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
        for m in mistakes
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
        "unattended_within_seconds": longest(flow, flow.unattended) if flow.unattended is not None else None,
    }


def _words(path: str, spec: Spec) -> str:
    flow = spec.flow
    counts = f"{len(flow.states)} states, {len(flow.transitions)} transitions, {len(flow.recoveries)} recoveries"
    goals = " or ".join(state.name for state in flow.states.values() if state.goal)
    gates = " and ".join(state.name for state in flow.states.values() if state.gate)
    lines = [f"{path}: {flow.name} is proved: {counts}"]
    if gates:
        lines.append(f"  gate: every path to {goals} passes {gates}")
    lines += [f"  your claim holds: {text}" for text, _ in flow.prove]
    lines.append("  every failure has an edge, every rollback undoes what was done, no step destroys data by itself")
    if flow.recoveries:
        lines.append(f"  {_data(spec)}")
    lines += [f"  {line}" for line in _unattended(flow)]
    lines.append(f"  always finishes or asks for help within {span(bound(flow))}, even if every step fails")
    return "\n".join(lines)


def _unattended(flow: Flow) -> Iterator[str]:
    """What holds where there is no driver."""
    policy = flow.unattended
    if policy is None:
        return
    limit = span(longest(flow, policy))
    ends = "disarmed on the release before" if flow.interlocked else "on the release before"
    what = f"the host rolls back: {ends}" if policy.do == "rollback" else "the host disarms and changes nothing else"
    yield f"without a driver, from every state with a change, {what}, within {limit}"
    if policy.do == "rollback":
        less = "the host only disarms" if flow.interlocked else "the host does nothing"
        yield f"  except over `migrations:`, in a first deployment, and in a recovery that restores data: there {less}"
    if policy.parked == "wait":
        yield "  except while it waits for someone (parked)"


def _data(spec: Spec) -> str:
    """What a rollback cannot promise: it restores code, not data."""
    if not spec.migrations:
        return "not proved: that older code can use newer data. No `migrations:` are named, so no rollback asks first"
    names = ", ".join(spec.migrations[:3]) + (", …" if len(spec.migrations) > 3 else "")
    return f"not proved: that older code can use newer data. A rollback over a change in {names} asks first"
