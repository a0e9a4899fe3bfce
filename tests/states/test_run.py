"""What is true of a run after each event."""

from __future__ import annotations

import pytest

from tests.workflow.journal.sample import BEGAN, OLD, OLGA, records, started
from titan_flow.states import events as e
from titan_flow.states.release import Image, Release
from titan_flow.states.run import Progress, Run, fold
from titan_flow.states.values import Answer, Interlock, Json, Outcome

NEW = Release(commit="9b2e771" + "0" * 33, images={"titan-brain": Image(id="sha256:" + "d" * 64)})


def run(*told: e.Event, first: e.RunStarted | None = None) -> Run:
    return fold(records(told=iter([first or started(), *told])))


def began(name: str, *steps: str, source: str = "Ready") -> e.TransitionBegan:
    return e.TransitionBegan(transition=name, source=source, args={step: {} for step in steps})


def intended(step: str, moves: Interlock | None = None, changes: bool = True, mark: Json = None) -> e.StepIntended:
    key = f"key-{step}"
    return e.StepIntended(step=step, saw=Answer.NO, mark=mark, act={}, key=key, epoch=1, moves=moves, changes=changes)


def failed(step: str, known: bool = True) -> e.AttemptFailed:
    return e.AttemptFailed(step=step, attempt=1, attempts=3, reason="exit 1", known=known)


def done(step: str, **outputs: Json) -> e.StepDone:
    return e.StepDone(step=step, acted=True, outputs=outputs)


def decided(target: str, enters: str = "recovery", edge: str = "up") -> e.FailureDecided:
    return e.FailureDecided(edge=edge, step=None, target=target, enters=enters, reason="no", answer=Answer.NO)  # type: ignore[arg-type]


def arrived(name: str, source: str, target: str) -> e.TransitionEnded:
    return e.TransitionEnded(transition=name, source=source, target=target)


def asked(what: str, **more: object) -> e.OperatorAsked:
    return e.OperatorAsked.model_validate({"what": what, "operator": OLGA, **more})


def parked(why: str = "unknown", step: str | None = "up/1") -> e.RunParked:
    return e.RunParked.model_validate({"why": why, "question": "?", "step": step})


RESUMED = e.RunResumed(operator=OLGA)
UP = began("up", "up/1")
ENDED = e.RunEnded(state="Halted", outcome=Outcome.HALTED, interlock=Interlock.UNKNOWN)


def test_a_run_begins_with_run_started_and_begins_once() -> None:
    with pytest.raises(ValueError, match=r"begins with run\.started"):
        fold([])
    with pytest.raises(ValueError, match=r"begins with run\.started"):
        fold(records()[1:])
    with pytest.raises(ValueError, match="record 2 starts the run again"):
        run(started())


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ((), Outcome.RUNNING),
        ((parked("unknown"),), Outcome.WAITING),
        ((parked("approval"),), Outcome.WAITING),
        ((parked("stop"),), Outcome.INTERRUPTED),
        ((parked("stop"), RESUMED), Outcome.RUNNING),
        ((parked("unknown"), ENDED), Outcome.HALTED),
    ],
)
def test_how_a_run_stands(told: tuple[e.Event, ...], outcome: Outcome) -> None:
    assert run(*told).outcome is outcome


PROGRESS = [
    ("begun", (UP,), Progress()),
    ("intended", (UP, intended("up/1", mark=7)), Progress(mark=7, key="key-up/1", open=True)),
    # an attempt whose end is not known keeps the key: the same command is asked after, not started twice
    ("lost", (UP, intended("up/1"), failed("up/1", known=False)),
     Progress(key="key-up/1", open=True, tries=1, sure=False, reason="exit 1")),
    ("failed", (UP, intended("up/1"), failed("up/1")), Progress(key="key-up/1", tries=1, known=1, reason="exit 1")),
    ("done", (UP, intended("up/1"), done("up/1")), Progress(key="key-up/1", done=True, known=1)),
    ("done without acting", (UP, done("up/1")), Progress(done=True)),
    ("answered done", (UP, intended("up/1"), e.StepAnswered(step="up/1", answer="done", operator=OLGA)),
     Progress(key="key-up/1", done=True, answered=True, known=1)),
    ("answered redo", (UP, intended("up/1", mark=7), failed("up/1", known=False),
                       e.StepAnswered(step="up/1", answer="redo", operator=OLGA)),
     Progress(key="key-up/1", known=1, sure=False, reason="exit 1")),
    ("fresh patience", (UP, intended("up/1"), failed("up/1", known=False), parked(), RESUMED),
     Progress(key="key-up/1", open=True, sure=False, reason="exit 1")),
    ("no fresh patience after a stop", (UP, failed("up/1"), parked("stop", None), RESUMED),
     Progress(tries=1, known=1, reason="exit 1")),
    # begun again: the attempts known to be over still number the key
    ("again", (UP, intended("up/1"), failed("up/1"), decided("Up", "state"), UP), Progress(known=1)),
]  # fmt: skip


@pytest.mark.parametrize(("told", "progress"), [row[1:] for row in PROGRESS], ids=[row[0] for row in PROGRESS])
def test_how_far_a_step_has_come(told: tuple[e.Event, ...], progress: Progress) -> None:
    assert run(*told).step("up/1") == progress


def test_a_step_that_no_event_names_has_not_begun() -> None:
    assert run().step("nothing/1") == Progress()


LOCKS = [
    ((), Interlock.ARMED),
    ((intended("disarm/1", moves=Interlock.DISARMED),), Interlock.UNKNOWN),
    ((intended("disarm/1", moves=Interlock.DISARMED), done("disarm/1")), Interlock.UNKNOWN),
    ((e.StepDone(step="disarm/1", acted=True, interlock=Interlock.DISARMED),), Interlock.DISARMED),
    ((e.InterlockSeen(interlock=Interlock.DISARMED), intended("up/1")), Interlock.DISARMED),
    ((e.InterlockSeen(interlock=Interlock.DISARMED), ENDED), Interlock.UNKNOWN),
]


@pytest.mark.parametrize(("told", "lock"), LOCKS)
def test_the_interlock_is_unknown_from_the_intent_to_move_it_until_it_is_confirmed(
    told: tuple[e.Event, ...], lock: Interlock
) -> None:
    assert run(*told).interlock is lock


def test_the_snapshot_changes_nothing_and_a_rollback_has_changed_something_from_the_start() -> None:
    assert not run(intended("record/1", changes=False)).changed
    assert run(intended("up/1")).changed
    assert run(first=started().model_copy(update={"purpose": "rollback"})).changed


def test_where_a_run_is_and_how_it_came_there() -> None:
    there = run(began("record", "record/1"), done("record/1"), arrived("record", "Ready", "Recorded"))
    assert (there.state, there.way, there.edge, there.under_way) == ("Recorded", "finish", None, ())
    back = run(UP, decided("fast_rollback"))
    assert (back.state, back.entering, back.edge) == ("Ready", "fast_rollback", None)
    begun = run(UP, decided("fast_rollback"), began("fast_rollback", "fast_rollback/1"))
    assert (begun.entering, begun.edge) == (None, "fast_rollback")
    halted = run(UP, decided("Halted", "state"))
    assert (halted.state, halted.way, halted.entering) == ("Halted", "failure", None)


def test_the_first_failure_is_why() -> None:
    second = decided("Halted", "state", edge="fast_rollback")
    assert run(UP, decided("fast_rollback"), second).failure == decided("fast_rollback")


def held(*marks: tuple[str, Json]) -> e.HoldLooked:
    return e.HoldLooked(transition="verify", samples=2, needed=2, answers={}, marks=dict(marks))


VERIFIED = (began("verify", "verify/1", source="Up"), held(("verify/1", 5)), done("verify/1"))


@pytest.mark.parametrize(
    ("told", "carried"),
    [
        ((arrived("verify", "Up", "Verified"),), {"verify/1": 5}),
        # what changes something makes what was seen before it old; what moves the interlock or only keeps does not
        ((arrived("verify", "Up", "Verified"), intended("arm/1", moves=Interlock.ARMED)), {"verify/1": 5}),
        ((arrived("verify", "Up", "Verified"), intended("record/1", changes=False)), {"verify/1": 5}),
        ((arrived("verify", "Up", "Verified"), intended("up/1")), {}),
        ((decided("Halted", "state", edge="verify"),), {}),
    ],
)
def test_what_was_verified_is_carried_until_something_is_changed(
    told: tuple[e.Event, ...], carried: dict[str, Json]
) -> None:
    assert run(*VERIFIED, *told).carried == carried


def test_samples_count_anew_in_each_state() -> None:
    now = run(*VERIFIED, arrived("verify", "Up", "Verified"))
    assert (now.samples, now.needed, now.marks, now.left, now.watched) == (0, 0, {}, None, False)


@pytest.mark.parametrize(("samples", "whole"), [(4, False), (5, True), (6, True)])
def test_a_watch_is_over_once_it_has_its_samples(samples: int, whole: bool) -> None:
    looked = e.WatchLooked(state="Armed", samples=samples, needed=5, answers={}, left=5.0 - samples)
    assert (run(looked).watched, run(looked).left) == (whole, 5.0 - samples)


def green(release: Release, healthy: Json = True) -> e.StepDone:
    return done("record/1", release=release.model_dump(mode="json"), green=healthy)


def test_what_ran_and_was_healthy_is_the_rollback_target() -> None:
    assert run().release == OLD
    assert run(green(NEW)).release == NEW
    assert run(green(NEW, False)).release == OLD
    assert run(green(NEW, "true")).release == OLD, "only true is true"


def test_what_was_marked_bad_is_no_target_though_it_seems_healthy() -> None:
    first = started().model_copy(update={"bad_releases": (NEW,)})
    assert run(green(NEW), first=first).release == OLD


def test_a_target_that_was_verified_before_keeps_what_was_known_of_it() -> None:
    image = OLD.images["titan-brain"].model_copy(update={"digest": "registry/brain@sha256:" + "e" * 64})
    known = OLD.model_copy(update={"images": {"titan-brain": image}})
    found = run(green(OLD), first=started().model_copy(update={"previous": known})).release
    assert found is not None and found.images == known.images


def test_an_operator_may_name_the_target_and_a_parameter() -> None:
    now = run(asked("rollback", release=NEW.model_dump(), params={"backup": "b.dump", "commit": "x"}))
    assert now.release == NEW and now.withdrawn
    values = now.values()
    assert (values["params.backup"], values["params.commit"]) == ("b.dump", "x"), "given last, it counts"


def test_an_emergency_disarm_is_no_request_to_roll_back() -> None:
    now = run(asked("stop"), asked("disarm"))
    assert now.emergency is not None and now.asked is not None and now.asked.what == "stop" and not now.withdrawn


@pytest.mark.parametrize("event", [parked("stop", None), decided("fast_rollback"), RESUMED])
def test_a_request_is_over_once_it_is_answered(event: e.Event) -> None:
    assert run(asked("stop"), event).asked is None


@pytest.mark.parametrize(("standing", "bad"), [("bad", (NEW,)), ("verified", ()), ("withdrawn", ())])
def test_only_a_bad_mark_is_one(standing: str, bad: tuple[Release, ...]) -> None:
    event = e.ReleaseMarked.model_validate({"release": NEW.model_dump(), "standing": standing, "epoch": 1})
    assert run(event).bad == bad


def test_what_the_spec_can_name() -> None:
    values = run(done("pull/1", images={"a": 1}), done("pull/2", n=2)).values()
    assert values["run.id"] == "7Q3F" and values["run.operator"] == "olga@laptop"
    assert values["run.at"] == BEGAN.isoformat() and values["run.environment"] == "env-1"
    assert (values["pull.images"], values["pull.n"]) == ({"a": 1}, 2), "both steps' outputs"
    assert values["release.commit"] == OLD.commit
    first = started().model_copy(update={"previous": None})
    assert not [name for name in run(first=first).values() if name.startswith("release.")]


def test_the_head_is_that_of_the_last_record() -> None:
    told = records()
    now = fold(told)
    assert (now.seq, now.head, now.updated) == (len(told), told[-1].hash, told[-1].at)
