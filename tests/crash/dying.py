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
        intent = kind == "append" and about == f"step.intended {self._step}"
        if intent and self._point == "before-intent":
            die()
        result = await effect()
        if kind == "append":
            event = about.partition(" ")[0]
            self._events[event] += 1
            if self._point == "after-event" and self._step == f"{event}:{self._events[event]}":
                die()
        if kind == "append" and about.startswith("step.intended "):
            self._current = about.removeprefix("step.intended ")
        acted = kind in ("job", "publish", "request") and self._current == self._step
        done = kind == "append" and about == f"step.done {self._step}"
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
