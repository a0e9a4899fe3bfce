"""One round of looks as data: which look decides, which marks the next round is compared with."""

from __future__ import annotations

import pytest

from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.engine.sample import Sample

YES, NO, PARTLY, UNKNOWN = (
    Observation(one, one.value) for one in (Answer.YES, Answer.NO, Answer.PARTLY, Answer.UNKNOWN)
)
FINAL = Observation(Answer.NO, "it cannot be", final=True)
BLIND = Observation(Answer.UNKNOWN, "it cannot be seen", final=True)


@pytest.mark.parametrize(
    ("looks", "decides"),
    [
        ((YES, YES), None),
        ((YES, NO), 2),
        ((UNKNOWN, NO), 2),
        ((UNKNOWN, PARTLY), 2),
        ((YES, UNKNOWN), 2),
        ((NO, PARTLY), 1),
        ((NO, FINAL), 2),
        ((NO, BLIND), 2),
        ((Observation(Answer.YES, final=True), UNKNOWN), 2),
    ],
)
def test_a_final_answer_decides_before_a_no_and_a_no_before_unknown(
    looks: tuple[Observation, ...], decides: int | None
) -> None:
    worst = Sample({f"verify/{n}": look for n, look in enumerate(looks, 1)}).worst
    assert worst == (None if decides is None else (f"verify/{decides}", looks[decides - 1]))


def test_what_is_skipped_decides_nothing() -> None:
    sample = Sample({"verify/1": FINAL, "verify/2": UNKNOWN})
    assert sample.but({"verify/1"}).worst == ("verify/2", UNKNOWN)
    assert sample.but({"verify/1", "verify/2"}).worst is None


def test_a_kept_mark_stays_until_its_check_says_yes() -> None:
    """Else a restart would be a *no* once, and forgotten."""
    no, yes = Observation(Answer.NO, mark="c2"), Observation(Answer.YES, mark="c2")
    assert Sample({"verify/1": no, "verify/2": no}).marks_but({"verify/1": "c1"}) == {"verify/2": "c2"}
    assert Sample({"verify/1": yes, "verify/2": YES}).marks_but({"verify/1": "c1"}) == {"verify/1": "c2"}


def test_services_that_do_not_serve_are_named_once() -> None:
    brain, both = Observation(Answer.NO, down=("brain",)), Observation(Answer.NO, down=("nats", "brain"))
    assert Sample({"verify/1": brain, "verify/2": both, "verify/3": NO}).down == ("brain", "nats")
    assert Sample({"verify/1": Observation(Answer.YES, down=())}).down == ()
    assert Sample({"verify/1": NO}).down is None, "nobody looked at services"
