"""Credentials, from the environments of containers and from their command lines, as digests that can be compared with
each other and with nothing else: the key lives as long as this process. Pure, but for that key."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from titan_flow.adapters.diagnosis import Part, Server, StartedWith
from titan_flow.workflow.doctor.facts import Login

KEY = secrets.token_bytes(32)

_WHAT = "(?P<what>PASSWORD|PASS|PWD)"
"""how names of variables with a password end; `…_FILE` names a path, and is left alone"""


def digest(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def logins(part: Part, started: StartedWith, servers: Sequence[Server]) -> Iterator[Login]:
    """Those that the part was started with: a server's own, and a client's."""
    own = [server for server in servers if server.is_served_by(part)]
    for name, value in started.env.items():
        if (found := _in_url(value, servers)) is not None:
            server, user, password = found
            yield Login(part.service, name, server.kind, _digest(user), _digest(password), server in own)
        elif (named := _password_of(name, servers)) is not None and value:
            server, what = named
            user = _user(started.env, name, what)
            yield Login(part.service, name, server.kind, _digest(user), _digest(value), server in own)
    for server in own:
        told = {server.options[word]: (word, after) for word, after in pairwise(started.args) if word in server.options}
        if "password" in told:
            name, password = told["password"]
            _, user = told.get("user", ("", None))
            yield Login(part.service, name, server.kind, _digest(user), _digest(password), True)


def _in_url(value: str, servers: Sequence[Server]) -> tuple[Server, str | None, str] | None:
    try:
        url = urlsplit(value)
        schemes = (url.scheme, url.scheme.partition("+")[0])
        server = next((one for scheme in schemes for one in servers if scheme in one.schemes), None)
        if server is None or not url.password:
            return None
        return server, unquote(url.username) if url.username else None, unquote(url.password)
    except ValueError:
        return None


def _password_of(name: str, servers: Sequence[Server]) -> tuple[Server, str] | None:
    """Whose password a variable of that name holds, and the word that says so."""
    for server in servers:
        if found := re.fullmatch(f"(?:{'|'.join(server.variables)})_?{_WHAT}", name, re.IGNORECASE):
            return server, found["what"]
    return None


def _user(env: Mapping[str, str], name: str, what: str) -> str | None:
    """The user of the same prefix: `DB_PASSWORD` → `DB_USER`."""
    stem = name[: -len(what)]
    return next((env[stem + word] for word in ("USER", "USERNAME", "user") if env.get(stem + word)), None)


def _digest(text: str | None) -> str | None:
    return digest(text) if text else None
