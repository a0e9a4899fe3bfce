"""The run that records an emergency disarm, on the host and in the journal. It never delays the disarm."""

from __future__ import annotations

import asyncio

from titan_flow import __version__
from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.site import Site
from titan_flow.states.chain import line, sealed
from titan_flow.states.events import Event, InterlockSeen, Record, RunEnded, RunStarted
from titan_flow.states.hashing import GENESIS
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.engine.faults import describe
from titan_flow.workflow.engine.recorder import masked
from titan_flow.workflow.journal.errors import JournalError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.session.drive import new_id
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.model import Spec

JOURNAL_PATIENCE = 2.0
"""seconds that a locked journal is waited for"""


class DisarmRecord:
    """`on_host` once it is sent, `finish` at the end. Neither raises anything."""

    def __init__(self, spec: Spec, site: Site, store: str | None, reason: str, patience: float) -> None:
        self.run = new_id()
        self._spec, self._site, self._store, self._reason, self._patience = spec, site, store, reason, patience
        self._records = list[Record]()
        self._not_on_host = ""

    async def on_host(self) -> bool:
        """Tells the host: no run that is under way there arms from now on. True where a living one is."""
        try:
            guard = self._site.guard()
            self._begin(await guard.environment() or "")
            holder = await guard.record_disarm(self.run, str(operator(agent=False)), self._lines)
        except Exception as lost:
            self._not_on_host = self._why(lost)
            return False
        return holder is not None and holder.get("alive") == "yes"

    async def finish(self, told: asyncio.Task[bool], confirmed: bool, says: str) -> str | None:
        """None once it is in the journal and on the host, else where it is not, and why."""
        await asyncio.wait({told}, timeout=self._patience)
        try:
            self._end(confirmed, says)
        except Exception as lost:
            return self._why(lost)
        lost = [why for why in (self._journaled(), await self._told()) if why]
        return "; ".join(dict.fromkeys(lost)) or None

    @property
    def _lines(self) -> list[str]:
        return [line(record) for record in self._records]

    def _journaled(self) -> str:
        try:
            journal = open_journal(self._store, patience=JOURNAL_PATIENCE)
            try:
                journal.import_(self._lines)
            finally:
                journal.close()
        except Exception as lost:
            return self._why(lost)
        return ""

    async def _told(self) -> str:
        if self._not_on_host:
            return self._not_on_host
        try:
            async with asyncio.timeout(self._patience):
                await self._site.guard().record_disarm(self.run, str(operator(agent=False)), self._lines)
        except TimeoutError:
            return f"{self._site.host.name} gave no answer within {self._patience:g} s"
        except Exception as lost:
            return self._why(lost)
        return ""

    def _known(self) -> str:
        """The environment's id, as an earlier run of this flow on this target had it; empty where there is none."""
        spec = self._spec
        try:
            journal = open_journal(self._store, write=False, patience=JOURNAL_PATIENCE)
            try:
                rows = journal.summaries(flow=spec.flow.name, target=str(spec.target), most=1)
            finally:
                journal.close()
        except Exception:
            return ""  # `_journaled` says so
        return rows[0].environment if rows else ""

    def _begin(self, environment: str) -> None:
        spec = self._spec
        self._add(
            RunStarted(
                purpose="disarm",
                flow=spec.flow.name,
                environment=environment,
                target=str(spec.target),
                spec=spec.text,
                spec_sha256=spec.sha256,
                params={"reason": self._reason},
                operator=operator(agent=False),
                version=__version__,
                interlock=Interlock.UNKNOWN,
                state=spec.flow.initial.name,
            )
        )

    def _end(self, confirmed: bool, says: str) -> None:
        if not self._records:
            self._begin(self._known())
        seen = Interlock.DISARMED if confirmed else Interlock.UNKNOWN
        self._add(InterlockSeen(interlock=seen, says=says))
        state = self._spec.flow.initial.name
        self._add(RunEnded(state=state, outcome=Outcome.STOPPED, interlock=seen, says=says))

    def _add(self, event: Event) -> None:
        head = self._records[-1].hash if self._records else GENESIS
        kept = masked(event, self._site.redactor)
        self._records.append(sealed(self.run, len(self._records) + 1, self._site.gateway.now(), kept, head))

    def _why(self, lost: Exception) -> str:
        ours = isinstance(lost, Unreachable | Refused | JournalError | OSError)
        return (str(lost) if ours else "") or self._site.redactor(describe(lost))
