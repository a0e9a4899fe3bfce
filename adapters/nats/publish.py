"""Publishing as a command on the host, so that the guard can fence it: what arms goes this way."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from titan_flow.adapters.base import Action
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.effects import Command, CommandResult, Message, Unfenced
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.nats import remote_publish
from titan_flow.adapters.nats.client import deliver
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.redaction import Redactor
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json

TIMEOUT = 20.0


class Sending(Action):
    """An action that sends a message from here."""

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        return await deliver(site, act) if isinstance(act, Message) else await super().send(site, act)


def on_host(settings: NatsSettings, redactor: Redactor, subject: str, payload: bytes) -> Command:
    """`python3 -` with the publisher on its standard input. The server is the block's, as seen from the host.

    Raises Unreachable where a secret, or the CA file, cannot be read here.
    """
    host, port = settings.server
    told: dict[str, Json] = {
        "host": host,
        "port": port,
        "subject": subject,
        "payload": base64.b64encode(payload).decode(),
        "user": settings.user,
        "password": settings.password.value(redactor).reveal() if settings.password else None,
        "tls": settings.encrypted,
        "ca": _authority(settings),
        "hostname": settings.certified,
    }
    source = Path(remote_publish.__file__).read_text(encoding="utf-8")
    call = f"\n\nsys.exit(main({json.dumps(told)!r}))\n"
    return Command(("python3", "-I", "-"), stdin=source + call, timeout=TIMEOUT)


def in_container(compose: Compose, container: str, command: Sequence[str], subject: str, payload: bytes) -> Command:
    """`docker exec` of a command in which `{subject}` and `{payload}` are filled in; the payload is its input too."""
    text = payload.decode()
    filled = (word.replace("{subject}", subject).replace("{payload}", text) for word in command)
    return compose.does("docker", "exec", "-i", container, *filled, stdin=text, timeout=TIMEOUT)


def in_service(compose: Compose, service: str, command: Sequence[str], subject: str, payload: bytes) -> Command:
    """The same in whichever container of the service runs at that moment: for what must not wait for a look."""
    text = payload.decode()
    filled = (word.replace("{subject}", subject).replace("{payload}", text) for word in command)
    return compose.does(*compose.argv(), "exec", "-T", service, *filled, stdin=text, timeout=TIMEOUT)


def hindrance(settings: NatsSettings, redactor: Redactor) -> str | None:
    """Why the publisher on the host cannot use this block; None where it can. Raises Unreachable as `on_host` does."""
    if settings.creds:
        return "a .creds file works only from here; to arm, give user and password, or via: {exec: …}"
    if settings.tls and settings.tls.cert:
        return "a client certificate works only from here; to arm, give user and password, or via: {exec: …}"
    on_host(settings, redactor, "", b"")
    return None


def _authority(settings: NatsSettings) -> str | None:
    if settings.tls is None or settings.tls.ca is None:
        return None
    try:
        return Path(settings.tls.ca).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Unreachable(f"nats.tls.ca: cannot read {settings.tls.ca} here") from None
