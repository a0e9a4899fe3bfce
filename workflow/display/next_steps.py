"""The commands to type next, with their purpose. `status --json` names the first one."""

from __future__ import annotations

import os
import shlex

from titan_flow.adapters.plain_file import is_plain
from titan_flow.states.run import Run
from titan_flow.states.values import Interlock, Outcome

Steps = list[tuple[str, str]]


def next_steps(run: Run, outcome: Outcome) -> Steps:
    """`outcome` is the run's, or *interrupted* when its driver is gone."""
    id, spec = run.id, _spec(run)
    back = _back(run)
    look = [(f"titan-flow events {id}", "every event, with its evidence")]
    match outcome:
        case Outcome.RUNNING:
            return [(f"titan-flow status {id} --follow", "follow it"), *back]
        case Outcome.INTERRUPTED | Outcome.UNKNOWN:
            return [(f"titan-flow resume {id}", "continue it"), *back]
        case Outcome.WAITING:
            return [(f"titan-flow resume {id}", "check again"), *_answers(run), *back]
        case Outcome.REACHED:
            return [*look, *back]
        case Outcome.STOPPED:
            held = run.interlock is Interlock.DISARMED and not (run.started.may_arm and run.emergency is None)
            arm = [(f"titan-flow arm {spec} --reason …", "verify, and arm")] if held else []
            return [*arm, (f"titan-flow run {spec}", "continue to the goal"), *back]
        case Outcome.HALTED:
            return [*back, *look]
        case Outcome.ROLLED_BACK:
            held = run.interlock is Interlock.DISARMED
            arm = [(f"titan-flow arm {spec} --reason …", "re-arm the old release")] if held else []
            then = "deploy again" if run.withdrawn else "after you have fixed the cause"
            return [*_why(run), *arm, (f"titan-flow run {spec}", then)]
        case Outcome.REFUSED:
            every = (f"titan-flow preflight {spec}", "every check at once, and what to do")
            return [(f"titan-flow run {spec}", "after you have fixed the cause"), every, *_why(run)]
        case Outcome.ABANDONED:
            return [(f"titan-flow run {spec}", "after you have fixed the cause"), *_why(run)]


def _back(run: Run) -> Steps:
    """A run that has ended recorded what a rollback would lead to; one from before that names no release."""
    known = run.ended.rollback_to if run.ended is not None else run.release.commit if run.release is not None else ""
    if known == "" or (known is None and run.release is None):
        return []
    return [(f"titan-flow rollback {run.id}", f"roll back to {known[:7]}" if known else "roll back")]


def _spec(run: Run) -> str:
    """The path of the spec as you would type it here; `SPEC` where the file is gone."""
    path = run.started.spec_path
    if not path or not is_plain(path):
        return "SPEC"
    near = os.path.relpath(path)
    return shlex.quote(near if len(near) < len(path) else path)


def _answers(run: Run) -> Steps:
    if run.parked is None or run.parked.step is None:
        return []
    answer = f"titan-flow resume {run.id} --step {run.parked.step}"
    return [(f"{answer}=done", "you checked: it was done"), (f"{answer}=redo", "you checked: it was not")]


def _why(run: Run) -> Steps:
    step = run.failure.step if run.failure is not None else None
    return [(f"titan-flow events {run.id}" + (f" --step {step}" if step else ""), "the evidence")]
