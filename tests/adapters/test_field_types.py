"""Kinds of arguments that several adapters share."""

from __future__ import annotations

import pytest

from titan_flow.adapters.field_types import address, amount, size


@pytest.mark.parametrize(("text", "count"), [("0B", 0), ("500MB", 500_000_000), ("2 GB", 2 * 10**9), ("1.5KiB", 1536)])
def test_sizes(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize("text", ["", "2", "GB", "-1GB", "2gb", "1e3GB", 5, None, "2GB "])
def test_what_is_no_size(text: object) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        size(text)


def test_amounts() -> None:
    assert [amount(n) for n in (12, 1500, 2 * 10**9)] == ["12 B", "1.5 kB", "2.0 GB"]


def test_an_address_in_its_parts() -> None:
    url = address("https://[::1]:8443/health?x=1", ("http", "https"), "an address")
    assert (url.hostname, url.port, url.path) == ("::1", 8443, "/health")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("https://example.com:99999/", "is not a URL"),
        ("https://example.com:0/", "is not an address"),
        ("https:///health", "is not an address"),
        ("ftp://example.com", "is not an address"),
        ("https://exa mple.com", "is not an address"),
        ("https://u:p@example.com", "do not put credentials in a URL; use token"),
    ],
)
def test_what_is_no_address(value: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        address(value, ("http", "https"), "an address", "token")
