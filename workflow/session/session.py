"""One command that drives: its place, its journal, its progress, and how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import TracebackType

from titan_flow.adapters.compose.state import secrets
from titan_flow.adapters.errors import Fenced, Locked, Refused, Unreachable
from titan_flow.adapters.gateway import Gateway
from titan_flow.states.adoption import shaped
from titan_flow.states.events import Event, Record, RunStarted
from titan_flow.states.model import Flow
from titan_flow.workflow.connect import Environment, reach
from titan_flow.workflow.display.layout import terminal
from titan_flow.workflow.display.progress import progress
from titan_flow.workflow.display.summary import COLUMNS, ending
from titan_flow.workflow.errors import UnfinishedError, UsageError
from titan_flow.workflow.exit_codes import exit_of
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.postmortem.location import folder
from titan_flow.workflow.postmortem.witness import Witness, Witnessed
from titan_flow.workflow.session import migrations
from titan_flow.workflow.session.authorize import admitted, beginning, going_on, signed
from titan_flow.workflow.session.drive import trip
from titan_flow.workflow.session.signals import Stopped, stoppable
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.model import Spec


class Session:
    """`async with Session(args, spec)`: connected inside, everything closed after."""

    def __init__(self, args: argparse.Namespace, spec: Spec, gateway: Gateway | None = None) -> None:
        self._args, self._spec, self._gateway = args, spec, gateway
        self._door = admitted(spec, operator(), getattr(args, "key", None))
        self.operator = self._door.who
        self._migrations = any(getattr(args, name, False) for name in ("migrations", "nuclear"))
        self.journal = open_journal(args.store)
        self.json = bool(getattr(args, "json", False))
        self._reached: Environment | None = None

    @property
    def place(self) -> Environment:
        if self._reached is None:
            raise ValueError("not connected")
        return self._reached

    async def __aenter__(self) -> Session:

        self._reached = await reach(self._spec, self._gateway)
        await secrets(self.place.site)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.place.site.close()
        self.journal.close()

    def say(self, text: str) -> None:
        """To the operator; stdout is for results."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201

    async def go(self, run: str, started: RunStarted, *said: Event) -> int:
        """Starts a run and drives it; `said` (what the operator says) is recorded once it is ours. The exit code.

        Raises UserError where the operator's key does not prove itself.
        """
        await migrations.before_going(self.place, started, self._migrations)
        self.operator = self._door.proved(beginning(run, started))
        events = [signed(event, self.operator) for event in (started, *said)]
        return await self._trip(run, [], events, takeover=False)

    async def carry_on(self, records: list[Record], takeover: bool, *said: Event) -> int:
        """Drives a run on from its records; `said` (what the operator says) is recorded first. The exit code.

        Raises UserError where the operator's key does not prove itself.
        """
        of_here(records, self.place.environment)
        migrations.before_carrying_on(records, said, self._migrations)
        self.operator = self._door.proved(going_on(records))
        return await self._trip(records[0].run, records, [signed(event, self.operator) for event in said], takeover)

    def _under_way(self, id: str) -> bool:
        """It has been driven, and has not ended."""
        return bool(self.journal.of_run(id, "driver.took")) and not self.journal.of_run(id, "run.ended")

    def _flow(self, first: Event) -> Flow:
        return shaped(self._spec.flow, first.purpose) if isinstance(first, RunStarted) else self._spec.flow

    async def _trip(self, id: str, records: list[Record], said: Sequence[Event], takeover: bool) -> int:

        context, flow = self.place.context(), self._flow(records[0].event if records else said[0])
        context.flow = flow
        witness = Witness(folder(self._args.store, id), flow, context.site)
        shows = progress(flow, json=self.json, terminal=sys.stderr.isatty(), before=records)
        try:
            record = Witnessed(witness, id, self.journal, context, shows, records)
            work = trip(context, record, self.operator, takeover, said)
            run = await stoppable(work, context.stopping, self.say)
            bundle, lacks = await witness.bundle(self.journal.read(id), run)
        except Refused as no:
            if isinstance(no, Locked | Fenced) or not self._under_way(id):
                raise
            raise UnfinishedError(f"{no}; then: titan-flow resume {id}") from None
        except Unreachable as lost:
            raise UnfinishedError(
                f"{lost}. What runs there goes on to its deadline; then: titan-flow resume {id}"
            ) from None
        except Stopped as stopped:
            shows.close()
            self.say(
                f"stopped at once; run {id} is resumable: titan-flow resume {id}, or back: titan-flow rollback {id}"
            )
            return stopped.code
        finally:
            witness.close()
            shows.close()
        if not self.json:
            columns = terminal(sys.stderr, COLUMNS)
            self.say(ending(flow, self.journal.read(id), columns=columns, bundle=bundle))
        if lacks:
            self.say(lacks)
        return exit_of(run)


def of_here(records: Sequence[Record], environment: str) -> None:
    """Raises UserError where the run is another environment's, however alike the two are called."""
    first = records[0].event
    if isinstance(first, RunStarted) and first.environment != environment:
        raise UsageError(
            f"run {records[0].run} is of another environment ({first.target}), or this host was set up anew since; "
            f"by its id: titan-flow show {records[0].run}"
        )
