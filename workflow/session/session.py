"""One environment, connected, with its journal: runs are started and resumed here.

A session prints nothing, reads no command line, and installs no signal handler. It hands every record to a sink.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from titan_flow.adapters.errors import Fenced, Locked, Refused, Unreachable
from titan_flow.states.adoption import shaped
from titan_flow.states.events import Event, Record, RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.model import Flow
from titan_flow.states.run import Run
from titan_flow.states.values import Json
from titan_flow.workflow.connect import learn
from titan_flow.workflow.engine.recorder import Sink
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.errors import UnfinishedError, UsageError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.postmortem.location import folder
from titan_flow.workflow.postmortem.witness import Witness, Witnessed
from titan_flow.workflow.session import migrations
from titan_flow.workflow.session.authorize import admitted, beginning, going_on, signed
from titan_flow.workflow.session.drive import new_id, trip
from titan_flow.workflow.session.options import Options
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.model import Spec


class Session:
    """`async with Session(spec, options)`: connected inside, everything closed after.

    Set `stopping` to finish the current step and stop; the run is then resumable.
    """

    def __init__(self, spec: Spec, options: Options | None = None) -> None:
        self.spec, self.options = spec, options or Options()
        self._admitted = admitted(spec, self.options.operator or operator(), self.options.key)
        self.operator = self._admitted.who
        self.journal = self.options.journal or open_journal(self.options.store)
        self.stopping = asyncio.Event()
        self._reached: Environment | None = None

    @property
    def place(self) -> Environment:
        if self._reached is None:
            raise ValueError("not connected")
        return self._reached

    async def __aenter__(self) -> Session:
        try:
            self._reached = await self.options.connect(self.spec)
            await learn(self.place.site)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._reached is not None:
            await self._reached.site.close()
        if self.options.journal is None:
            self.journal.close()

    async def start(self, started: RunStarted, *said: Event, sink: Sink, run: str | None = None) -> Run:
        """Starts a run (of that id, else of a new one) and drives it until it ends or parks.

        `said` (what the operator says) is recorded once the environment is ours. Raises UserError where the
        operator's key does not prove itself, UnfinishedError where the host was lost on the way.
        """
        await migrations.before_going(self.place, started, self.options)
        id = run or new_id()
        self.operator = self._admitted.proved(beginning(id, started))
        events = [signed(event, self.operator) for event in (started, *said)]
        return await self._trip(id, [], events, takeover=False, sink=sink)

    async def resume(self, records: list[Record], takeover: bool, *said: Event, sink: Sink) -> Run:
        """Drives a run on from its records; `said` (what the operator says) is recorded first.

        Raises UserError where the operator's key does not prove itself, UnfinishedError where the host was lost.
        """
        of_here(records, self.place.environment)
        migrations.before_carrying_on(records, said, self.options)
        self.operator = self._admitted.proved(going_on(records))
        said = tuple(signed(event, self.operator) for event in said)
        return await self._trip(records[0].run, records, said, takeover, sink)

    def prove(self, about: Mapping[str, Json]) -> Operator:
        """The operator, with their key's signature where the spec lists one. Raises UserError."""
        self.operator = self._admitted.proved(about)
        return self.operator

    def flow_of(self, first: Event) -> Flow:
        """The flow that a run with this first event obeys."""
        return shaped(self.spec.flow, first.purpose) if isinstance(first, RunStarted) else self.spec.flow

    def _under_way(self, id: str) -> bool:
        """It has been driven, and has not ended."""
        return bool(self.journal.of_run(id, "driver.took")) and not self.journal.of_run(id, "run.ended")

    async def _trip(self, id: str, records: list[Record], said: Sequence[Event], takeover: bool, sink: Sink) -> Run:
        flow = self.flow_of(records[0].event if records else said[0])
        context = self.place.context(flow)
        context.stopping = self.stopping
        options = self.options
        beside = options.diagnostics / id if options.diagnostics is not None else folder(options.store, id)
        witness = Witness(beside, flow, context.site)
        try:
            record = Witnessed(witness, id, self.journal, context, _guarded(sink, options.warn), records)
            run = await trip(context, record, self.operator, takeover, said, options.warn)
            _, missing = await witness.bundle(self.journal.read(id), run)
        except Refused as no:
            if isinstance(no, Locked | Fenced) or not self._under_way(id):
                raise
            raise UnfinishedError(f"{no}; then: titan-flow resume {id}") from None
        except Unreachable as lost:
            raise UnfinishedError(
                f"{lost}. A command that runs there continues until its deadline; then: titan-flow resume {id}"
            ) from None
        finally:
            witness.close()
        if missing:
            options.warn(missing)
        return run


def _guarded(sink: Sink, warn: Callable[[str], None]) -> Sink:
    """A sink that fails is left alone from then on: showing a run never ends it."""
    broken = False

    def take(record: Record) -> None:
        nonlocal broken
        if broken:
            return
        try:
            sink(record)
        except Exception as why:
            broken = True
            warn(f"the run continues, but its events are no longer shown: {type(why).__name__}: {why}")

    return take


def of_here(records: Sequence[Record], environment: str) -> None:
    """Raises UsageError where the run is another environment's, however alike the two are called."""
    first = records[0].event
    if isinstance(first, RunStarted) and first.environment != environment:
        raise UsageError(
            f"run {records[0].run} belongs to another environment ({first.target}), or the host was set up again; "
            f"by its id: titan-flow events {records[0].run}"
        )
