"""The block after a run: how it ended, what was seen, what is true now, what it cost, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states import events as e
from titan_flow.states.model import Flow
from titan_flow.states.run import Run, fold
from titan_flow.states.words import Answer, Interlock, Outcome
from titan_flow.workflow.progress.cost import cost
from titan_flow.workflow.progress.excerpts import excerpts
from titan_flow.workflow.progress.layout import ends
from titan_flow.workflow.progress.next import next_steps
from titan_flow.workflow.progress.path import rows
from titan_flow.workflow.progress.safe import one_line, visible
from titan_flow.workflow.progress.telling import span

COLUMNS = 96


def ending(flow: Flow | None, records: Sequence[e.Record], outcome: Outcome | None = None) -> str:
    """`outcome` is given where it is not the journal's own: a run that nobody drives any more. Raises ValueError."""
    from titan_flow.workflow.cli.exits import exit_of

    run = fold(records)
    how = outcome or run.outcome
    code = 7 if outcome is Outcome.INTERRUPTED else int(exit_of(run))
    parts = [("seen", line) for line in _seen(flow, run, records)]
    parts += [("now", line) for line in (_now(run, how), str(cost(records))) if line]
    parts += [("took", line) for line in _took(flow, records)]
    parts += [("next", f"{command:<44} {why}") for command, why in next_steps(run, how)]
    head = f"{_head(run, how)}"
    first = ends(head, f"exit {code}", COLUMNS) if len(head) < COLUMNS - 10 else f"{head}  exit {code}"
    return visible("\n".join([first, *_labelled(parts)]))


def _labelled(parts: list[tuple[str, str]]) -> Iterator[str]:
    before = ""
    for label, text in parts:
        yield f"  {'' if label == before else label:<7} {one_line(text)}"
        before = label


def _head(run: Run, outcome: Outcome) -> str:
    why = one_line(_why(run))
    match outcome:
        case Outcome.REACHED:
            return f"{run.state}: {run.started.flow} is at its goal."
        case Outcome.STOPPED:
            return f"Stopped at {run.state}: {why or 'as asked'}."
        case Outcome.ROLLED_BACK:
            return f"Rolled back: {why}."
        case Outcome.HALTED:
            return f"Halted in {run.state}; a person is needed: {why}."
        case Outcome.REFUSED:
            return f"Refused: {why}. Nothing was changed."
        case Outcome.WAITING:
            return f"Waiting for your answer: {why}"
        case Outcome.RUNNING:
            return f"Running: in {run.state}" + (f", {run.edge} under way." if run.edge else ".")
        case Outcome.INTERRUPTED | Outcome.ABANDONED | Outcome.UNKNOWN:
            return f"Interrupted in {run.state}" + (f", in the middle of {run.edge}." if run.edge else ".")


def _why(run: Run) -> str:
    if run.parked is not None:
        return run.parked.question
    if run.failure is not None:
        return run.failure.reason.rstrip(".")
    return (run.ended.says if run.ended is not None else "").rstrip(".")


def _seen(flow: Flow | None, run: Run, records: Sequence[e.Record]) -> Iterator[str]:
    """Every failure that decided something, the first one first: a failing way back never hides what began it."""
    failures = [record.event for record in records if isinstance(record.event, e.FailureDecided)]
    for failure in failures:
        where = failure.step or failure.edge
        unknown = "cannot be told: " if failure.answer is Answer.UNKNOWN else ""
        yield f"{where} {_use(flow, failure.step)}{unknown}{failure.reason} ↘ {failure.target}"
        for line in excerpts(_evidence(records, failure)):
            yield f"  {line}"
    if failures and failures[-1].step:
        yield f"  all of it: titan-flow show {run.id} --step {failures[-1].step}"


def _evidence(records: Sequence[e.Record], failure: e.FailureDecided) -> dict[str, e.Json]:
    """The failure's own, else that of the attempt that failed last."""
    tried = (record.event for record in reversed(records) if isinstance(record.event, e.AttemptFailed))
    last = next((attempt for attempt in tried if attempt.step == failure.step), None)
    return failure.evidence or (last.evidence if last is not None else {})


def _use(flow: Flow | None, step: str | None) -> str:
    edge = (step or "").partition("/")[0]
    if flow is None or step is None or not (edge in flow.transitions or edge in flow.recoveries):
        return ""
    return next((f"{one.use}: " for one in flow.edge(edge).steps if one.id == step), "")


def _now(run: Run, outcome: Outcome) -> str:
    wanted = run.started.params.get("commit", "")[:7]
    told = {Interlock.ARMED: "armed", Interlock.DISARMED: "disarmed", Interlock.UNKNOWN: "interlock: unknown"}
    interlock = told[run.interlock] if run.interlock is not Interlock.UNKNOWN or outcome is Outcome.HALTED else ""
    what = ""
    if outcome is Outcome.REACHED:
        what = f"{wanted or 'it'} runs, verified"
    elif outcome is Outcome.ROLLED_BACK and run.release is not None:
        what = f"{run.release.commit[:7]} runs, verified"
    return ", ".join(part for part in (what, interlock) if part)


def _took(flow: Flow | None, records: Sequence[e.Record]) -> Iterator[str]:
    if flow is None:
        return
    end = records[-1].at
    spent = [(row.title.rpartition("→ ")[2], row.seconds(end)) for row in rows(flow, records)]
    told = [f"{title} {span(seconds)}" for title, seconds in spent if seconds is not None]
    yield f"{span(cost(records).whole)}" + (f": {', '.join(told)}" if told else "")
