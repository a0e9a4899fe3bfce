"""What the commands that drive share: a session on a terminal, its progress, its signals, its exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from titan_flow.states.events import Event, Record, RunStarted
from titan_flow.states.outline import Account
from titan_flow.states.run import Run
from titan_flow.workflow import prompt
from titan_flow.workflow.commands.signals import Stopped, stoppable
from titan_flow.workflow.display.layout import terminal
from titan_flow.workflow.display.progress import progress
from titan_flow.workflow.display.summary import COLUMNS, ending
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.engine.recorder import Sink
from titan_flow.workflow.exit_codes import exit_of
from titan_flow.workflow.postmortem.location import existing_bundle
from titan_flow.workflow.session.drive import new_id
from titan_flow.workflow.session.options import Options, RunOptions
from titan_flow.workflow.session.session import Session


def say(text: str) -> None:
    """To the operator; stdout is for results."""
    print(visible(text), file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Driver:
    """How a command drives: the session's options, the output, and what to say once the progress display is closed."""

    store: str | None = None
    json: bool = False
    key: str | None = None
    yes: bool = False
    migrations: bool = False
    host_spec: str | None = None
    warnings: list[str] = field(default_factory=list[str])

    @property
    def options(self) -> Options:
        return Options(
            store=self.store,
            key=self.key,
            yes=self.yes,
            migrations=self.migrations,
            host_spec=self.host_spec,
            ask=prompt.ask if prompt.attended() else None,
            warn=self.warnings.append,
        )

    async def start(self, session: Session, started: RunStarted, *said: Event) -> int:
        """Starts a run and drives it. The exit code."""
        id = new_id()
        return await self._shown(
            session, id, started, [], lambda sink: session.start(started, *said, sink=sink, run=id)
        )

    async def resume(self, session: Session, records: list[Record], takeover: bool, *said: Event) -> int:
        """Drives a run on from its records. The exit code."""
        first = records[0]
        return await self._shown(
            session, first.run, first.event, records, lambda sink: session.resume(records, takeover, *said, sink=sink)
        )

    async def _shown(
        self,
        session: Session,
        id: str,
        first: Event,
        before: list[Record],
        drive: Callable[[Sink], Coroutine[Any, Any, Run]],
    ) -> int:
        flow = session.flow_of(first)
        shows = progress(flow, json=self.json, terminal=sys.stderr.isatty(), before=before)
        try:
            run = await stoppable(drive(shows.show), session.stopping, say)
        except Stopped as stopped:
            shows.close()
            say(f"stopped at once. Continue run {id}: titan-flow resume {id}; or roll back: titan-flow rollback {id}")
            return stopped.code
        finally:
            shows.close()
        if not self.json:
            columns = terminal(sys.stderr, COLUMNS)
            account = session.journal.account(id) or Account(run, [])
            say(ending(flow, account, columns=columns, bundle=existing_bundle(self.store, id)))
        for warning in self.warnings:
            say(warning)
        return exit_of(run)


def driver(args: argparse.Namespace) -> Driver:
    """From the command line."""
    given = vars(args)
    return Driver(
        store=args.store,
        json=bool(given.get("json")),
        key=given.get("key"),
        yes=bool(given.get("yes")),
        migrations=bool(given.get("migrations") or given.get("restore_data")),
        host_spec=given.get("host_spec"),
    )


def run_options(args: argparse.Namespace) -> RunOptions:
    """What `run` and `plan` take."""
    given = vars(args)
    return RunOptions(
        values=dict(pair.split("=", 1) for pair in args.set),
        until=args.until,
        wait=float(given.get("wait", 0.0)),
        arm=bool(args.arm),
        initial=bool(args.initial),
        allow_bad=bool(args.allow_bad),
        skip_checks=tuple(given.get("skip_check", ())),
        reasons=tuple(given.get("reason", ())),
        plan=given.get("plan"),
    )
