"""Amazon States Language machines as flows: what their validators let through is told by our proofs.

A task is a state to stand at and the transition that does it; `Catch` is where it fails to; `End` leads to a goal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.states.flows import QUICK, act
from titan_flow.states.model import Flow, SourceLocation, State, Transition

HERE = Path(__file__).parent / "machines"


def machine(name: str, gates: tuple[str, ...] = ()) -> Flow:
    """The flow that `machines/NAME.json` is. `gates` are tasks that must have been done before the end."""
    text = (HERE / f"{name}.json").read_text()
    tasks: dict[str, dict[str, Any]] = json.loads(text)["States"]
    begin = json.loads(text)["StartAt"]
    lines = {task: next(n for n, line in enumerate(text.splitlines(), 1) if f'"{task}":' in line) for task in tasks}
    states = {"Done": State("Done", goal=True, interlock="any")}
    transitions = dict[str, Transition]()
    for task, body in tasks.items():
        place = SourceLocation(lines[task], 1)
        if body["Type"] == "Succeed":
            states[task] = State(task, goal=True, interlock="any", place=place)
            continue
        states[task] = State(task, initial=task == begin, interlock="any", place=place)
        after, edge = body.get("Next", "Done"), task.lower()
        if task in gates:
            passed = f"{task}Passed"
            states[passed] = State(passed, gate=True, interlock="any", place=place)
            transitions[f"{edge}_on"] = Transition(f"{edge}_on", passed, after, place=place)
            after = passed
        catch = next((one["Next"] for one in body.get("Catch", ())), None)
        transitions[edge] = Transition(
            edge, task, after, actions=(act(f"{edge}/1", body["Resource"].rpartition(":")[2]),),
            on_failure=catch, patience=QUICK, place=place,
        )  # fmt: skip
    return Flow(name, states, transitions, {})
