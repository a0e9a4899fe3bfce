"""A run of its own that rolls an environment back from its end state."""

from __future__ import annotations

from titan_flow.adapters.plain_file import is_plain
from titan_flow.states.events import OperatorAsked, RunStarted
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Transition
from titan_flow.states.release import Release
from titan_flow.states.run import Run
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.session.learned import addressed
from titan_flow.workflow.session.opening import opening
from titan_flow.workflow.session.options import RunOptions
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.model import Spec


def current_spec(name: str, spec: Spec) -> Spec:
    """A new run obeys the spec that was named, as it is now; an unfinished one the spec that it was started with."""

    return load(name, spec.adapters) if is_plain(name) else spec


async def new_rollback_run(
    session: Session, run: Run, recovery: Transition, target: Release, **params: str
) -> RunStarted:
    """A run of its own, back from where the environment rests; `params` come with the command."""
    flow, allows = session.place.spec.flow, legal(session.place.spec.flow).allows
    state = run.state
    if state not in flow.states or not allows(state, recovery.name):  # the last run was refused, or obeyed another spec
        state = next((name for name in flow.states if allows(name, recovery.name)), flow.initial.name)
    values = {**params_of(session, run), **params}
    base = await opening(session.place, session.journal, values, RunOptions(allow_bad=True), session.operator)
    update = {"purpose": "rollback", "previous": target, "state": state, "enter": recovery.name, "until": None}
    return base.model_copy(update=update)


def must_have_heard(session: Session, run: Run) -> None:
    """Raises UserError where a run that was to be taken over had ended before it could be told to roll back."""
    asked = [record.event for record in session.journal.of_run(run.id, "operator.asked")]
    if not any(isinstance(one, OperatorAsked) and one.what == "rollback" for one in asked):
        raise UserError(f"run {run.id} ended before it could be taken over; roll back: titan-flow rollback {run.id}")


def params_of(session: Session, run: Run) -> dict[str, str]:
    """What `${params.…}` can name in a rollback: as the spec has it, as the last deployment did, as the last run did.

    The last run may know almost nothing: that of an emergency disarm. What a host says of a run that was learned from
    it is asked about, where addresses are made of it. Raises UserError.
    """
    spec = session.place.spec
    defaults = {name: param.default for name, param in spec.params.items() if isinstance(param.default, str)}
    runs = session.journal.summaries(flow=spec.flow.name, environment=session.place.environment)
    last = next((session.journal.account(row.run) for row in runs if row.purpose == "deploy"), None)
    before = [last.run, run] if last is not None and last.run.id != run.id else [run]
    for one in before:
        if session.journal.learned(one.id):
            addressed(spec, one, session.options)
    return defaults | {name: value for one in before for name, value in one.started.params.items()}
