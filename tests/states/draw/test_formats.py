"""Drawings: their structure, and that no name can break out of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.states.draw.odd import at, hostile
from tests.states.flows import titan
from titan_flow.states.draw.formats import FORMATS
from titan_flow.states.draw.trip import Trip
from titan_flow.states.model import Flow


@pytest.mark.parametrize("draw", FORMATS.values(), ids=FORMATS)
def test_every_name_of_a_flow_is_in_every_drawing(draw: Callable[[Flow, Trip | None], str]):
    drawn = draw(titan(), None)
    for name in (*titan().states, *titan().recoveries, *titan().transitions):
        assert name in drawn


def test_no_drawing_for_a_terminal_carries_control_characters():
    for name in ("text", "mermaid", "dot"):
        drawn = FORMATS[name](hostile(), at("Start"))
        assert not [c for c in drawn if not c.isprintable() and c != "\n"]
