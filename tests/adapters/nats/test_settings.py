"""The `nats:` block: what is refused, and what it says of the server."""

from __future__ import annotations

import ssl

import pytest
from pydantic import ValidationError

from titan_flow.adapters.nats.adapter import (
    NatsSettings,
)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "nats://user:pw@example.com"}, "do not put credentials in a URL; use user and password"),
        ({"url": "http://example.com"}, "not a NATS server"),
        ({"url": "nats://"}, "not a NATS server"),
        ({"url": "nats://example.com:99999"}, "not a URL"),
        ({"url": "nats://example.com/x"}, "not a NATS server"),
        ({"url": "nats://h", "user": "u"}, "user and password come together"),
        ({"url": "nats://h", "user": "u", "password": "p"}, "a secret does not stand in a spec"),
        (
            {"url": "nats://h", "user": "u", "password": {"env": "P"}, "creds": "f"},
            "either user and password, or creds",
        ),
        ({"url": "nats://h", "tls": {"cert": "c"}}, "cert and key come together"),
        ({"url": "nats://h", "via": "pigeon"}, "'direct' or 'host'"),
    ],
)
def test_bad_settings(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        NatsSettings.model_validate(settings)


def test_ssl_is_verified() -> None:
    context = NatsSettings.model_validate({"url": "tls://example.com"}).context()
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname


@pytest.mark.parametrize(
    ("settings", "server", "encrypted", "name"),
    [
        ({"url": "nats://h"}, ("h", 4222), False, "h"),
        ({"url": "nats://h:1"}, ("h", 1), False, "h"),
        ({"url": "tls://h"}, ("h", 4222), True, "h"),
        ({"url": "nats://10.0.0.1", "tls": {"hostname": "n.example.com"}}, ("10.0.0.1", 4222), True, "n.example.com"),
        ({"url": "nats://[::1]:4222"}, ("::1", 4222), False, "::1"),
    ],
)
def test_where_the_server_is_and_what_its_certificate_names(
    settings: dict[str, object], server: tuple[str, int], encrypted: bool, name: str
) -> None:
    block = NatsSettings.model_validate(settings)
    assert (block.server, block.encrypted, block.certified) == (server, encrypted, name)
    assert (block.context() is not None) is encrypted


def test_a_creds_file_is_secret_as_a_whole() -> None:
    assert [*NatsSettings.model_validate({"url": "nats://h", "creds": "f"}).secret_files()] == ["f"]
    assert [*NatsSettings.model_validate({"url": "nats://h"}).secret_files()] == []
