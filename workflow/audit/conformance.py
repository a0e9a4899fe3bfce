"""Whether a journal is a legal trip of its own flow: each record is one that the flow allows where it stands.

The chain shows that nobody changed a record. This shows that the records could have been written by a run at all: who
seals a made-up journal with good hashes still has to obey the flow, the arguments and the counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from titan_flow.states import events as e
from titan_flow.states.adoption import Unfit, shaped
from titan_flow.states.deadlines import EVERY
from titan_flow.states.edges import FAST
from titan_flow.states.hashing import digest
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.states.moves import Begin, CheckAll, End, Fail, Finish, Move, Perform, Stop, Watch, next_move
from titan_flow.states.run import Run, apply, fold
from titan_flow.states.values import Answer, Interlock, Json, Outcome
from titan_flow.workflow.audit.chain import Finding
from titan_flow.workflow.specfile.references import BindError, resolve


def conformance(flow: Flow, records: Iterable[e.Record]) -> Iterator[Finding]:
    """The first record that no run of that flow would have written; nothing where all are legal.

    `flow` is that of the spec which the first record holds. An emergency disarm is no trip, but a record of what was
    sent: it is not judged by this.
    """
    run: Run | None = None
    for record in records:
        wrong = _first(flow, record) if run is None else _illegal(flow, run, record)
        if wrong:
            yield Finding(record.seq, f"is no legal move of its flow: {wrong}")
            return
        if run is None and isinstance(record.event, e.RunStarted):
            flow = shaped(flow, record.event.purpose)
        run = fold([record]) if run is None else apply(run, record)


def _first(flow: Flow, record: e.Record) -> str:
    event = record.event
    if not isinstance(event, e.RunStarted):
        return "a journal begins with run.started"
    if event.spec_sha256 != digest(event.spec):
        return "the hash of its spec is not that of the spec"
    if event.flow != flow.name:
        return f"it names the flow {event.flow}, and its spec is of {flow.name}"
    if event.purpose in ("deploy", "adopt") and (event.state, event.enter) != (flow.initial.name, None):
        return f"it begins in {event.state}, and the flow in {flow.initial.name}"
    if event.purpose == "rollback" and event.enter not in flow.recoveries:
        return f"it enters {event.enter}, which is no recovery"
    try:
        shaped(flow, event.purpose)
    except Unfit as why:
        return str(why)
    return ""


def _illegal(flow: Flow, run: Run, record: e.Record) -> str:
    """Why that record does not follow; empty where it does."""
    event, move = record.event, next_move(flow, run)
    match event:
        case e.RunStarted():
            return "the run starts a second time"
        case e.NotifyIntended() | e.Notified():
            return "" if run.ended is not None else "a notification before the end"
        case _ if run.ended is not None:
            return "the run has ended"
        case e.DriverTook():
            return "" if event.epoch > run.epoch else f"epoch {event.epoch} does not follow {run.epoch}"
        case e.RunEnded():
            return _ended(flow, run, event, move)
        case _ if run.epoch == 0 and not isinstance(event, e.CheckWaived):
            return "no driver has taken the run"
        case e.OperatorAsked() | e.RunResumed() | e.StepAnswered() | e.CheckWaived():
            return _said(flow, run, event)
        case e.InterlockSeen():
            return "" if flow.interlocked else "the flow has no interlock"
        case e.HostActed():
            return _host_acted(flow, run, event)
        case e.FailureDecided() if _after_host(run, event):
            return ""
        case _ if move is None:
            return "the run waits for an answer"
        case _:
            return _performed(flow, run, event, move)


def _host_acted(flow: Flow, run: Run, event: e.HostActed) -> str:
    """It is told by the driver that came next, whose epoch is higher."""
    if flow.unattended is None:
        return "the flow has no `unattended:`"
    last = run.host.epoch if run.host is not None else 0
    return "" if last < event.epoch < run.epoch else f"the host's epoch {event.epoch} does not fit the driver's"


def _after_host(run: Run, event: e.FailureDecided) -> bool:
    """Whether it enters the rollback because the host has begun one."""
    told = (event.edge, event.step, event.target, event.enters, event.answer)
    begun = run.host is not None and run.host.do == "rollback"
    return begun and told == (run.edge or run.state, None, FAST, "recovery", Answer.UNKNOWN)


def _said(flow: Flow, run: Run, event: e.OperatorAsked | e.RunResumed | e.StepAnswered | e.CheckWaived) -> str:
    """What an operator may say there."""
    match event:
        case e.RunResumed():
            return "" if run.parked is not None else "nothing was waiting"
        case e.StepAnswered():
            asked = run.parked.step if run.parked is not None else None
            return "" if asked == event.step else f"nobody asked about {event.step}"
        case e.CheckWaived():
            step = flow.step(event.check)
            fits = step is not None and not step.acts and step.use == event.use and not run.changed
            return "" if fits else f"{event.check} is no check that can be skipped"
        case e.OperatorAsked(what="rollback"):
            recovery = flow.recoveries.get(event.recovery or "")
            if recovery is None or not (recovery.by_operator or recovery.name == FAST):
                return f"{event.recovery} is no recovery that an operator may ask for"
            known = run.release is not None and legal(flow).allows(run.state, recovery.name)
            return "" if known else f"{recovery.name} cannot begin in {run.state}"
        case e.OperatorAsked():
            return ""


def _ended(flow: Flow, run: Run, event: e.RunEnded, move: Move | None) -> str:
    if event.state != run.state:
        return f"it ends in {event.state}, and the run is in {run.state}"
    if event.outcome is Outcome.ABANDONED or (event.outcome is Outcome.REFUSED and run.epoch == 0):
        return ""
    if not isinstance(move, End):
        return f"the run is not at its end, but {_about(move)}"
    disarmed = move.outcome is Outcome.REACHED and event.interlock is Interlock.DISARMED
    if event.outcome is not move.outcome and not (disarmed and event.outcome is Outcome.STOPPED):
        return f"it ends {event.outcome.value}, and should {move.outcome.value}"
    if flow.interlocked and event.interlock is not run.interlock:
        return f"it ends {event.interlock.value}, and the interlock was seen {run.interlock.value}"
    return ""


def _performed(flow: Flow, run: Run, event: e.Event, move: Move) -> str:
    """What the engine may write while it performs that move."""
    match event, move:
        case e.TransitionBegan() as told, Begin(edge):
            return _began(flow, run, told, edge)
        case e.HoldLooked() as told, CheckAll(edge):
            return _held(told, edge)
        case e.StepDone() as told, CheckAll(edge):
            return _checked(run, told, edge)
        case (e.StepIntended() | e.AttemptFailed() | e.StepDone()) as told, Perform(edge, step):
            return _acted(run, told, edge, step)
        case e.TransitionEnded() as told, Finish(edge):
            said, meant = (told.transition, told.source, told.target), (edge.name, run.state, edge.target)
            return "" if said == meant else f"{edge.name} leads from {run.state} to {edge.target}"
        case e.WatchLooked() as told, Watch(state):
            return _watched(run, told, state)
        case e.FailureDecided() as told, Begin() | CheckAll() | Perform() | Fail() | Watch():
            return _failed(flow, run, told, move)
        case e.RunParked(why="stop"), Stop():
            return ""
        case e.RunParked(why="unknown") as told, Begin() | CheckAll() | Perform() | Fail() | Watch() | Finish() | End():
            edge = _edge_of(move)
            fits = told.step is None or told.step.partition("/")[0] == edge
            return "" if fits else f"{told.step} is not of {edge}"
        case e.ReleaseMarked(), Perform(_, step) if step.touches == "snapshot":
            return ""
        case e.ReleaseMarked() as told, CheckAll() | Perform() | Fail() | Watch() | End():
            return "" if told.epoch == run.epoch else f"its epoch is {told.epoch}, the driver's {run.epoch}"
        case _:
            return f"{event.kind} while {_about(move)}"


def _began(flow: Flow, run: Run, event: e.TransitionBegan, edge: Transition) -> str:
    if (event.transition, event.source) != (edge.name, run.state):
        return f"from {run.state}, {edge.name} is next"
    if [*event.args] != [step.id for step in edge.steps]:
        return f"its steps are not those of {edge.name}"
    values = {**flow.values(), **run.values()}
    for step in edge.steps:
        if (wrong := _arguments(run, step, values, event.args[step.id])) is not None:
            return wrong
    return ""


def _arguments(run: Run, step: Step, values: Mapping[str, Json], given: Mapping[str, Json]) -> str | None:
    try:
        meant = resolve(step.args, {**values, "step.id": f"{run.id}/{step.id}"})
    except BindError as why:
        return f"{step.id}: {why}"
    return None if meant == dict(given) else f"the arguments of {step.id} are not those of the spec"


def _needed(period: float, every: float) -> int:
    return math.ceil(period / every) + 1 if period else 1


def _held(event: e.HoldLooked, edge: Transition) -> str:
    if event.transition != edge.name or event.needed != _needed(edge.steady, EVERY):
        return f"{edge.name} needs {_needed(edge.steady, EVERY)} samples"
    return "" if 0 <= event.samples <= event.needed else "more samples than are needed"


def _checked(run: Run, event: e.StepDone, edge: Transition) -> str:
    if event.step not in {step.id for step in edge.checks}:
        return f"{event.step} is no check of {edge.name}"
    if event.acted:
        return f"{event.step} is a check, and does nothing"
    if edge.steady and run.samples < _needed(edge.steady, EVERY):
        return f"{edge.name} was not held for {edge.steady:g} s"
    if event.waived is not None and event.step not in {waived.check for waived in run.waived}:
        return f"{event.step} was not skipped by anybody"
    return ""


def _acted(run: Run, event: e.StepIntended | e.AttemptFailed | e.StepDone, edge: Transition, step: Step) -> str:
    if event.step != step.id:
        return f"{step.id} is next"
    progress = run.step(step.id)
    match event:
        case e.StepIntended():
            key = f"{run.id}-{step.id.replace('/', '-')}-{progress.known + 1}"
            if event.key not in (key, f"{key}-again" if step.touches == "disarm" else key):
                return f"its job is {event.key}, and should be {key}"
            if event.epoch != run.epoch:
                return f"its epoch is {event.epoch}, the driver's {run.epoch}"
            moves = {"arm": Interlock.ARMED, "disarm": Interlock.DISARMED}.get(step.touches or "")
            declared = event.changes == (step.touches != "snapshot") and moves in (None, event.moves)
            return "" if declared else f"{step.id} does not say what it changes"
        case e.AttemptFailed():
            fits = (event.attempt, event.attempts) == (progress.tries + 1, edge.patience.attempts)
            return "" if fits else f"it is attempt {progress.tries + 1} of {edge.patience.attempts}"
        case e.StepDone():
            return f"{step.id} acted without an intent" if event.acted and not progress.open else ""


def _watched(run: Run, event: e.WatchLooked, state: State) -> str:
    watch = state.watch
    if watch is None or event.state != state.name:
        return f"{state.name} is watched"
    needed = _needed(watch.duration, watch.every)
    if event.needed != needed or not run.samples <= event.samples <= needed:
        return f"sample {event.samples} of {event.needed} does not follow {run.samples} of {needed}"
    bad = Answer.YES not in event.answers.values() and event.samples == needed > run.samples
    return "it counts samples that did not pass" if bad else ""


def _failed(flow: Flow, run: Run, event: e.FailureDecided, move: Move) -> str:
    name = _edge_of(move)
    if event.edge != name:
        return f"{name} is under way"
    if event.step is not None and event.step.partition("/")[0] != name:
        return f"{event.step} is not of {name}"
    if isinstance(move, Fail):
        targets = {move.target}
    elif event.answer is Answer.YES:
        return "nobody asked for it"
    else:
        targets = _targets(flow, name, event.answer)
    if run.started.purpose == "arm" and not run.changed:
        targets |= {run.started.state}
    if event.target not in targets:
        return f"{name} does not lead to {event.target} there"
    enters = "state" if event.target in flow.states else "recovery"
    return "" if event.enters == enters else f"{event.target} is no {event.enters}"


def _targets(flow: Flow, name: str, answer: Answer) -> set[str]:
    watch = flow.states[name].watch if name in flow.states else None
    if watch is not None:
        return {watch.on_unknown if answer is Answer.UNKNOWN else watch.on_failure}
    edge = flow.edge(name)
    return {edge.on_unknown if answer is Answer.UNKNOWN else edge.on_failure or ""}


def _edge_of(move: Move) -> str:
    match move:
        case Begin(edge) | CheckAll(edge) | Perform(edge, _) | Finish(edge):
            return edge.name
        case Fail(edge):
            return edge
        case Watch(state) | End(state):
            return state.name
        case Stop():
            return ""


def _about(move: Move | None) -> str:
    match move:
        case None:
            return "waiting for an answer"
        case Begin(edge):
            return f"{edge.name} begins"
        case CheckAll(edge):
            return f"{edge.name} is checked"
        case Perform(_, step):
            return f"{step.id} is performed"
        case Finish(edge):
            return f"{edge.name} ends"
        case Fail(edge, _, target):
            return f"{edge} fails towards {target}"
        case Watch(state):
            return f"{state.name} is watched"
        case Stop():
            return "an operator stops it"
        case End(state, outcome):
            return f"it ends {outcome.value} in {state.name}"
