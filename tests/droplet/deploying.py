"""titan-flow as an operator uses it against the droplet: `specs/compose.yaml`, but for the lines marked EDIT."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from tests.command_line import typed
from tests.droplet.production import DIRECTORY, Production
from titan_flow.states import events as e
from titan_flow.workflow.journal.location import open_journal

TITAN = (sys.executable, "-c", "import sys; from titan_flow.workflow.cli.main import main; sys.exit(main())")
EXAMPLE = Path(__file__).parents[2] / "specs" / "compose.yaml"


class Operator:
    """One person's laptop: a spec, a journal, and the command line."""

    secrets: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """by the name of their environment variable"""

    def __init__(self, home: Path, production: Production) -> None:
        self.home, self.production, self.said = home, production, ""
        self.store = f"sqlite:///{home / 'journal.sqlite'}"
        self.spec = home / "compose.yaml"
        target = f"{{ssh: droplet, ssh_config: {production.droplet.ssh_config}, directory: {DIRECTORY}}}"
        text = re.sub(r"^target: .*$", f"target: {target}", EXAMPLE.read_text(), flags=re.M)
        text = text.replace("steady: 10s", "steady: 3s").replace("within: 60s", "within: 15s")
        self.spec.write_text(text)

    def start(self, *argv: str, program: tuple[str, ...] = TITAN, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*program, *argv],
            env={**os.environ, "TITAN_FLOW_STORE": self.store, "NO_COLOR": "1", **self.secrets, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def titan(self, *argv: str, program: tuple[str, ...] | None = None, **env: str) -> int:
        """`program`: another one, as a process."""
        if program is None:
            done = typed(*argv, **{"TITAN_FLOW_STORE": self.store, **self.secrets, **env})
            self.said = done.stdout + done.stderr
            return done.returncode
        process = self.start(*argv, program=program, **env)
        self.said, _ = process.communicate(timeout=600)
        return process.returncode

    def deploy(self, version: str, *argv: str, program: tuple[str, ...] | None = None, **env: str) -> int:
        commit = self.production.releases[version].commit
        return self.titan("run", str(self.spec), "--yes", "--set", f"commit={commit}", *argv, program=program, **env)

    def newest(self) -> list[e.Record]:
        journal = open_journal(self.store)
        try:
            return journal.read(journal.summaries()[0].run)
        finally:
            journal.close()
