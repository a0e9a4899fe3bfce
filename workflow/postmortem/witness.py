"""Watches a run, and keeps the state at a failure before the rollback replaces it.

Evidence never delays an emergency disarm: it goes out at once. Whatever else is done waits for
evidence, a few seconds at most.
Nothing here ever fails a run: what could not be kept is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from titan_flow.adapters.site import Site
from titan_flow.states import events as e
from titan_flow.states.model import Flow
from titan_flow.states.run import Run
from titan_flow.states.values import Interlock
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.recorder import Recorder, Sink
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.postmortem.evidence import Scene, gather
from titan_flow.workflow.postmortem.location import ENDINGS
from titan_flow.workflow.postmortem.pages import pages
from titan_flow.workflow.postmortem.write import write

WAITED_FOR = 5.0
"""seconds that the first deed after a failure waits for the photograph"""
LONGEST = 20.0
"""seconds that one photograph may take"""


class Witness:
    """One run's witness; `folder` is where its bundle goes, should it fail."""

    def __init__(self, folder: Path, flow: Flow, site: Site, waited_for: float = WAITED_FOR) -> None:
        self._folder, self._flow, self._site, self._waited_for = folder, flow, site, waited_for
        self._task: asyncio.Task[None] | None = None
        self._problems = list[str]()

    async def before(self, event: e.Event) -> None:
        """A deed is about to be intended: what it may replace is kept first."""
        if self._task is None or not isinstance(event, e.StepIntended) or event.moves is Interlock.DISARMED:
            return
        await asyncio.wait({self._task}, timeout=self._waited_for)

    def after(self, event: e.Event, run: Run) -> None:
        """A failure, of a run that has changed something, is photographed as it stands."""
        if isinstance(event, e.FailureDecided) and run.changed and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._keep(f"{run.seq}-{event.edge}"))

    async def bundle(self, records: Sequence[e.Record], run: Run) -> tuple[Path | None, str]:
        """The bundle of a run that ended badly (None: it did not, or nothing could be kept), and what is missing."""
        if run.ended is None or run.ended.outcome.value not in ENDINGS:
            return None, ""
        if self._task is not None:
            await self._task
        await self._keep("end")
        try:
            write(self._folder, "", pages(self._flow, records), self._site.redactor)
        except Exception as why:  # whatever it is, it must not hide how the run ended
            return None, f"no bundle: {type(why).__name__}: {why}"
        problems = "; ".join(dict.fromkeys(self._problems))
        return self._folder, f"the bundle is not complete: {problems}" if problems else ""

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _keep(self, name: str) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                scene = await gather(self._site)
        except TimeoutError:
            scene = Scene(missing=[f"the host took longer than {LONGEST:g} s"])
        except Exception as why:  # evidence is best effort: a fault of ours in it must not become the run's
            scene = Scene(missing=[f"{type(why).__name__}: {why}"])
        missing = {"missing.txt": "".join(f"{line}\n" for line in scene.missing)} if scene.missing else {}
        self._problems += [f"{name}: {line}" for line in scene.missing]
        try:
            write(self._folder, _plain(name), {**scene.files, **missing}, self._site.redactor)
        except Exception as why:  # the run goes on without it
            self._problems.append(str(why))


class Witnessed(Recorder):
    """A recorder with a witness beside it."""

    def __init__(
        self, witness: Witness, run: str, journal: Journal, context: RunContext, sink: Sink, records: list[e.Record]
    ) -> None:
        super().__init__(run, journal, context, sink, records)
        self._witness = witness

    async def __call__(self, event: e.Event) -> Run:
        await self._witness.before(event)
        run = await super().__call__(event)
        self._witness.after(event, run)
        return run


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:80]
