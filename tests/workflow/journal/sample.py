"""A run that tells of every kind of event, as data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from titan_flow.states import events as e
from titan_flow.states.chain import sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.states.release import Image, Release
from titan_flow.states.values import Answer, Interlock, Outcome

BEGAN = datetime(2026, 11, 24, 14, 2, 3, 250_000, UTC)
OLGA = e.Operator(user="olga", host="laptop")
OLD = Release(commit="4f1c2aa" + "0" * 33, images={"titan-brain": Image(id="sha256:" + "a" * 64)}, rendered="b" * 64)


def started(flow: str = "titan-prod", environment: str = "env-1") -> e.RunStarted:
    return e.RunStarted(
        flow=flow,
        environment=environment,
        target="deploy@titan.example.com:/opt/titan",
        spec=f"flow: {flow}\n",
        spec_sha256="c" * 64,
        params={"commit": "9b2e771" + "0" * 33},
        operator=OLGA,
        version="0.1.0",
        interlock=Interlock.ARMED,
        state="Ready",
        previous=OLD,
    )


def events() -> Iterator[e.Event]:
    yield started()
    yield e.DriverTook(epoch=1, operator=OLGA, pid=4711)
    yield e.CheckWaived(check="record/2", reason="known", operator=OLGA)
    yield e.TransitionBegan(transition="pull", source="Fetched", args={"pull/1": {"services": ["titan-brain"]}})
    yield e.StepIntended(
        step="pull/1", saw=Answer.NO, mark={"log": 1}, act={"argv": [["docker", "pull"]]}, key="7Q3F-pull-1-1", epoch=1
    )
    yield e.AttemptFailed(step="pull/1", attempt=1, attempts=3, reason="registry said 503", known=True, next_in=2.1)
    yield e.OperatorAsked(what="stop", operator=OLGA)
    yield e.RunParked(why="unknown", question="was pull/1 done?", step="pull/1")
    yield e.StepAnswered(step="pull/1", answer="redo", operator=OLGA)
    yield e.RunResumed(operator=OLGA)
    yield e.StepDone(step="pull/1", acted=True, says="2 new images", evidence={"images": 2}, outputs={"n": 2})
    yield e.TransitionEnded(transition="pull", source="Fetched", target="Pulled")
    yield e.HoldLooked(transition="verify", samples=1, needed=3, answers={"verify/1": Answer.YES})
    yield e.WatchLooked(state="Armed", samples=1, needed=5, answers={"Armed/1": Answer.NO}, left=4.0)
    yield e.HostActed(
        epoch=1, began="2026-11-24T14:02:07Z", silent=120, do="disarm", state="failed", tries=6, driver="olga@laptop"
    )
    yield e.InterlockSeen(interlock=Interlock.DISARMED)
    yield e.ReleaseMarked(release=OLD, standing="bad", why="stopped being healthy", epoch=1)
    yield e.FailureDecided(
        edge="verify", step="verify/1", target="fast_rollback", enters="recovery", reason="503", answer=Answer.NO
    )
    yield e.NotifyIntended(acts={"notify/1": {"post": "$SLACK_WEBHOOK", "body": "rolled back"}})
    yield e.Notified(step="notify/1", use="http.post", sent=False, says="HTTP 500")
    yield e.RunEnded(state="RolledBack", outcome=Outcome.ROLLED_BACK, interlock=Interlock.DISARMED)


def records(run: str = "7Q3F", told: Iterator[e.Event] | None = None) -> list[e.Record]:
    """The events as a sealed chain, a second apart."""
    made, head = list[e.Record](), GENESIS
    for seq, event in enumerate(told or events(), 1):
        made.append(sealed(run, seq, BEGAN + timedelta(seconds=seq - 1), event, head))
        head = made[-1].hash
    return made
