"""What the program on the host answers, judged: what runs, what an update would do, and what is given up."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from titan_flow.adapters.supervisor.processes import Pending, Process, Seen, brought_up, runs
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def process(service: str = "app", state: str = "RUNNING", image: str = ONE, pid: int = 7, **more: object) -> Process:
    told: dict[str, object] = {
        "service": service, "name": f"{service}:{service}", "state": state, "pid": pid, "ticks": 9, "image": image,
        "start": 100, "age": 60, "exit": 0, "why": "",
    }  # fmt: skip
    return Process.model_validate({**told, **more})


def seen(*processes: Process, pending: Pending | None = None, **configured: list[str]) -> Seen:
    return Seen(processes=[*processes], pending=pending, configured=configured or {"app": [ONE]}, rendered="r")


@pytest.mark.parametrize(
    ("state", "pid", "running", "health", "restarts", "exit_code"),
    [
        ("RUNNING", 7, True, "none", 0, None),
        ("STARTING", 7, True, "starting", 0, None),
        ("STOPPING", 7, True, "none", 0, None),
        ("RUNNING", 0, False, "none", 0, None),
        ("BACKOFF", 0, False, "none", 1, None),
        ("EXITED", 0, False, "none", 1, 3),
        ("FATAL", 0, False, "none", 0, None),
        ("STOPPED", 0, False, "none", 0, None),
    ],
)
def test_a_process_as_an_instance(
    state: str, pid: int, running: bool, health: str, restarts: int, exit_code: int | None
) -> None:
    one = process(state=state, pid=pid, exit=3).instance
    assert (one.running, one.health, one.restarts, one.exit_code) == (running, health, restarts, exit_code)
    assert one.id == ("7.9" if pid else "app:app, no process")


@pytest.mark.parametrize("wrong", [{"pid": "7"}, {"pid": 7.0}, {"state": None}, {"age": True}])
def test_what_the_host_says_is_not_taken_for_something_else(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        process(**wrong)  # type: ignore[arg-type]


def test_what_is_given_up_does_not_come_back_by_itself() -> None:
    fatal = process("app", "FATAL", pid=0, why="exited too quickly")
    judged = runs(["app"], seen(fatal), None)
    assert (judged.answer, judged.final) == (Answer.NO, True)
    assert judged.says == "app does not run: supervisord gave it up (exited too quickly)"
    backoff = runs(["app"], seen(process("app", "BACKOFF", pid=0)), None)
    assert backoff.answer is Answer.NO and not backoff.final
    other = runs(["app"], seen(process("app"), process("other", "FATAL", pid=0)), None)
    assert other.yes, "a service of somebody else"


UP: list[tuple[Seen, Mapping[str, Image] | None, Answer, str]] = [
    (seen(process()), None, Answer.YES, "app as before"),
    (seen(process()), {"app": Image(id=ONE)}, Answer.YES, "app as before"),
    (seen(), None, Answer.NO, "app has no process"),
    (seen(process(state="STOPPED", pid=0)), None, Answer.NO, "app is STOPPED"),
    (seen(process(state="BACKOFF", pid=0)), None, Answer.YES, "app as before"),
    (seen(process(), app=list[str]()), None, Answer.NO, "app is not in the configuration"),
    (seen(process(), pending=Pending(changed=["app"])), None, Answer.NO, "app is to be replaced"),
    (seen(process(), pending=Pending(added=["app"])), None, Answer.NO, "app is to be replaced"),
    (seen(process(), pending=Pending(removed=["other"])), None, Answer.YES, "app as before"),
    (seen(process(), pending=Pending(fault="no such file")), None, Answer.NO, "supervisord: no such file"),
    (seen(process(image=TWO)), {"app": Image(id=ONE)}, Answer.NO, "does not run"),
    (seen(process(), app=[TWO]), {"app": Image(id=ONE)}, Answer.NO, "is configured to run"),
    (seen(process(), app=[ONE, TWO]), {"app": Image(id=ONE)}, Answer.NO, "is configured to run"),
    (seen(process()), {"other": Image(id=TWO)}, Answer.YES, "app as before"),
]  # fmt: skip


@pytest.mark.parametrize(("there", "images", "answer", "says"), UP)
def test_whether_a_service_is_up(there: Seen, images: Mapping[str, Image] | None, answer: Answer, says: str) -> None:
    judged = brought_up(["app"], images, there, None)
    assert judged.answer is answer and says in judged.says


def test_one_of_two_is_partly_and_what_will_be_interrupted_is_what_runs() -> None:
    there = seen(process("app"), process("front"), pending=Pending(changed=["app"]), app=[ONE], front=[ONE])
    judged = brought_up(["app", "front"], None, there, None)
    assert (judged.answer, judged.down) == (Answer.PARTLY, ("app",))
    down = seen(process("app", "STOPPED", pid=0), process("front"), app=[ONE], front=[ONE])
    assert brought_up(["app", "front"], None, down, None).down == ()


def test_what_was_replaced_is_told_by_the_mark() -> None:
    before = seen(process("app"), process("front", pid=8), app=[ONE], front=[ONE])
    now = seen(process("app", pid=70), process("front", pid=8), app=[ONE], front=[ONE])
    judged = brought_up(["app", "front"], None, now, before.ids)
    assert (judged.says, judged.outputs["replaced"]) == ("app replaced; front as before", ["app"])
    assert judged.mark == before.ids, "the mark stays the one from before"


@pytest.mark.parametrize("since", ["text", [], 7, {"app": None}])
def test_a_mark_that_is_none_of_ours_is_no_error(since: Json) -> None:
    assert brought_up(["app"], None, seen(process()), since).outputs["replaced"] == ["app"]


def test_a_service_of_a_group_is_replaced_with_its_group() -> None:
    there = seen(process("pair:app"), pending=Pending(changed=["pair"]), **{"pair:app": [ONE]})
    assert brought_up(["pair:app"], None, there, None).says == "pair:app is to be replaced"
