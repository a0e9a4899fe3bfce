"""A sandbox to rehearse in, and the command line as a user has it: typed, or as a process that can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.command_line import typed
from tests.specfiles import load
from titan_flow.adapters.supervisor.remote_supervisor import connect
from titan_flow.states import events as e
from titan_flow.states.run import Run, fold
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.sandbox import lifecycle as sandbox
from titan_flow.workflow.sandbox.layout import standing

TITAN = (sys.executable, "-c", "import sys; from titan_flow.workflow.cli.main import main; sys.exit(main())")


@dataclass(frozen=True)
class Told:
    """One run as its journal tells it."""

    records: Sequence[e.Record]
    touches: Mapping[str, str]

    @property
    def run(self) -> Run:
        return fold(self.records)

    @property
    def id(self) -> str:
        return self.records[0].run

    def intents(self, step: str) -> int:
        return sum(isinstance(r.event, e.StepIntended) and r.event.step == step for r in self.records)

    def intended(self, command: str) -> int:
        """Recorded intents to send that command."""
        return sum(
            isinstance(r.event, e.StepIntended) and self.touches.get(r.event.step) == command for r in self.records
        )

    def outcomes(self, command: str) -> int:
        """Recorded outcomes of having sent it."""
        return sum(
            isinstance(r.event, e.StepDone) and r.event.acted and self.touches.get(r.event.step) == command
            for r in self.records
        )


@dataclass
class Rehearsal:
    directory: Path
    store: str

    @property
    def spec(self) -> Path:
        return self.directory / "spec.yaml"

    def release(self, kind: str, after: float | None = None) -> str:
        return sandbox.release(self.directory, kind, after)

    def status(self) -> dict[str, Any]:
        return sandbox.status(self.directory)

    def stop(self, program: str) -> None:
        """By supervisord: it stays stopped."""
        connect(str(standing(self.directory).socket), None)("stopProcess", program, True)

    def received(self, command: str, since: Mapping[str, Any]) -> int:
        new = self.status()["received"][len(since["received"]) :]
        return sum(message["command"] == command for message in new)

    def typed(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return typed(*argv, TITAN_FLOW_STORE=self.store)

    def process(self, *argv: str, program: Sequence[str] = TITAN) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "TITAN_FLOW_STORE": self.store, "NO_COLOR": "1"}
        return subprocess.run(
            [*program, *argv], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600
        )

    def titan(self, *argv: str) -> int:
        done = self.typed(*argv)
        self.said = done.stdout + done.stderr
        return done.returncode

    def start(self, *argv: str) -> subprocess.Popen[str]:
        env = {**os.environ, "TITAN_FLOW_STORE": self.store, "NO_COLOR": "1"}
        return subprocess.Popen(
            [*TITAN, *argv],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *argv: str) -> int:
        return self.titan("run", str(self.spec), "--yes", *argv)

    def run_dying(self, point: str, step: str) -> int:
        program = (sys.executable, "-m", "tests.crash.dying", point, step)
        done = self.process("run", str(self.spec), "--yes", program=program)
        self.said = done.stdout + done.stderr
        return done.returncode

    def newest(self) -> Told:
        journal = open_journal(self.store)
        try:
            return Told(journal.read(journal.summaries()[0].run), self._touches())
        finally:
            journal.close()

    def status_json(self) -> dict[str, Any]:
        done = self.typed("status", str(self.spec), "--json")
        return json.loads(done.stdout)

    def actions(self, recoveries: bool) -> list[str]:
        """Ids of the actions that a forward run, or its fast rollback, performs."""
        flow = load(str(self.spec)).flow
        edges = [flow.recoveries["fast_rollback"]] if recoveries else list(flow.transitions.values())
        return [step.id for edge in edges for step in edge.actions]

    def _touches(self) -> dict[str, str]:
        flow = load(str(self.spec)).flow
        return {step.id: step.touches for edge in flow.edges for step in edge.actions if step.touches is not None}
