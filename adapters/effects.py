"""Command lines as values: built purely, shown in the plan, journaled, and executed in one place."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from titan_flow.adapters.redaction import Sensitive
from titan_flow.states.values import Json

LONGEST_REASON = 400
"""characters of the line that gives the reason of a failure"""
_MARKED = re.compile(r"(^|\b)(fatal|error|panic|exception|failed)\b\s*:|^error\b|^\S+(Error|Exception):", re.IGNORECASE)
_CAUSE = re.compile(
    r"denied|unauthorized|too ?many ?requests|verification failed|insufficient permission|dubious ownership"
    r"|no space left|not found|no such|refused|could not resolve|timed? ?out|already (in use|allocated|exists)"
    r"|unknown (shorthand )?(flag|command|option)|is not a \S+ command|manifest unknown",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"^\W*((hint|warning|note|usage|see|run|try|please|to add an exception|and the repository exists)\b|git config )"
    r"|level=(warning|info|debug)|^\W*$",
    re.IGNORECASE,
)
"""warnings and advice, which tools print around the reason"""


@dataclass(frozen=True, slots=True)
class ShellLine:
    """A command as a person types it; `fed`: it takes standard input that is not shown."""

    text: str
    fed: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One argv on the host. `cwd` None = the flow's directory. `stdin` may hold secrets and is never journaled.

    `timeout` in seconds bounds it on the host. `clean` runs it in a scrubbed environment (PATH, HOME, LANG and
    `env` only), so that no variable of a shell's can change what it means. `sudo` is `sudo -n`.
    """

    argv: tuple[str, ...]
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    stdin: str = field(default="", repr=False)
    timeout: float = 30.0
    clean: bool = True
    sudo: bool = False
    typed_env: bool = True
    """whether a person who types it needs `env` too; false where it only keeps a program from asking"""

    def shell_line(self) -> ShellLine:
        """As it is typed in the flow's directory on the host."""
        variables = [f"{name}={value}" for name, value in self.env.items()] if self.typed_env else []
        words = [*(["sudo"] if self.sudo else []), *(["env", *variables] if variables else []), *self.argv]
        text = shlex.join(words)
        if self.cwd is not None:
            text = f"(cd {shlex.quote(self.cwd)} && {text})"
        return ShellLine(text, fed=bool(self.stdin))


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

    def reason(self) -> str:
        """The one line of its output that says why it failed; "" where it said nothing.

        Tools rarely end with it: git and docker print advice below. The first line that names a known cause is taken,
        else the first that is marked as an error, else the last that is not advice. Standard error comes first.
        """
        lines = [line.strip() for text in (self.err, self.out) for line in text.splitlines() if line.strip()]
        telling = [line for line in lines if not _ADVICE.search(line)]
        marked = [line for line in telling if _MARKED.search(line)]
        cause = [line for line in telling if _CAUSE.search(line)]
        both = [line for line in cause if line in marked]
        last = [line.strip() for line in self.tail().splitlines() if line.strip() and not _ADVICE.search(line)]
        for found in (both[:1], cause[:1], marked[:1], last[-1:], lines[-1:]):
            if found:
                return found[0][:LONGEST_REASON]
        return ""

    def tail(self, lines: int = 5) -> str:
        """The last lines of what it said, standard error first if there is any."""
        text = self.err.strip() or self.out.strip()
        return "\n".join(text.splitlines()[-lines:])


@dataclass(frozen=True, slots=True)
class Job:
    """Mutating commands, run in order under the host's guard until one fails; they outlive our connection.

    `arms`: the guard refuses it where an emergency disarm was sent since the run started.
    """

    commands: tuple[Command, ...]
    arms: bool = False

    def journaled(self) -> dict[str, Json]:
        return {"argv": [list(command.argv) for command in self.commands]}

    def shell_lines(self) -> tuple[ShellLine, ...]:
        return tuple(command.shell_line() for command in self.commands)


@dataclass(frozen=True, slots=True)
class Message:
    """A NATS message sent by the controller itself: unfenced, so only for what is safe late or twice."""

    subject: str
    payload: bytes
    reply_within: float | None = None
    """seconds to wait for a reply (a request); None = publish and flush"""

    def journaled(self) -> dict[str, Json]:
        return {"publish": self.subject, "payload": self.payload.decode(errors="replace")}

    def shell_lines(self) -> tuple[ShellLine, ...]:
        """As the program `nats` sends it."""
        verb = "pub" if self.reply_within is None else "request"
        return (ShellLine(shlex.join(["nats", verb, self.subject, self.payload.decode(errors="replace")])),)


@dataclass(frozen=True, slots=True)
class UnfencedCommands:
    """Commands on the host without its guard, hence unfenced: like a message, only for what is safe late or twice."""

    commands: tuple[Command, ...]

    def journaled(self) -> dict[str, Json]:
        return {"unfenced": [list(command.argv) for command in self.commands]}

    def shell_lines(self) -> tuple[ShellLine, ...]:
        return tuple(command.shell_line() for command in self.commands)


@dataclass(frozen=True, slots=True)
class Post:
    """An HTTP POST sent by the controller itself: unfenced. `url` may hold a secret: `shown_url` is what people see."""

    url: Sensitive
    shown_url: str
    body: bytes
    type: str
    timeout: float
    ca: str | None = None

    def journaled(self) -> dict[str, Json]:
        return {"post": self.shown_url, "body": self.body.decode(errors="replace")}

    def shell_lines(self) -> tuple[ShellLine, ...]:
        body = self.body.decode(errors="replace")
        return (ShellLine(shlex.join(["curl", "-fsS", "--data-binary", body, self.shown_url])),)


Unfenced = Message | UnfencedCommands | Post
Act = Job | Unfenced


def run(*argv: str, timeout: float = 30.0, stdin: str = "", sudo: bool = False) -> Command:
    """The short form, for a command in the flow's directory."""
    return Command(tuple(argv), timeout=timeout, stdin=stdin, sudo=sudo)
