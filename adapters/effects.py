"""Command lines as values: built purely, shown in the plan, journaled, and executed in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from titan_flow.states.values import Json


@dataclass(frozen=True, slots=True)
class Command:
    """One argv on the host. `cwd` None = the flow's directory. `stdin` may hold secrets and is never journaled.

    `timeout` in seconds bounds it on the host. `clean` runs it in a scrubbed environment (PATH, HOME, LANG and
    `env` only), so that no variable of a shell's can change what it means. `sudo` is `sudo -n`.
    """

    argv: tuple[str, ...]
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    stdin: str = ""
    timeout: float = 30.0
    clean: bool = True
    sudo: bool = False


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended. Output is cut at the host's limit (`cut`), decoded with replacement."""

    status: int
    out: str
    err: str = ""
    cut: bool = False
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.status == 0

    def tail(self, lines: int = 5) -> str:
        """The last lines of what it said, standard error first if there is any."""
        text = self.err.strip() or self.out.strip()
        return "\n".join(text.splitlines()[-lines:])


@dataclass(frozen=True, slots=True)
class Job:
    """Mutating commands, run in order under the host's guard until one fails; they outlive our connection.

    `arms`: the guard refuses it where somebody pulled the brake since this driver took the environment.
    """

    commands: tuple[Command, ...]
    arms: bool = False

    def journaled(self) -> dict[str, Json]:
        return {"argv": [list(command.argv) for command in self.commands]}


@dataclass(frozen=True, slots=True)
class Message:
    """A NATS message sent by the controller itself: unfenced, so only for what is safe late or twice."""

    subject: str
    payload: bytes
    reply_within: float | None = None
    """seconds to wait for a reply (a request); None = publish and flush"""

    def journaled(self) -> dict[str, Json]:
        return {"publish": self.subject, "payload": self.payload.decode(errors="replace")}


@dataclass(frozen=True, slots=True)
class UnfencedCommands:
    """Commands on the host without its guard, hence unfenced: like a message, only for what is safe late or twice."""

    commands: tuple[Command, ...]

    def journaled(self) -> dict[str, Json]:
        return {"unfenced": [list(command.argv) for command in self.commands]}


@dataclass(frozen=True, slots=True)
class Post:
    """An HTTP POST sent by the controller itself: unfenced. `url` may be a secret: then `told` is its name."""

    url: str
    told: str
    body: bytes
    type: str
    timeout: float
    ca: str | None = None

    def journaled(self) -> dict[str, Json]:
        return {"post": self.told, "body": self.body.decode(errors="replace")}


Act = Job | Message | UnfencedCommands | Post


def run(*argv: str, timeout: float = 30.0, stdin: str = "", sudo: bool = False) -> Command:
    """The short form, for a command in the flow's directory."""
    return Command(tuple(argv), timeout=timeout, stdin=stdin, sudo=sudo)
