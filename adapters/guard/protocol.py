"""The guard's scripts, built purely, and its answers, taken apart; what has effects is in `client.py`."""

from __future__ import annotations

import json
import os
import pwd
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.errors import DisarmedMeanwhile, Fenced, Locked, Refused
from titan_flow.adapters.transport.frames import Frame
from titan_flow.adapters.transport.read import last_lines, timed_out, wants_password
from titan_flow.adapters.transport.shell import PRELUDE, bound, job_body, library, setting

FORMAT = 2
"""Raised when an older titan-flow could misread the folder of this one."""
KEPT = 256_000
"""bytes kept of each stream of a job: the end"""
ROUND = 60
"""seconds that one round trip waits for a job; a longer one is asked for again"""
LOST = -1
"""the status of a job that is over, but left none: its runner was killed, or the host went down"""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_NUMBER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Held:
    """Who has the environment, as far as the host knows; `who` is what the driver said of itself."""

    run: str
    epoch: str
    since: str
    alive: str
    who: Mapping[str, str]

    def as_json(self) -> dict[str, str]:
        return {**self.who, "run": self.run, "epoch": self.epoch, "since": self.since, "alive": self.alive}


def word(text: str) -> str:
    """A name that becomes a file's: letters, digits, dots, dashes. Raises ValueError."""
    if not _WORD.fullmatch(text):
        raise ValueError(f"not a name for the guard: {text!r}")
    return text


def local_folder(directory: Path) -> Path:
    """Where this user's guard of a directory of this machine lies (`locate` in `folder.sh`)."""
    home = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    return home / ".local/state/titan-flow/guards" / sha256(os.fsencode(directory.resolve())).hexdigest()


def identity(run: str) -> int:
    """What names one emergency disarm: made from the id of its run, so that told twice it is the same one."""
    return int(sha256(run.encode()).hexdigest()[:12], 16) + 1


def script(verb: str, directory: str, token: str, *settings: str) -> str:
    """One call of the guard; `settings` are lines of sh."""
    base = (
        PRELUDE,
        library("transport/shell", "guard/folder", "guard/guard", "guard/mirror", "guard/jobs", "guard/fallback"),
        setting("NONCE", token),
        setting("ROOT", rooted(directory)),
        f"FORMAT={FORMAT}",
    )
    return "\n".join((*base, *settings, f"{{ scrub; {verb}; say end; exit; }} </dev/null")) + "\n"


def sending(first: int, lines: Sequence[str], token: str) -> str:
    """The events that ride along; `first` is the number of the first one. Raises ValueError on more than lines."""
    if any("\n" in line or "\0" in line for line in lines):
        raise ValueError("an event has to be one line")
    text = "".join(f"{line}\n" for line in lines)
    return f"FIRST={first} LINES_SENT={len(lines)}\nsent_lines() {{\ncat <<'{token}_LINES'\n{text}{token}_LINES\n}}"


def launching(job: Job, directory: str, key: str, timeout: float, token: str) -> str:
    """The function `launch`: the runner gets its script on standard input, so that nothing of it is in `ps`."""
    bodies = [f"command_{i}() {{\n{job_body(command, directory)}\n}}" for i, command in enumerate(job.commands)]
    runner = "\n".join(
        (
            library("transport/shell", "guard/runner"),
            setting("JOB", f"jobs/{word(key)}"),
            f"TOTAL={bound(timeout)} LIMIT={KEPT} COUNT={len(job.commands)}",
            *bodies,
            "{ run; exit; }",
        )
    )
    start = '(umask "$USUAL"; exec setsid sh -s)'
    return f"launch() {{\n{start} <<'{token}_RUNNER' >/dev/null 2>&1 9>&- &\n{runner}\n{token}_RUNNER\n}}"


def refusal(frames: Sequence[Frame], host: str, directory: str) -> Refused | None:
    """The guard's *no*, in words that name the next command."""
    found = next((frame for frame in frames if frame.name == "refused"), None)
    if found is None:
        return None
    why, detail = (*found.words, "", "")[:2]
    where = f"{host}:{directory}" if host != "this machine" else directory
    if why == "fenced":
        return Fenced(
            f"{where}: another driver has taken over (epoch {detail} there); see `titan-flow status`, then `resume`"
        )
    if why == "disarmed":
        by = " ".join(found.words[1:]) or "an unknown operator"
        return DisarmedMeanwhile(f"{where}: {by} sent an emergency disarm during this run, so it does not arm", by)
    if why == "locked":
        who = (holder_of(frames) or Held("?", "?", "?", "no", {})).as_json()
        state = "is active" if who["alive"] == "yes" else "is unfinished and has no driver"
        by = f"{who.get('operator', '?')}, pid {who.get('pid', '?')}"
        return Locked(
            f"{where} is held by run {who['run']} ({by}) since {who['since']}; it {state}: `titan-flow status "
            f"{who['run']}`, then `resume`, `rollback`, or `force-unlock --run {who['run']}`",
            who,
        )
    place = next((frame.body.decode(errors="replace") for frame in frames if frame.name == "at"), "")
    folder = f"{host}:{place}" if host != "this machine" else place
    texts = {
        "directory": f"{where} does not exist, or cannot be entered: create it for the user that logs in",
        "owner": _owned(where, directory, *found.words[1:3]),
        "home": f"{folder or where}: the guard has no place in the home of the user that logs in: make it writable",
        "linked": f"{' '.join(found.words[1:])} is a symbolic link: nothing is read or written through it; remove it",
        "foreign": f"{folder} holds what belongs to another user ({detail}): `sudo rm -r` or `sudo chown` it there",
        "folder": f"{folder} cannot be written by the user that logs in: look at it (`ls -la`, `df -h`)",
        "absent": f"{where}: its guard {folder} is gone: the environment was removed or moved; start a new run there",
        "newer": f"{folder} was written by a newer titan-flow (format {detail}): upgrade this one",
        "tracked": f"{where}/.titan-flow is in git, so what it says is not believed: `git rm -r --cached` it there",
        "earlier_job": f"{where}: a job of an earlier titan-flow is still running there: try again when it has ended",
        "full": f"{where}: the disk is full, nothing was started: free some space (`df -h`, `df -i`), then `resume`",
        "stuck": f"{folder}/{detail} has been locked for 20 s: `fuser -v` it there",
        "tool": f"{where}: the program `{detail}` is missing there (packages util-linux and coreutils, or busybox)",
    }
    return Refused(texts.get(why, f"{where}: refused: {why} {detail}".strip()))


def _owned(where: str, directory: str, me: str = "?", owner: str = "") -> str:
    """Two users of one directory would have two guards, so only its owner has one."""
    whose = owner if owner not in ("", "UNKNOWN") else "another user"
    return (
        f"{where} belongs to {whose}, and {me} logs in: only its owner can deploy there. "
        f"Log in as {whose}, or on the host: sudo chown {me} {directory}"
    )


def holder_of(frames: Sequence[Frame]) -> Held | None:
    """The holder; what cannot be read of it is left out."""

    found = next((frame for frame in frames if frame.name == "holder"), None)
    if found is None:
        return None
    run, epoch, since, alive = (*found.words, "?", "?", "?", "?")[:4]
    return Held(run, epoch, since, alive, held_by(found.body))


def held_by(body: bytes) -> dict[str, str]:
    """What a driver said of itself; nothing where that cannot be read."""
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):
        said = {}
    return {str(k): str(v) for k, v in said.items()} if isinstance(said, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def outcome(frames: Sequence[Frame]) -> CommandResult | None:
    """How a job ended; None where the answer holds no job."""
    end = next((frame for frame in frames if frame.name == "status"), None)
    if end is None:
        return None
    cut = {frame.words[0] for frame in frames if frame.name == "cut"}
    said = {frame.name: frame.body.decode(errors="replace") for frame in frames if frame.name in ("out", "err")}
    out, err = (last_lines(said.get(name, "")) if name in cut else said.get(name, "") for name in ("out", "err"))
    try:
        status, began, ended, limit = int(end.words[0]), float(end.words[1]), float(end.words[2]), float(end.words[3])
    except (IndexError, ValueError):
        note = "the job has ended without a status: its runner was killed, or the host went down"
        return CommandResult(LOST, out, f"{err}\n{note}".strip(), bool(cut))
    done = CommandResult(status, out, err, bool(cut), timed_out(status, began, ended, limit))
    if why := wants_password(done):
        return CommandResult(status, out, f"{err.rstrip()}\n{why}", bool(cut))
    return done


def number(frames: Sequence[Frame], name: str) -> int | None:
    """The number that a frame of that name carries; None where it carries none."""
    found = next((frame for frame in frames if frame.name == name), None)
    said = found.words[-1] if found is not None and found.words else ""
    return int(said) if _NUMBER.fullmatch(said) else None


def rooted(directory: str) -> str:
    return directory if directory.startswith("/") else f"./{directory}"
