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

from titan_flow.workflow.doctor.facts import Login

KEY = secrets.token_bytes(32)

SCHEMES = {
    **dict.fromkeys(("postgres", "postgresql", "mysql", "mariadb", "mongodb", "timescaledb"), "database"),
    **dict.fromkeys(("nats", "tls+nats"), "nats"),
}
"""of URLs; what is before a `+` counts alone too (`postgresql+psycopg`)"""
_PASSWORD = re.compile(
    r"(?P<kind>POSTGRES|PG|MYSQL|MARIADB|DB|DATABASE|NATS)_?(?P<what>PASSWORD|PASS|PWD)", re.IGNORECASE
)
"""names of variables; `…_FILE` names a path, and is left alone"""
_OPTIONS = {"--user": "user", "-user": "user", "--pass": "password", "-pass": "password"}
"""how a nats-server is told by its command line"""


def digest(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def logins(service: str, env: Mapping[str, str], args: Sequence[str], serves: str) -> Iterator[Login]:
    """`serves`: "database" or "nats" where the service is that server itself, else empty."""
    for name, value in env.items():
        if (found := _in_url(value)) is not None:
            kind, user, password = found
            yield Login(service, name, kind, _digest(user), _digest(password), kind == serves)
        elif (named := _PASSWORD.fullmatch(name)) and value:
            kind = "nats" if named["kind"].upper() == "NATS" else "database"
            user = _user(env, name, named["what"])
            yield Login(service, name, kind, _digest(user), _digest(value), kind == serves)
    if serves == "nats":
        told = {_OPTIONS[word]: after for word, after in pairwise(args) if word in _OPTIONS}
        if "password" in told:
            yield Login(service, "--pass", "nats", _digest(told.get("user")), _digest(told["password"]), True)


def _in_url(value: str) -> tuple[str, str | None, str] | None:
    try:
        url = urlsplit(value)
        kind = SCHEMES.get(url.scheme) or SCHEMES.get(url.scheme.partition("+")[0])
        if kind is None or not url.password:
            return None
        return kind, unquote(url.username) if url.username else None, unquote(url.password)
    except ValueError:
        return None


def _user(env: Mapping[str, str], name: str, what: str) -> str | None:
    """The user of the same prefix: `DB_PASSWORD` → `DB_USER`."""
    stem = name[: -len(what)]
    return next((env[stem + word] for word in ("USER", "USERNAME", "user") if env.get(stem + word)), None)


def _digest(text: str | None) -> str | None:
    return digest(text) if text else None
