"""The first event of a run, where a test does not care who began it, or of which spec."""

from __future__ import annotations

from titan_flow.states.events import RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.values import Interlock

OLGA = Operator(user="olga", host="laptop")


def started(flow: str, environment: str = "env", target: str = "here", state: str = "Ready") -> RunStarted:
    """By Olga, with no parameters; nothing is known of the interlock."""
    return RunStarted(
        flow=flow,
        environment=environment,
        target=target,
        spec="",
        spec_sha256="",
        params={},
        operator=OLGA,
        version="0",
        interlock=Interlock.UNKNOWN,
        state=state,
    )
