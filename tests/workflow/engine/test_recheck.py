"""The law *The interlock is never assumed*, sentence by sentence: only what was verified is armed."""

from __future__ import annotations

import pytest

from tests.workflow.armory import STARTED, TO_ARM, WORLD, Killed, Tape, flow, trip
from titan_flow.states import events as e
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.engine import recheck


@pytest.fixture(autouse=True)
def world() -> None:
    WORLD.__init__()


def replaced() -> None:
    WORLD.container = "v2.hand"


def die() -> None:
    raise Killed


async def test_the_way_there() -> None:
    run = await trip(Tape(), flow())
    assert (run.outcome, run.interlock) == (Outcome.REACHED, Interlock.ARMED)
    assert WORLD.sent == ["disarm", "up v2", "arm"]


async def test_a_disarm_is_sent_whatever_was_seen() -> None:
    assert not WORLD.armed
    await trip(Tape(), flow())
    assert WORLD.sent[0] == "disarm"


async def test_containers_replaced_after_the_verification_are_not_armed() -> None:
    """The verification was of others: *no* at once, although the new ones are well."""
    run = await trip(Tape(), flow(), transition_ended_verify=replaced)
    assert run.outcome is Outcome.ROLLED_BACK and "arm" not in WORLD.sent
    assert run.failure is not None and run.failure.reason == "was replaced since it was verified"


@pytest.mark.parametrize("at", ["transition_began_arm", "step_done_arm_1"])
async def test_nor_after_a_kill_between_the_checks_and_the_arming(at: str) -> None:
    tape = Tape()
    with pytest.raises(Killed):
        await trip(tape, flow(), **{at: die})
    replaced()
    run = await trip(tape, flow())
    assert run.outcome is Outcome.ROLLED_BACK and "arm" not in WORLD.sent
    assert run.failure is not None and "was replaced" in run.failure.reason


async def test_nor_while_the_driver_slept_between_its_checks_and_the_arming() -> None:
    """A frozen driver that wakes up looks again: its own last look is too long ago."""
    tape = Tape()

    def frozen() -> None:
        tape.clock.frozen += recheck.FRESH
        replaced()

    run = await trip(tape, flow(), step_done_arm_1=frozen)
    assert run.outcome is Outcome.ROLLED_BACK and "arm" not in WORLD.sent


async def test_unchanged_it_is_armed_after_a_kill_too() -> None:
    tape = Tape()
    with pytest.raises(Killed):
        await trip(tape, flow(), step_done_arm_1=die)
    assert (await trip(tape, flow())).outcome is Outcome.REACHED


async def test_what_is_watched_is_what_was_verified() -> None:
    """Replaced between the arming and the first look of the watch: disarmed first, then rolled back."""
    run = await trip(Tape(), flow(), transition_ended_arm=replaced)
    assert run.outcome is Outcome.ROLLED_BACK and not WORLD.armed
    assert WORLD.sent == ["disarm", "up v2", "arm", "disarm", "up v1", "disarm"]


async def test_a_replacement_in_the_watch_is_not_forgotten_by_the_next_look() -> None:
    run = await trip(Tape(), flow(), watch_looked=replaced)
    assert run.outcome is Outcome.ROLLED_BACK
    assert run.failure is not None and run.failure.reason == "was replaced"


async def test_what_happened_in_a_gap_of_the_watch_is_seen_and_the_rest_is_watched() -> None:
    tape = Tape()
    with pytest.raises(Killed):
        await trip(tape, flow(), watch_looked=die)
    replaced()
    assert (await trip(tape, flow())).outcome is Outcome.ROLLED_BACK


async def test_time_without_observations_does_not_count() -> None:
    tape = Tape()
    with pytest.raises(Killed):
        await trip(tape, flow(), watch_looked=die)
    run = await trip(tape, flow())
    samples = [look.samples for look in tape.all(e.WatchLooked) if isinstance(look, e.WatchLooked)]
    assert run.outcome is Outcome.REACHED and samples == [1, 2], "the second is looked at, not waited for"


@pytest.mark.parametrize("unknown", ["park", "Halted"])
async def test_an_arm_that_stays_unknown_is_followed_by_a_disarm(unknown: str) -> None:
    def nobody_answers() -> None:
        WORLD.deaf = True

    run = await trip(Tape(), flow(unknown), step_intended_arm_2=nobody_answers)
    assert WORLD.sent == ["disarm", "up v2", "arm", "disarm", "disarm"] and not WORLD.armed, "and after the baseline"
    assert run.outcome is (Outcome.WAITING if unknown == "park" else Outcome.HALTED)
    assert run.interlock is Interlock.UNKNOWN, "nobody confirmed it either"


async def test_a_recovery_goes_on_unconfirmed_and_its_second_disarm_decides() -> None:
    """A release that breaks what carries the disarm is replaced all the same."""

    def breaks() -> None:
        WORLD.well, WORLD.cut = False, True

    def fixed() -> None:
        WORLD.well, WORLD.cut = True, False

    tape = Tape()
    run = await trip(tape, flow(), transition_began_verify=breaks, step_done_fast_rollback_2=fixed)
    assert (run.outcome, run.interlock) == (Outcome.ROLLED_BACK, Interlock.DISARMED)
    first = next(d for d in tape.all(e.StepDone) if isinstance(d, e.StepDone) and d.step == "fast_rollback/1")
    assert first.interlock is Interlock.UNKNOWN and "not confirmed" in first.says


async def test_a_second_disarm_that_stays_unconfirmed_halts_and_says_so() -> None:
    def breaks() -> None:
        WORLD.well, WORLD.cut, WORLD.deaf = False, True, True

    run = await trip(Tape(), flow(), transition_began_verify=breaks)
    assert (run.outcome, run.interlock) == (Outcome.HALTED, Interlock.UNKNOWN)
    assert WORLD.container == "v1.1", "and what could be taken back was"


async def test_disarmed_deliberately_stays_disarmed() -> None:
    run = await trip(Tape(STARTED.model_copy(update={"may_arm": False})), flow())
    assert (run.outcome, run.state) == (Outcome.STOPPED, "Verified") and "arm" not in WORLD.sent


async def test_an_emergency_disarm_during_a_run_keeps_it_from_arming() -> None:
    def pulled() -> None:
        WORLD.last_disarm = 1

    run = await trip(Tape(), flow(), step_intended_arm_2=pulled)
    assert (run.outcome, run.state) == (Outcome.STOPPED, "Verified") and "arm" not in WORLD.sent
    assert run.ended is not None and "olga@laptop" in run.ended.says
    known = STARTED.model_copy(update={"last_disarm": 1})
    assert (await trip(Tape(known), flow())).outcome is Outcome.REACHED, "a run that began after it may"


async def test_a_system_disarmed_during_the_watch_is_not_at_its_goal() -> None:
    def disarmed() -> None:
        WORLD.armed = False

    run = await trip(Tape(), flow(), watch_looked=disarmed)
    assert (run.outcome, run.interlock) == (Outcome.STOPPED, Interlock.DISARMED)


async def test_a_recorded_emergency_disarm_prevents_arming_and_rollback() -> None:
    """Killed as soon as the emergency disarm is on record: the attempt that it stopped is not."""

    def pulled() -> None:
        WORLD.last_disarm = 1

    tape = Tape()
    with pytest.raises(Killed):
        await trip(tape, flow(), step_intended_arm_2=pulled, operator_asked=die)
    run = await trip(tape, flow())
    assert (run.outcome, run.state) == (Outcome.STOPPED, "Verified") and "arm" not in WORLD.sent


async def test_a_guard_that_cannot_work_is_an_unknown_and_no_end() -> None:
    """The disk of the host fills up half way: the run parks with a question, and goes on once there is room."""

    def full() -> None:
        WORLD.full = True

    tape = Tape()
    run = await trip(tape, flow(), transition_began_up=full)
    assert run.outcome is Outcome.WAITING and run.parked is not None and "no room left" in str(tape[-2].event)
    WORLD.full = False
    tape.say(e.RunResumed(operator=STARTED.operator))
    assert (await trip(tape, flow())).outcome is Outcome.REACHED


async def test_arm_by_itself_verifies_first() -> None:
    run = await trip(Tape(TO_ARM), flow())
    assert run.outcome is Outcome.REACHED and WORLD.sent == ["arm"]


async def test_arm_by_itself_is_refused_on_red_and_changes_nothing() -> None:
    WORLD.well = False
    run = await trip(Tape(TO_ARM), flow())
    assert (run.outcome, run.state) == (Outcome.REFUSED, "Up") and WORLD.sent == []
    assert run.ended is not None and "is unhealthy" in run.ended.says


async def test_arm_by_itself_takes_back_what_fails_once_it_is_armed() -> None:
    def ill() -> None:
        WORLD.well = False

    def well() -> None:
        WORLD.well = True

    run = await trip(Tape(TO_ARM), flow(), watch_looked=ill, step_done_fast_rollback_2=well)
    assert WORLD.sent[:2] == ["arm", "disarm"] and run.outcome is not Outcome.REFUSED


def armed_by_hand() -> None:
    WORLD.armed = True


@pytest.mark.parametrize("after", ["disarm", "up", "verify"])
async def test_what_somebody_arms_between_disarmed_and_arm_is_found_before_anything_is_touched(after: str) -> None:
    tape = Tape()
    run = await trip(tape, flow(), **{f"transition_ended_{after}": armed_by_hand})
    assert run.outcome is Outcome.ROLLED_BACK and not WORLD.armed and "arm" not in WORLD.sent
    assert run.failure is not None and "someone armed it since" in run.failure.reason
    assert run.failure.edge == ("up" if after == "disarm" else "arm")
    assert ("up v2" in WORLD.sent) is (after != "disarm")
    assert not [one for one in tape.all(e.ReleaseMarked) if getattr(one, "standing", "") == "bad"]


async def test_a_resumed_run_looks_at_the_interlock_first() -> None:
    tape = Tape()
    with pytest.raises(Killed):
        await trip(tape, flow(), transition_ended_disarm=die)
    WORLD.armed = True
    run = await trip(tape, flow())
    assert run.outcome is Outcome.ROLLED_BACK and "up v2" not in WORLD.sent and not WORLD.armed
