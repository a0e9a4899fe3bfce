"""Who drives: recorded, not proved."""

from __future__ import annotations

import getpass
import os
import socket

from titan_flow.states.identity import Operator
from titan_flow.workflow.readable import readable


def operator(agent: bool = True) -> Operator:
    """User, host, and the fingerprint of the first key in the SSH agent, if there is an agent that holds one.

    `agent` false: the agent is not asked; it may be slow to answer.
    """
    return Operator(user=readable(_user()), host=readable(socket.gethostname()), key=_agent_key() if agent else None)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
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
