"""Drawings: their structure, and that no name can break out of them."""

from __future__ import annotations

import json as jsonlib
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.states.draw.odd import HOSTILE, hostile
from tests.states.flows import compose, flow, look, titan, transition, with_state, with_transition
from titan_flow.states.draw.as_json import json
from titan_flow.states.draw.dot import dot
from titan_flow.states.draw.formats import FORMATS
from titan_flow.states.draw.mermaid import mermaid
from titan_flow.states.draw.text import text
from titan_flow.states.draw.trip import Trip
from titan_flow.states.edges import edges
from titan_flow.states.model import Flow, State

TITAN = """\
titan-prod

 Ready → Recorded       record  1 check, 1 action                                               ↘ Refused
 → Disarmed             disarm  1 action                                                        ↘ Halted
 → Fetched              fetch   1 action                                                        ↘ fast_rollback
 → Pulled               pull    1 action                                                        ↘ fast_rollback
 → Up                   up      1 action                                                        ↘ fast_rollback
 → Verified (gate)      verify  2 checks, hold 3s                                               ↘ fast_rollback
 → Armed (goal, armed)  arm     1 check, 1 action                                               ↘ fast_rollback
   watch 5s                                                                                     ↘ fast_rollback

recoveries
 fast_rollback → Reverted → verify_rollback   4 actions; also started by `titan-flow rollback`  ↘ Halted
 verify_rollback → RolledBack                 1 check                                           ↘ Halted
 nuclear_rollback → Rebuilt → verify_rebuild  7 actions; started only by an operator            ↘ Halted
 verify_rebuild → RolledBack                  1 check                                           ↘ Halted

may also end in  RolledBack · Refused · Halted (sends a notification)"""


def at(*nodes: str) -> Trip:
    return Trip(run="7Q3F", nodes=[*nodes])


def test_text_is_the_way_with_its_failures_at_the_right():
    assert text(titan()) == TITAN


def test_text_fits_a_terminal_of_80_columns_and_loses_no_word():
    drawn = text(titan(), columns=80)
    assert max(len(line) for line in drawn.splitlines()) <= 80
    assert sorted(drawn.split()) == sorted(TITAN.split())
    assert " fast_rollback → Reverted → verify_rollback   4 actions; also" in drawn
    assert text(titan(), columns=120) == TITAN


def test_text_says_where_a_run_stands():
    drawn = text(titan(), at("Ready", "Recorded", "Disarmed", "fast_rollback")).splitlines()
    assert drawn[2].startswith(" ✓ Ready → Recorded")
    assert drawn[3].startswith(" ✓ → Disarmed")
    assert drawn[4].startswith(" ○ → Fetched")
    assert any(line.startswith(" ● fast_rollback → ○ Reverted") for line in drawn)
    assert text(titan(), at("Ready")).splitlines()[2].startswith(" ● Ready → Recorded")


def test_text_says_where_not_knowing_leads_elsewhere():
    bent = with_transition(titan(), replace(titan().transitions["up"], on_unknown="Halted"))
    assert "↘ fast_rollback, unknown ↘ Halted" in text(bent)


def test_text_leaves_nothing_declared_out():
    odd = with_transition(with_state(titan(), State("Odd")), transition("arm2", "Up", "Armed", look("a/1")))
    drawn = text(odd)
    assert "other transitions\n Up → Armed" in drawn
    assert "not reached  Odd" in drawn


def test_text_of_a_goal_at_once():
    assert text(flow([State("Only", initial=True, goal=True)], [])) == "test\n\n Only (start, goal)"


@pytest.mark.parametrize("draw", FORMATS.values(), ids=FORMATS)
def test_every_name_of_a_flow_is_in_every_drawing(draw: Callable[[Flow, Trip | None], str]):
    drawn = draw(titan(), None)
    for name in (*titan().states, *titan().recoveries, *titan().transitions):
        assert name in drawn


def test_mermaid_structure():
    lines = [line.strip() for line in mermaid(titan()).splitlines()]
    assert lines[0] == "stateDiagram-v2"
    ids = {match[1]: match[2] for line in lines if (match := re.fullmatch(r'state "(\w+).*" as (\w+)', line))}
    assert f"[*] --> {ids['Ready']}" in lines
    assert f"{ids['Verified']} --> {ids['Armed']}: arm" in lines
    assert f"{ids['Ready']} --> {ids['Refused']}: fails or unknown" in lines
    assert f"{ids['Up']} --> {ids['fast_rollback']}: fails" in lines
    assert f"{ids['Reverted']} --> {ids['verify_rollback']}: then" in lines
    assert f"{ids['fast_rollback']} --> {ids['Reverted']}" in lines
    assert f"operator --> {ids['nuclear_rollback']}: starts" in lines
    assert f"{ids['Armed']} --> [*]" in lines
    assert f'state "Armed (goal, armed, watch 5s)" as {ids["Armed"]}' in lines
    assert f"class {ids['Verified']} gate" in lines


def test_mermaid_draws_a_path():
    drawn = mermaid(titan(), at("Ready", "Recorded"))
    assert 'state "✓ Ready" as s0' in drawn
    assert 'state "● Recorded" as s1' in drawn
    assert 'state "○ Disarmed" as s2' in drawn
    assert "class s0 taken" in drawn and "class s2 taken" not in drawn


def test_mermaid_cannot_be_broken_out_of():
    """Each line is one of ours; every foreign character stands as an entity code (parsed by mermaid 11, by hand)."""
    ours = re.compile(
        r"stateDiagram-v2|    (?:"
        r'state "(?:[\w .,/()→✓●○-]|#\d+;)*" as (?:[sr]\d+|operator)'
        r"|(?:[sr]\d+|operator|\[\*\]) --> (?:[sr]\d+|\[\*\])(?:: (?:[\w .,/()→-]|#\d+;)+)?"
        r"|classDef \w+ [\w:, -]+|class [sr]\d+ \w+)"
    )
    drawn = mermaid(hostile(), at("Start")).split("\n")
    assert [line for line in drawn if not ours.fullmatch(line)] == []
    assert len([line for line in drawn if line.startswith("    state ")]) == len(HOSTILE) + 3


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


def test_no_drawing_for_a_terminal_carries_control_characters():
    for name in ("text", "mermaid", "dot"):
        drawn = FORMATS[name](hostile(), at("Start"))
        assert not [c for c in drawn if not c.isprintable() and c != "\n"]


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


def test_a_goal_without_interlock_is_drawn_alike():
    assert "Verified (goal)" in text(compose())
