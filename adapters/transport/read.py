"""Reading commands on a host: several in one round trip, each with its own status, output and deadline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from titan_flow.adapters.effects import Command, CommandResult
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Host, Said
from titan_flow.adapters.transport.frames import Frame, frames, nonce
from titan_flow.adapters.transport.shell import KILL_AFTER, PRELUDE, bound, library, reading_body, setting

OUT, ERR = 4_000_000, 64_000
"""bytes kept of each command's streams: the beginning"""
SLACK = 15.0
"""seconds that our own deadline is longer than the host's"""
_TORN = 4096
"""characters: a secret is not longer, and so much is dropped where a cut line is"""
_BY_DEADLINE = (124, 137, 143)
"""how a command ends under GNU `timeout`, when killed, and under busybox `timeout`"""


async def read(host: Host, directory: str, commands: Sequence[Command], most: int = OUT) -> list[CommandResult]:
    """What each command said, in order; they run one after the other in `directory`, or in their own.

    `most`: bytes kept of the output of each.

    A command in a directory that does not exist ends with 125, one that does not exist with 127.
    Raises Unreachable where the host did not answer all of it, or sudo there asks for a password;
    ValueError where a command cannot be put in words (a NUL byte).
    """
    if not commands:
        return []
    token = nonce()
    deadline = sum(bound(command.timeout) + KILL_AFTER for command in commands) + SLACK
    said = await host.script(
        script(commands, directory, token, most), deadline, limit=len(commands) * (most + ERR + 1000)
    )
    done = answered(said, commands, token, most)
    if done is None:
        raise Unreachable(f"{host.name}: no whole answer from `{commands[0].argv[0]}`: {_last_words(said)}")
    for command, result in zip(commands, done, strict=True):
        if command.sudo and (why := wants_password(result)):
            raise Unreachable(f"{host.name}: {why}")
    return done


def script(commands: Sequence[Command], directory: str, token: str, most: int = OUT) -> str:
    """The whole script; its last line starts it."""
    parts = [
        PRELUDE,
        library("transport/shell", "transport/reading"),
        setting("NONCE", token),
        f"OUT={most + 1} ERR={ERR + 1}",
        *(f"command_{index}() {{\n{reading_body(command, directory)}\n}}" for index, command in enumerate(commands)),
        f"{{ read_all {len(commands)}; exit; }} </dev/null",
    ]
    return "\n".join(parts) + "\n"


def answered(said: Said, commands: Sequence[Command], token: str, most: int = OUT) -> list[CommandResult] | None:
    """The parsed answer; None where a part of it is missing."""
    out, err = frames(said.out, token), frames(said.err, token)
    if out is None or err is None:
        return None
    told = {frame.words[:1]: frame.body for frame in out if frame.name == "out"}
    wept = {frame.words[:1]: frame.body for frame in err if frame.name == "err"}
    ends = {frame.words[:1]: frame for frame in out if frame.name == "was"}
    try:
        return [
            _completed(command, told[key], wept[key], ends[key], most)
            for command, key in ((command, (str(index),)) for index, command in enumerate(commands))
        ]
    except (KeyError, ValueError):
        return None


def timed_out(status: int, began: float, ended: float, limit: float) -> bool:
    """Whether a deadline ended it (a program may exit 124 by itself). Seconds of the host's uptime, and the limit."""
    return status in _BY_DEADLINE and ended - began >= limit - 0.1


def wants_password(done: CommandResult) -> str | None:
    """Words for the operator, where it was sudo itself that failed."""
    if done.status == 1 and done.err.startswith("sudo:") and ("password" in done.err or "terminal" in done.err):
        return "sudo asks for a password; allow this user NOPASSWD there (`sudo visudo`), then try again"
    return None


def last_lines(text: str) -> str:
    """What was cut at its start, without the torn line: half a secret is not masked."""
    end = text.find("\n", 0, _TORN)
    return text[end + 1 if end >= 0 else _TORN :]


def _first_lines(raw: bytes, limit: int) -> str:
    text = raw[:limit].decode(errors="replace")
    if len(raw) <= limit:
        return text
    end = text.rfind("\n", len(text) - _TORN)
    return text[: end + 1 if end >= 0 else -_TORN]


def _completed(command: Command, out: bytes, err: bytes, end: Frame, most: int) -> CommandResult:
    status, began, ended = int(end.words[1]), float(end.words[2]), float(end.words[3])
    return CommandResult(
        status,
        _first_lines(out, most),
        _first_lines(err, ERR),
        cut=len(out) > most or len(err) > ERR,
        timed_out=timed_out(status, began, ended, bound(command.timeout)),
    )


def _last_words(said: Said) -> str:
    lines = _lines(said.err) or _lines(said.out)
    return lines[-1] if lines else f"sh ended with {said.status}"


def _lines(raw: bytes) -> list[str]:
    return _printable(raw.decode(errors="replace").splitlines())


def _printable(lines: Iterable[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]
