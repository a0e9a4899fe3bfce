"""titan-flow as users run it, but for a gateway that kills the process at one named point: no clean-up, no goodbye.

    python -m tests.crash.dying POINT STEP run spec.yaml --yes …

POINT is one of `POINTS`; or `after-event`, and then STEP is a kind of event and its number: `watch.looked:2` dies once
the second one that this process wrote is durable. The process dies by SIGKILL; where the point is never met it ends as
it always would.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from titan_flow.adapters import gateway as real
from titan_flow.adapters.gateway import Kind

T = TypeVar("T")
POINTS = ("before-intent", "after-intent", "after-effect", "after-outcome")


class DyingGateway(real.Gateway):
    """Dies at one point of one step."""

    def __init__(self, point: str, step: str) -> None:
        self._point, self._step, self._current = point, step, ""
        self._events = Counter[str]()

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        events = about.split(", ") if kind == "append" else []
        intent = f"step.intended {self._step}" in events
        if intent and self._point == "before-intent":
            die()
        result = await effect()
        for event in events:
            name, _, step = event.partition(" ")
            self._events[name] += 1
            if self._point == "after-event" and self._step == f"{name}:{self._events[name]}":
                die()
            if name == "step.intended":
                self._current = step
        acted = kind in ("job", "publish", "request") and self._current == self._step
        done = f"step.done {self._step}" in events
        if (
            (intent and self._point == "after-intent")
            or (acted and self._point == "after-effect")
            or (done and self._point == "after-outcome")
        ):
            die()
        return result


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    from titan_flow.workflow import connect
    from titan_flow.workflow.cli.main import main as cli

    point, step, *argv = sys.argv[1:]
    connect.Gateway = lambda: DyingGateway(point, step)  # type: ignore[assignment, misc]
    return cli(argv)


if __name__ == "__main__":
    sys.exit(main())
