"""An operator, an account and a user of a NATS server with JWT accounts, made on the spot.

The claims: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Protocol, cast

import nkeys  # pyright: ignore[reportMissingTypeStubs]


class Pair(Protocol):
    """What this needs of an nkeys key pair; the package has no types."""

    public_key: bytes
    seed: bytes

    def sign(self, input: bytes) -> bytes: ...


def pair(prefix: int) -> Pair:
    return cast("Pair", nkeys.from_seed(nkeys.encode_seed(os.urandom(32), prefix)))  # pyright: ignore


class JwtAuthority:
    def __init__(self) -> None:
        self.operator, self.account, self.user = (
            pair(prefix) for prefix in (nkeys.PREFIX_BYTE_OPERATOR, nkeys.PREFIX_BYTE_ACCOUNT, nkeys.PREFIX_BYTE_USER)
        )

    def configuration(self) -> str:
        """For the server's configuration file."""
        account = named(self.account)
        signed = self._signed(self.operator, account, {"type": "account", "limits": LIMITS})
        operator = self._signed(self.operator, named(self.operator), {"type": "operator"})
        return f"operator: {operator}\nresolver: MEMORY\nresolver_preload: {{ {account}: {signed} }}"

    def creds(self) -> str:
        """What a `.creds` file holds."""
        limits: dict[str, object] = {"type": "user", "subs": -1, "data": -1, "payload": -1, "pub": {}, "sub": {}}
        jwt = self._signed(self.account, named(self.user), limits)
        seed = bytes(self.user.seed).decode()
        return (
            f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        )

    def _signed(self, by: Pair, subject: str, claims: dict[str, object]) -> str:
        body: dict[str, object] = {"iat": 1700000000, "iss": named(by), "name": subject, "sub": subject}
        body["nats"] = {**claims, "version": 2}
        body["jti"] = base64.b32encode(hashlib.sha256(json.dumps(body).encode()).digest()).decode().rstrip("=")
        text = f"{plain({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{plain(body)}"
        return f"{text}.{_encoded(by.sign(text.encode()))}"


LIMITS = {
    "subs": -1,
    "data": -1,
    "payload": -1,
    "imports": -1,
    "exports": -1,
    "conn": -1,
    "leaf": -1,
    "wildcards": True,
}


def named(who: Pair) -> str:
    return bytes(who.public_key).decode()


def plain(part: dict[str, object]) -> str:
    return _encoded(json.dumps(part).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
