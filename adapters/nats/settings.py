"""The `nats:` block of a spec: where the server is, and who we are to it."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from titan_flow.adapters.credentials import Secret
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import address
from titan_flow.adapters.settings import Arguments, Settings

PORT = 4222


def _server(value: str) -> str:
    like = "a NATS server; write it like nats://nats.example.com:4222 (or tls://…)"
    url = address(value, ("nats", "tls"), like, "user and password: {env: NAME}")
    if url.path.strip("/") or url.query:
        raise ValueError(f"{value!r} is not {like}")
    return value


class Tls(Arguments):
    """Paths of the machine that connects. `hostname`: the name in the certificate, where the URL has another."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    hostname: str | None = None

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key come together")
        return self


class NatsSettings(Settings):
    """`via: host` goes through the flow's host, for a server that only the host can reach."""

    block: ClassVar[str] = "nats"
    local: ClassVar[bool] = True
    url: Annotated[str, AfterValidator(_server)] = Field(description="nats://HOST:PORT, or tls://HOST:PORT")
    user: str | None = Field(default=None, min_length=1)
    password: Secret | None = None
    creds: str | None = Field(default=None, min_length=1, description="a .creds file (JWT and seed), on this machine")
    tls: Tls | None = None
    via: Literal["direct", "host"] = "direct"

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password come together")
        if self.user and self.creds:
            raise ValueError("either user and password, or creds")
        return self

    def secret_files(self) -> Iterable[str]:
        return (self.creds,) if self.creds else ()

    @property
    def encrypted(self) -> bool:
        """TLS was asked for: a server that does not offer it gets nothing from us."""
        return self.tls is not None or urlsplit(self.url).scheme == "tls"

    @property
    def server(self) -> tuple[str, int]:
        url = urlsplit(self.url)
        return url.hostname or "", url.port or PORT

    @property
    def certified(self) -> str:
        """The name that the server's certificate has to carry."""
        return (self.tls.hostname if self.tls else None) or self.server[0]

    def context(self) -> ssl.SSLContext | None:
        """How to speak TLS; None where it was not asked for. Raises Unreachable where a file cannot be used."""

        if not self.encrypted:
            return None
        tls = self.tls or Tls()
        try:
            context = ssl.create_default_context(cafile=tls.ca)
            if tls.cert:
                context.load_cert_chain(tls.cert, tls.key)
        except (OSError, ssl.SSLError) as why:
            files = ", ".join(path for path in (tls.ca, tls.cert, tls.key) if path)
            raise Unreachable(f"nats.tls: cannot use {files}: {why.strerror or why}") from None
        return context
