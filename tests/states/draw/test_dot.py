"""Graphviz: its structure, and that no name can break out of it."""

from __future__ import annotations

import re

from tests.states.draw.odd import at, hostile
from tests.states.flows import titan
from titan_flow.states.draw.dot import dot


def test_dot_structure():
    drawn = dot(titan())
    assert drawn.startswith('digraph "titan-prod" {\n') and drawn.endswith("\n}")
    assert '  s7 [label="Armed\\n(goal, armed, watch 5s)", peripheries=2, group=way];' in drawn
    assert '  s6 [label="Verified\\n(gate)", shape=hexagon, style=solid, group=way];' in drawn
    assert '  s6 -> s7 [label="arm", weight=20];' in drawn
    assert '  s5 -> r0 [label="fails", style=dashed, arrowhead=open, weight=1];' in drawn
    assert '  operator -> r2 [label="starts", style=dotted];' in drawn
    assert 'label="● Recorded"' in dot(titan(), at("Ready", "Recorded"))


def test_dot_cannot_be_broken_out_of():
    string = r'"(?:[^"\\\n]|\\\\|\\"|\\n)*"'
    attributes = rf"\[(?:\w+=(?:{string}|[\w.]+)(?:, )?)*\]"
    ours = re.compile(rf"digraph {string} \{{|\}}|  (?:graph|node|edge) {attributes};|  \w+(?: -> \w+)? {attributes};")
    assert [line for line in dot(hostile()).split("\n") if not ours.fullmatch(line)] == []
