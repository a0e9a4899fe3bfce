"""A journal that has grown: many short runs, and two of very many events. Written through the journal's own door.

python -m bench.grown_store FOLDER RUNS EVENTS
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path

from titan_flow.states import events as e
from titan_flow.states.chain import sealed_line
from titan_flow.states.hashing import GENESIS
from titan_flow.states.identity import Operator
from titan_flow.states.values import Answer, Interlock, Outcome
from titan_flow.workflow.journal.location import open_journal

LONG, ENDED = "LONGER", "LONGED"
"""two runs of many events: one whose driver is gone, and one that has ended"""
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SHORT, BATCH = 12, 1000
"""records of a short run; records that are written at once"""
SPEC = """\
flow: growing
target: {{directory: {directory}}}
params: {{commit: {{pattern: "[0-9a-f]{{40}}"}}}}
defaults: {{timeout: 1s, within: 1s, attempts: 2, wait: 1s..2s, on_failure: Halted, on_unknown: park}}
states:
  Ready: {{initial: true}}
  Up: {{goal: true, watch: {{for: 1d, every: 9s, check: [{{host.reachable: {{}}}}], on_failure: Halted}}}}
  Halted: {{rest: true, notify: true}}
transitions:
  up: {{from: Ready, to: Up, check: [{{host.reachable: {{}}}}]}}
"""
WATCHED = 86400 // 9 + 1

Line = tuple[e.Record, str]


def build(folder: Path, runs: int, events: int) -> None:
    """`runs` short runs, begun a minute after each other, and two of `events`: one goes on, the other has ended."""
    directory = folder / "project"
    directory.mkdir()
    (folder / "flow.yaml").write_text(SPEC.format(directory=directory))
    with closing(open_journal(f"sqlite:///{folder / 'journal.db'}")) as journal:
        for name, last in ((LONG, []), (ENDED, [*over()])):
            told = chain(began(directory), samples(events - 5 - len(last)), last)
            lines = sealed(name, told, BEGAN - timedelta(days=30))
            while batch := list(islice(lines, BATCH)):
                journal.extend(batch)
        for number in range(runs):
            told = chain(began(directory), samples(SHORT - 7), over())
            journal.extend(list(sealed(f"{number:06d}", told, BEGAN + timedelta(minutes=number))))


def sealed(run: str, told: Iterator[e.Event], at: datetime) -> Iterator[Line]:
    head = GENESIS
    for seq, event in enumerate(told, 1):
        record, line = sealed_line(run, seq, at + timedelta(seconds=seq), event, head)
        head = record.hash
        yield record, line


def began(directory: Path) -> Iterator[e.Event]:
    """By a process of this machine that is gone."""
    spec, me = SPEC.format(directory=directory), Operator(user="bench", host=socket.gethostname())
    yield e.RunStarted(
        flow="growing",
        environment="bench",
        target=str(directory),
        spec=spec,
        spec_sha256=sha256(spec.encode()).hexdigest(),
        params={"commit": "a" * 40},
        operator=me,
        version="0",
        interlock=Interlock.UNKNOWN,
        state="Ready",
    )
    yield e.DriverTook(epoch=1, operator=me, pid=_gone())
    yield e.TransitionBegan(transition="up", source="Ready", args={"up/1": {}})
    yield e.StepDone(step="up/1", acted=False, says="the host answers")
    yield e.TransitionEnded(transition="up", source="Ready", target="Up")


def samples(count: int) -> Iterator[e.Event]:
    """Of the watch. Every thousandth event an operator stops the run, which parks, and resumes it."""
    operator = Operator(user="bench", host="here")
    for number in range(1, count + 1):
        match number % BATCH if number >= BATCH else -1:
            case 0:
                yield e.OperatorAsked(what="stop", operator=operator)
            case 1:
                yield e.RunParked(why="stop", question="stopped in Up")
            case 2:
                yield e.RunResumed(operator=operator)
            case _:
                yield sample(number, min(number, WATCHED - 1))


def sample(number: int, counted: int) -> e.WatchLooked:
    return e.WatchLooked(
        state="Up",
        samples=counted,
        needed=WATCHED,
        answers={"Up/1": Answer.YES},
        marks={"Up/1": {"containers": {"web": f"{number:064x}"}, "offset": number * 100}},
        left=(WATCHED - counted) * 9.0,
        down=(),
    )


def over() -> Iterator[e.Event]:
    """The last sample, and the end."""
    yield sample(WATCHED, WATCHED)
    yield e.RunEnded(state="Up", outcome=Outcome.REACHED, interlock=Interlock.UNKNOWN)


def _gone() -> int:
    """The number of a process that has ended."""
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child
