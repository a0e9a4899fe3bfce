"""The graph as data."""

from __future__ import annotations

import json as jsonlib

from tests.states.draw.odd import at, hostile
from tests.states.flows import titan
from titan_flow.states.draw.as_json import json
from titan_flow.states.edges import edges


def test_json_is_all_of_it():
    document = jsonlib.loads(json(titan(), at("Ready")))
    assert [state["name"] for state in document["states"]] == list(titan().states)
    assert len(document["edges"]) == len(edges(titan()))
    assert document["taken"] == ["Ready"]
    assert {edge["kind"] for edge in document["edges"]} == {
        *("forward", "failure", "unknown", "recovery", "then", "operator", "watch")
    }
    assert document["transitions"][0]["place"] == [31, 5]
    assert jsonlib.loads(json(hostile()))["states"][8]["name"] == "line\nbreak"
