"""Ports as people write them, and sets of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_flow.adapters.port_ranges import ALL, Ports, Span, ports, span_text, without


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (443, Ports(443, 443)),
        ("443", Ports(443, 443)),
        ("443/udp", Ports(443, 443, "udp")),
        ("6000:6007/tcp", Ports(6000, 6007, "tcp")),
        ("1:65535", Ports(1, 65535)),
        (Ports(1, 2), Ports(1, 2)),
    ],
)
def test_what_is_written_is_read(written: object, read: Ports) -> None:
    assert ports(written) == read


@pytest.mark.parametrize(
    "written",
    [0, -1, 65536, True, None, 1.5, [], "", "ssh", "22,80", "22/icmp", "22/TCP", "30:20", "0:10", "1:65536", "22 ",
     "22\n", "999999", ":22", "22:"],
)  # fmt: skip
def test_what_is_no_port(written: object) -> None:
    with pytest.raises(ValueError, match="is no port"):
        ports(written)


@pytest.mark.parametrize(
    ("one", "tcp", "udp", "text"),
    [
        (Ports(22, 22), True, True, "22"),
        (Ports(22, 22, "tcp"), True, False, "22/tcp"),
        (Ports(*ALL, "udp"), False, True, "every port/udp"),
    ],
)
def test_a_number_alone_means_both(one: Ports, tcp: bool, udp: bool, text: str) -> None:
    assert (one.of("tcp"), one.of("udp"), str(one)) == (tcp, udp, text)


@pytest.mark.parametrize(("span", "text"), [((443, 443), "443"), ((1, 65535), "every port"), ((1, 65534), "1:65534")])
def test_a_span_is_written_short(span: Span, text: str) -> None:
    assert span_text(span) == text


SPANS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair))), max_size=5)


@given(SPANS, SPANS)
def test_what_is_left_is_what_sets_would_leave(spans: list[Span], taken: list[Span]) -> None:
    def members(some: list[Span]) -> set[int]:
        return {port for low, high in some for port in range(low, high + 1)}

    left = without(spans, taken)
    assert members(left) == members(spans) - members(taken)
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(left)), "apart, and in order"
