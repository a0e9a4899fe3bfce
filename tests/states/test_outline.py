"""What is shown of a run's outline is what is shown of all its records."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.display.stories import flow
from tests.workflow.journal.sample import BEGAN, OLD, OLGA, started
from titan_flow.states import events as e
from titan_flow.states.chain import sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.states.outline import Account, outlined, same_standing
from titan_flow.states.run import fold
from titan_flow.states.values import Answer, Interlock
from titan_flow.workflow.display.as_json import summary
from titan_flow.workflow.display.snapshot import picture
from titan_flow.workflow.display.timeline import rows

DOWN = st.sampled_from([None, (), ("brain",), ("brain", "nats")])
NUMBERS = st.integers(0, 3)
INTERLOCKS = st.sampled_from(Interlock)


def _looked(samples: int, down: tuple[str, ...] | None, answer: Answer) -> e.HoldLooked:
    answers = {"verify/1": answer}
    return e.HoldLooked(transition="verify", samples=samples, needed=3, answers=answers, down=down)


def _watched(samples: int, down: tuple[str, ...] | None, answer: Answer) -> e.WatchLooked:
    left = 3.0 - samples
    return e.WatchLooked(state="Armed", samples=samples, needed=3, answers={"Armed/1": answer}, left=left, down=down)


def _intended(down: tuple[str, ...] | None, says: str) -> e.StepIntended:
    return e.StepIntended(step="up/1", saw=Answer.NO, says=says, act={}, key="k", epoch=1, interrupts=down)


def _done(interlock: Interlock, down: tuple[str, ...] | None) -> e.StepDone:
    return e.StepDone(step="disarm/1", acted=True, says="done", interlock=interlock, down=down)


def _failed(attempt: int) -> e.AttemptFailed:
    return e.AttemptFailed(step="up/1", attempt=attempt, attempts=3, reason=f"exit {attempt}", known=True)


def _seen(interlock: Interlock) -> e.InterlockSeen:
    return e.InterlockSeen(interlock=interlock)


def _took(epoch: int) -> e.DriverTook:
    return e.DriverTook(epoch=epoch, operator=OLGA, pid=1)


def _began(transition: str) -> e.TransitionBegan:
    return e.TransitionBegan(transition=transition, source="Ready", args={})


EVENTS: st.SearchStrategy[e.Event] = st.one_of(
    st.builds(_looked, NUMBERS, DOWN, st.sampled_from(Answer)),
    st.builds(_watched, NUMBERS, DOWN, st.sampled_from(Answer)),
    st.builds(_intended, DOWN, st.sampled_from(["", "one recreated"])),
    st.builds(_done, INTERLOCKS, DOWN),
    st.builds(_failed, NUMBERS),
    st.builds(_seen, INTERLOCKS),
    st.just(e.RunParked(why="unknown", question="what now?")),
    st.just(e.RunParked(why="stop", question="stopped")),
    st.just(e.RunResumed(operator=OLGA)),
    st.builds(_took, NUMBERS),
    st.just(e.OperatorAsked(what="rollback", operator=OLGA, release=OLD, params={"backup": "b"})),
    st.just(e.ReleaseMarked(release=OLD, standing="verified", epoch=1)),
    st.builds(_began, st.sampled_from(["up", "verify", "disarm"])),
    st.just(e.TransitionEnded(transition="up", source="Pulled", target="Up")),
    st.just(
        e.FailureDecided(
            edge="up", step="up/1", target="Halted", enters="state", reason="exit 1", answer=Answer.NO, evidence={}
        )
    ),
)


def told(events: list[e.Event]) -> list[e.Record]:
    made, head = list[e.Record](), GENESIS
    for seq, event in enumerate([started(), *events], 1):
        made.append(sealed("7Q3F", seq, BEGAN + timedelta(seconds=seq * 1.7), event, head))
        head = made[-1].hash
    return made


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=25), st.integers(0, 25))
def test_an_outline_shows_what_all_records_show(events: list[e.Event], cut: int) -> None:
    records = told(events)
    numbers = set(outlined(records[cut:], outlined(records[:cut])).numbers)
    whole = Account(fold(records), records)
    short = Account(whole.run, [record for record in records if record.seq in numbers])
    assert rows(flow(), short.records) == rows(flow(), whole.records)
    assert picture(flow(), short) == picture(flow(), whole)
    assert summary(flow(), short, whole.run.outcome) == summary(flow(), whole, whole.run.outcome)
    assert same_standing(fold(short.records), whole.run), "a snapshot is judged by these records"


def test_samples_of_a_watch_do_not_pile_up() -> None:
    records = told([_watched(number, (), Answer.YES) for number in range(500)])
    assert outlined(records).numbers == [1, 2, 501]
