"""titan-flow as users run it, but for a gateway that sends its own process a signal once one operation is done.

python -m tests.crash.stopping SIGSTOP "append step.intended arm/6" run spec.yaml --yes …
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from titan_flow.adapters import gateway as real
from titan_flow.adapters.gateway import Kind

T = TypeVar("T")


class StoppingGateway(real.Gateway):
    """Once only: who is woken up goes on."""

    def __init__(self, number: int, operation: str) -> None:
        self._number, self._operation = number, operation

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        result = await effect()
        if self._operation in (f"{kind} {one}" for one in about.split(", ")):
            self._operation = ""
            os.kill(os.getpid(), self._number)
        return result


def main() -> int:
    from titan_flow.workflow import connect
    from titan_flow.workflow.cli.main import main as cli

    name, operation, *argv = sys.argv[1:]
    connect.Gateway = lambda: StoppingGateway(signal.Signals[name], operation)  # type: ignore[assignment, misc]
    return cli(argv)


if __name__ == "__main__":
    sys.exit(main())
