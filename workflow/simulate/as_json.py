"""What a simulation found, as one JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from titan_flow.states.values import Json
from titan_flow.workflow.simulate.explore import Result
from titan_flow.workflow.simulate.invariants import RULES
from titan_flow.workflow.simulate.scenarios import Verdict


def as_json(spec: str, result: Result, seed: int, verdicts: Sequence[Verdict] = ()) -> dict[str, Json]:
    slowest = result.slowest
    return {
        "spec": spec,
        "flow": result.flow.name,
        "ok": result.ok and not any(one.wrong for one in verdicts),
        "runs": result.ends.total(),
        "seconds": round(result.took, 3),
        "ends": _ends(result.ends),
        "final_ends": _ends(result.finals),
        "failure_edges": [
            {"name": edge.name, "kind": edge.kind, "target": edge.target, "taken": edge in result.covered}
            for edge in result.edges
        ],
        "slowest": None
        if slowest is None
        else {"seconds": slowest[0].seconds, "token": str(slowest[1]), "path": slowest[2]},
        "bound_seconds": result.bound,
        "single_faults": result.single,
        "crashes": result.crashes,
        "exhaustive": not result.cut,
        "sampled_pairs": result.sampled,
        "seed": seed,
        "rules": [*RULES],
        "scenarios": [
            {
                "name": one.scenario.name,
                "line": one.scenario.place.line,
                "ok": not one.wrong,
                "seconds": one.seconds,
                "wrong": one.wrong,
                "token": str(one.scenario.token),
            }
            for one in verdicts
        ],
        "violations": [
            {"rule": one.violation.rule, "says": one.violation.says, "path": one.path, "token": str(one.token)}
            for one in result.violations
        ],
    }


def _ends(counted: Counter[tuple[str, str]]) -> list[Json]:
    return [{"state": state, "outcome": outcome, "runs": count} for (state, outcome), count in counted.most_common()]
