"""Who drives: recorded, not proved."""

from __future__ import annotations

import getpass
import os
import socket

from titan_flow.states.identity import Operator


def operator() -> Operator:
    """User, host, and the fingerprint of the first key in the SSH agent, if there is an agent that holds one."""
    return Operator(user=_user(), host=socket.gethostname(), key=_agent_key())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        import os

        return str(os.getuid())


def _agent_key() -> str | None:
    if "SSH_AUTH_SOCK" not in os.environ:
        return None
    from plumbum import CommandNotFound, ProcessTimedOut, local

    try:
        status, out, _ = local["ssh-add"]["-l", "-E", "sha256"].run(retcode=None, timeout=2)
    except (CommandNotFound, ProcessTimedOut):
        return None
    words = str(out).split()
    return words[1] if status == 0 and len(words) > 1 and words[1].startswith("SHA256:") else None
