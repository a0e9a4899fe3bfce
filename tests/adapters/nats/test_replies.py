"""A reply, judged by what it has to say."""

from __future__ import annotations

import pytest

from titan_flow.adapters.nats.replies import compared
from titan_flow.states.values import Json


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ('{"state": 1}', True),
        ('{"state": {"armed": true}}', {"armed": 1}),
        ('{"state": [false, 0]}', [0, False]),
        ('{"state": {"armed": false, "more": 1}}', {"armed": False}),
        ('{"state": [1, 2]}', [1]),
    ],
)
def test_true_is_not_one_however_deep_it_stands(reply: str, wanted: Json) -> None:
    assert compared(reply, {"state": wanted})[0]


def test_what_is_the_same_is_the_same() -> None:
    reply = '{"state": {"a": [1.0, true, null, "x"]}, "more": 1}'
    assert compared(reply, {"state": {"a": [1, True, None, "x"]}})[0] == ""
