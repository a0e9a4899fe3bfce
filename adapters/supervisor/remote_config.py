"""What another commit's files would have supervisord run. Fed to `python3 -` on the host; standard library alone.

supervisord itself can only say what its files say now. So its own configuration is found (by its command line), and of
the files that it includes those that lie in the checkout are read as the commit has them.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError


class Cannot(Exception):
    pass


def daemon(path: str) -> int:
    """supervisord's process, by its own word: it puts itself into the background after it has made the socket."""
    body = xmlrpc.client.dumps((), "supervisor.getPID").encode()
    head = f"POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    said = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(5)
        one.connect(path)
        one.sendall(head.encode() + body)
        while more := one.recv(65536):
            said += more
    (answer,), _ = xmlrpc.client.loads(said.partition(b"\r\n\r\n")[2])
    if not isinstance(answer, int):
        raise Cannot(f"does not say its process: {answer!r}")
    return answer


def configuration(pid: int) -> Path:
    """The file that it was started with."""
    argv = [os.fsdecode(word) for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    found = None
    for place, word in enumerate(argv[:-1]):
        if word in ("-c", "--configuration"):
            found = argv[place + 1]
        elif word.startswith("--configuration="):
            found = word.partition("=")[2]
    if found is None:
        raise Cannot("its command line names no configuration (-c FILE)")
    return Path(f"/proc/{pid}/cwd").resolve() / found


def included(path: Path) -> list[Path]:
    """Its files, itself first."""
    found = [path]
    for pattern in read(path.read_text(encoding="utf-8")).get("include", "files", fallback="").split():
        whole = Path(os.path.normpath(path.parent / pattern.replace("%(here)s", str(path.parent))))
        found += sorted(whole.parent.glob(whole.name))
    return found


def read(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_string(text)
    return parser


def as_of(commit: str, path: Path) -> str | None:
    """The file's text at the commit; None where it lies outside of the checkout."""
    try:
        relative = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return None
    done = subprocess.run(["git", "show", f"{commit}:./{relative}"], capture_output=True)
    if done.returncode:
        raise Cannot(f"{commit[:7]} has no {relative}")
    return done.stdout.decode("utf-8", "replace")


def programs(parser: configparser.RawConfigParser) -> dict[str, dict[str, str]]:
    """Options by group: a program in no group is its own."""
    options = {name[8:]: dict(parser.items(name)) for name in parser.sections() if name.startswith("program:")}
    groups = {name: name for name in options}
    for section in parser.sections():
        if section.startswith("group:"):
            for member in parser.get(section, "programs", fallback="").split(","):
                groups[member.strip()] = section[6:]
    return {f"{groups[name]}:{name}": told for name, told in options.items()}


def image(command: str) -> str:
    """As `supervisor_host.image` has it: the content address in a command line, or else the hash of it all."""
    line = "\0".join(shlex.split(command.replace("%%", "%")))
    found = re.search("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", line)
    return "sha256:" + (found.group() if found else hashlib.sha256(line.encode("utf-8", "replace")).hexdigest())


def told(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Of each service: whether its part of the configuration changes, and the image that it would name."""
    now: dict[str, dict[str, str]] = {}
    then: dict[str, dict[str, str]] = {}
    inside = False
    for path in included(configuration(daemon(asked["socket"]))):
        lies, text = path.read_text(encoding="utf-8"), as_of(asked["commit"], path)
        inside = inside or text is not None
        now.update(programs(read(lies)))
        then.update(programs(read(lies if text is None else text)))
    if not inside:
        raise Cannot("none of its files is in the checkout")
    answer: dict[str, Any] = {}
    for service in asked["services"]:
        mine = [name for name in then if service in (name, name.partition(":")[0])]
        before = {name: told for name, told in now.items() if service in (name, name.partition(":")[0])}
        answer[service] = {
            "changes": before != {name: then[name] for name in mine},
            "images": sorted({image(then[name]["command"]) for name in mine if "command" in then[name]}),
        }
    return answer


def main(argv: list[str]) -> int:
    asked = json.loads(argv[0])
    try:
        answer = told(asked)
    except Cannot as why:
        sys.stderr.write(f"supervisord: {why}\n")
        return 1
    except (OSError, configparser.Error, xmlrpc.client.Error, ExpatError, ValueError, KeyError) as why:
        sys.stderr.write(f"supervisord's configuration: {why}\n")
        return 1
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
