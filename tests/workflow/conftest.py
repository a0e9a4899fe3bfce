"""A small flow on this machine: a real checkout, checks of every answer, one action behind them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.checkout import Checkout
from titan_flow.workflow.cli.main import main

SPEC = """\
flow: small
target: {{directory: "{here}"}}
params:
  commit: {{pattern: "[0-9a-f]{{40}}", default: {{git.tip: {{}}}}}}
  reason: {{default: test}}
defaults: {{timeout: 10s, within: 200ms, attempts: 2, wait: 100ms..200ms}}
states:
  Ready:   {{initial: true}}
  Seen:    {{}}
  Done:    {{goal: true}}
  Refused: {{rest: true}}
  Halted:  {{rest: true}}
blocks:
  preflight:
    - host.reachable: {{}}
    - git.clean: {{}}
    - git.on_branch: {{commit: "${{params.commit}}"}}
    - file.exists: {{path: allowed}}
    - command.ok: {{command: [./asked]}}
transitions:
  see: {{from: Ready, to: Seen, check: [preflight], on_failure: Refused, on_unknown: Refused}}
  act:
    from: Seen
    to: Done
    check: [{{command.ok: {{command: [test, -d, .]}}}}]
    do: [{{command.run: {{command: [touch, made], idempotent: true}}}}]
    on_failure: Halted
    on_unknown: Halted
"""
"""`allowed` is missing: *no*. `./asked` is no program (127): *unknown*."""


@dataclass
class Small:
    checkout: Checkout
    spec: Path
    store: str
    capsys: pytest.CaptureFixture[str]

    @property
    def here(self) -> Path:
        return self.checkout.here

    def titan(self, *argv: str) -> int:
        """The exit code; what was said is in `out` and `err`."""
        try:
            code = main([*argv, "--store", self.store])
        except SystemExit as left:
            code = int(str(left.code))
        self.out, self.err = self.capsys.readouterr()
        return code

    def json(self, *argv: str) -> dict[str, Any]:
        self.titan(*argv, "--json")
        return json.loads(self.out)

    def allow(self) -> None:
        """Makes everything green."""
        (self.here / "allowed").write_text("")
        (self.here / "asked").write_text("#!/bin/sh\n")
        (self.here / "asked").chmod(0o755)


@pytest.fixture
def small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Small:
    checkout = Checkout.make(tmp_path)
    spec = tmp_path / "small.yaml"
    spec.write_text(SPEC.format(here=checkout.here))
    return Small(checkout, spec, f"sqlite:///{tmp_path / 'journal.sqlite'}", capsys)
