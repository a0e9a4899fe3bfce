"""Where things are in a sandbox's directory."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from titan_flow.workflow.sandbox.errors import SandboxError

SERVICES = ("traefik", "brain", "execution")
PORTS = ("nats", *SERVICES)
LONGEST_SOCKET = 95
"""bytes: Unix allows 107, and supervisord first binds the name with its pid behind it"""


@dataclass(frozen=True)
class Layout:
    """`made`: the directory itself is ours to remove. Every process carries `mark` in its environment."""

    root: Path
    ports: dict[str, int]
    made: bool

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

    @property
    def recorder(self) -> Path:
        """Is there once every command is written down."""
        return self.run / "recorder.ready"

    @property
    def card(self) -> Path:
        """Says that a sandbox stands here."""
        return self.root / "sandbox.json"

    @property
    def socket(self) -> Path:
        near = self.run / "socket"
        return near if len(os.fsencode(near)) <= LONGEST_SOCKET else far(self.root) / "socket"

    @property
    def contents(self) -> tuple[Path, ...]:
        """All that a sandbox makes there; the card last, so that a removal that broke off can be repeated."""
        folders = (self.origin, self.work, self.checkout, self.registry, self.images, self.run)
        return (*folders, self.spec, self.card)

    def save(self) -> None:
        """Raises FileExistsError where another sandbox was faster."""
        with self.card.open("x") as file:
            json.dump({"ports": self.ports, "made": self.made}, file)


def far(root: Path) -> Path:
    """A folder for the socket where the directory's own path is too long for one; found again by the path alone."""
    name = f"titan-flow-{os.getuid()}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    near = Path(tempfile.gettempdir()) / name
    return near if len(os.fsencode(near / "socket")) <= LONGEST_SOCKET else Path("/tmp") / name  # noqa: S108


def resolved(root: Path) -> Path:
    """The directory, with every link followed. Raises SandboxError where none can have that name."""
    try:
        path = root.resolve()
        os.lstat(path)
        return path
    except FileNotFoundError:
        return root.resolve()
    except (OSError, RuntimeError, ValueError) as why:
        said = why.strerror if isinstance(why, OSError) else str(why)
        raise SandboxError(f"{root}: no sandbox can be here: {said}") from None


def standing(root: Path) -> Layout:
    """The sandbox in this directory. Raises SandboxError where there is none."""
    root = resolved(root)
    card = root / "sandbox.json"
    try:
        if not stat.S_ISREG(card.stat().st_mode):  # opening a pipe waits for a writer
            raise ValueError("it is not a plain file")
        known = json.loads(card.read_text(encoding="utf-8"))
        return Layout(root, {name: int(known["ports"][name]) for name in PORTS}, bool(known["made"]))
    except (FileNotFoundError, NotADirectoryError):
        raise SandboxError(f"{root}: there is no sandbox here; make one: titan-flow sandbox up {root}") from None
    except PermissionError:
        raise SandboxError(f"{card} cannot be read: Permission denied; log in as the user who made it") from None
    except (OSError, ValueError, KeyError, TypeError) as why:
        raise SandboxError(f"{card} cannot be read ({why}); remove it all: titan-flow sandbox down {root}") from None
