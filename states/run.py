"""A run as data: a fold over its journal. What is true of a run is here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Literal

from titan_flow.states import events as e
from titan_flow.states.copies import replace
from titan_flow.states.hashing import GENESIS
from titan_flow.states.model import edge_of
from titan_flow.states.release import Release
from titan_flow.states.values import Interlock, Json, Outcome


@dataclass(frozen=True)
class Progress:
    """How far one step has come, since its transition last began.

    `open`: an intent is on record whose outcome is not. `tries` feed patience. `known` counts the attempts known to be
    over, in the whole run: it numbers the job's key, so that a lost connection does not start a command twice.
    `answered`: an operator said that it is done.
    """

    args: Mapping[str, Json] = field(default_factory=dict[str, Json])
    mark: Json = None
    key: str | None = None
    open: bool = False
    tries: int = 0
    known: int = 0
    sure: bool = True
    reason: str = ""
    done: bool = False
    answered: bool = False


@dataclass(frozen=True)
class Run:
    """`edge` is the transition under way, `under_way` its steps, `entering` a recovery not yet begun, `way` how `state`
    was come to.

    `marks` are those of the hold under way, `carried` those of the checks that held before it, as long as nothing was
    changed since: what is armed and watched is what was verified. `emergency`: the emergency disarm while it ran.
    `release` is the rollback target: what ran at first, if healthy, else the newest verified before. `given`:
    parameters that came with an operator's command.
    """

    id: str
    started: e.RunStarted
    began: datetime
    updated: datetime
    state: str
    seq: int = 1
    head: str = GENESIS
    edge: str | None = None
    under_way: tuple[str, ...] = ()
    entering: str | None = None
    way: Literal["start", "finish", "failure"] = "start"
    steps: Mapping[str, Progress] = field(default_factory=dict[str, Progress])
    outputs: Mapping[str, Mapping[str, Json]] = field(default_factory=dict[str, Mapping[str, Json]])
    samples: int = 0
    needed: int = 0
    marks: Mapping[str, Json] = field(default_factory=dict[str, Json])
    carried: Mapping[str, Json] = field(default_factory=dict[str, Json])
    watched: bool = False
    left: float | None = None
    release: Release | None = None
    interlock: Interlock = Interlock.UNKNOWN
    changed: bool = False
    epoch: int = 0
    driver: e.DriverTook | None = None
    parked: e.RunParked | None = None
    failure: e.FailureDecided | None = None
    asked: e.OperatorAsked | None = None
    withdrawn: bool = False
    """an operator asked to roll it back"""
    emergency: e.OperatorAsked | None = None
    waived: tuple[e.CheckWaived, ...] = ()
    bad: tuple[Release, ...] = ()
    ended: e.RunEnded | None = None
    host: e.HostActed | None = None
    """what the host did last by itself"""
    given: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def outcome(self) -> Outcome:
        """*Running* says only that it has not ended or parked: whether a process drives it, the host knows."""
        if self.ended is not None:
            return self.ended.outcome
        if self.parked is None:
            return Outcome.RUNNING
        return Outcome.INTERRUPTED if self.parked.why == "stop" else Outcome.WAITING

    def step(self, id: str) -> Progress:
        return self.steps.get(id) or Progress()

    def values(self) -> dict[str, Json]:
        """Everything that `${…}` can name by now, but for `step.id`."""
        known: dict[str, Json] = {f"params.{name}": value for name, value in self.started.params.items()}
        known |= {f"params.{name}": value for name, value in self.given.items()}
        known["run.id"] = self.id
        known["run.operator"] = str(self.started.operator)
        known["run.at"] = self.began.isoformat()
        known["run.environment"] = self.started.environment
        if self.release is not None:
            known |= {f"release.{name}": value for name, value in self.release.values().items()}
        for edge, outputs in self.outputs.items():
            known |= {f"{edge}.{name}": value for name, value in outputs.items()}
        return known


def fold(records: Iterable[e.Record]) -> Run:
    """The run that these records tell of. Raises ValueError where they do not begin with `run.started`."""
    rest = iter(records)
    first = next(rest, None)
    if first is None or not isinstance(first.event, e.RunStarted):
        raise ValueError("a journal begins with run.started")
    return reduce(apply, rest, _begun(first, first.event))


def _begun(record: e.Record, started: e.RunStarted) -> Run:
    return Run(
        id=record.run,
        started=started,
        began=record.at,
        updated=record.at,
        state=started.state,
        head=record.hash,
        entering=started.enter,
        release=started.previous,
        interlock=started.interlock,
        changed=started.purpose == "rollback",
    )


def apply(run: Run, record: e.Record) -> Run:
    """The run, one record later."""
    run = replace(run, seq=record.seq, head=record.hash, updated=record.at)
    match record.event:
        case e.RunStarted():
            raise ValueError(f"record {record.seq} starts the run again")
        case e.DriverTook() as took:
            return replace(run, epoch=took.epoch, driver=took)
        case e.TransitionBegan() as began:
            return _transition_began(run, began)
        case e.HoldLooked() as hold:
            return replace(run, samples=hold.samples, needed=hold.needed, marks={**run.marks, **hold.marks})
        case e.WatchLooked() as watch:
            whole = watch.samples >= watch.needed
            marks = {**run.marks, **watch.marks}
            return replace(run, samples=watch.samples, needed=watch.needed, marks=marks, left=watch.left, watched=whole)
        case e.StepIntended() as intent:
            return _step_intended(run, intent)
        case e.AttemptFailed() as failed:
            return _attempt_failed(run, failed)
        case e.StepDone() as done:
            return _step_done(run, done)
        case e.StepAnswered() as answered:
            return _step_answered(run, answered)
        case e.TransitionEnded() as ended:
            return _arrived(run, ended.target, "finish")
        case e.FailureDecided() as failure:
            run = replace(run, failure=run.failure or failure, edge=None, under_way=(), asked=None)
            if failure.enters == "state":
                return _arrived(run, failure.target, "failure")
            return replace(run, entering=failure.target)
        case e.RunParked() as parked:
            return replace(run, parked=parked, asked=None)
        case e.RunResumed():
            return _resumed(run)
        case e.OperatorAsked(what="disarm") as asked:
            return replace(run, emergency=asked)
        case e.OperatorAsked() as asked:
            release = asked.release or run.release
            withdrawn = run.withdrawn or asked.what == "rollback"
            given = {**run.given, **asked.params}
            return replace(run, asked=asked, given=given, release=release, withdrawn=withdrawn)
        case e.CheckWaived() as waived:
            return replace(run, waived=(*run.waived, waived))
        case e.ReleaseMarked() as marked:
            return replace(run, bad=(*run.bad, marked.release)) if marked.standing == "bad" else run
        case e.InterlockSeen() as seen:
            return replace(run, interlock=seen.interlock)
        case e.RunEnded() as over:
            return replace(run, ended=over, interlock=over.interlock, state=over.state)
        case e.HostActed() as host:
            return replace(run, host=host, interlock=Interlock.UNKNOWN, carried={})
        case e.NotifyIntended() | e.Notified():
            return run


def _transition_began(run: Run, began: e.TransitionBegan) -> Run:
    fresh = {id: Progress(args=args, known=run.step(id).known) for id, args in began.args.items()}
    run = replace(run, edge=began.transition, under_way=tuple(fresh), steps={**run.steps, **fresh})
    return replace(run, entering=None, samples=0, needed=0, marks={})


def _with(run: Run, id: str, progress: Progress) -> Run:
    run = replace(run, steps={**run.steps, id: progress})
    if id in run.under_way or edge_of(id) != run.edge:
        return run
    return replace(run, under_way=(*run.under_way, id))


def _step_intended(run: Run, intent: e.StepIntended) -> Run:
    progress = replace(run.step(intent.step), mark=intent.mark, key=intent.key, open=True)
    run = replace(_with(run, intent.step, progress), changed=run.changed or intent.changes)
    if intent.moves is not None:
        return replace(run, interlock=Interlock.UNKNOWN)
    return replace(run, carried={}) if intent.changes else run


def _attempt_failed(run: Run, failed: e.AttemptFailed) -> Run:
    before = run.step(failed.step)
    progress = replace(
        before,
        tries=before.tries + 1,
        known=before.known + failed.known,
        open=before.open and not failed.known,
        sure=failed.known,
        reason=failed.reason,
    )
    return _with(run, failed.step, progress)


def _step_done(run: Run, done: e.StepDone) -> Run:
    before = run.step(done.step)
    run = _with(run, done.step, replace(before, done=True, open=False, known=before.known + before.open))
    edge = edge_of(done.step)
    outputs = {**run.outputs.get(edge, {}), **done.outputs}
    run = replace(run, outputs={**run.outputs, edge: outputs})
    if done.interlock is not None:
        run = replace(run, interlock=done.interlock)
    if "release" in done.outputs and done.outputs.get("green") is True:
        run = _found_green(run, Release.model_validate(done.outputs["release"]))
    return run


def _found_green(run: Run, release: Release) -> Run:
    """The rollback target, unless it was marked bad: seeming healthy now does not make it good."""
    if any(release.same(bad) for bad in run.started.bad_releases):
        return run
    before = run.started.previous
    return replace(run, release=release.filled(before) if before is not None and release.same(before) else release)


def _step_answered(run: Run, answered: e.StepAnswered) -> Run:
    before = run.step(answered.step)
    if answered.answer == "done":
        over = before.known + before.open
        return _with(run, answered.step, replace(before, done=True, answered=True, open=False, known=over))
    return _with(run, answered.step, replace(before, open=False, tries=0, known=before.known + before.open, mark=None))


def _resumed(run: Run) -> Run:
    """Parked on an *unknown*, it looks again with fresh patience."""
    if run.parked is not None and run.parked.step is not None:
        run = _with(run, run.parked.step, replace(run.step(run.parked.step), tries=0))
    return replace(run, parked=None, asked=None)


def _arrived(run: Run, state: str, way: Literal["finish", "failure"]) -> Run:
    held = [id for id in run.under_way if run.step(id).done and run.step(id).key is None]
    carried = {**run.carried, **{id: run.marks.get(id) for id in held}} if way == "finish" else {}
    run = replace(run, carried=carried)
    run = replace(run, state=state, way=way, edge=None, under_way=(), entering=None)
    return replace(run, samples=0, needed=0, marks={}, watched=False, left=None)
