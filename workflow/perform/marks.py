"""What a hold is compared with: the marks of the checks that held before it, as long as nothing was changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from titan_flow.states.model import Step
from titan_flow.states.run import Run
from titan_flow.states.words import Json
from titan_flow.workflow.stage import Stage


def carried(run: Run, steps: Mapping[str, tuple[str, Mapping[str, Json]]], stage: Stage) -> dict[str, Json]:
    """For each check (its use and arguments, by step id) the mark of an earlier one that asked the very same."""
    before = {(step.use, told(run.step(step.id).args)): run.carried[step.id] for step in verified(run, stage)}
    found = {id: before.get((use, told(args))) for id, (use, args) in steps.items()}
    return {id: mark for id, mark in found.items() if mark is not None}


def verified(run: Run, stage: Stage) -> Sequence[Step]:
    """The checks that held, of verifications that this run came through since it last changed anything."""
    edges = [edge for edge in stage.flow.transitions.values() if not edge.actions]
    return [step for edge in edges for step in edge.checks if step.id in run.carried]


def told(args: Mapping[str, Json]) -> str:
    """Arguments as one text, to compare by."""
    return json.dumps(dict(args), sort_keys=True)
