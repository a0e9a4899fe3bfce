"""`docs/proofs.md` says what is true: each row of its tables is a flow here, and what is said of it word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.states.proofs.asl import machine
from tests.states.proofs.seeded import SEEDED
from titan_flow.states.proofs.prove import PROPERTIES, prove

PAGE = Path(__file__).parents[3] / "docs" / "proofs.md"
BEGIN, END = "<!-- seeded: begin -->\n", "<!-- seeded: end -->\n"
MACHINES = {
    "bypass": (("Verify",), "Done can be reached without VerifyPassed: Record → Disarm → Up → Arm → Done (edge `up`)"),
    "island": (
        (),
        "state `Heal` cannot be reached from Record: only `Check` leads there, and cannot be reached either",
    ),
    "ring": ((), "this loop never ends if every step keeps failing: Up → Back → Up (edge `back`)"),
    "nocatch": ((), "transition `disarm` runs actions but has no `on_failure`"),
}


def table() -> str:
    """Every seeded fault: the property that finds it, and what is said."""
    rows = ["| property | a flow with | what is said |", "|---|---|---|"]
    for name, (flow, text, _) in SEEDED.items():
        rule = next(fault.rule for fault in prove(flow) if fault.text == text)
        rows.append(f"| {rule} | {name} | {text.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_seeded_faults_is_what_check_says() -> None:
    page = PAGE.read_text()
    told = page[page.index(BEGIN) + len(BEGIN) : page.index(END)]
    assert told.strip() == table().strip(), "python -m tests.states.proofs.test_page writes it anew"


def test_every_property_has_a_seeded_fault() -> None:
    rules = {fault.rule for flow, _, _ in SEEDED.values() for fault in prove(flow)}
    assert len(rules) == len(PROPERTIES) + 1  # and the names, which are proved first


@pytest.mark.parametrize("name", MACHINES)
def test_machines_that_validators_accept_are_refused(name: str) -> None:
    gates, text = MACHINES[name]
    faults = prove(machine(name, gates))
    found = next((fault for fault in faults if fault.text == text), None)
    assert found is not None, "\n".join(fault.text for fault in faults)
    assert found.place is not None and text in PAGE.read_text()


if __name__ == "__main__":
    page = PAGE.read_text()
    PAGE.write_text(page[: page.index(BEGIN) + len(BEGIN)] + table() + page[page.index(END) :])
