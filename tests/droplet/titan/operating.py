"""titan-flow as Titan's operators use it: `specs/titan.yaml`, but for host, address and certificate; short holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.droplet.deploying import Operator
from tests.droplet.titan.scene import SECRETS, Titan

EXAMPLE = Path(__file__).parents[3] / "specs" / "titan.yaml"
EDITS = {
    "ssh: deploy@titan.peycheff.com,": "ssh: droplet, ssh_config: {config},",
    'url: "https://titan.peycheff.com/health"': 'url: "https://{address}/health", ca: {ca}',
    "steady: 30s": "steady: {steady}",
    "watch: {{for: 5m, every: 10s,": "watch: {{for: {watch}, every: 500ms,",
    "within: 2m,": "within: 20s,",
    "wait: 1s..30s,": "wait: 300ms..2s,",
    "min: 5GB": "min: 200MB",
    # looked at for itself, against real ufw, real HTTP and real files, and in test_preflight.py
    "    - firewall.allows_only: {{ports: [22, 80, 443]}}\n": "",
    '    - github.green: {{commit: "${{params.commit}}", repository: peycheff/titan, checks: [build, lint, format], '
    "token: {{env: GITHUB_TOKEN}}}}\n": "",
    '    - backup.recent: {{path: "/var/backups/titan/*", max_age: 24h, sudo: true}}\n': "",
}
"""what stands in the spec (once), and what stands in its place here"""


def edited(text: str, **values: str) -> str:
    for old, new in EDITS.items():
        old = old.format()
        assert text.count(old) == 1, f"specs/titan.yaml says {old!r} {text.count(old)} times"
        text = text.replace(old, new.format(**values))
    return text


class TitanOperator(Operator):
    """One person's laptop."""

    secrets = MappingProxyType({"TITAN_NATS_PASSWORD": SECRETS["NATS_OPERATOR_PASSWORD"]})

    def __init__(self, home: Path, titan: Titan, *, steady: str = "1s", watch: str = "500ms") -> None:
        self.home, self.said, self.code = home, "", 0
        self.store = f"sqlite:///{home / 'journal.sqlite'}"
        self.spec = home / "titan.yaml"
        place = {"config": str(titan.droplet.ssh_config), "address": titan.address}
        text = edited(EXAMPLE.read_text(), **place, ca=str(titan.ca), steady=steady, watch=watch)
        self.spec.write_text(text)

    def change(self, old: str, new: str) -> None:
        text = self.spec.read_text()
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        self.spec.write_text(text.replace(old, new))

    def run(self, *argv: str, **env: str) -> int:
        """The tip of main, as `latest` has it."""
        return self.titan("run", str(self.spec), "--yes", *argv, program=None, **env)

    def run_dying(self, point: str, step: str, *argv: str) -> int:
        """`run`, or the command that is given, killed at a point (tests/crash/dying.py)."""
        dying = (sys.executable, "-m", "tests.crash.dying", point, step)
        return self.titan(*(argv or ("run", str(self.spec), "--yes")), program=dying)

    def events(self, process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
        """The events of `run --json`, as they come; what else is said is kept in `said`."""
        assert process.stdout is not None
        self.said = ""
        for line in process.stdout:
            self.said += line
            if line.startswith("{"):
                yield json.loads(line)
