"""Mermaid: its structure, and that no name can break out of it."""

from __future__ import annotations

import re

from tests.states.draw.odd import HOSTILE, at, hostile
from tests.states.flows import titan
from titan_flow.states.draw.mermaid import mermaid


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
