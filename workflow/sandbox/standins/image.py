"""What a stand-in is started from: one content-addressed file that says which release it is, and how it behaves."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """`kind` as in `titan-flow sandbox release`; `after`: seconds until a late failure."""

    service: str
    release: str
    kind: str
    after: float


@dataclass(frozen=True)
class Place:
    """Where the sandbox is: its folder for what runs, the deployed checkout, and the ports."""

    image: Image
    run: Path
    checkout: Path
    ports: dict[str, int]
    started: float

    @property
    def up(self) -> float:
        """Seconds since this process began."""
        return time.monotonic() - self.started


def place() -> Place:
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--sandbox", type=Path, required=True)
    args = parser.parse_args()
    image = Image(**json.loads(args.image.read_text(encoding="utf-8")))
    known = json.loads((args.sandbox / "sandbox.json").read_text(encoding="utf-8"))
    return Place(image, args.sandbox / "run", args.sandbox / "opt", known["ports"], time.monotonic())


def log(text: str) -> None:
    """One line on standard output, where supervisord keeps it."""
    print(text, flush=True)


def healthy(here: Place) -> bool:
    """By the kind of the release; what is slow takes 20 seconds, what fails late is well at first."""
    match here.image.kind:
        case "unhealthy":
            return here.image.service != "brain"
        case "slow":
            return here.up > 20
        case "late-failure":
            return here.image.service != "brain" or here.up < here.image.after
        case _:
            return True
