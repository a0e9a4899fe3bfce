"""The block after a run: how it ended, what was seen, what is true now, what it cost, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from titan_flow.states import events as e
from titan_flow.states.durations import span
from titan_flow.states.model import Flow
from titan_flow.states.outline import Account
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Interlock, Outcome
from titan_flow.workflow.display.cost import cost
from titan_flow.workflow.display.excerpts import excerpts
from titan_flow.workflow.display.layout import ends
from titan_flow.workflow.display.next_steps import Steps, next_steps
from titan_flow.workflow.display.terminal import one_line, visible, width
from titan_flow.workflow.display.timeline import rows
from titan_flow.workflow.exit_codes import exit_of

COLUMNS = 96
NOTED = 16
"""characters of the audit hash to note: enough for `audit --head`"""


def ending(
    flow: Flow | None,
    account: Account,
    outcome: Outcome | None = None,
    columns: int = COLUMNS,
    bundle: Path | None = None,
) -> str:
    """`outcome` is given where it is not the journal's own: a run whose driver is gone. `bundle` is the folder that a
    failed run left.
    """

    run, records = account.run, account.records
    how = outcome or run.outcome
    code = 7 if outcome is Outcome.INTERRUPTED else int(exit_of(run))
    parts = [("seen", line) for line in _seen(flow, run, records)]
    parts += [("skipped", line) for line in _waived(run, records)]
    parts += [("now", line) for line in (_now(run, how), str(cost(records))) if line]
    parts += [("took", line) for line in _took(flow, records, columns)]
    parts += [("saved", f"{short_path(bundle)} (diagnostics bundle)")] if bundle is not None else []
    parts += [("audit", f"{run.seq} records, hash {run.head[:NOTED]}")] if how is not Outcome.RUNNING else []
    parts += [("next", line) for line in _next(next_steps(run, how), columns)]
    said = "" if how is Outcome.RUNNING else f"exit {code}"
    return visible("\n".join([_ends(sentence(run, how), said, columns), *_labelled(parts, columns)]))


def _ends(head: str, code: str, columns: int) -> str:
    """What ended it is never cut."""
    if width(head) + len(code) + 2 < columns:
        return ends(head, code, columns).rstrip()
    return "\n".join(_wrapped(f"{head}  {code}".rstrip(), columns, "  "))


def _next(steps: Steps, columns: int) -> Iterator[str]:
    """The command to type, and what for: beside it, or below it where there is no room."""
    room = max(len(command) for command, _ in steps)
    for command, why in steps:
        if room + 13 + len(why) <= columns:
            yield f"{command:<{room}}   {why}"
        else:
            yield command
            yield f"    {why}"


def _labelled(parts: list[tuple[str, str]], columns: int) -> Iterator[str]:
    """`  seen    …`; what is too long goes on below, and a command is never torn."""
    before = ""
    for label, text in parts:
        flat = text.replace("\n", " ")
        indent = len(flat) - len(flat.lstrip())
        for line in _wrapped(flat, columns - 10, " " * (indent + 2)) if label != "next" else [flat]:
            yield f"  {'' if label == before else label:<7} {line}"
            before = label


def _wrapped(text: str, columns: int, indent: str) -> list[str]:
    """Lines of at most that many columns, the later ones indented; spaces within the first one stay."""
    if width(text) <= columns:
        return [text]
    return wrap(text, columns, subsequent_indent=indent, break_on_hyphens=False, replace_whitespace=False)


def sentence(run: Run, outcome: Outcome) -> str:
    """How it ended, or stands, in one sentence."""
    why = one_line(_why(run))
    match outcome:
        case Outcome.REACHED if run.started.purpose == "adopt":
            return f"Adopted: what runs is the verified release of {run.started.flow}."
        case Outcome.REACHED:
            return f"{run.state}: {run.started.flow} is at its goal."
        case Outcome.STOPPED:
            return f"Stopped at {run.state}: {why or 'as you asked'}."
        case Outcome.ROLLED_BACK:
            asked = (
                run.release is not None and f"{run.release.commit[:7]} runs again; {run.started.operator} asked for it"
            )
            return f"Rolled back: {why or asked or 'as you asked'}."
        case Outcome.HALTED:
            where = "" if run.state.lower() == "halted" else f" in {run.state}"
            return f"Halted{where}, a person is needed: {why}."
        case Outcome.REFUSED:
            return f"Refused: {why}. Nothing was changed."
        case Outcome.WAITING:
            return f"Waiting for your answer: {why}"
        case Outcome.RUNNING:
            return f"Running: in {run.state}" + (f", {run.edge} under way." if run.edge else ".")
        case Outcome.INTERRUPTED | Outcome.ABANDONED | Outcome.UNKNOWN:
            stopped = "Stopped, as you asked," if run.parked is not None and run.parked.why == "stop" else "Interrupted"
            return f"{stopped} in {run.state}" + (f", during {run.edge}." if run.edge else ".")


def _why(run: Run) -> str:
    if run.parked is not None:
        return run.parked.question
    if run.failure is not None:
        failed = "is unknown" if run.failure.answer is Answer.UNKNOWN else "failed"
        asked = run.failure.answer is Answer.YES
        return (
            run.failure.reason.rstrip(".")
            if asked
            else f"{run.failure.edge} {failed}: {run.failure.reason}".rstrip(".")
        )
    return (run.ended.says if run.ended is not None else "").rstrip(".")


def _seen(flow: Flow | None, run: Run, records: Sequence[e.Record]) -> Iterator[str]:
    """Every failure that decided something, the first one first: a failing rollback never hides the cause."""
    failures = [record.event for record in records if isinstance(record.event, e.FailureDecided)]
    for failure in failures:
        where = failure.step or failure.edge
        unknown = "unknown: " if failure.answer is Answer.UNKNOWN else ""
        yield f"{where} {_use(flow, failure.step)}{unknown}{failure.reason} ↘ {failure.target}"
        for line in excerpts(_evidence(records, failure)):
            if line not in failure.reason:
                yield f"  {line}"
    if failures and failures[-1].step:
        yield f"  all evidence: titan-flow events {run.id} --step {failures[-1].step}"


def _waived(run: Run, records: Sequence[e.Record]) -> Iterator[str]:
    """The checks that were skipped, by whom and why, and what each of them really saw."""
    for waiver in run.waived:
        said = answered(waiver.check, records)
        yield f"{waiver.check} {waiver.use}: {waiver.reason} ({waiver.operator})"
        if said is not None:
            yield f"  {said.waived or Answer.YES}: {said.says}"


def answered(step: str, records: Sequence[e.Record]) -> e.StepDone | None:
    """The last answer of a check, skipped or not; None before it was answered."""
    done = (record.event for record in reversed(records) if isinstance(record.event, e.StepDone))
    return next((event for event in done if event.step == step), None)


def _evidence(records: Sequence[e.Record], failure: e.FailureDecided) -> dict[str, e.Json]:
    """The failure's own, else that of the attempt that failed last."""
    tried = (record.event for record in reversed(records) if isinstance(record.event, e.AttemptFailed))
    last = next((attempt for attempt in tried if attempt.step == failure.step), None)
    return failure.evidence or (last.evidence if last is not None else {})


def _use(flow: Flow | None, step: str | None) -> str:
    one = flow.step(step) if flow is not None and step is not None else None
    return f"{one.use}: " if one is not None else ""


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


def _took(flow: Flow | None, records: Sequence[e.Record], columns: int) -> Iterator[str]:
    end = records[-1].at
    spent = [(row.name, row.seconds(end)) for row in rows(flow, records)] if flow is not None else []
    told = [f"{title} {span(seconds)}" for title, seconds in spent if seconds is not None]
    whole = span(cost(records).whole) + (f": {', '.join(told)}" if told else "")
    yield from wrap(whole, max(columns - 10, 40), break_long_words=False)


def short_path(path: Path) -> str:
    """As people type it: `~/.local/state/titan-flow/7Q3F/`."""
    try:
        return f"~/{path.relative_to(Path.home())}/"
    except (ValueError, RuntimeError):
        return f"{path}/"
