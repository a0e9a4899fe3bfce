"""Whether anybody drives a run that has not ended: the journal cannot know, its process or its host does."""

from __future__ import annotations

import asyncio
import os
import socket

from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.registry import Registry
from titan_flow.states.run import Run
from titan_flow.states.values import Outcome
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.load import loads

PATIENCE = 10.0
"""seconds that the host may take to answer"""


def outcome_of(run: Run, adapters: Registry, learned: bool = False) -> tuple[Outcome, str]:
    """The run's outcome, *interrupted* if it is unfinished and has no driver; and why that is unknown.

    `learned`: its spec came from a host. It is not used to connect.
    """

    if run.outcome is not Outcome.RUNNING:
        return run.outcome, ""
    if gone(run):
        return Outcome.INTERRUPTED, ""
    if learned:
        return Outcome.RUNNING, "whether it has a driver is unknown; ask its host: titan-flow status SPEC"
    try:
        driven = asyncio.run(_driven(run, adapters))
    except _unsure() as why:
        return Outcome.RUNNING, f"whether it has a driver is unknown: {why or 'the host did not answer in time'}"
    return (Outcome.RUNNING if driven else Outcome.INTERRUPTED), ""


def gone(run: Run) -> bool:
    """Its driver ran on this machine, and its process is no more. A living process of that number proves nothing."""
    if run.driver is None or run.driver.operator.host != socket.gethostname():
        return False
    try:
        os.kill(run.driver.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


async def _driven(run: Run, adapters: Registry) -> bool:
    """The host's own answer: a living process of this run holds the environment. Takes no lock, changes nothing."""

    site = site_of(loads(run.started.spec, f"(the spec of run {run.id})", adapters))
    try:
        async with asyncio.timeout(PATIENCE):
            holder = await site.guard().holder()
    finally:
        await site.close()
    return holder is not None and holder.get("run") == run.id and holder.get("alive") == "yes"


def _unsure() -> tuple[type[Exception], ...]:
    return (Unreachable, Refused, SpecError, TimeoutError)
