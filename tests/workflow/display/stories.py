"""Runs as data: a flow like Titan's, and journals of trips through it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.workflow.journal.sample import BEGAN, OLGA, started
from titan_flow.states import events as e
from titan_flow.states.chain import sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.states.model import Flow, State, Step, Transition, Watch
from titan_flow.states.values import Answer, Interlock, Json, Outcome
from titan_flow.workflow.display.layout import path_lines, plain
from titan_flow.workflow.display.timeline import rows

YES, NO = Answer.YES, Answer.NO
BACK = "fast_rollback"
STALE = "titan-brain is made from 1f, not 2a; titan-execution is made from 3b, not 4c; old was left behind"
GREEN = ("compose.running", "logs.clean", "http.ok")


def flow() -> Flow:
    watch = Watch(20.0, 5.0, _steps("Armed", *GREEN), BACK)
    states = (
        State("Ready", initial=True),
        State("Recorded"),
        State("Disarmed"),
        State("Pulled"),
        State("Up"),
        State("Verified", gate=True),
        State("Armed", goal=True, interlock="armed", watch=watch),
        State("Reverted", then="verify_rollback"),
        State("RolledBack", rest=True),
        State("Refused", rest=True),
        State("Halted", rest=True),
    )
    way = (
        Transition(
            "record",
            "Ready",
            "Recorded",
            _steps("record", *GREEN),
            _steps("record", "release.record", after=3),
            "Refused",
        ),
        Transition("disarm", "Recorded", "Disarmed", (), _steps("disarm", "interlock.disarm"), "Halted"),
        Transition("pull", "Disarmed", "Pulled", (), _steps("pull", "compose.pull"), BACK),
        Transition("up", "Pulled", "Up", (), _steps("up", "compose.up"), BACK),
        Transition("verify", "Up", "Verified", _steps("verify", *GREEN), (), BACK, steady=30.0),
        Transition("arm", "Verified", "Armed", _steps("arm", *GREEN), _steps("arm", "interlock.arm", after=3), BACK),
    )
    back = (
        Transition(BACK, None, "Reverted", (), _steps(BACK, "interlock.disarm", "compose.up"), "Halted"),
        Transition("verify_rollback", None, "RolledBack", _steps("verify_rollback", *GREEN), (), "Halted"),
    )
    return Flow(
        "titan-prod", {s.name: s for s in states}, {t.name: t for t in way}, {t.name: t for t in back}, interlocked=True
    )


def _steps(edge: str, *uses: str, after: int = 0) -> tuple[Step, ...]:
    acts = ("release.record", "interlock.disarm", "interlock.arm", "compose.pull", "compose.up")
    return tuple(Step(f"{edge}/{n}", use, acts=use in acts) for n, use in enumerate(uses, after + 1))


class Story:
    """Seals events into a chain; `after` seconds pass before each."""

    def __init__(self, run: str = "7Q3F") -> None:
        self.run, self.at, self.records, self._head = run, BEGAN, list[e.Record](), GENESIS
        self.tell(started())
        self.tell(e.DriverTook(epoch=1, operator=OLGA, pid=4711))

    def tell(self, event: e.Event, after: float = 0.1) -> Story:
        self.at += timedelta(seconds=after)
        self.records.append(sealed(self.run, len(self.records) + 1, self.at, event, self._head))
        self._head = self.records[-1].hash
        return self

    def began(self, name: str, source: str) -> Story:
        return self.tell(e.TransitionBegan(transition=name, source=source, args={}))

    def acted(
        self, step: str, says: str, took: float = 0.5, lock: Interlock | None = None, why: str = "",
        stops: tuple[str, ...] | None = None, **evidence: Json,
    ) -> Story:  # fmt: skip
        act: dict[str, Json] = {"argv": [["true"]]}
        self.tell(e.StepIntended(step=step, saw=NO, says=why, act=act, key=step, epoch=1, interrupts=stops))
        return self.tell(e.StepDone(step=step, acted=True, says=says, interlock=lock, evidence=evidence), took)

    def ended(self, name: str, source: str, target: str) -> Story:
        return self.tell(e.TransitionEnded(transition=name, source=source, target=target), 0.0)

    def held(
        self, name: str, samples: int, needed: int, answers: dict[str, Answer], down: tuple[str, ...] = (), **seen: str
    ) -> Story:
        told = {step.replace("_", "/"): text for step, text in seen.items()}
        looked = e.HoldLooked(transition=name, samples=samples, needed=needed, answers=answers, seen=told, down=down)
        return self.tell(looked, after=2.0)

    def to_up(self) -> Story:
        """Ready to Up, with one retry in `pull`."""
        self.began("record", "Ready").acted("record/4", "release 4f1c2aa kept (6 images)").ended(
            "record", "Ready", "Recorded"
        )
        self.began("disarm", "Recorded").acted("disarm/1", "brain and execution confirm", lock=Interlock.DISARMED)
        self.ended("disarm", "Recorded", "Disarmed").began("pull", "Disarmed")
        self.tell(e.StepIntended(step="pull/1", saw=NO, act={"argv": []}, key="k", epoch=1))
        self.tell(
            e.AttemptFailed(step="pull/1", attempt=1, attempts=3, reason="registry said 503", known=True, next_in=2.1)
        )
        self.acted("pull/1", "2 new images", 3.0).ended("pull", "Disarmed", "Pulled").began("up", "Pulled")
        images: Json = {"titan-brain": "sha256:b", "titan-execution": "sha256:e", "nats": "sha256:n"}
        return (
            self.acted("up/1", "2 recreated", 1.7, why=STALE, stops=("titan-brain", "titan-execution"), images=images)
            .ended("up", "Pulled", "Up")
            .began("verify", "Up")
        )


ALL_YES = {"verify/1": YES, "verify/2": YES, "verify/3": YES}
ONE_NO = {**ALL_YES, "verify/3": NO}


def risen() -> Story:
    """Up; brain a little later than execution."""
    starting = {**ALL_YES, "verify/1": NO}
    return Story().to_up().held("verify", 0, 16, starting, ("titan-brain",), verify_1="titan-brain is starting")


def holding() -> Story:
    return risen().held("verify", 7, 16, ALL_YES)


def reached() -> Story:
    story = risen().held("verify", 16, 16, ALL_YES).ended("verify", "Up", "Verified").began("arm", "Verified")
    story.acted("arm/4", "armed", lock=Interlock.ARMED).ended("arm", "Verified", "Armed")
    for n in range(1, 5):
        answers = {"Armed/1": YES, "Armed/2": YES, "Armed/3": YES}
        story.tell(e.WatchLooked(state="Armed", samples=n, needed=4, answers=answers, left=20.0 - 5 * n), 5.0)
    return story.tell(e.RunEnded(state="Armed", outcome=Outcome.REACHED, interlock=Interlock.ARMED))


def failing() -> Story:
    story = risen().held("verify", 0, 16, ONE_NO, verify_3="503 (3 times in 6 s)")
    evidence: dict[str, Json] = {"url": "https://titan.example.com/health", "log": ["starting", "Error: no relation"]}
    return story.tell(
        e.FailureDecided(
            edge="verify", step="verify/3", target=BACK, enters="recovery",
            reason="503 (3 times in 6 s)", answer=NO, evidence=evidence,
        )
    )  # fmt: skip


def rolled_back() -> Story:
    story = failing().began(BACK, "Up").acted(f"{BACK}/1", "disarmed", lock=Interlock.DISARMED)
    story.acted(f"{BACK}/2", "4f1c2aa is up").ended(BACK, "Up", "Reverted").began("verify_rollback", "Reverted")
    story.ended("verify_rollback", "Reverted", "RolledBack")
    return story.tell(e.RunEnded(state="RolledBack", outcome=Outcome.ROLLED_BACK, interlock=Interlock.DISARMED))


def halted() -> Story:
    story = failing().began(BACK, "Up")
    story.tell(
        e.FailureDecided(
            edge=BACK, step=f"{BACK}/2", target="Halted", enters="state", reason="no space left", answer=NO
        )
    )
    return story.tell(e.RunEnded(state="Halted", outcome=Outcome.HALTED, interlock=Interlock.UNKNOWN))


def parked() -> Story:
    question = "pull/1: cannot tell whether it was done. Look again: titan-flow resume 7Q3F"
    story = Story().began("record", "Ready").ended("record", "Ready", "Recorded").began("pull", "Disarmed")
    return story.tell(e.RunParked(why="unknown", question=question, step="pull/1"))


def later(story: Story, seconds: float) -> datetime:
    return story.at + timedelta(seconds=seconds)


def path(story: Story, columns: int = 96, after: float = 0.0) -> list[str]:
    """The lines of its path as they are shown."""
    return [plain(spans) for spans in path_lines(rows(flow(), story.records), columns, later(story, after))]


AT = "https://titan.example.com/health"


def seen_by_a_client(*away: tuple[float, float | None]) -> Story:
    """An `up` that was watched from its begin; seconds since the run began."""
    story = risen()
    began = story.records[0].at
    times = tuple((began + timedelta(seconds=a), None if b is None else began + timedelta(seconds=b)) for a, b in away)
    view = e.ClientView(address=AT, checks=("verify/3",), asked=9, away=times)
    return story.tell(e.StepDone(step="up/2", acted=True, client=(view,)))
