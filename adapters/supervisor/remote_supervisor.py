"""Asks a supervisord over its Unix socket, reads its programs' logs, brings them up: as a command on a host.

Nothing but the standard library (Python 3.8 on): its source is fed to `python3 -I -S - ASKED` there, ASKED being a JSON
object with a list of what to `do`; it answers with a JSON list, in the same order. Exit 1: it cannot be done as asked.
2: nobody answers at the socket.
The API: http://supervisord.org/api.html
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Call = Callable[..., Any]
    """`call("getState")`: whatever XML-RPC gave."""

LIMIT = 500_000
"""bytes of a log that one look reads, at most"""
TIMEOUT = 10.0
DOWN = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")
ALREADY_STARTED = 60


class Cannot(Exception):
    """It is not as it was asked for, and asking again will not change it."""


def connect(path: str, timeout: float | None = TIMEOUT) -> Call:
    """Raises OSError, once called, where nobody answers; Cannot where supervisord says no."""
    import http.client
    import xmlrpc.client

    class Connection(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(timeout)
            self.sock.connect(path)

    class Transport(xmlrpc.client.Transport):
        def make_connection(self, host: object) -> http.client.HTTPConnection:
            return Connection("localhost")

    server = xmlrpc.client.ServerProxy("http://localhost", transport=Transport())

    def call(method: str, *args: object) -> Any:
        try:
            return getattr(server.supervisor, method)(*args)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == ALREADY_STARTED:
                return True
            raise Cannot(f"{method}: {fault.faultString}") from None
        except (xmlrpc.client.Error, http.client.HTTPException) as broken:
            raise OSError(str(broken) or type(broken).__name__) from None

    return call


def belongs(service: str, process: Mapping[str, Any]) -> bool:
    """A service is a program, a whole group, or `group:program`."""
    return service in (process["group"], full_name(process))


def full_name(process: Mapping[str, Any]) -> str:
    return "{group}:{name}".format(**process)


def image(argv: Sequence[str]) -> str:
    """What a command line runs: the content address in it (64 hex digits), or else the hash of it all."""
    line = "\0".join(argv)
    found = re.search("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", line)
    return "sha256:" + (found.group() if found else hashlib.sha256(line.encode("utf-8", "replace")).hexdigest())


def look(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Every process of the services. `reread`: supervisord reads its files again first, which changes nothing that
    runs; `pending` is then what an update would change, and `fault` why the files cannot be read.
    """
    pending: dict[str, Any] | None = None
    if asked["reread"]:
        try:
            added, changed, removed = call("reloadConfig")[0]
            pending = {"added": added, "changed": changed, "removed": removed}
        except Cannot as why:
            pending = {"fault": str(why)}
    ours = asked["services"]
    commands = {(one["group"], one["name"]): one for one in call("getAllConfigInfo")}
    processes: list[dict[str, Any]] = []
    for one in call("getAllProcessInfo"):
        service = next((name for name in ours if belongs(name, one)), None)
        if service is not None:
            config = commands.get((one["group"], one["name"]))
            processes.append(told(service, one, config and config["command"]))
    mine = [one for one in commands.values() if any(belongs(name, one) for name in ours)]
    text = json.dumps(sorted(mine, key=lambda one: (one["group"], one["name"])), sort_keys=True)
    configured = {name: [image_of(one) for one in mine if belongs(name, one)] for name in ours}
    rendered = hashlib.sha256(text.encode()).hexdigest()
    return {"processes": processes, "pending": pending, "configured": configured, "rendered": rendered}


def image_of(config: Mapping[str, Any]) -> str:
    return image(shlex.split(config["command"]))


def told(service: str, info: Mapping[str, Any], command: str | None) -> dict[str, Any]:
    """One process: what supervisord says of it, and what /proc does. The command line itself is not told."""
    pid, ticks, runs = info["pid"], 0, None
    if pid:
        try:
            ticks = int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
            runs = image(os.fsdecode(raw).rstrip("\0").split("\0")) if raw else None
        except OSError:
            pid = 0  # it has ended meanwhile
    return {
        "service": service,
        "name": info["name"],
        "state": info["statename"],
        "pid": pid,
        "ticks": ticks,
        "image": runs or (image(shlex.split(command)) if command and not pid else "unknown"),
        "start": info["start"],
        "age": max(0, info["now"] - info["start"]),
        "exit": info["exitstatus"],
        "why": info["spawnerr"],
    }


def log(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The service's log since `mark`; where that is null, since the running process's own `boot` line."""
    mine = [one for one in call("getAllProcessInfo") if belongs(asked["service"], one)]
    running = [one for one in mine if one["pid"]] or mine
    if len(running) != 1:
        return {"absent": f"{len(running)} processes of it" if running else "there is no process of it"}
    path = running[0]["stdout_logfile"]
    if not path.startswith("/"):
        return {"absent": "its log goes to no file"}
    try:
        return read(path, asked["mark"], asked["boot"], running[0]["pid"])
    except OSError as why:
        return {"absent": f"its log {path}: {why.strerror}"}


def read(path: str, mark: Mapping[str, int] | None, boot: str | None, pid: int) -> dict[str, Any]:
    """Whole lines only; `complete` is false where some may be missing. `pid` 0: of whatever process came last."""
    with Path(path).open("rb") as opened:
        facts = os.fstat(opened.fileno())
        begin, complete = 0, mark is None
        if mark is not None and mark["inode"] == facts.st_ino and mark["offset"] <= facts.st_size:
            begin, complete = mark["offset"], True
        if facts.st_size - begin > LIMIT:
            begin, complete = facts.st_size - LIMIT, mark is None
        cut = begin > 0 and not (mark is not None and complete)
        opened.seek(begin)
        data = opened.read(facts.st_size - begin)
    data = data[: data.rfind(b"\n") + 1]
    lines = data.decode("utf-8", "replace").split("\n")[1 if cut else 0 : -1]
    if mark is None:
        first = booted(lines, boot, pid)
        # Before its boot line is written, what stands in the file was said by its predecessors.
        lines, complete = (lines[first:], True) if first is not None else ([], False)
    return {"lines": lines, "complete": complete, "mark": {"inode": facts.st_ino, "offset": begin + len(data)}}


def booted(lines: Sequence[str], boot: str | None, pid: int) -> int | None:
    """Where the process's own first line is: `boot` finds it, and its group is the pid."""
    if boot is None:
        return None
    for number in range(len(lines) - 1, -1, -1):
        found = re.search(boot, lines[number])
        if found and (not pid or found.group(1) == str(pid)):
            return number
    return None


def up(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What `supervisorctl update` does, for these services alone; and what is down is started.

    Where `images` says what they have to run, and the files say something else, nothing is touched.
    """
    added, changed, _ = call("reloadConfig")[0]
    services, config = asked["services"], call("getAllConfigInfo")
    images: dict[str, str] = asked["images"] or {}
    for service in services:
        named = {image_of(one) for one in config if belongs(service, one)}
        if not named:
            raise Cannot(f"the configuration has no program `{service}`; nothing was touched")
        wanted = images.get(service)
        if wanted is not None and named != {wanted}:
            raise Cannot(f"the configuration names {', '.join(named)} for {service}, not {wanted}; nothing was touched")
    groups = list(dict.fromkeys(service.partition(":")[0] for service in services))
    replaced = [group for group in groups if group in changed]
    stop(call, replaced)
    for group in replaced:
        call("removeProcessGroup", group)
    for group in groups:
        if group in replaced or group in added:
            call("addProcessGroup", group)
    mine = [one for one in call("getAllProcessInfo") if any(belongs(service, one) for service in services)]
    started = [full_name(one) for one in mine if one["statename"] in DOWN]
    for name in started:
        call("startProcess", name, False)
    return {"replaced": replaced, "started": started}


def stop(call: Call, groups: Sequence[str]) -> None:
    """All of them at once. supervisord kills what does not end by itself, so this ends.

    Its own way to wait is not used: it looks once a second, and each second is downtime.
    """
    mine = [one for one in call("getAllProcessInfo") if one["group"] in groups]
    for one in mine:
        if one["statename"] in ("STARTING", "RUNNING", "BACKOFF"):
            stop_one(call, full_name(one))
    while any(one["group"] in groups and one["statename"] == "STOPPING" for one in call("getAllProcessInfo")):
        time.sleep(0.02)


def stop_one(call: Call, name: str) -> None:
    try:
        call("stopProcess", name, False)
    except Cannot:
        if call("getProcessInfo", name)["statename"] not in DOWN:
            raise


def main(argv: Sequence[str]) -> int:
    asked = json.loads(argv[0])
    socket_, services, verbs = asked["socket"], asked["services"], {"look": look, "log": log, "up": up}
    ups = any(one["verb"] == "up" for one in asked["do"])
    try:
        call = connect(socket_, None if ups else TIMEOUT)
        answer = [verbs[one["verb"]](call, {"services": services, **one}) for one in asked["do"]]
    except Cannot as why:
        sys.stderr.write(f"supervisord: {why}\n")
        return 1
    except OSError as why:
        sys.stderr.write(f"no answer at {socket_}: {why.strerror or why}\n")
        return 2
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
