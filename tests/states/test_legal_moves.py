"""Legal moves, as the `transitions` machine has them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.states.flows import titan
from titan_flow.states.legal_moves import failed, legal, unknown


@pytest.mark.parametrize(
    ("state", "move", "target"),
    [
        ("Ready", "record", "Recorded"),
        ("Ready", failed("record"), "Refused"),
        ("Ready", unknown("record"), "Refused"),
        ("Up", failed("verify"), "Up"),
        ("Up", "fast_rollback", "Reverted"),
        ("Armed", failed("Armed"), "Armed"),
        ("Armed", "fast_rollback", "Reverted"),
        ("Armed", failed("fast_rollback"), "Halted"),
        ("Halted", "nuclear_rollback", "Rebuilt"),
        ("Reverted", "verify_rollback", "RolledBack"),
        ("Reverted", failed("verify_rollback"), "Halted"),
    ],
)
def test_legal(state: str, move: str, target: str):
    moves = legal(titan())
    assert moves.allows(state, move)
    assert moves.target(state, move) == target


@pytest.mark.parametrize(
    ("state", "move"),
    [
        ("Up", "arm"),
        ("Ready", "arm"),
        ("Ready", "to_Armed"),
        ("Up", "to_Armed"),
        ("Ready", "fast_rollback"),
        ("Refused", "nuclear_rollback"),
        ("Up", "verify_rollback"),
        ("Up", unknown("verify")),
        ("Halted", "record"),
        ("Nowhere", "record"),
        ("*", "record"),
        ("Ready", "nothing"),
        ("Ready", ""),
    ],
)
def test_illegal_moves_raise_nothing(state: str, move: str):
    moves = legal(titan())
    assert not moves.allows(state, move)
    assert moves.target(state, move) is None


def test_the_machine_comes_only_when_asked_for():
    code = "import sys, titan_flow.states.legal_moves; sys.exit('transitions' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
