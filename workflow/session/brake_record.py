"""The run that records an emergency disarm, on the host and in the journal. It never delays the disarm."""

from __future__ import annotations

import asyncio

from titan_flow import __version__
from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.site import Site
from titan_flow.states.chain import GENESIS, line, sealed
from titan_flow.states.events import Event, InterlockSeen, Record, RunEnded, RunStarted
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.connect import target_of
from titan_flow.workflow.engine.recorder import masked
from titan_flow.workflow.journal.errors import JournalError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.locate import runs_of
from titan_flow.workflow.session.drive import new_id
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.model import Spec

PATIENCE = 5.0
"""seconds that the end of a disarm waits for the host to have it on record"""


class Memo:
    """`hold_back` at once, beside the sending; `remember` at the end."""

    def __init__(self, spec: Spec, site: Site, store: str | None, reason: str) -> None:
        self.run = new_id()
        self._spec, self._site, self._store, self._reason = spec, site, store, reason
        self._guard = site.guard()
        self._records = list[Record]()
        self._unheld = ""

    async def hold_back(self) -> bool:
        """Tells the host: no run that is under way there arms from now on. True where a living one is."""
        try:
            self._begin(await self._guard.environment() or "")
            holder = await self._guard.brake(self.run, str(operator()), self._lines)
        except (Unreachable, Refused) as lost:
            self._unheld = str(lost)
            return False
        return holder is not None and holder.get("alive") == "yes"

    async def remember(self, held: asyncio.Task[bool], confirmed: bool, says: str) -> str | None:
        """None once it is in the journal and on the host, else where it is not, and why."""
        await asyncio.wait({held}, timeout=PATIENCE)
        if not self._records:
            self._begin(self._known())
        seen = Interlock.DISARMED if confirmed else Interlock.UNKNOWN
        for event in (
            InterlockSeen(interlock=seen, says=says),
            RunEnded(state=self._spec.flow.initial.name, outcome=Outcome.STOPPED, interlock=seen, says=says),
        ):
            self._add(event)
        lost = [why for why in (self._journaled(), await self._told()) if why]
        return "; ".join(lost) or None

    @property
    def _lines(self) -> list[str]:
        return [line(record) for record in self._records]

    def _journaled(self) -> str:
        try:
            journal = open_journal(self._store)
            try:
                journal.import_(self._lines)
            finally:
                journal.close()
        except (JournalError, OSError) as lost:
            return str(lost)
        return ""

    async def _told(self) -> str:
        if self._unheld:
            return self._unheld
        try:
            async with asyncio.timeout(PATIENCE):
                await self._guard.brake(self.run, str(operator()), self._lines)
        except (Unreachable, Refused, TimeoutError) as lost:
            return str(lost) or f"{self._site.host.name} gave no answer within {PATIENCE:g} s"
        return ""

    def _known(self) -> str:
        """The environment's id, as an earlier run of this flow on this target had it; empty where there is none."""

        try:
            journal = open_journal(self._store, write=False)
            try:
                rows = runs_of(journal, self._spec.path, self._spec.adapters)
            finally:
                journal.close()
        except JournalError:
            return ""  # `_journaled` says so
        return rows[0].environment if rows else ""

    def _begin(self, environment: str) -> None:
        spec = self._spec
        self._add(
            RunStarted(
                purpose="disarm",
                flow=spec.flow.name,
                environment=environment,
                target=target_of(spec),
                spec=spec.text,
                spec_sha256=spec.sha256,
                params={"reason": self._reason},
                operator=operator(),
                version=__version__,
                interlock=Interlock.UNKNOWN,
                state=spec.flow.initial.name,
            )
        )

    def _add(self, event: Event) -> None:
        head = self._records[-1].hash if self._records else GENESIS
        kept = masked(event, self._site.redactor)
        self._records.append(sealed(self.run, len(self._records) + 1, self._site.gateway.now(), kept, head))
