"""Where things are in a sandbox's directory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from titan_flow.workflow.sandbox.errors import SandboxError

SERVICES = ("traefik", "brain", "execution")


@dataclass(frozen=True)
class Layout:
    """`socket` lies outside: the path of a Unix socket must be short."""

    root: Path
    ports: dict[str, int]
    socket: Path

    @property
    def origin(self) -> Path:
        return self.root / "origin.git"

    @property
    def work(self) -> Path:
        """A developer's clone, where releases are committed."""
        return self.root / "work"

    @property
    def checkout(self) -> Path:
        return self.root / "opt"

    @property
    def registry(self) -> Path:
        return self.root / "registry"

    @property
    def images(self) -> Path:
        return self.root / "images"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def spec(self) -> Path:
        return self.root / "spec.yaml"

    @property
    def password(self) -> Path:
        return self.run / "nats.password"

    @property
    def received(self) -> Path:
        return self.run / "received.jsonl"

    def save(self) -> None:
        (self.root / "sandbox.json").write_text(json.dumps({"ports": self.ports, "socket": str(self.socket)}))


def standing(root: Path) -> Layout:
    """The sandbox in this directory. Raises SandboxError where there is none."""
    root = root.resolve()
    try:
        known = json.loads((root / "sandbox.json").read_text())
        return Layout(root, known["ports"], Path(known["socket"]))
    except (OSError, ValueError, KeyError):
        raise SandboxError(f"{root}: no sandbox stands here; make one: titan-flow sandbox up {root}") from None
