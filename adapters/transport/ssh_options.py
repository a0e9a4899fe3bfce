"""OpenSSH's command lines, built purely, and its last words, put so that they can be acted upon."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from titan_flow.adapters.errors import Refused

CONNECT = 10
"""seconds to connect in"""
CONFIG = "TITAN_FLOW_SSH_CONFIG"
"""names a file that takes the place of `~/.ssh/config`, as `ssh -F` does"""

_DESTINATION = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*@)?[A-Za-z0-9_\[][A-Za-z0-9_.:%\[\]-]*")
_OPTIONS = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    f"ConnectTimeout={CONNECT}",
    "ConnectionAttempts=1",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=2",
    "RequestTTY=no",
    "RemoteCommand=none",
    "PermitLocalCommand=no",
    "EscapeChar=none",
)


def destination(name: str) -> str:
    """`host` or `user@host`, as it is. Raises Refused on what ssh would take for an option, or a shell for more."""
    if not _DESTINATION.fullmatch(name):
        raise Refused(f"{name!r} is not a host to log in to; write it like deploy@titan.example.com")
    return name


def split_port(name: str) -> tuple[str, tuple[str, ...]]:
    """`deploy@host:2222` as what ssh takes: the destination, and `-p 2222` where a port is named."""
    if (found := re.fullmatch(r"((?:[^@]*@)?(?:[^@:\[\]]+|\[[^\]]*\])):([0-9]{1,5})", name)) is None:
        return name, ()
    return found[1].replace("[", "").replace("]", ""), ("-p", found[2])


def options(extra: Sequence[str], socket: str) -> tuple[str, ...]:
    """What every ssh of ours has. Ours come first, and the first one counts: no configuration weakens them."""
    config = os.environ.get(CONFIG)
    named = tuple(word for option in _OPTIONS for word in ("-o", option))
    return (*named, *(("-F", config) if config else ()), *extra, "-o", f"ControlPath={socket}")


def master(name: str, extra: Sequence[str], socket: str) -> list[str]:
    """The one connection. It lives as long as its standard input is open: not longer than this process."""
    alone = ("-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-o", "ClearAllForwardings=yes")
    return _ssh(*alone, *options(extra, socket), "--", destination(name), "sh -s")


def session(name: str, extra: Sequence[str], socket: str) -> list[str]:
    """A session over that connection; it must not make one of its own where that is gone."""
    return _ssh("-o", "ControlMaster=no", "-o", "ProxyCommand=false", *options(extra, socket), "--", name, "sh -s")


def forwarding(name: str, extra: Sequence[str], socket: str, local: int, host: str, port: int) -> list[str]:
    """Adds a port of ours to that connection, which leads to `host:port` as seen from there."""
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host) or not 0 < port < 65536:
        raise Refused(f"cannot forward to {host!r}, port {port}")
    target = f"127.0.0.1:{local}:{f'[{host}]' if ':' in host else host}:{port}"
    return _ssh("-O", "forward", "-L", target, *options(extra, socket), "--", name)


def unproved(name: str, extra: Sequence[str], user: str = "") -> list[str]:
    """A connection of its own that offers no proof at all: the server refuses it, and says what it would take."""
    alone = ("-o", "PreferredAuthentications=none", "-o", "ControlMaster=no", "-o", "ClearAllForwardings=yes")
    quiet = ("-o", "LogLevel=INFO", "-o", "BatchMode=yes")
    whom = ("-l", user) if user else ()
    where = destination(name).rpartition("@")[2] if user else destination(name)
    return _ssh(*alone, *quiet, *options(extra, "none"), *whom, "--", where, "true")


def refused_by(words: Sequence[str]) -> tuple[str, ...] | None:
    """The methods in `Permission denied (publickey,password).`; None where nothing was refused that way."""
    for line in reversed(words):
        if (found := re.search(r"Permission denied \(([a-z0-9@.,-]*)\)\.?$", line.strip())) is not None:
            return tuple(found[1].split(",")) if found[1] else ()
    return None


def explained(name: str, words: Sequence[str]) -> str:
    """Why there is no connection, and what to type. `words` are the lines of ssh's standard error."""
    text = "\n".join(words)
    if "HOST IDENTIFICATION HAS CHANGED" in text:
        found = re.search(r"Offending .*? key in (\S+?):(\d+)", text)
        file, line = (found[1], found[2]) if found else ("~/.ssh/known_hosts", "?")
        return (
            f"{name}: its host key is not the one in {file}, line {line}: someone may intercept the connection. "
            f"Compare it on its console (`ssh-keygen -lf` its /etc/ssh/ssh_host_*.pub), then `sed -i {line}d {file}` "
            f"and `ssh {name}`"
        )
    if "host key is known for" in text or "Host key verification failed" in text:
        return f"{name}: its host key is not known here: type `ssh {name}` once, and compare the fingerprint"
    if "Permission denied" in text:
        return f"{name}: it takes none of our keys (passwords are never used): `ssh-add -l`, then `ssh -v {name}`"
    if "Session open refused" in text:
        return f"{name}: its sshd allows fewer sessions on one connection than we need: set `MaxSessions 10` there"
    last = next((line.strip() for line in reversed(words) if line.strip()), "no answer")
    return f"{name}: {last}: try `ssh {name}`"


def _ssh(*words: str) -> list[str]:
    from plumbum import local
    from plumbum.commands.processes import CommandNotFound

    try:
        return local["ssh"][words].formulate()
    except CommandNotFound:
        raise Refused("there is no `ssh` here: install OpenSSH's client (openssh-client)") from None
